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

/* False when a unit before this one failed: its turn never comes. */
static bool wait_for_turn(const mmv__job *job, const mmv__unit *unit)
{
    mmv__lock(&job->progress->lock);
    while (job->progress->turn != unit->number && job->progress->failed == UINT64_MAX)
        mmv__wait(&job->progress->changed, &job->progress->lock);
    bool ours = job->progress->turn == unit->number;
    mmv__unlock(&job->progress->lock);
    return ours;
}

static mmv_status write_stream(mmv__worker *worker, const mmv__unit *unit, uint64_t count)
{
    const mmv__job *job = worker->job;
    if (!wait_for_turn(job, unit))
        return mmv_error_set(MMV_ESTOPPED, 0, "write");
    int error = mmv__os_write_stream(job->what.stream, worker->output, (size_t)(count * job->what.out_record));
    if (error)
        return mmv__fail(error, "write");
    mmv__lock(&job->progress->lock);
    job->progress->turn++;
    mmv__wake_all(&job->progress->changed);
    mmv__unlock(&job->progress->lock);
    return MMV_OK;
}

mmv_status mmv__sink(mmv__worker *worker, const mmv__unit *unit, uint64_t first, uint64_t count)
{
    return worker->job->what.stream >= 0 ? write_stream(worker, unit, count) : write_map(worker, first, count);
}
