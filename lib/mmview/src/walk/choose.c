/* SPDX-License-Identifier: MIT */
/*
 * choose.c - which backend a unit goes through.
 *
 * A backend that was asked for by name is used. Otherwise ('auto'):
 *   - tiny ranges go buffered: one read and one write beat setting up a mapping;
 *   - file systems known to map badly go buffered;
 *   - ranges larger than the memory that is available go direct, where the file system can;
 *   - for the rest the first units are a trial of the real work, every unit worked on exactly once:
 *
 *         round 1 mmap | round 2 buffered | round 3 mmap | round 4 buffered | the rest with the faster one
 *
 * A round is one unit per thread, all threads with the same backend, because what they contend for differs. The average
 * speed of a thread counts, since the last thread of a round has no rival any more. Of a backend's rounds the better
 * one counts: noise only ever makes them slower. All rounds together are at most 5 % of the range, and when the first
 * two leave no doubt, the others are left out. Where a round is less than 2 MiB for each thread, fewer units make a
 * round, and nobody waits for its end. Where a round is less than 2 MiB, there is no trial: all units go by mmap.
 *
 * Afterwards one unit in 16 or 64, later in 512, tries the other backend again, since the folios of a file may change
 * along it. The other backend takes over when it is clearly faster. With more threads than processors there are no
 * such tries: their times say more about which thread was running.
 *
 * What workers call runs under the lock of the walk's progress. mmv__choose_plan() runs before they start, and
 * mmv__choose_explain() after they end.
 */

#include "walk/job.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/sync.h"

#include <stdio.h>
#include <string.h>

#define TINY MMV_MIB   /* a judgement, not measured: a mapping costs some calls more than one read and write */
#define TRIAL_SHARE 20 /* the trial is at most 1/20 of the range */
#define AGAIN                                                                                                          \
    16 /* one trial unit in this many tries the other backend: a wrong choice is found within a tenth of 1 GiB */
#define AGAIN_MOST 512      /* as often as it was no faster, it is tried half as often */
#define CLEARLY_FASTER 1.15 /* a single unit is noisy */
#define AGAIN_SELDOM 64     /* the same when one was far faster */
#define FAR_FASTER 1.3      /* needs no second look: late tries find out if it was noise */

static mmv_io round_io(unsigned round)
{
    return round % 2 ? MMV_IO_MMAP : MMV_IO_BUFFERED;
}

static mmv_io other(mmv_io io)
{
    return io == MMV_IO_MMAP ? MMV_IO_BUFFERED : MMV_IO_MMAP;
}

static mmv_io settle(mmv__job *job, mmv_io io, const char *why)
{
    job->how.note = why;
    return io;
}

static bool larger_than_memory(const mmv__job *job)
{
    return job->how.memory > 0 && job->what.length > job->how.memory;
}

static mmv_io first_choice(mmv__job *job)
{
    const char *system;
    bool maps_badly = job->what.in && mmv__os_maps_badly(job->what.in->descriptor, &system);
    if (!job->what.in)
        return settle(job, MMV_IO_BUFFERED, "there is no input to map");
    if (job->what.in->kind == MMV__CHARACTER_DEVICE)
        return settle(job, MMV_IO_BUFFERED, "a character device");
    if (job->what.length <= TINY)
        return settle(job, MMV_IO_BUFFERED, "a small range is read and written faster than mapped");
    if (!job->how.slot || !job->how.arena.base)
        return settle(job, MMV_IO_BUFFERED, job->how.note ? job->how.note : "one small range");
    if (maps_badly)
        return settle(job, MMV_IO_BUFFERED, system);
    if (larger_than_memory(job)) {
        mmv__direct_plan(job);
        if (job->how.direct_in >= 0)
            return settle(job, MMV_IO_DIRECT, "the range is larger than the memory available");
    }
    job->how.note = NULL;
    return MMV_IO_AUTO;
}

static void plan_trial(mmv__job *job)
{
    mmv__chooser *chooser = &job->progress->chooser;
    uint64_t round = job->what.length / TRIAL_SHARE / MMV__ROUNDS;
    /* Every unit of the trial must have a record to be timed with. */
    uint64_t least = mmv_max(MMV__CONGRUENCE, mmv_round_up(job->what.stride, MMV__CONGRUENCE));
    chooser->io = MMV_IO_MMAP;
    if (round < least || job->how.window < least) {
        job->how.note = "the range is too short for a trial";
        return;
    }
    chooser->measured = true;
    chooser->tries_again = job->how.threads <= mmv__os_processors();
    chooser->timed = (unsigned)mmv_min(job->how.threads, round / least);
    chooser->trial = mmv_min(mmv_round_down(round / chooser->timed, MMV__CONGRUENCE), job->how.window);
    chooser->again = AGAIN;
    chooser->round = 1;
    chooser->to_hand = chooser->timed;
}

void mmv__choose_plan(mmv__job *job, mmv_io wanted)
{
    mmv__chooser *chooser = &job->progress->chooser;
    const char *refused = job->how.note;
    chooser->round = MMV__ROUNDS + 1;
    chooser->io = wanted == MMV_IO_AUTO ? first_choice(job) : settle(job, wanted, "asked for");
    if (wanted == MMV_IO_MMAP && !job->what.in)
        chooser->io = settle(job, MMV_IO_BUFFERED, "there is no input to map");
    else if (wanted == MMV_IO_MMAP && job->how.threads && !job->how.slot)
        chooser->io = settle(job, MMV_IO_BUFFERED, refused);
    if (wanted == MMV_IO_DIRECT) {
        mmv__direct_plan(job);
        if (job->how.direct_in < 0 && job->how.direct_out < 0)
            chooser->io = MMV_IO_BUFFERED;
    }
    if (chooser->io == MMV_IO_AUTO)
        plan_trial(job);
}

static bool is_far_apart(const mmv__chooser *chooser)
{
    double a = chooser->best[MMV_IO_MMAP];
    double b = chooser->best[MMV_IO_BUFFERED];
    return a > b * FAR_FASTER || b > a * FAR_FASTER;
}

static void decide(mmv__chooser *chooser)
{
    chooser->io = chooser->best[MMV_IO_BUFFERED] > chooser->best[MMV_IO_MMAP] ? MMV_IO_BUFFERED : MMV_IO_MMAP;
    chooser->recent = chooser->best[chooser->io];
    chooser->again = is_far_apart(chooser) ? AGAIN_SELDOM : AGAIN;
}

/* The first 'timed' units that are done make a round: a thread without a processor holds nobody up. */
static void count_in_round(const mmv__job *job, double bytes, double seconds)
{
    mmv__chooser *chooser = &job->progress->chooser;
    mmv_io io = round_io(chooser->round);
    chooser->round_bytes += bytes;
    chooser->round_seconds += seconds;
    if (++chooser->done < chooser->timed)
        return;
    double rate = chooser->round_seconds > 0 ? chooser->round_bytes / chooser->round_seconds : 0;
    if (rate > chooser->best[io])
        chooser->best[io] = rate;
    chooser->round++;
    chooser->to_hand = chooser->timed;
    chooser->done = 0;
    chooser->round_bytes = chooser->round_seconds = 0;
    if (chooser->round == 3 && is_far_apart(chooser))
        chooser->round = MMV__ROUNDS + 1;
    if (chooser->round > MMV__ROUNDS)
        decide(chooser);
    mmv__wake_all(&job->progress->changed);
}

/* With all threads timed, a thread that is done early waits for the round's end: the rounds do not mix. */
static bool must_wait(const mmv__job *job)
{
    const mmv__chooser *chooser = &job->progress->chooser;
    return chooser->round <= MMV__ROUNDS && chooser->to_hand == 0 && chooser->timed == job->how.threads &&
           !job->progress->stop;
}

bool mmv__choose(const mmv__job *job, mmv__unit *unit, uint64_t *size_ret)
{
    mmv__chooser *chooser = &job->progress->chooser;
    while (must_wait(job))
        mmv__wait(&job->progress->changed, &job->progress->lock);
    if (job->progress->stop || job->progress->position >= job->what.length)
        return false;
    unit->round = 0;
    unit->io = chooser->io;
    *size_ret = job->how.window;
    if (chooser->round <= MMV__ROUNDS) {
        chooser->to_hand -= chooser->to_hand > 0;
        unit->round = chooser->round;
        unit->io = round_io(chooser->round);
        *size_ret = chooser->trial;
    } else if (chooser->tries_again && chooser->since >= chooser->again * chooser->trial) {
        chooser->since = 0;
        unit->io = other(chooser->io);
        *size_ret = chooser->trial;
    }
    unit->compared = unit->round || unit->io != chooser->io;
    return true;
}

void mmv__choose_learn(const mmv__job *job, const mmv__unit *unit, double seconds)
{
    mmv__chooser *chooser = &job->progress->chooser;
    double bytes = (double)(unit->count * job->what.record);
    double rate = seconds > 0 ? bytes / seconds : 0;
    if (!chooser->measured)
        return;
    if (unit->round) {
        if (unit->round == chooser->round)
            count_in_round(job, bytes, seconds);
        return;
    }
    if (unit->io == chooser->io) {
        chooser->since += unit->end - unit->start;
        chooser->recent = chooser->recent * 0.75 + rate * 0.25;
        return;
    }
    chooser->again = mmv_min(2 * chooser->again, AGAIN_MOST);
    if (rate > chooser->recent * CLEARLY_FASTER) {
        chooser->io = unit->io;
        chooser->recent = rate;
        chooser->switches++;
        chooser->again = AGAIN;
    }
}

/* What most bytes did not go through, although it was chosen. */
static const char *why_not(mmv_io chosen)
{
    return chosen == MMV_IO_DIRECT ? "direct was chosen, but most bytes lie in blocks of the device with other bytes"
                                   : "mmap was chosen, but the system refused to map most of it";
}

void mmv__choose_explain(const mmv__job *job, char *text, size_t size)
{
    const mmv__chooser *chooser = &job->progress->chooser;
    const mmv_walk_stats *stats = &job->progress->stats;
    if (!chooser->measured && chooser->io != MMV_IO_AUTO && stats->io != chooser->io) {
        snprintf(text, size, "%s", why_not(chooser->io));
        return;
    }
    if (!chooser->measured || chooser->round <= MMV__ROUNDS) {
        snprintf(text, size, "%s", job->how.note ? job->how.note : "the range ended within the trial");
        return;
    }
    snprintf(text, size, "a thread did %.2f GB/s mapped and %.2f GB/s buffered in units of %u MiB, %u switch%s later",
             chooser->best[MMV_IO_MMAP] / 1e9, chooser->best[MMV_IO_BUFFERED] / 1e9,
             (unsigned)(chooser->trial / MMV_MIB), chooser->switches, chooser->switches == 1 ? "" : "es");
}
