/* SPDX-License-Identifier: MIT */
/*
 * simulate.c - the policy of 'auto' on machines that nobody has: a synthetic clock, and no file.
 *
 *     simulate [SEEDS [FIRST [trace]]]        10,000 seeds from 0 on; a first seed is said: each that misses is told
 *     simulate SEEDS FIRST begin              what a better first way would save, and a worse one cost
 *     seed -> a machine, a file, threads, noise -> the time of each fixed way, and of the policy
 *
 * Exit status 0: 988 of 1000 take at most 1.03 times the best fixed way's time and 2 ms, and 9985 of 10,000 1.10 times
 * and 5 ms. It was 990 and 9993 when this was written: the last bits of libm's results differ between processors.
 * Those that do not are files whose pieces change while large turns are under way, or so short and so slow that a trial
 * would cost more than it may; and files with many threads that wait for each other one way. A trial's pieces do not
 * see that.
 *
 * Noise is a function of the place in the file and of the time, not of the order of calls: each run of a seed meets the
 * same bursts, and loses its processors at the same times.
 */
#include "walk/policy.h"

#include <mmview/range.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GB 1e9
#define US 1e-6

/* ---- random numbers ---------------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

static double uniform(uint64_t key)
{
    return (double)(mix(key) >> 11) / 9007199254740992.0;
}

static double normal(uint64_t key)
{
    double u = fmax(uniform(key), 1e-12);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * uniform(key ^ 0x5555555555555555));
}

struct dice {
    uint64_t state;
};

static double roll(struct dice *dice, double low, double high)
{
    return low + (high - low) * uniform(dice->state++);
}

static double roll_log(struct dice *dice, double low, double high)
{
    return exp(roll(dice, log(low), log(high)));
}

/* ---- machines ---------------------------------------------------------------------------------------------------- */

struct machine {
    const char *name;
    double copy;       /* bytes per second that a thread copies between page cache and buffer */
    double compute;    /* bytes per second of the function itself, from the cache */
    double memory;     /* bytes per second of all threads together */
    double page_us;    /* first touch of a mapped 4 KiB page */
    double fault_us;   /* a fault, which maps a folio */
    double map_us;     /* mapping and unmapping a window */
    double call_us;    /* a read and a write */
    double folio_us;   /* looking up a folio, each way */
    double folio[2];   /* bytes of a folio, in the file's first part and in the rest */
    double changes_at; /* where the rest begins, as a share of the file */
    double lock;       /* share of a write that only one thread at a time can be in */
    double device;     /* bytes per second of the device, 0 = the file is in memory */
};

struct world {
    struct machine machine;
    uint64_t seed, length;
    unsigned threads;
    double sigma;              /* of the logarithm of a 256 KiB piece's time */
    double burst, burst_for;   /* every so many bytes everything is slow, for so many */
    double slow;               /* by this factor */
    double stolen, stolen_for; /* in so many bytes a thread loses its processor once, for so many seconds */
};

/* Machines whose figures were measured, GB/s of a thread where it says so: 2 processors, Linux 6.18, 2026-11. */
static const struct machine known[] = {
    {"ext4, 1 MiB writes, mapping cheap", 16e9, 25e9, 31e9, 0.02, 12, 20, 0.6, 0.15, {2097152, 2097152}, 1, 0.7, 0},
    {"ext4, 1 MiB writes, folios dear", 8e9, 12e9, 18e9, 0.02, 62, 45, 0.6, 0.15, {2097152, 2097152}, 1, 0.7, 0},
    {"ext4, 4 KiB writes, mapping cheap", 16e9, 25e9, 31e9, 0.02, 0.9, 20, 0.6, 0.15, {4096, 4096}, 1, 0.7, 0},
    {"XFS, 1 MiB writes, mapping cheap", 12e9, 25e9, 31e9, 0.01, 4, 20, 0.6, 0.15, {2097152, 2097152}, 1, 0.9, 0},
    {"tmpfs, mapping cheap", 16e9, 25e9, 31e9, 0.05, 0.5, 20, 0.5, 0.1, {65536, 65536}, 1, 0, 0},
    {"ext4, 1 MiB writes, mapping dear", 18e9, 30e9, 36e9, 5, 12, 40, 1, 0.15, {2097152, 2097152}, 1, 0.7, 0},
    {"ext4, 4 KiB writes, mapping dear", 14e9, 30e9, 36e9, 5, 1, 40, 1, 0.2, {4096, 4096}, 1, 0.7, 0},
    {"tmpfs, mapping dear", 18e9, 30e9, 36e9, 5, 0.5, 40, 1, 0.1, {4096, 4096}, 1, 0, 0},
};

static struct machine any_machine(struct dice *dice)
{
    struct machine m = {.name = "any"};
    m.copy = roll_log(dice, 3 * GB, 30 * GB);
    m.compute = roll_log(dice, 5 * GB, 40 * GB);
    m.memory = m.copy * roll(dice, 1, 12);
    m.page_us = roll_log(dice, 0.005, 5);
    m.fault_us = roll_log(dice, 0.3, 10);
    m.map_us = roll_log(dice, 5, 40);
    m.call_us = roll_log(dice, 0.3, 3);
    m.folio_us = roll_log(dice, 0.05, 0.4);
    m.folio[0] = pow(2, 12 + floor(roll(dice, 0, 10)));
    m.folio[1] = pow(2, 12 + floor(roll(dice, 0, 10)));
    m.changes_at = roll(dice, 0, 1) < 0.5 ? 1 : roll(dice, 0.05, 0.95);
    m.lock = roll(dice, 0, 1) < 0.5 ? 0 : roll(dice, 0.3, 1);
    m.device = roll(dice, 0, 1) < 0.15 ? roll_log(dice, 0.3 * GB, 8 * GB) : 0;
    return m;
}

static struct world make_world(uint64_t seed)
{
    struct dice dice = {mix(seed) | 1};
    struct world w = {.seed = mix(seed ^ 0x1234)};
    size_t count = sizeof known / sizeof *known;
    size_t choice = (size_t)roll(&dice, 0, 3 * (double)count);
    w.machine = choice < count ? known[choice] : any_machine(&dice);
    w.length = (uint64_t)roll_log(&dice, 1 << 20, 64.0 * (1 << 30));
    w.threads = (unsigned)roll_log(&dice, 1, 64.99);
    /* As a walk does: a thread has a large page at least. */
    w.threads = (unsigned)mmv_max(mmv_min(w.threads, w.length / (2 * MMV_MIB)), 1);
    w.sigma = roll(&dice, 0, 1) < 0.3 ? 0.02 : roll(&dice, 0.02, 0.2);
    if (roll(&dice, 0, 1) < 0.3) {
        w.burst = roll_log(&dice, 0.01, 2) * 8 * GB;
        w.burst_for = w.burst * roll(&dice, 0.02, 0.3);
        w.slow = roll(&dice, 1.3, 4);
    }
    if (roll(&dice, 0, 1) < 0.3) {
        w.stolen = roll_log(&dice, 0.02, 1) * 8 * GB;
        w.stolen_for = roll_log(&dice, 1e-3, 20e-3);
    }
    return w;
}

/* ---- the time of a turn ------------------------------------------------------------------------------------------ */

/* Folios that bytes [from, to) touch: each is made ready as a whole. */
static double touched(double from, double to, double folio)
{
    return to > from ? floor((to - 1) / folio) - floor(from / folio) + 1 : 0;
}

static double of_folios(const struct world *w, uint64_t at, double bytes, double cost_us)
{
    double border = w->machine.changes_at * (double)w->length, from = (double)at, to = from + bytes;
    double first = touched(from, fmin(to, border), w->machine.folio[0]);
    return (first + touched(fmax(from, border), to, w->machine.folio[1])) * cost_us * US;
}

/* Without noise. 'writers': threads that are under way by reading and writing, this one among them: they share a lock.
 */
static double plain_time(const struct world *w, mmv_io io, unsigned writers, uint64_t at, double bytes)
{
    const struct machine *m = &w->machine;
    double seconds, least = bytes * w->threads * 2 / m->memory / 2;
    if (io == MMV_IO_BUFFERED) {
        double half = bytes / m->copy + of_folios(w, at, bytes, m->folio_us);
        seconds = 2 * half + bytes / m->compute + ceil(bytes / (256 * 1024)) * m->call_us * US;
        seconds = fmax(seconds, half * m->lock * writers);
        least *= 1.3; /* the buffer goes through the caches, too */
    } else {
        seconds =
            bytes / m->compute + bytes / 4096 * m->page_us * US + of_folios(w, at, bytes, m->fault_us) + m->map_us * US;
    }
    seconds = fmax(seconds, least);
    if (m->device > 0)
        seconds = fmax(seconds, bytes * w->threads / m->device);
    return seconds;
}

/*
 * What interrupts the work on bytes [at, at + bytes), which takes 'seconds' on a quiet machine. It comes at places of
 * the file, not at times: so every way to work on the file meets the same.
 */
static double interrupted(const struct world *w, uint64_t at, double bytes, double seconds)
{
    double all = seconds, from = (double)at, to = from + bytes;
    if (w->burst > 0)
        for (double k = floor(from / w->burst); k * w->burst < to; k++) {
            double begin = fmax(from, k * w->burst), end = fmin(to, k * w->burst + w->burst_for);
            if (end > begin)
                all += seconds * (end - begin) / bytes * (w->slow - 1);
        }
    if (w->stolen > 0)
        for (double k = floor(from / w->stolen); k * w->stolen < to; k++) {
            double place = (k + uniform(w->seed ^ mix((uint64_t)k))) * w->stolen;
            if (place >= from && place < to)
                all += w->stolen_for;
        }
    return all;
}

static double noisy(const struct world *w, mmv_io io, uint64_t at, double bytes, double seconds)
{
    double pieces = fmax(1, bytes / (256 * 1024));
    double s = w->sigma / sqrt(pieces);
    return seconds * exp(s * normal(w->seed ^ mix(at * 4 + io)) - s * s / 2);
}

/*
 * A mapped turn that is slower than its patience is given up after a step of 2 MiB: how much of 'bytes' is done, and in
 * which time.
 */
static uint64_t turn_of(const struct world *w, const mmv__turn *turn, unsigned writers, uint64_t at, uint64_t bytes,
                        double *seconds_ret)
{
    uint64_t done = 0, step = turn->patience > 0 && turn->io == MMV_IO_MMAP ? 2 * MMV_MIB : bytes;
    double once = turn->io == MMV_IO_MMAP ? w->machine.map_us * US : 0;
    *seconds_ret = 0;
    while (done < bytes) {
        uint64_t some = mmv_min(step, bytes - done);
        double quiet = plain_time(w, turn->io, writers, at + done, (double)some) - (done > 0 ? once : 0);
        *seconds_ret += interrupted(w, at + done, (double)some, noisy(w, turn->io, at + done, (double)some, quiet));
        done += some;
        if (turn->patience > 0 && *seconds_ret > turn->patience * (double)done)
            break;
    }
    return done;
}

/* ---- a walk ------------------------------------------------------------------------------------------------------ */

#define MOST 64
struct result {
    double seconds;
    mmv_io io;
    unsigned switches, tries;
    double lost;
    double way[4]; /* bytes by way */
};

/* Threads that are under way by reading and writing. Who has not begun yet will in this moment, and goes the same way.
 */
static unsigned writers_now(const struct world *w, const double *clock, const mmv__turn *turn, const uint64_t *bytes)
{
    unsigned writers = 0;
    for (unsigned i = 0; i < w->threads; i++)
        writers += bytes[i] > 0 ? turn[i].io == MMV_IO_BUFFERED : clock[i] == 0;
    return writers;
}

static struct result walk(const struct world *w, mmv_io first, mmv_io rival, bool trace)
{
    double clock[MOST] = {0};
    mmv__turn turn[MOST] = {{0}};
    uint64_t bytes[MOST] = {0}, position = 0;
    double took[MOST] = {0};
    struct result result = {0};
    mmv__policy policy;
    uint64_t window =
        mmv_max(2 * MMV_MIB, mmv_min(64 * MMV_MIB, w->length / (4 * w->threads) / (2 * MMV_MIB) * (2 * MMV_MIB)));
    mmv__policy_begin(
        &policy,
        &(mmv__policy_terms){
            .length = w->length, .threads = w->threads, .first = first, .rival = rival, .most = window, .fine = 1});
    for (;;) {
        unsigned next = 0;
        for (unsigned i = 1; i < w->threads; i++)
            if (clock[i] < clock[next])
                next = i;
        if (bytes[next])
            mmv__policy_learn(&policy, &turn[next], bytes[next], took[next]);
        bytes[next] = 0;
        if (position >= w->length) {
            clock[next] = INFINITY;
            bool busy = false;
            for (unsigned i = 0; i < w->threads; i++)
                busy |= clock[i] < INFINITY;
            if (!busy)
                break;
            continue;
        }
        turn[next] = mmv__policy_next(&policy);
        /* A walk that goes one way alone: a window, or at its end less. */
        if (first == rival)
            turn[next].bytes = mmv_min(window, mmv_max((w->length - position) / (2 * w->threads), 2 * MMV_MIB));
        bytes[next] = mmv_min(turn[next].bytes, w->length - position);
        /* As a walk's units: they end on large pages of the file. */
        uint64_t aligned = mmv_round_down(position + bytes[next], 2 * MMV_MIB);
        if (aligned > position && position + bytes[next] < w->length)
            bytes[next] = aligned - position;
        bytes[next] = turn_of(w, &turn[next], writers_now(w, clock, turn, bytes), position, bytes[next], &took[next]);
        double end = clock[next] + took[next];
        if (trace)
            printf("%10.3f ms thread %u: %s %8.2f MiB at %.2f MiB in %8.3f ms%s\n", clock[next] * 1e3, next,
                   mmv_io_name(turn[next].io), (double)bytes[next] / (1 << 20), (double)position / (1 << 20),
                   took[next] * 1e3, turn[next].number ? " trial" : "");
        result.way[turn[next].io] += (double)bytes[next];
        position += bytes[next];
        clock[next] = end;
        result.seconds = fmax(result.seconds, end);
    }
    result.io = policy.io;
    result.switches = policy.switches;
    result.tries = policy.tries;
    result.lost = policy.lost[0] + policy.lost[1];
    return result;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* What it is worth to know the best way before, by size of file: see docs/decisions. */
static int compare_begins(uint64_t count, uint64_t first)
{
    static const double most[] = {8, 32, 128, 65536};
    struct sums {
        double files, seconds, saved, lost;
    } sums[sizeof most / sizeof *most] = {{0}};
    for (uint64_t i = 0; i < count; i++) {
        struct world w = make_world(first + i);
        bool maps = walk(&w, MMV_IO_MMAP, MMV_IO_MMAP, false).seconds <
                    walk(&w, MMV_IO_BUFFERED, MMV_IO_BUFFERED, false).seconds;
        double seconds = walk(&w, MMV_IO_BUFFERED, MMV_IO_MMAP, false).seconds;
        double other = walk(&w, MMV_IO_MMAP, MMV_IO_BUFFERED, false).seconds;
        size_t size = 0;
        while ((double)w.length > most[size] * (double)MMV_MIB)
            size++;
        sums[size].files++;
        sums[size].seconds += seconds;
        sums[size].saved += maps ? seconds - other : 0;
        sums[size].lost += maps ? 0 : other - seconds;
    }
    for (size_t i = 0; i < sizeof most / sizeof *most; i++)
        printf("up to %5.0f MiB, %4.0f files: begun the best way %.2f %% less, begun by mapping where reading is best "
               "%.2f %% more\n",
               most[i], sums[i].files, 100 * sums[i].saved / sums[i].seconds, 100 * sums[i].lost / sums[i].seconds);
    return 0;
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 0) : 10000, first = argc > 2 ? strtoull(argv[2], NULL, 0) : 0;
    if (argc > 3 && strcmp(argv[3], "begin") == 0)
        return compare_begins(count, first);
    bool trace = argc > 3;
    double *over = calloc(count, sizeof *over);
    uint64_t fine = 0, bad = 0, switched = 0, wins = 0;
    if (!over)
        return 1;
    for (uint64_t i = 0; i < count; i++) {
        struct world w = make_world(first + i);
        struct result buffered = walk(&w, MMV_IO_BUFFERED, MMV_IO_BUFFERED, false);
        struct result mapped = walk(&w, MMV_IO_MMAP, MMV_IO_MMAP, false);
        struct result best = mapped.seconds < buffered.seconds ? mapped : buffered;
        struct result automatic = walk(&w, MMV_IO_BUFFERED, MMV_IO_MMAP, trace);
        bool in = automatic.seconds <= 1.03 * best.seconds + 2e-3;
        bool in_all = automatic.seconds <= 1.10 * best.seconds + 5e-3;
        over[i] = automatic.seconds / best.seconds;
        fine += in;
        bad += !in_all;
        switched += automatic.switches > 0;
        wins += mapped.seconds < buffered.seconds;
        if (trace || (argc > 2 && !in))
            printf("seed %llu: %s, %.1f MiB, %u threads, sigma %.2f burst %.0f/%.0f MB x%.1f stolen %.0f MB/%.4f lock "
                   "%.2f page %.3f folio %.0f,%.0f at %.2f: buffered %.3f ms, mapped %.3f ms, auto %.3f ms (%u "
                   "switches, %u tries, lost %.3f ms, %.0f %% mapped)%s\n",
                   (unsigned long long)(first + i), w.machine.name, (double)w.length / (1 << 20), w.threads, w.sigma,
                   w.burst / 1e6, w.burst_for / 1e6, w.slow, w.stolen / 1e6, w.stolen_for, w.machine.lock,
                   w.machine.page_us, w.machine.folio[0], w.machine.folio[1], w.machine.changes_at,
                   buffered.seconds * 1e3, mapped.seconds * 1e3, automatic.seconds * 1e3, automatic.switches,
                   automatic.tries, automatic.lost * 1e3 / w.threads,
                   100 * automatic.way[MMV_IO_MMAP] / (double)w.length, in_all ? "" : " BAD");
    }
    qsort(over, count, sizeof *over, compare);
    printf("%llu seeds: mapping wins %.1f %%, switched in %.1f %%; within 1.03 x + 2 ms: %.2f %%; beyond 1.10 x + 5 "
           "ms: %llu\n"
           "auto / best: median %.4f, 90 %% %.4f, 99 %% %.4f, most %.4f\n",
           (unsigned long long)count, 100.0 * (double)wins / (double)count, 100.0 * (double)switched / (double)count,
           100.0 * (double)fine / (double)count, (unsigned long long)bad, over[count / 2], over[count * 9 / 10],
           over[count * 99 / 100], over[count - 1]);
    free(over);
    return (double)bad > 0.0015 * (double)count || (double)fine < 0.988 * (double)count;
}
