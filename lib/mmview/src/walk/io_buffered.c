/* SPDX-License-Identifier: MIT */
/*
 * io_buffered.c - a unit by pread(2), the function, pwrite(2), in pieces that stay in the processor's cache.
 *
 * Invariant: what is written is exactly the bytes of the unit's own records; bytes between strided records, halos and
 * neighbours in the same page are read at most. So two threads never write the same byte.
 */

#include "walk/job.h"

#include "base/error.h"
#include "os/file.h"

static mmv_status read_all(mmv__job *job, char *data, size_t length, uint64_t offset)
{
    size_t done;
    int error = mmv__os_read(job->in->descriptor, data, length, offset, &done);
    if (error)
        return mmv__fail_at(mmv__status_of(error), error, "read", job->in, offset + done);
    return done == length ? MMV_OK : mmv__fail_at(MMV_ETRUNC, 0, "read", job->in, offset + done);
}

static mmv_status write_all(mmv__job *job, char *data, size_t length, uint64_t offset)
{
    int error = mmv__os_write(job->in->descriptor, data, length, offset);
    return error ? mmv__fail_at(mmv__status_of(error), error, "write", job->in, offset) : MMV_OK;
}

/* ---- in place --------------------------------------------------------------------------------------------------- */

/* Strided records are packed in the buffer, one beside the other. */
static mmv_status each_record(mmv__worker *worker, uint64_t first, uint64_t count,
                              mmv_status (*move)(mmv__job *job, char *data, size_t length, uint64_t offset))
{
    mmv__job *job = worker->job;
    mmv_status status = MMV_OK;
    for (uint64_t i = 0; i < count && status == MMV_OK; i++)
        status = move(job, worker->buffer + (size_t)i * job->record, job->record, mmv__at(job, first + i));
    return status;
}

static mmv_status piece_in_place(mmv__worker *worker, uint64_t first, uint64_t count)
{
    mmv__job *job = worker->job;
    size_t bytes = (size_t)count * job->record;
    bool dense = mmv__is_dense(job);
    mmv_status status =
        dense ? read_all(job, worker->buffer, bytes, mmv__at(job, first)) : each_record(worker, first, count, read_all);
    if (status == MMV_OK && job->saves)
        mmv__undo_save(&worker->undo[0], first, count, worker->buffer, job->record);
    if (status == MMV_OK)
        status = mmv__call(worker, worker->buffer, job->record, worker->buffer, first, count);
    if (status || !job->stores)
        return status;
    /* A file that became shorter since it was read would quietly grow again under our writes. */
    status = mmv__map_check_length(job->in, mmv__end_of(job, first, count), "write");
    if (status)
        return status;
    if (job->saves)
        mmv__undo_arm(&worker->undo[0]);
    status = dense ? write_all(job, worker->buffer, bytes, mmv__at(job, first))
                   : each_record(worker, first, count, write_all);
    return status || !job->saves ? status : mmv__undo_commit(&worker->undo[0], worker->buffer, job->record);
}

/* How many records go at a time: what stays in the cache, and what a slot of the journal can take. */
static uint64_t piece_records(const mmv__job *job, uint64_t first, uint64_t left)
{
    uint64_t most = mmv_max(1, MMV__PIECE / job->record);
    return mmv_min(left, job->saves ? mmv__undo_records(job->journal, first, most) : most);
}

static mmv_status run_in_place(mmv__worker *worker, const mmv__unit *unit)
{
    mmv__job *job = worker->job;
    uint64_t end = unit->first + unit->count;
    uint64_t most = mmv_max(1, MMV__PIECE / job->record);
    mmv_status status =
        mmv__need(&worker->buffer, &worker->buffer_size, (size_t)mmv_min(most, unit->count) * job->record);
    for (uint64_t first = unit->first, count; first < end && status == MMV_OK; first += count) {
        count = piece_records(job, first, end - first);
        status = piece_in_place(worker, first, count);
    }
    return status;
}

/* ---- into another map or a stream ------------------------------------------------------------------------------- */

static mmv_status piece_to(mmv__worker *worker, const mmv__unit *unit, uint64_t first, uint64_t count)
{
    mmv__job *job = worker->job;
    const char *source = NULL;
    mmv_status status = MMV_OK;
    if (job->in) {
        uint64_t before = mmv__before(job, first);
        uint64_t all = before + count + mmv__after(job, first + count);
        status = read_all(job, worker->buffer, (size_t)all * job->record, mmv__at(job, first - before));
        source = worker->buffer + (size_t)before * job->record;
    }
    if (status == MMV_OK)
        status = mmv__call(worker, worker->output, job->out_record, source, first, count);
    return status ? status : mmv__sink(worker, unit, first, count);
}

static mmv_status run_to(mmv__worker *worker, const mmv__unit *unit)
{
    mmv__job *job = worker->job;
    uint64_t step = mmv__sink_records(job, unit);
    uint64_t end = unit->first + unit->count;
    if (job->in && job->stream < 0)
        step = mmv_min(step, mmv_max(1, MMV__PIECE / job->record));
    mmv_status status = mmv__need(&worker->output, &worker->output_size, (size_t)step * job->out_record);
    if (status == MMV_OK && job->in)
        status =
            mmv__need(&worker->buffer, &worker->buffer_size, (size_t)(step + 2 * (uint64_t)job->halo) * job->record);
    for (uint64_t first = unit->first; first < end && status == MMV_OK; first += step)
        status = piece_to(worker, unit, first, mmv_min(step, end - first));
    return status;
}

mmv_status mmv__run_buffered(mmv__worker *worker, const mmv__unit *unit)
{
    mmv_status status = worker->job->in_place ? run_in_place(worker, unit) : run_to(worker, unit);
    if (status == MMV_OK)
        mmv__count(worker, MMV_IO_BUFFERED, unit->count);
    return status;
}
