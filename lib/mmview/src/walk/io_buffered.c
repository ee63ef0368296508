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

/*
 * The kernel reads ahead in one place of an open file, and two threads that share one undo each other's. Figures:
 * docs/decisions/0017. Threads share where the file cannot be opened again. They also share a device that is no disk:
 * opening it may do something.
 */
static int own_reader(mmv__worker *worker)
{
    const mmv__job *job = worker->job;
    mmv__source *source = &worker->source;
    bool is_read_ahead = job->what.in->kind == MMV__FILE || job->what.in->kind == MMV__BLOCK_DEVICE;
    bool pays = worker->index > 0 && job->what.length > MMV__STREAM && is_read_ahead;
    if (!source->is_known && (!pays || mmv__os_reopen(job->what.in->descriptor, MMV_READ, &source->descriptor) != 0))
        source->descriptor = job->what.in->descriptor;
    source->is_known = true;
    return source->descriptor;
}

void mmv__buffered_end(mmv__worker *worker)
{
    const mmv__source *source = &worker->source;
    if (source->is_known && source->descriptor != worker->job->what.in->descriptor)
        mmv__os_close(source->descriptor);
    worker->source = (mmv__source){0};
}

static mmv_status read_all(mmv__worker *worker, char *data, size_t length, uint64_t offset)
{
    const mmv__job *job = worker->job;
    size_t done;
    double start = worker->source.stream.is_paced ? mmv__os_clock() : 0;
    int error = mmv__os_read(own_reader(worker), data, length, offset, &done);
    if (worker->source.stream.is_paced)
        worker->source.stream.reading += mmv__os_clock() - start;
    if (error)
        return mmv__fail_at(mmv__status_of(error), error, "read", job->what.in, offset + done);
    return done == length ? MMV_OK : mmv__fail_at(MMV_ETRUNC, 0, "read", job->what.in, offset + done);
}

static mmv_status write_all(mmv__worker *worker, char *data, size_t length, uint64_t offset)
{
    const mmv__job *job = worker->job;
    int error = mmv__os_write(job->what.in->descriptor, data, length, offset);
    return error ? mmv__fail_at(mmv__status_of(error), error, "write", job->what.in, offset) : MMV_OK;
}

/* ---- in place --------------------------------------------------------------------------------------------------- */

/* Strided records are packed in the buffer, one beside the other. */
static mmv_status each_record(mmv__worker *worker, uint64_t first, uint64_t count,
                              mmv_status (*move)(mmv__worker *worker, char *data, size_t length, uint64_t offset))
{
    const mmv__job *job = worker->job;
    mmv_status status = MMV_OK;
    for (uint64_t i = 0; i < count && status == MMV_OK; i++)
        status = move(worker, worker->buffer + (size_t)i * job->what.record, job->what.record, mmv__at(job, first + i));
    return status;
}

static mmv_status read_piece(mmv__worker *worker, uint64_t first, uint64_t count)
{
    const mmv__job *job = worker->job;
    if (!mmv__is_dense(job))
        return each_record(worker, first, count, read_all);
    return read_all(worker, worker->buffer, (size_t)count * job->what.record, mmv__at(job, first));
}

static mmv_status write_piece(mmv__worker *worker, uint64_t first, uint64_t count)
{
    const mmv__job *job = worker->job;
    if (!mmv__is_dense(job))
        return each_record(worker, first, count, write_all);
    return write_all(worker, worker->buffer, (size_t)count * job->what.record, mmv__at(job, first));
}

static mmv_status piece_in_place(mmv__worker *worker, uint64_t first, uint64_t count)
{
    const mmv__job *job = worker->job;
    mmv__saver *saver = job->how.saves ? job->what.saver : NULL;
    const mmv__records piece = {first, count, worker->buffer, job->what.record};
    unsigned lane = mmv__lane_number(worker, 0);
    mmv_status status = read_piece(worker, first, count);
    if (status == MMV_OK && saver)
        status = saver->calls->save(saver, lane, &piece);
    if (status == MMV_OK)
        status = mmv__call(worker, &piece, worker->buffer);
    if (status || !job->what.stores)
        return status;
    /* A file that became shorter since it was read would quietly grow again under our writes. */
    status = mmv__map_check_length(job->what.in, mmv__end_of(job, first, count), "write");
    if (status)
        return status;
    if (saver)
        status = saver->calls->arm(saver, lane);
    if (status == MMV_OK)
        status = write_piece(worker, first, count);
    return status || !saver ? status : saver->calls->commit(saver, lane, &piece);
}

/* How many records go at a time: what stays in the cache, and what the saver takes at once. */
static uint64_t piece_records(const mmv__job *job, uint64_t first, uint64_t left)
{
    const mmv__saver *saver = job->what.saver;
    uint64_t most = mmv_max(1, MMV__PIECE / job->what.record);
    return mmv_min(left, job->how.saves ? saver->calls->records(saver, first, most) : most);
}

static mmv_status run_in_place(mmv__worker *worker, const mmv__unit *unit)
{
    const mmv__job *job = worker->job;
    uint64_t end = unit->first + unit->count;
    uint64_t most = mmv_max(1, MMV__PIECE / job->what.record);
    mmv_status status =
        mmv__need(&worker->buffer, &worker->buffer_size, (size_t)mmv_min(most, unit->count) * job->what.record);
    for (uint64_t first = unit->first, count; first < end && status == MMV_OK; first += count) {
        count = piece_records(job, first, end - first);
        status = piece_in_place(worker, first, count);
    }
    return status;
}

/* ---- into another map or a stream ------------------------------------------------------------------------------- */

/* Records [first, first + count) of the output to 'data'; of a filter those that it keeps. */
static mmv_status fill_piece(mmv__worker *worker, uint64_t first, uint64_t count, char *data)
{
    const mmv__job *job = worker->job;
    const char *source = NULL;
    mmv_status status = MMV_OK;
    if (job->what.in) {
        uint64_t before = mmv__before(job, first);
        uint64_t all = before + count + mmv__after(job, first + count);
        status = read_all(worker, worker->buffer, (size_t)all * job->what.record, mmv__at(job, first - before));
        source = worker->buffer + (size_t)before * job->what.record;
    }
    return status ? status : mmv__call(worker, &(mmv__records){first, count, data, job->what.out_record}, source);
}

/* A stream takes its unit at once: pieces that stay in the cache are laid one behind the other until then. */
static mmv_status piece_to(mmv__worker *worker, const mmv__unit *unit, uint64_t first, uint64_t count)
{
    const mmv__job *job = worker->job;
    bool is_last = first + count == unit->first + unit->count;
    uint64_t before = job->what.filter ? worker->kept : job->what.stream >= 0 ? first - unit->first : 0;
    mmv_status status = fill_piece(worker, first, count, worker->output + (size_t)before * job->what.out_record);
    if (status || job->what.stream < 0)
        return status ? status : mmv__sink(worker, unit, first, count);
    return is_last ? mmv__sink(worker, unit, unit->first, unit->count) : MMV_OK;
}

static mmv_status run_to(mmv__worker *worker, const mmv__unit *unit)
{
    const mmv__job *job = worker->job;
    uint64_t room = mmv__sink_records(job, unit), step = room;
    uint64_t end = unit->first + unit->count;
    if (job->what.in)
        step = mmv_min(step, mmv_max(1, MMV__PIECE / job->what.record));
    if (job->what.stream < 0)
        room = step;
    mmv_status status = mmv__need(&worker->output, &worker->output_size, (size_t)room * job->what.out_record);
    if (status == MMV_OK && job->what.in)
        status = mmv__need(&worker->buffer, &worker->buffer_size,
                           (size_t)(step + 2 * (uint64_t)job->what.halo) * job->what.record);
    for (uint64_t first = unit->first; first < end && status == MMV_OK; first += step)
        status = piece_to(worker, unit, first, mmv_min(step, end - first));
    return status;
}

mmv_status mmv__run_buffered(mmv__worker *worker, const mmv__unit *unit)
{
    mmv_status status = worker->job->what.in_place ? run_in_place(worker, unit) : run_to(worker, unit);
    if (status == MMV_OK)
        mmv__count(worker, MMV_IO_BUFFERED, unit->count);
    return status;
}
