/* SPDX-License-Identifier: MIT */
/*
 * io_direct.c - a unit past the page cache, several transfers at once.
 *
 *     lane 0   | read ..... | fn | write ..... | read ..... | fn |
 *     lane 1        | read ..... | fn | write ..... |                each worker has a few lanes in one queue
 *
 * Direct I/O moves whole blocks. In place, a piece must therefore begin and end where a record border and a block
 * border meet; with records of R bytes and blocks of B that happens every lcm(R, B) bytes, or never. What lies before
 * the first and behind the last meeting point of a unit goes through the buffered backend, and so does everything when
 * they never meet. Reading needs no such care: the piece is widened to whole blocks and the excess ignored.
 *
 * Invariants:
 * 1. No byte of a block that is written here belongs to another unit.
 * 2. A lane's memory is not touched while its transfer is under way; every transfer begun is fetched before the worker
 *    leaves the unit.
 */

#include "walk/job.h"

#include "base/error.h"
#include "os/file.h"
#include "os/memory.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PIECE MMV_MIB /* large enough for any device's best rate */
#define LARGEST_MEETING (4 * MMV_MIB)

enum phase { IDLE, READING, WRITING };

struct lane {
    enum phase phase;
    uint64_t first, count; /* records */
    uint64_t start;        /* in place: file offset of the buffer */
    mmv__transfer transfer;
    char *buffer;
    size_t buffer_size;
    char *output;
    size_t output_size;
};

struct mmv__direct {
    mmv__queue *queue;
    struct lane lanes[MMV__LANES];
    unsigned under_way;
};

/* ---- where records and blocks meet ------------------------------------------------------------------------------ */

/* Records 'first', first + period, first + 2 * period ... begin on a block; period 0 = none does. */
typedef struct meeting {
    uint64_t first, period;
} meeting;

static uint64_t divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static meeting meet(uint64_t offset, uint64_t record, uint64_t block)
{
    uint64_t period = block / divisor(record, block);
    for (uint64_t k = 0; k < period; k++)
        if ((offset % block + k * (record % block)) % block == 0)
            return (meeting){k, period};
    return (meeting){0, 0};
}

/* Of the bytes that have to be written as blocks: the records in place, or those of the output. */
static meeting written_meeting(const mmv__job *job)
{
    if (job->what.in_place && job->what.stores)
        return meet(job->what.offset, job->what.record, job->how.block);
    if (job->how.direct_out >= 0)
        return meet(job->what.out_offset, job->what.out_record, job->how.block);
    return (meeting){0, 1};
}

static uint64_t written_record(const mmv__job *job)
{
    return job->what.in_place ? job->what.record : job->what.out_record;
}

/* ---- plan ------------------------------------------------------------------------------------------------------- */

static void give_up(mmv__job *job, const char *why)
{
    if (job->how.direct_in >= 0)
        mmv__os_close(job->how.direct_in);
    if (job->how.direct_out >= 0)
        mmv__os_close(job->how.direct_out);
    job->how.direct_in = job->how.direct_out = -1;
    job->how.note = why;
}

/* Whether a piece that can be written as whole blocks is small enough to be held several times in memory. */
static bool meets_soon(const mmv__job *job)
{
    meeting met = written_meeting(job);
    return met.period > 0 && met.period <= LARGEST_MEETING / mmv_max(job->what.record, job->what.out_record) + 1;
}

void mmv__direct_plan(mmv__job *job)
{
    size_t in_block = 1;
    size_t out_block = 1;
    if (!mmv__is_dense(job) || job->what.stream >= 0) {
        job->how.note = "direct I/O does not do gaps or streams";
        return;
    }
    if (job->what.in &&
        mmv__os_open_direct(job->what.in->descriptor, job->what.in->access, &job->how.direct_in, &in_block) != 0) {
        give_up(job, "the file system has no direct I/O");
        return;
    }
    /* An output without direct I/O (tmpfs), or that seldom meets a block, is written through the page cache. */
    if (job->what.out &&
        mmv__os_open_direct(job->what.out->descriptor, MMV_READ_WRITE, &job->how.direct_out, &out_block) != 0)
        job->how.direct_out = -1;
    job->how.block = in_block > out_block ? in_block : out_block;
    if (job->how.direct_out >= 0 && !meets_soon(job)) {
        mmv__os_close(job->how.direct_out);
        job->how.direct_out = -1;
    }
    if (!meets_soon(job))
        give_up(job, "records and blocks of the device never or seldom meet");
}

/* Where in [first, end) blocks can be written: from the first meeting point to the last. */
static void find_blocks(const mmv__job *job, uint64_t first, uint64_t end, uint64_t *from_ret, uint64_t *to_ret)
{
    meeting met = written_meeting(job);
    uint64_t from = first <= met.first ? met.first : met.first + mmv_round_up(first - met.first, met.period);
    uint64_t to = end <= met.first ? 0 : met.first + mmv_round_down(end - met.first, met.period);
    *from_ret = mmv_min(from, end);
    *to_ret = mmv_max(*from_ret, to);
    if (from >= end || to <= from)
        *from_ret = *to_ret = end;
}

/* ---- lanes ------------------------------------------------------------------------------------------------------ */

void mmv__direct_end(mmv__worker *worker)
{
    struct mmv__direct *direct = worker->direct;
    if (!direct)
        return;
    mmv__queue_close(direct->queue);
    for (unsigned i = 0; i < MMV__LANES; i++) {
        mmv__os_memory_free(direct->lanes[i].buffer, direct->lanes[i].buffer_size);
        mmv__os_memory_free(direct->lanes[i].output, direct->lanes[i].output_size);
    }
    free(direct);
    worker->direct = NULL;
}

void mmv__direct_keep(mmv__calling *call)
{
    struct mmv__direct *direct = call->worker->direct;
    for (unsigned i = 0; direct && i < MMV__LANES; i++) {
        mmv__keep_buffer(call, &direct->lanes[i].buffer, &direct->lanes[i].buffer_size);
        mmv__keep_buffer(call, &direct->lanes[i].output, &direct->lanes[i].output_size);
    }
}

static mmv_status begin_worker(mmv__worker *worker)
{
    if (worker->direct)
        return MMV_OK;
    worker->direct = calloc(1, sizeof *worker->direct);
    int error = worker->direct ? mmv__queue_open(MMV__LANES, &worker->direct->queue) : ENOMEM;
    if (error)
        mmv__direct_end(worker);
    return error ? mmv__fail(error, "memory") : MMV_OK;
}

/* The input bytes of a lane's records and halos, widened to whole blocks; clipped by the file's end when read. */
static mmv_range blocks_of(const mmv__job *job, uint64_t first, uint64_t count)
{
    uint64_t from = first - mmv__before(job, first);
    uint64_t to = first + count + mmv__after(job, first + count);
    uint64_t start = mmv_round_down(mmv__at(job, from), job->how.block);
    return (mmv_range){start, mmv_round_up(mmv__end_of(job, from, to - from), job->how.block) - start};
}

static mmv_status failed(const mmv__job *job, const struct lane *lane, enum phase phase, int error)
{
    return mmv__fail_at(mmv__status_of(error), error, phase == READING ? "read" : "write",
                        phase == WRITING && job->what.out ? job->what.out : job->what.in, lane->transfer.offset);
}

static mmv_status transfer(mmv__worker *worker, struct lane *lane, enum phase phase, const mmv__transfer *what)
{
    struct mmv__direct *direct = worker->direct;
    assert(lane->phase == IDLE);
    lane->transfer = *what;
    int error = mmv__queue_begin(direct->queue, (unsigned)(lane - direct->lanes), &lane->transfer);
    if (error)
        return failed(worker->job, lane, phase, error);
    lane->phase = phase;
    direct->under_way++;
    return MMV_OK;
}

static mmv_status begin_read(mmv__worker *worker, struct lane *lane, uint64_t first, uint64_t count)
{
    const mmv__job *job = worker->job;
    mmv_range blocks = blocks_of(job, first, count);
    mmv_status status = mmv__need(&lane->buffer, &lane->buffer_size, (size_t)blocks.length);
    if (status == MMV_OK && !job->what.in_place)
        status = mmv__need(&lane->output, &lane->output_size, (size_t)(count * job->what.out_record));
    lane->first = first;
    lane->count = count;
    if (status)
        return status;
    return transfer(worker, lane, READING,
                    &(mmv__transfer){job->how.direct_in, false, lane->buffer, (size_t)blocks.length, blocks.offset});
}

/* Records [first, end) of a lane in place, as whole blocks. */
static mmv_status begin_write_back(mmv__worker *worker, struct lane *lane, uint64_t first, uint64_t end)
{
    const mmv__job *job = worker->job;
    uint64_t at = mmv__at(job, first);
    /* Invariant 1: whole blocks. */
    assert(at % job->how.block == 0 && (end - first) * job->what.record % job->how.block == 0);
    return transfer(worker, lane, WRITING,
                    &(mmv__transfer){job->how.direct_in, true, lane->buffer + (size_t)(at - lane->start),
                                     (size_t)((end - first) * job->what.record), at});
}

/* The saver's number of a lane. */
static unsigned number_of(const mmv__worker *worker, const struct lane *lane)
{
    return mmv__lane_number(worker, (unsigned)(lane - worker->direct->lanes));
}

/* A lane saves a whole stretch, which stays armed while its records are on their way to the device. */
static uint64_t piece_from(const mmv__job *job, uint64_t first, uint64_t piece)
{
    const mmv__saver *saver = job->what.saver;
    return job->how.saves ? saver->calls->records(saver, first, UINT64_MAX) : piece;
}

static mmv_status commit_stretch(mmv__worker *worker, struct lane *lane)
{
    const mmv__job *job = worker->job;
    char *data = lane->buffer + (size_t)(mmv__at(job, lane->first) - lane->start);
    const mmv__records records = {lane->first, lane->count, data, job->what.record};
    return job->what.saver->calls->commit(job->what.saver, number_of(worker, lane), &records);
}

static mmv_status write_edge(const mmv__job *job, const struct lane *lane, uint64_t first, uint64_t end)
{
    uint64_t at = mmv__at(job, first);
    if (first == end)
        return MMV_OK;
    int error = mmv__os_write(job->what.in->descriptor, lane->buffer + (size_t)(at - lane->start),
                              (size_t)((end - first) * job->what.record), at);
    return error ? mmv__fail_at(mmv__status_of(error), error, "write", job->what.in, at) : MMV_OK;
}

/* What does not fill blocks goes through the page cache first: all of it belongs to the one stretch that is armed. */
static mmv_status write_stretch(mmv__worker *worker, struct lane *lane)
{
    const mmv__job *job = worker->job;
    uint64_t from, to, end = lane->first + lane->count;
    find_blocks(job, lane->first, end, &from, &to);
    mmv_status status = job->what.saver->calls->arm(job->what.saver, number_of(worker, lane));
    if (status == MMV_OK)
        status = write_edge(job, lane, lane->first, from);
    if (status == MMV_OK)
        status = write_edge(job, lane, to, end);
    if (status)
        return status;
    return from < to ? begin_write_back(worker, lane, from, to) : commit_stretch(worker, lane);
}

static mmv_status begin_write(mmv__worker *worker, struct lane *lane)
{
    const mmv__job *job = worker->job;
    if (!job->what.in_place) {
        int descriptor = job->how.direct_out >= 0 ? job->how.direct_out : job->what.out->descriptor;
        uint64_t at = job->what.out_offset + lane->first * job->what.out_record;
        return transfer(
            worker, lane, WRITING,
            &(mmv__transfer){descriptor, true, lane->output, (size_t)(lane->count * job->what.out_record), at});
    }
    mmv_status status = mmv__map_check_length(job->what.in, mmv__end_of(job, lane->first, lane->count), "write");
    if (status)
        return status;
    return job->how.saves ? write_stretch(worker, lane)
                          : begin_write_back(worker, lane, lane->first, lane->first + lane->count);
}

/* The records are here: the function, then the way back if there is one. */
static mmv_status have_read(mmv__worker *worker, struct lane *lane, size_t done)
{
    const mmv__job *job = worker->job;
    uint64_t start = lane->start = lane->transfer.offset;
    uint64_t after = mmv__after(job, lane->first + lane->count);
    lane->phase = IDLE;
    if (start + done < mmv__end_of(job, lane->first, lane->count + after))
        return mmv__fail_at(MMV_ETRUNC, 0, "read", job->what.in, start + done);
    char *source = lane->buffer + (size_t)(mmv__at(job, lane->first) - start);
    char *data = job->what.in_place ? source : lane->output;
    const mmv__records records = {lane->first, lane->count, data, (size_t)written_record(job)};
    mmv_status status = MMV_OK;
    if (job->how.saves)
        status = job->what.saver->calls->save(job->what.saver, number_of(worker, lane), &records);
    if (status == MMV_OK)
        status = mmv__call(worker, &records, source);
    if (status || (job->what.in_place && !job->what.stores))
        return status;
    return begin_write(worker, lane);
}

static mmv_status fetch(mmv__worker *worker)
{
    struct mmv__direct *direct = worker->direct;
    const mmv__job *job = worker->job;
    unsigned tag = MMV__LANES;
    size_t done;
    int error = mmv__queue_fetch(direct->queue, &tag, &done);
    if (tag == MMV__LANES) {
        /* The queue itself is broken: closing it waits for what is under way. */
        direct->under_way = 0;
        return mmv__fail_at(mmv__status_of(error), error, mmv__queue_name(direct->queue), job->what.in,
                            direct->lanes[0].transfer.offset);
    }
    struct lane *lane = &direct->lanes[tag];
    enum phase phase = lane->phase;
    lane->phase = IDLE;
    direct->under_way--;
    if (error)
        return failed(job, lane, phase, error);
    if (phase == READING)
        return have_read(worker, lane, done);
    return job->how.saves ? commit_stretch(worker, lane) : MMV_OK;
}

/* ---- a unit ----------------------------------------------------------------------------------------------------- */

static struct lane *idle_lane(const mmv__worker *worker)
{
    struct mmv__direct *direct = worker->direct;
    for (unsigned i = 0; i < worker->job->how.lanes; i++)
        if (direct->lanes[i].phase == IDLE)
            return &direct->lanes[i];
    return NULL;
}

/* Keep every lane busy; after an error begin nothing more, but fetch what is under way (invariant 2). */
static mmv_status run_pieces(mmv__worker *worker, uint64_t first, uint64_t end, uint64_t piece)
{
    struct mmv__direct *direct = worker->direct;
    mmv_error error;
    mmv_status status = MMV_OK;
    while (direct->under_way > 0 || (first < end && status == MMV_OK)) {
        mmv_status now;
        struct lane *lane = first < end && status == MMV_OK ? idle_lane(worker) : NULL;
        if (lane) {
            uint64_t count = mmv_min(end - first, piece_from(worker->job, first, piece));
            now = begin_read(worker, lane, first, count);
            first += count;
        } else {
            now = fetch(worker);
        }
        if (now && status == MMV_OK) {
            status = now;
            error = *mmv_last_error();
        }
    }
    /* Invariant 2. */
    assert(direct->under_way == 0);
    return status ? mmv__fail_as(&error) : MMV_OK;
}

static mmv_status run_rest(mmv__worker *worker, const mmv__unit *unit, uint64_t first, uint64_t end)
{
    mmv__unit rest = mmv__part(unit, first, end - first);
    return first < end ? mmv__run_buffered(worker, &rest) : MMV_OK;
}

/* Where a lane cannot save a whole stretch, as in the journal of a small run, the unit goes buffered. */
static mmv_status run_saving(mmv__worker *worker, const mmv__unit *unit)
{
    const mmv__job *job = worker->job;
    if (!job->how.saves_wholly)
        return mmv__run_buffered(worker, unit);
    mmv_status status = begin_worker(worker);
    if (status == MMV_OK)
        status = run_pieces(worker, unit->first, unit->first + unit->count, 0);
    if (status == MMV_OK)
        mmv__count(worker, MMV_IO_DIRECT, unit->count);
    return status;
}

mmv_status mmv__run_direct(mmv__worker *worker, const mmv__unit *unit)
{
    const mmv__job *job = worker->job;
    uint64_t end = unit->first + unit->count;
    uint64_t from;
    uint64_t to;
    if (!job->what.in || job->how.direct_in < 0)
        return mmv__run_buffered(worker, unit);
    if (job->how.saves)
        return run_saving(worker, unit);
    find_blocks(job, unit->first, end, &from, &to);
    uint64_t period = written_meeting(job).period;
    uint64_t piece = mmv_max(period, mmv_round_down(PIECE / mmv_max(job->what.record, job->what.out_record), period));
    mmv_status status = begin_worker(worker);
    if (status == MMV_OK)
        status = run_rest(worker, unit, unit->first, from);
    if (status == MMV_OK)
        status = run_pieces(worker, from, to, piece);
    if (status == MMV_OK)
        mmv__count(worker, MMV_IO_DIRECT, to - from);
    return status ? status : run_rest(worker, unit, to, end);
}
