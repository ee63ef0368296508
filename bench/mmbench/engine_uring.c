/* SPDX-License-Identifier: MIT */
/*
 * engine_uring: O_DIRECT through io_uring, a ring per thread, several transfers under way in each.
 *
 *     lane 0   | read ..... | work | write ..... | read ..... | work |
 *     lane 1        | read ..... | work | write ..... |
 *
 * Written plainly and tuned as its documentation advises (registered files and buffers, one system call to submit and
 * wait): what a programmer who has decided for io_uring would have.
 */
#include "mmbench/engine.h"

#ifdef MMV_HAVE_URING

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include <liburing.h>

#include <mmview/range.h>

#define PIECE ((size_t)1 << 20)
#define ALIGN 4096
#define DEPTH 8         /* of 1 MiB: more gained nothing on the devices tried */
#define RANDOM_DEPTH 32 /* of single records: what devices need to show their rate */
#define MOST_DEPTH RANDOM_DEPTH

enum phase { IDLE, READING, WRITING };
enum { FILE_IN, FILE_OUT };

struct lane {
    enum phase phase;
    uint64_t offset;
    size_t length;
};

/* A thread's ring. */
struct ring {
    struct workload *load;
    unsigned thread;
    struct io_uring queue;
    char *memory;
    size_t piece;
    unsigned depth, under_way;
    struct lane lanes[MOST_DEPTH];
    uint64_t next, end; /* of the random works: operations still to do */
};

struct files {
    int descriptors[2]; /* FILE_IN, FILE_OUT */
    bool writes;
};

static char *buffer_of(struct ring *ring, const struct lane *lane)
{
    return ring->memory + (size_t)(lane - ring->lanes) * ring->piece;
}

static bool ring_open(struct ring *ring, const struct files *files)
{
    struct iovec buffers[MOST_DEPTH];
    int error = io_uring_queue_init(ring->depth, &ring->queue, 0);
    if (error)
        return workload_fail(ring->load, "io_uring_queue_init", -error);
    ring->memory = aligned_alloc(ALIGN, ring->depth * ring->piece);
    if (!ring->memory)
        return workload_fail(ring->load, "memory", ENOMEM);
    for (unsigned i = 0; i < ring->depth; i++)
        buffers[i] = (struct iovec){ring->memory + i * ring->piece, ring->piece};
    error = io_uring_register_buffers(&ring->queue, buffers, ring->depth);
    if (error == 0)
        error = io_uring_register_files(&ring->queue, files->descriptors, 2);
    return error == 0 || workload_fail(ring->load, "io_uring_register", -error);
}

static void ring_close(struct ring *ring)
{
    if (ring->queue.ring_fd > 0)
        io_uring_queue_exit(&ring->queue);
    free(ring->memory);
}

static void begin(struct ring *ring, struct lane *lane, enum phase phase)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&ring->queue);
    int index = (int)(lane - ring->lanes);
    if (phase == READING)
        io_uring_prep_read_fixed(entry, FILE_IN, buffer_of(ring, lane), (unsigned)lane->length, lane->offset, index);
    else
        io_uring_prep_write_fixed(entry, FILE_OUT, buffer_of(ring, lane), (unsigned)lane->length, lane->offset, index);
    io_uring_sqe_set_flags(entry, IOSQE_FIXED_FILE);
    io_uring_sqe_set_data(entry, lane);
    lane->phase = phase;
    ring->under_way++;
}

/* The next thing to read; false when there is none. */
static bool next(struct ring *ring, struct lane *lane)
{
    struct workload *load = ring->load;
    if (load->work != WORK_READS)
        return workload_take(load, ring->piece, &lane->offset, &lane->length);
    if (ring->next >= ring->end || load->failed)
        return false;
    lane->offset = workload_position(load, ring->next++);
    lane->length = load->record;
    return true;
}

static void begin_reads(struct ring *ring)
{
    for (unsigned i = 0; i < ring->depth; i++)
        if (ring->lanes[i].phase == IDLE && next(ring, &ring->lanes[i]))
            begin(ring, &ring->lanes[i], READING);
}

static void arrived(struct ring *ring, struct lane *lane, int result, bool writes)
{
    enum phase phase = lane->phase;
    lane->phase = IDLE;
    ring->under_way--;
    if (result != (int)lane->length) {
        workload_fail(ring->load, phase == READING ? "io_uring read" : "io_uring write", result < 0 ? -result : EIO);
        return;
    }
    if (phase == WRITING)
        return;
    char *data = buffer_of(ring, lane);
    if (ring->load->work == WORK_READS)
        workload_record(ring->load, ring->thread, data);
    else
        workload_piece(ring->load, ring->thread, &(mmi_batch){lane->offset, data, data, lane->length});
    if (writes)
        begin(ring, lane, WRITING);
}

/* What is under way is waited for also after a failure: the buffers must not go before. */
static void drive(struct ring *ring, bool writes)
{
    struct io_uring_cqe *done;
    begin_reads(ring);
    while (ring->under_way > 0) {
        int error = io_uring_submit_and_wait(&ring->queue, 1);
        if (error < 0 && error != -EINTR) {
            workload_fail(ring->load, "io_uring_submit_and_wait", -error);
            return;
        }
        while (io_uring_peek_cqe(&ring->queue, &done) == 0) {
            struct lane *lane = io_uring_cqe_get_data(done);
            int result = done->res;
            io_uring_cqe_seen(&ring->queue, done);
            arrived(ring, lane, result, writes);
        }
        begin_reads(ring);
    }
}

static void work(struct workload *load, unsigned thread)
{
    const struct files *files = load->engine;
    bool random = load->work == WORK_READS;
    struct ring ring = {
        .load = load, .thread = thread, .piece = random ? load->record : PIECE, .depth = random ? RANDOM_DEPTH : DEPTH};
    if (random)
        workload_share(load, thread, &ring.next, &ring.end);
    if (ring_open(&ring, files))
        drive(&ring, files->writes);
    ring_close(&ring);
}

static bool run(struct workload *load)
{
    struct files files = {{-1, -1}, workload_stores(load) || load->work == WORK_INTO};
    int in = open(load->input, O_CLOEXEC | O_DIRECT | (workload_stores(load) ? O_RDWR : O_RDONLY));
    int out = in;
    load->engine = &files;
    if (in < 0)
        return workload_fail(load, "open with O_DIRECT", errno);
    if (load->work == WORK_INTO) {
        out = open(load->output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_DIRECT, 0600);
        if (out < 0)
            workload_fail(load, "open with O_DIRECT", errno);
        else if (fallocate(out, 0, 0, (off_t)load->size) != 0 && errno != EOPNOTSUPP)
            workload_fail(load, "fallocate", errno);
    }
    files.descriptors[FILE_IN] = in;
    files.descriptors[FILE_OUT] = out;
    if (!load->failed)
        workload_team(load, work);
    if (out >= 0 && out != in && close(out) != 0)
        workload_fail(load, "close", errno);
    close(in);
    return !load->failed;
}

bool uring_pass(struct workload *load)
{
    return run(load);
}

bool uring_random(struct workload *load)
{
    return run(load);
}

#endif
