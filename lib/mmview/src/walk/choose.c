/* SPDX-License-Identifier: MIT */
/*
 * choose.c - which way the bytes of a walk go.
 *
 * A way that was asked for by name is taken. Otherwise ('auto'):
 *   - small ranges go buffered: one read and one write beat setting up a mapping;
 *   - file systems known to map badly go buffered;
 *   - ranges larger than the memory that is available go direct, where the file system can;
 *   - for the rest policy.c decides while the real work is done, each record exactly once.
 *
 *     unit   |------------------ 2 MiB and more, one worker's ------------------|
 *     legs   | mapped | buffered |               buffered                       |    a turn of the policy each
 *
 * A unit belongs to one worker, and with a journal it has whole stretches. Trials begin with less than that; so a unit
 * is cut into legs. Only the time of a leg counts: not what was done already, nor what a journal does in between.
 * What is not in memory goes buffered as a whole, see cold.h.
 */

#include "walk/job.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/memory.h"
#include "os/sync.h"

#include <stdio.h>

#define TINY MMV_MIB /* a judgement, not measured: a mapping costs some calls more than one read and write */

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
    if (!job->what.in)
        return settle(job, MMV_IO_BUFFERED, "there is no input to map");
    if (job->what.in->kind == MMV__CHARACTER_DEVICE)
        return settle(job, MMV_IO_BUFFERED, "a character device");
    if (job->what.length <= TINY)
        return settle(job, MMV_IO_BUFFERED, "a small range is read and written faster than mapped");
    if (!job->how.slot || !job->how.arena.base)
        return settle(job, MMV_IO_BUFFERED, job->how.note ? job->how.note : "one small range");
    if (mmv__os_maps_badly(job->what.in->descriptor, &system))
        return settle(job, MMV_IO_BUFFERED, system);
    if (larger_than_memory(job)) {
        mmv__direct_plan(job);
        if (job->how.direct_in >= 0)
            return settle(job, MMV_IO_DIRECT, "the range is larger than the memory available");
    }
    job->how.note = NULL;
    return MMV_IO_AUTO;
}

static void plan_policy(mmv__job *job)
{
    const mmv__policy_terms terms = {
        .length = job->what.length,
        .threads = job->how.threads,
        .first = MMV_IO_BUFFERED,
        .rival = MMV_IO_MMAP,
        .most = job->how.window,
        .fine = job->what.stride,
    };
    mmv__policy_begin(&job->progress->chooser.policy, &terms);
}

/* Asked once, and only where something is not in memory. */
static void know_read_ahead(const mmv__job *job)
{
    mmv__cold *cold = &job->progress->chooser.cold;
    if (!cold->is_known)
        mmv__cold_begin(cold, job->how.threads > 1 ? mmv__os_read_ahead(job->what.in->descriptor) : 0);
}

/* Before the first unit is cut: when it would be cold, it shall be long. */
static void look_ahead(mmv__job *job)
{
    uint64_t start = job->what.offset;
    size_t size = (size_t)mmv_min(job->what.length, MMV__STREAM);
    bool is_absent = mmv__os_is_cold(job->what.in->descriptor, start, size);
    if (is_absent)
        know_read_ahead(job);
    mmv__cold_learn(&job->progress->chooser.cold, start, start, is_absent);
}

void mmv__choose_plan(mmv__job *job, mmv_io wanted)
{
    mmv__chooser *chooser = &job->progress->chooser;
    const char *refused = job->how.note;
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
    if (chooser->io == MMV_IO_AUTO) {
        plan_policy(job);
        look_ahead(job);
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
    if (chooser->cold.length > job->what.length / 2)
        snprintf(text, size, "most of it was not in memory: the device sets the pace");
    else if (chooser->io == MMV_IO_AUTO && chooser->policy.terms.length > 0)
        mmv__policy_explain(&chooser->policy, text, size);
    else if (chooser->io != MMV_IO_AUTO && job->progress->stats.io != chooser->io)
        snprintf(text, size, "%s", why_not(chooser->io));
    else
        snprintf(text, size, "%s", job->how.note ? job->how.note : "");
}

/* ---- units ------------------------------------------------------------------------------------------------------ */

/* Bytes of the turn that the policy gives the worker, or has given it. */
static uint64_t take_turn(mmv__worker *worker)
{
    if (worker->turn.bytes == 0)
        worker->turn = mmv__policy_next(&worker->job->progress->chooser.policy);
    return worker->turn.bytes;
}

/*
 * Towards the end units become smaller, so that nobody is left with a large one when the others are done: that cost
 * 'auto', whose trial leaves an odd rest, up to a tenth (1 GiB, two threads, 2026-11).
 */
static uint64_t fair_share(const mmv__job *job, uint64_t size, uint64_t least)
{
    uint64_t share = (job->what.length - job->progress->position) / (2 * (uint64_t)job->how.threads);
    return job->how.threads > 1 ? mmv_min(size, mmv_max(share, least)) : size;
}

uint64_t mmv__choose_size(mmv__worker *worker)
{
    const mmv__job *job = worker->job;
    const mmv__chooser *chooser = &job->progress->chooser;
    uint64_t window = job->how.window;
    uint64_t cold = mmv__cold_size(&chooser->cold, job->what.offset + job->progress->position);
    /* One thread alone keeps a device busy for a while: better that than many short streams of reads. */
    if (chooser->io != MMV_IO_AUTO)
        return fair_share(job, window, MMV__CONGRUENCE);
    if (cold > 0 && chooser->cold.is_single)
        return mmv_min(cold, job->how.stream);
    if (cold > 0)
        return fair_share(job, mmv_min(cold, job->how.stream), 4 * MMV__STREAM);
    return fair_share(job, take_turn(worker), MMV__CONGRUENCE);
}

static bool is_next_cold(const mmv__job *job)
{
    const mmv__progress *progress = job->progress;
    return progress->chooser.io == MMV_IO_AUTO && !progress->stop && progress->position < job->what.length &&
           mmv__cold_size(&progress->chooser.cold, job->what.offset + progress->position) > 0;
}

/* Whoever has the stream keeps it: it has what was read ahead. */
void mmv__choose_await(mmv__worker *worker)
{
    const mmv__job *job = worker->job;
    mmv__progress *progress = job->progress;
    mmv__cold *cold = &progress->chooser.cold;
    while (!worker->source.stream.counts && is_next_cold(job) && mmv__cold_waits(cold))
        mmv__wait(&progress->changed, &progress->lock);
    bool streams = is_next_cold(job);
    if (streams == worker->source.stream.counts)
        return;
    worker->source.stream.counts = streams;
    cold->busy += streams ? 1 : -1u;
    mmv__wake_all(&progress->changed);
}

void mmv__choose_forgo(mmv__worker *worker)
{
    mmv__chooser *chooser = &worker->job->progress->chooser;
    if (worker->turn.bytes > 0)
        mmv__policy_learn(&chooser->policy, &worker->turn, 0, 0);
    worker->turn.bytes = 0;
}

/* ---- legs ------------------------------------------------------------------------------------------------------- */

static mmv_status go(mmv__worker *worker, const mmv__unit *leg)
{
    switch (leg->io) {
    case MMV_IO_MMAP:
        return mmv__run_mapped(worker, leg);
    case MMV_IO_DIRECT:
        return mmv__run_direct(worker, leg);
    default:
        return mmv__run_buffered(worker, leg);
    }
}

/* Of the unit, from its first record on, what the turn is about: up to a border of granules where they are saved. */
static mmv__unit next_leg(mmv__worker *worker, const mmv__unit *unit)
{
    const mmv__job *job = worker->job;
    uint64_t about = (worker->turn.bytes - 1) / job->what.stride + 1;
    /* A stream's unit must come in one piece. */
    bool whole = about >= unit->count || job->what.stream >= 0;
    if (job->what.stream >= 0)
        worker->turn.patience = 0;
    if (!whole && job->how.saves)
        about = job->what.saver->calls->border(job->what.saver, unit->first, about);
    mmv__unit leg = mmv__part(unit, unit->first, whole ? unit->count : mmv_min(about, unit->count));
    leg.io = worker->turn.io;
    return leg;
}

static void ask(mmv__worker *worker)
{
    mmv__progress *progress = worker->job->progress;
    mmv__lock(&progress->lock);
    take_turn(worker);
    mmv__unlock(&progress->lock);
}

/*
 * A leg that had to go another way than its turn said tells nothing of that way. Nor does the rest of a unit: of a
 * record or two the time is that of a call and a fault, which looked like a way gone bad. In place, records of 24
 * bytes, 2 GiB: 0.47 s before, 0.25 since (2026-11).
 */
static void tell(mmv__worker *worker, const mmv__unit *leg, uint64_t done, bool as_said, double seconds)
{
    mmv__progress *progress = worker->job->progress;
    uint64_t stride = worker->job->what.stride;
    bool is_rest = leg->count * stride < worker->turn.bytes / 2;
    mmv__lock(&progress->lock);
    /* Turns have the bytes from one record to the next, so that those of a region narrower than its image count. */
    if (as_said && !is_rest)
        mmv__policy_learn(&progress->chooser.policy, &worker->turn, done * stride, seconds);
    else
        mmv__policy_learn(&progress->chooser.policy, &worker->turn, 0, 0);
    worker->turn.bytes = 0;
    mmv__unlock(&progress->lock);
}

/* *done_ret: records. */
static mmv_status run_leg(mmv__worker *worker, const mmv__unit *leg, uint64_t *done_ret)
{
    uint64_t before = worker->done[leg->io];
    worker->given_up = 0;
    worker->since = mmv__os_clock();
    mmv_status status = go(worker, leg);
    double seconds = mmv__os_clock() - worker->since;
    *done_ret = leg->count - worker->given_up;
    bool as_said = worker->done[leg->io] - before == *done_ret * worker->job->what.record;
    if (status == MMV_OK)
        tell(worker, leg, *done_ret, as_said, seconds);
    return status;
}

/* Whether the unit is not in memory, as far as is known; the policy learns nothing from it then. */
static bool is_cold(mmv__worker *worker, const mmv__unit *unit)
{
    const mmv__job *job = worker->job;
    mmv__chooser *chooser = &job->progress->chooser;
    uint64_t start = mmv__at(job, unit->first), end = mmv__end_of(job, unit->first, unit->count);
    mmv__lock(&job->progress->lock);
    bool asks = mmv__cold_asks(&chooser->cold, start);
    mmv__unlock(&job->progress->lock);
    if (!asks)
        return false;
    bool is_absent = mmv__os_is_cold(job->what.in->descriptor, start, (size_t)(end - start));
    mmv__lock(&job->progress->lock);
    if (is_absent)
        know_read_ahead(job);
    bool counts = mmv__cold_learn(&chooser->cold, start, end, is_absent);
    if (counts) {
        mmv__choose_forgo(worker);
        mmv__policy_skip(&chooser->policy, end - start);
    }
    mmv__unlock(&job->progress->lock);
    return counts;
}

static mmv_status run_cold(mmv__worker *worker, const mmv__unit *unit)
{
    const mmv__job *job = worker->job;
    mmv__cold *cold = &job->progress->chooser.cold;
    double start = mmv__os_clock();
    worker->source.stream.is_paced = true;
    worker->source.stream.reading = 0;
    mmv_status status = go(worker, unit);
    worker->source.stream.is_paced = false;
    double seconds = mmv__os_clock() - start;
    mmv__lock(&job->progress->lock);
    bool was_single = cold->is_single;
    mmv__cold_paced(cold, unit->count * job->what.stride, seconds, worker->source.stream.reading);
    if (was_single && !cold->is_single)
        mmv__wake_all(&job->progress->changed);
    mmv__unlock(&job->progress->lock);
    return status;
}

mmv_status mmv__run_unit(mmv__worker *worker, const mmv__unit *unit)
{
    mmv__unit rest = *unit;
    mmv_status status = MMV_OK;
    if (unit->io != MMV_IO_AUTO)
        return go(worker, unit);
    if (is_cold(worker, unit)) {
        rest.io = MMV_IO_BUFFERED;
        return run_cold(worker, &rest);
    }
    while (rest.count > 0 && status == MMV_OK) {
        if (worker->turn.bytes == 0)
            ask(worker);
        uint64_t done;
        mmv__unit leg = next_leg(worker, &rest);
        status = run_leg(worker, &leg, &done);
        rest.first += done;
        rest.count -= done;
    }
    return status;
}
