/* SPDX-License-Identifier: MIT */
/*
 * sink.c - where the records go that a walk computes into another map or a stream.
 *
 * A map is written with pwrite(2) rather than through a mapping: faulting a new file in costs several times the copy,
 * and a full disk or a broken device is an errno here instead of a signal. A stream is written in the order of the
 * units: each worker computes its unit in memory and waits for its turn. What a filter keeps waits only for its place.
 */

#include "walk/job.h"

#include "base/error.h"
#include "os/file.h"
#include "os/sync.h"

#include <errno.h>

uint64_t mmv__sink_records(const mmv__job *job, const mmv__unit *unit)
{
    if (job->what.stream >= 0)
        return unit->count;
    return mmv_min(unit->count, mmv_max(1, MMV__PIECE / job->what.out_record));
}

static mmv_status write_map(mmv__worker *worker, uint64_t first, uint64_t count)
{
    const mmv__job *job = worker->job;
    uint64_t offset = job->what.out_offset + first * job->what.out_record;
    int error =
        mmv__os_write(job->what.out->descriptor, worker->output, (size_t)(count * job->what.out_record), offset);
    return error ? mmv__fail_at(mmv__status_of(error), error, "write", job->what.out, offset) : MMV_OK;
}

/* False when a unit before this one failed: its turn never comes. Under the lock of the progress. */
static bool wait_for_turn(const mmv__job *job, const mmv__unit *unit)
{
    while (job->progress->turn != unit->number && job->progress->failed == UINT64_MAX)
        mmv__wait(&job->progress->changed, &job->progress->lock);
    return job->progress->turn == unit->number;
}

static void end_turn(const mmv__job *job)
{
    job->progress->turn++;
    mmv__wake_all(&job->progress->changed);
}

static mmv_status write_stream(mmv__worker *worker, const mmv__unit *unit, uint64_t count)
{
    const mmv__job *job = worker->job;
    mmv__lock(&job->progress->lock);
    bool ours = wait_for_turn(job, unit);
    mmv__unlock(&job->progress->lock);
    if (!ours)
        return mmv_error_set(MMV_ESTOPPED, 0, "write");
    int error = mmv__os_write_stream(job->what.stream, worker->output, (size_t)(count * job->what.out_record));
    if (error)
        return mmv__fail(error, "write");
    mmv__lock(&job->progress->lock);
    end_turn(job);
    mmv__unlock(&job->progress->lock);
    return MMV_OK;
}

/* In the order of the units each learns where its records go; then they are written side by side. */
static bool take_place(const mmv__job *job, const mmv__unit *unit, uint64_t bytes, uint64_t *at_ret)
{
    mmv__filter *filter = job->what.filter;
    mmv__lock(&job->progress->lock);
    bool ours = wait_for_turn(job, unit);
    if (ours) {
        *at_ret = filter->placed;
        filter->placed += bytes;
        end_turn(job);
    }
    mmv__unlock(&job->progress->lock);
    return ours;
}

static int write_place(const mmv__filter *filter, const void *data, size_t bytes, uint64_t offset)
{
    bool fits = filter->out->kind == MMV__FILE || mmv_range_fits(offset, bytes, mmv_map_capacity(filter->out));
    return fits ? mmv__os_write(filter->out->descriptor, data, bytes, offset) : ENOSPC;
}

static mmv_status write_kept(mmv__worker *worker, const mmv__unit *unit)
{
    const mmv__job *job = worker->job;
    mmv__filter *filter = job->what.filter;
    size_t bytes = (size_t)(worker->kept * job->what.out_record);
    uint64_t at;
    if (!take_place(job, unit, bytes, &at))
        return mmv_error_set(MMV_ESTOPPED, 0, "write");
    int error = write_place(filter, worker->output, bytes, filter->offset + at);
    if (!error)
        return MMV_OK;
    mmv__lock(&job->progress->lock);
    filter->written = mmv_min(filter->written, at);
    mmv__unlock(&job->progress->lock);
    return mmv__fail_at(mmv__status_of(error), error, "write", filter->out, filter->offset + at);
}

mmv_status mmv__sink(mmv__worker *worker, const mmv__unit *unit, uint64_t first, uint64_t count)
{
    if (worker->job->what.filter)
        return write_kept(worker, unit);
    return worker->job->what.stream >= 0 ? write_stream(worker, unit, count) : write_map(worker, first, count);
}
