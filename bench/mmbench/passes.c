/* SPDX-License-Identifier: MIT */
/*
 * passes: the cases on one large file, as a cross product of work, engine, state, how the file was written, threads and
 * window. Each has a name that says all of it:
 *
 *     WORK/ENGINE/STATE/HOW-THE-FILE-WAS-WRITTEN[/durable]/MiB:N/threads:N[/window_KiB:N]
 */
#include "mmbench/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/os/signals.h"
#include "harness/harness.h"
#include "mmbench/trial.h"

/* Operations of the random works: enough for tens of milliseconds, warm; cold each one may cost a seek. */
#define READS_4K_WARM 65536
#define READS_4K_COLD 4096
#define READS_64K_WARM 8192
#define READS_64K_COLD 1024
#define UPDATES 65536
#define UPDATE_RECORD 64

#define TRIES 3 /* of a run whose state was not reached */

struct pass_case {
    struct suite *suite;
    struct trial trial;
    enum written written;
};

/* ---- running a case --------------------------------------------------------------------------------------------- */

struct sums {
    double bytes, minor, major, read, peak_mapped, peak_rss, seconds;
    unsigned runs;
    bool knows_faults, knows_read;
};

static void add(struct sums *sums, const struct outcome *outcome)
{
    const struct meter *meter = &outcome->meter;
    sums->bytes += (double)outcome->bytes;
    sums->minor += (double)meter->minor;
    sums->major += (double)meter->major;
    sums->read += (double)meter->read_bytes;
    sums->peak_mapped =
        (double)outcome->peak_mapped > sums->peak_mapped ? (double)outcome->peak_mapped : sums->peak_mapped;
    sums->peak_rss = (double)meter->peak_rss > sums->peak_rss ? (double)meter->peak_rss : sums->peak_rss;
    sums->seconds += meter->seconds;
    sums->knows_faults = meter->knows_faults;
    sums->knows_read = meter->knows_read_bytes;
    sums->runs++;
}

static void report(struct bench_run *run, const struct sums *sums, const struct trial *trial, const char *note)
{
    double gib = sums->bytes / (double)MMV_GIB;
    bench_bytes(run, sums->bytes);
    bench_counter(run, "GB/s", sums->bytes / sums->seconds / 1e9);
    if (sums->knows_faults) {
        bench_counter(run, "minor_faults_per_GiB", sums->minor / gib);
        bench_counter(run, "major_faults_per_GiB", sums->major / gib);
    }
    if (sums->knows_read)
        bench_counter(run, "device_read_bytes", sums->read / sums->runs);
    bench_counter(run, "peak_mapped_bytes", sums->peak_mapped);
    bench_counter(run, "peak_rss_bytes", sums->peak_rss);
    if (trial->operations)
        bench_counter(run, "operations_per_second", (double)trial->operations * sums->runs / sums->seconds);
    if (note[0])
        bench_note(run, note);
}

/* Memory may have been taken from the fixture by others just then; a state that cannot be reached never is. */
static enum verdict try_to_run(struct pass_case *what, struct outcome *outcome)
{
    struct suite *suite = what->suite;
    enum verdict verdict = what->trial.fixture ? TRIAL_NOT_REACHED : TRIAL_FAILED;
    for (unsigned i = 0; i < TRIES && verdict == TRIAL_NOT_REACHED; i++)
        verdict = trial_run(&suite->fixtures, &what->trial, outcome);
    suite->wrong += verdict == TRIAL_WRONG;
    suite_leave_if_stopped(suite);
    return verdict;
}

static void body(struct bench_run *run, void *user)
{
    struct pass_case *what = user;
    struct suite *suite = what->suite;
    struct outcome outcome = {.why = ""};
    struct sums sums = {0};
    what->trial.fixture =
        fixtures_get(&suite->fixtures, suite->file_size, what->written, what->trial.work == WORK_UPDATES);
    while (bench_next(run)) {
        if (try_to_run(what, &outcome) != TRIAL_TIMED) {
            bench_skip(run, outcome.why);
            return;
        }
        bench_seconds(run, outcome.meter.seconds);
        add(&sums, &outcome);
    }
    report(run, &sums, &what->trial, outcome.note);
}

/* ---- making cases ----------------------------------------------------------------------------------------------- */

#define RECORD_TEXT 24
static const char *record_name(size_t record, char text[RECORD_TEXT])
{
    bool small = record % 1024 != 0;
    snprintf(text, RECORD_TEXT, "-%zu%s", small ? record : record / 1024, small ? "" : "K");
    return record ? text : "";
}

static bool register_case(struct suite *suite, const struct trial *trial, enum written written)
{
    char name[160], record[RECORD_TEXT];
    struct pass_case *what = malloc(sizeof *what);
    if (!suite_own(suite, what))
        return false;
    *what = (struct pass_case){.suite = suite, .trial = *trial, .written = written};
    /* Every record at most once, so a small file has fewer. */
    if (trial->record)
        what->trial.operations = mmv_min(trial->operations, suite->file_size / trial->record);
    snprintf(name, sizeof name, "%s%s/%s/%s/%s%s", work_name(trial->work), record_name(trial->record, record),
             trial->engine->name, state_name(trial->state), suite->fixtures.file ? "own-file" : written_name(written),
             trial->durable ? "/durable" : "");
    struct bench_case bench = {.name = name, .body = body, .user = what, .manual = true, .once = true};
    bench.arguments[0] = (struct bench_argument){"MiB", (int64_t)(suite->file_size / MMV_MIB)};
    bench.arguments[1] = (struct bench_argument){"threads", trial->threads};
    if (trial->window)
        bench.arguments[2] = (struct bench_argument){"window_KiB", (int64_t)(trial->window / MMV_KIB)};
    bench_register(&bench);
    return true;
}

static bool each_engine(struct suite *suite, const struct trial *trial, enum written written)
{
    bool good = true;
    for (unsigned i = 0; i < engines_count && good; i++) {
        struct trial one = *trial;
        one.engine = &engines[i];
        /* What has no file is in no state, and what goes past the cache drops what was written. */
        bool fits = one.engine->run[one.work] != NULL;
        if (one.engine->in_memory)
            fits = fits && one.state == STATE_WARM && !one.durable && written == WRITTEN_1M;
        else if (!one.engine->cached && one.state == STATE_WARM)
            fits = fits && written == WRITTEN_READ_BACK;
        if (fits)
            good = register_case(suite, &one, written);
    }
    return good;
}

/* A user's own file is only scanned, and is as it is. */
static bool register_scans_of(struct suite *suite)
{
    const struct trial warm = {.work = WORK_SCAN, .state = STATE_WARM, .threads = suite->threads};
    const struct trial cold = {.work = WORK_SCAN, .state = STATE_COLD, .threads = suite->threads};
    return each_engine(suite, &warm, WRITTEN_READ_BACK) && each_engine(suite, &cold, WRITTEN_READ_BACK);
}

/* How the file was written matters most to what maps it in place; of the others the two ends are enough. */
static bool register_warm(struct suite *suite, const struct trial *trial)
{
    bool good = each_engine(suite, trial, WRITTEN_1M) && each_engine(suite, trial, WRITTEN_READ_BACK);
    if (trial->work != WORK_INTO)
        good = good && each_engine(suite, trial, WRITTEN_4K);
    if (trial->work == WORK_IN_PLACE)
        good = good && each_engine(suite, trial, WRITTEN_64K) && each_engine(suite, trial, WRITTEN_COPIED);
    return good;
}

static bool register_passes(struct suite *suite)
{
    static const enum work works[] = {WORK_SCAN, WORK_IN_PLACE, WORK_INTO};
    bool good = true;
    for (unsigned w = 0; w < sizeof works / sizeof *works && good; w++) {
        struct trial warm = {.work = works[w], .state = STATE_WARM, .threads = suite->threads};
        struct trial cold = {.work = works[w], .state = STATE_COLD, .threads = suite->threads};
        struct trial little = {.work = works[w], .state = STATE_SMALL, .threads = suite->threads};
        good = register_warm(suite, &warm) && each_engine(suite, &cold, WRITTEN_READ_BACK);
        /* To the last byte on the device: what is larger than memory has to get there anyway. */
        warm.durable = little.durable = works[w] != WORK_SCAN;
        good = good && each_engine(suite, &little, WRITTEN_READ_BACK);
        if (warm.durable)
            good = good && each_engine(suite, &warm, WRITTEN_1M) && each_engine(suite, &warm, WRITTEN_READ_BACK);
    }
    return good;
}

static bool register_random(struct suite *suite)
{
    struct trial trial = {.work = WORK_READS, .state = STATE_WARM, .threads = suite->threads};
    trial.record = 4096;
    trial.operations = READS_4K_WARM;
    bool good = each_engine(suite, &trial, WRITTEN_READ_BACK);
    trial.record = 65536;
    trial.operations = READS_64K_WARM;
    good = good && each_engine(suite, &trial, WRITTEN_READ_BACK);
    trial.state = STATE_COLD;
    trial.operations = READS_64K_COLD;
    good = good && each_engine(suite, &trial, WRITTEN_READ_BACK);
    trial.record = 4096;
    trial.operations = READS_4K_COLD;
    good = good && each_engine(suite, &trial, WRITTEN_READ_BACK);
    trial = (struct trial){.work = WORK_UPDATES,
                           .state = STATE_WARM,
                           .threads = suite->threads,
                           .record = UPDATE_RECORD,
                           .operations = UPDATES};
    good = good && each_engine(suite, &trial, WRITTEN_1M);
    trial.durable = true;
    return good && each_engine(suite, &trial, WRITTEN_1M);
}

/* Throughput against window size, and against threads, where the default of both is not measured already. */
static bool register_sweeps(struct suite *suite)
{
    static const uint64_t windows[] = {64 * MMV_KIB, 256 * MMV_KIB, MMV_MIB,      2 * MMV_MIB,  4 * MMV_MIB,
                                       8 * MMV_MIB,  16 * MMV_MIB,  64 * MMV_MIB, 256 * MMV_MIB};
    static const enum work works[] = {WORK_SCAN, WORK_IN_PLACE};
    static const char *const names[] = {"walk-mmap", "walk-buffered", "mmap", "pread", "memory"};
    bool good = true;
    for (unsigned w = 0; w < 2; w++) {
        struct trial trial = {.work = works[w], .state = STATE_WARM, .threads = suite->threads};
        trial.engine = engine_find("walk-mmap");
        for (unsigned i = 0; i < sizeof windows / sizeof *windows && good; i++) {
            trial.window = windows[i];
            good = register_case(suite, &trial, WRITTEN_1M);
        }
        trial.window = 0;
        for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
            trial.engine = engine_find(names[i]);
            for (trial.threads = 1; trial.threads < suite->threads && good; trial.threads += trial.threads < 8 ? 1 : 8)
                good = register_case(suite, &trial, WRITTEN_1M);
        }
    }
    return good;
}

bool suite_register_passes(struct suite *suite)
{
    if (suite->fixtures.file)
        return register_scans_of(suite);
    return register_passes(suite) && register_random(suite) && register_sweeps(suite);
}
