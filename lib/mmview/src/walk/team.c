/* SPDX-License-Identifier: MIT */
/*
 * team.c - the team of workers, and what they share.
 *
 *     range    |unit 0|unit 1|unit 2|unit 3| ...        taken from the front, each by a worker that is free
 *     thread A |======|             |======|
 *     thread B        |======|======|
 *
 * Invariants:
 * 1. Units are handed out in the order of the range and without gaps, and every unit handed out is worked on to its end
 *    or fails. So when the walk is stopped, what is done is a prefix of the range.
 * 2. A record is in the unit in which its first byte lies; units partition the records.
 * 3. After a failure no unit is handed out any more; the first failure is the walk's result.
 */

#include "walk/job.h"

#include "base/error.h"
#include "os/machine.h"
#include "os/memory.h"
#include "os/sync.h"
#include "walk/crew.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- units ------------------------------------------------------------------------------------------------------ */

/* Number of the first record that begins at byte 'at' of the range or later. */
static uint64_t record_from(const mmv__job *job, uint64_t at)
{
    return mmv_min(job->what.records, at / job->what.stride + (at % job->what.stride != 0));
}

/* Units end on multiples of the grid in the file, 2 MiB where they are that large. */
static uint64_t unit_end(const mmv__job *job, uint64_t size)
{
    uint64_t left = job->what.length - job->progress->position;
    /* A stretch belongs to one unit alone. */
    if (job->what.saver)
        size = mmv_max(size, job->how.grid);
    if (size >= left)
        return job->what.length;
    uint64_t end = mmv_round_down(job->how.lead + job->progress->position + size, job->how.grid) - job->how.lead;
    return end > job->progress->position && end < job->what.length ? end : job->progress->position + size;
}

/*
 * The next unit that has a record; a unit inside one huge record has none. False when the range is done or the walk
 * stops.
 */
static bool take(mmv__worker *worker, mmv__unit *unit)
{
    const mmv__job *job = worker->job;
    mmv__progress *progress = job->progress;
    *unit = (mmv__unit){.io = progress->chooser.io};
    mmv__lock(&progress->lock);
    mmv__choose_await(worker);
    while (unit->count == 0 && !progress->stop && progress->position < job->what.length) {
        /* Invariant 3. */
        assert(progress->status == MMV_OK);
        unit->start = progress->position;
        unit->end = unit_end(job, mmv__choose_size(worker));
        progress->position = unit->end;
        unit->first = record_from(job, unit->start);
        unit->count = record_from(job, unit->end) - unit->first;
        /* Invariants 1 and 2: the next one begins where this one ends, also when a record straddles the border. */
        assert(unit->end > unit->start && unit->end <= job->what.length);
        assert(unit->first + unit->count <= job->what.records);
    }
    /* The last units had no record: whoever waits for this worker's stream waits for nothing. */
    if (unit->count == 0)
        mmv__choose_await(worker);
    unit->number = unit->count ? progress->units++ : 0;
    mmv__unlock(&progress->lock);
    return unit->count > 0;
}

static void count_unit(mmv_walk_stats *stats, const mmv__worker *worker, const mmv__unit *unit)
{
    stats->bytes += unit->count * worker->job->what.record;
    stats->records += unit->count;
    stats->bytes_mapped += worker->done[MMV_IO_MMAP];
    stats->bytes_buffered += worker->done[MMV_IO_BUFFERED];
    stats->bytes_direct += worker->done[MMV_IO_DIRECT];
    stats->step_bytes = mmv_max(stats->step_bytes, worker->most);
}

static void fail_unit(const mmv__job *job, const mmv__unit *unit, mmv_status status)
{
    bool first = job->progress->status == MMV_OK;
    /* A worker that only stopped because another one failed has nothing to say. */
    if (first || (job->progress->status == MMV_ESTOPPED && status != MMV_ESTOPPED)) {
        job->progress->status = status;
        job->progress->error = *mmv_last_error();
    }
    job->progress->failed = mmv_min(job->progress->failed, unit->start);
    job->progress->stop = true;
}

static void finish(mmv__worker *worker, const mmv__unit *unit, mmv_status status)
{
    const mmv__job *job = worker->job;
    mmv__lock(&job->progress->lock);
    mmv__choose_forgo(worker);
    if (status)
        fail_unit(job, unit, status);
    else
        count_unit(&job->progress->stats, worker, unit);
    if (!status && job->what.tick && !job->progress->stop &&
        !job->what.tick(job->progress->stats.bytes, job->what.tick_user)) {
        job->progress->stop = true;
        job->progress->status = mmv_error_set(MMV_ESTOPPED, 0, "walk");
        job->progress->error = *mmv_last_error();
    }
    if (job->progress->stop)
        mmv__wake_all(&job->progress->changed);
    mmv__unlock(&job->progress->lock);
}

/* ---- the team --------------------------------------------------------------------------------------------------- */

static void work(const mmv__job *job, unsigned index, unsigned home)
{
    mmv__worker worker = {.job = job, .index = index};
    mmv__saver *saver = job->what.saver;
    mmv__unit unit;
    /*
     * A new thread may begin on its parent's processor, and both wait for each other there: for 8 ms of the 60 that 1
     * GiB takes.
     */
    if (index > 0)
        mmv__os_spread(index, job->how.threads, home);
    while (take(&worker, &unit)) {
        mmv_status status = saver ? saver->calls->run(saver, &worker, &unit) : mmv__run_unit(&worker, &unit);
        finish(&worker, &unit, status);
        memset(worker.done, 0, sizeof worker.done);
        worker.kept = 0;
    }
    mmv__buffered_end(&worker);
    mmv__direct_end(&worker);
    mmv__mapped_end(&worker);
    if (saver)
        saver->calls->leave(saver, &worker);
    mmv__os_memory_free(worker.buffer, worker.buffer_size);
    mmv__os_memory_free(worker.output, worker.output_size);
}

struct team {
    const mmv__job *job;
    unsigned home; /* the first one's processor */
};

static void work_in_team(unsigned index, void *what)
{
    const struct team *team = what;
    work(team->job, index, team->home);
}

static void run_team(const mmv__job *job)
{
    struct team team = {job, 0};
    unsigned members = 1;
    if (job->how.threads > 1) {
        team.home = mmv__os_processor();
        members = mmv__crew_run(job->how.threads, work_in_team, &team);
    } else {
        work(job, 0, 0);
    }
    job->progress->stats.threads = members;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

/* Also when nothing failed: a file that others cut short while we worked is not what the caller believes it to be. */
static mmv_status result(const mmv__job *job)
{
    if (job->progress->status)
        return mmv__fail_as(&job->progress->error);
    if (!job->what.in)
        return MMV_OK;
    return mmv__map_check_length(job->what.in, job->what.offset + job->what.length, "walk");
}

static mmv_io most_used(const mmv_walk_stats *stats, const mmv__chooser *chooser)
{
    if (stats->bytes == 0)
        return chooser->io == MMV_IO_AUTO ? chooser->policy.io : chooser->io;
    if (stats->bytes_direct > stats->bytes / 2)
        return MMV_IO_DIRECT;
    return stats->bytes_mapped > stats->bytes_buffered ? MMV_IO_MMAP : MMV_IO_BUFFERED;
}

static void sum_up(const mmv__job *job, double start, uint64_t minor, uint64_t major)
{
    mmv_walk_stats *stats = &job->progress->stats;
    mmv__os_faults(&stats->minor_faults, &stats->major_faults);
    stats->minor_faults -= minor;
    stats->major_faults -= major;
    stats->seconds = mmv__os_clock() - start;
    /* The end of a unit may cut a record, all of which belongs to the unit. */
    uint64_t whole = job->what.records ? record_from(job, mmv_min(job->progress->position, job->progress->failed)) : 0;
    stats->prefix = mmv_min(whole * job->what.stride, job->what.length);
    stats->windows = job->progress->units;
    stats->window_bytes = mmv_min(job->how.window, mmv_max(1, job->what.length));
    stats->io = most_used(stats, &job->progress->chooser);
    mmv__choose_explain(job, stats->reason, sizeof stats->reason);
}

/* What the saver demands becomes part of the method. */
static mmv_status begin_saving(mmv__job *job)
{
    mmv__saver_terms terms = {.threads = job->how.threads};
    mmv_status status = job->what.saver->calls->begin(job->what.saver, job, &terms);
    assert(terms.threads > 0 && terms.threads <= job->how.threads && terms.lanes <= MMV__LANES);
    job->progress->stats.resumed = terms.resumed;
    job->how.threads = terms.threads;
    job->how.saves = terms.lanes > 0;
    job->how.saves_wholly = terms.whole;
    if (terms.lanes > 0)
        job->how.lanes = terms.lanes;
    return status;
}

static mmv_status run_planned(mmv__job *job)
{
    mmv__saver *saver = job->what.saver;
    mmv_status status = saver ? begin_saving(job) : MMV_OK;
    if (status == MMV_OK) {
        run_team(job);
        status = result(job);
    }
    return saver ? saver->calls->end(saver, status) : status;
}

mmv_status mmv__walk_run(const mmv__request *what, const mmv_walk_options *options)
{
    static const mmv_walk_options defaults = {0};
    uint64_t minor;
    uint64_t major;
    double start = mmv__os_clock();
    mmv__progress progress = {.failed = UINT64_MAX};
    mmv__job job = {.what = *what, .progress = &progress};
    const mmv_walk_options *chosen = options ? options : &defaults;
    mmv__os_faults(&minor, &major);
    mmv_status status = mmv__plan(&job, chosen);
    if (status == MMV_OK && job.what.filter)
        job.what.filter->begun = true;
    if (status == MMV_OK && job.what.records > 0) {
        mmv__mutex_init(&progress.lock);
        mmv__condition_init(&progress.changed);
        status = run_planned(&job);
        mmv__condition_destroy(&progress.changed);
        mmv__mutex_destroy(&progress.lock);
        mmv__unplan(&job);
    }
    if (chosen->stats) {
        sum_up(&job, start, minor, major);
        *chosen->stats = progress.stats;
    }
    return status;
}

mmv_status mmv_walk(mmv_map *map, const mmv_walk_options *options, mmv_walk_fn *fn, void *user)
{
    const mmv__request what = {.in = map, .stream = -1, .fn = fn, .user = user, .in_place = true};
    return mmv__walk_run(&what, options);
}

mmv_status mmv_walk_to(mmv_map *in, mmv_map *out, const mmv_walk_options *options, mmv_walk_fn *fn, void *user)
{
    const mmv__request what = {.in = in, .out = out, .stream = -1, .fn = fn, .user = user};
    return mmv__walk_run(&what, options);
}

mmv_status mmv_walk_stream(mmv_map *in, int descriptor, const mmv_walk_options *options, mmv_walk_fn *fn, void *user)
{
    const mmv__request what = {.in = in, .stream = descriptor, .fn = fn, .user = user};
    if (descriptor < 0)
        return mmv_error_set_parameter(MMV_EINVAL, "walk", "descriptor");
    return mmv__walk_run(&what, options);
}

const char *mmv_io_name(mmv_io io)
{
    static const char *const names[] = {"auto", "mmap", "buffered", "direct"};
    return (unsigned)io < sizeof names / sizeof names[0] ? names[io] : "unknown";
}
