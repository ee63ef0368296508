/* SPDX-License-Identifier: MIT */
/*
 * sink.c - where the records go that a walk computes into another map or a stream.
 *
 * A map is written with pwrite(2) rather than through a mapping: faulting a new file in costs several times the copy,
 * and a full disk or a broken device is an errno here instead of a signal. A stream is written in the order of the
 * units: each worker computes its unit in memory and waits for its turn.
 */

#include "walk/job.h"

#include "base/error.h"
#include "os/file.h"
#include "os/sync.h"

#include <errno.h>

uint64_t mmv__sink_records(const mmv__job *job, const mmv__unit *unit)
{
    if (job->stream >= 0)
        return unit->count;
    return mmv_min(unit->count, mmv_max(1, MMV__PIECE / job->out_record));
}

static mmv_status write_map(mmv__worker *worker, uint64_t first, uint64_t count)
{
    const mmv__job *job = worker->job;
    uint64_t offset = job->out_offset + first * job->out_record;
    int error = mmv__os_write(job->out->descriptor, worker->output, (size_t)(count * job->out_record), offset);
    return error ? mmv__fail_at(mmv__status_of(error), error, "write", job->out, offset) : MMV_OK;
}

/* False when a unit before this one failed: its turn never comes. */
static bool wait_for_turn(mmv__job *job, const mmv__unit *unit)
{
    mmv__lock(&job->lock);
    while (job->turn != unit->number && job->failed == UINT64_MAX)
        mmv__wait(&job->changed, &job->lock);
    bool ours = job->turn == unit->number;
    mmv__unlock(&job->lock);
    return ours;
}

static mmv_status write_stream(mmv__worker *worker, const mmv__unit *unit, uint64_t count)
{
    mmv__job *job = worker->job;
    if (!wait_for_turn(job, unit))
        return mmv_error_set(MMV_ESTOPPED, 0, "write");
    int error = mmv__os_write_stream(job->stream, worker->output, (size_t)(count * job->out_record));
    if (error)
        return mmv__fail(error, "write");
    mmv__lock(&job->lock);
    job->turn++;
    mmv__wake_all(&job->changed);
    mmv__unlock(&job->lock);
    return MMV_OK;
}

mmv_status mmv__sink(mmv__worker *worker, const mmv__unit *unit, uint64_t first, uint64_t count)
{
    return worker->job->stream >= 0 ? write_stream(worker, unit, count) : write_map(worker, first, count);
}
