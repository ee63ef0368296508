/* SPDX-License-Identifier: MIT */
/*
 * engine_uring: O_DIRECT through io_uring, a ring per thread, several transfers under way in each.
 *
 *     slot 0   | read ..... | work | write ..... | read ..... | work |
 *     slot 1        | read ..... | work | write ..... |
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

struct slot {
    enum phase phase;
    uint64_t offset;
    size_t length;
};

/* A thread's ring. */
struct ring {
    struct pass *pass;
    unsigned thread;
    struct io_uring queue;
    char *memory;
    size_t piece;
    unsigned depth, under_way;
    struct slot slots[MOST_DEPTH];
    uint64_t next, end; /* of the random works: operations still to do */
};

struct files {
    int descriptors[2]; /* FILE_IN, FILE_OUT */
    bool writes;
};

static char *buffer_of(struct ring *ring, const struct slot *slot)
{
    return ring->memory + (size_t)(slot - ring->slots) * ring->piece;
}

static bool ring_open(struct ring *ring, const struct files *files)
{
    struct iovec buffers[MOST_DEPTH];
    int error = io_uring_queue_init(ring->depth, &ring->queue, 0);
    if (error)
        return pass_fail(ring->pass, "io_uring_queue_init", -error);
    ring->memory = aligned_alloc(ALIGN, ring->depth * ring->piece);
    if (!ring->memory)
        return pass_fail(ring->pass, "memory", ENOMEM);
    for (unsigned i = 0; i < ring->depth; i++)
        buffers[i] = (struct iovec){ring->memory + i * ring->piece, ring->piece};
    error = io_uring_register_buffers(&ring->queue, buffers, ring->depth);
    if (error == 0)
        error = io_uring_register_files(&ring->queue, files->descriptors, 2);
    return error == 0 || pass_fail(ring->pass, "io_uring_register", -error);
}

static void ring_close(struct ring *ring)
{
    if (ring->queue.ring_fd > 0)
        io_uring_queue_exit(&ring->queue);
    free(ring->memory);
}

static void begin(struct ring *ring, struct slot *slot, enum phase phase)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&ring->queue);
    int index = (int)(slot - ring->slots);
    if (phase == READING)
        io_uring_prep_read_fixed(entry, FILE_IN, buffer_of(ring, slot), (unsigned)slot->length, slot->offset, index);
    else
        io_uring_prep_write_fixed(entry, FILE_OUT, buffer_of(ring, slot), (unsigned)slot->length, slot->offset, index);
    io_uring_sqe_set_flags(entry, IOSQE_FIXED_FILE);
    io_uring_sqe_set_data(entry, slot);
    slot->phase = phase;
    ring->under_way++;
}

/* The next thing to read; false when there is none. */
static bool next(struct ring *ring, struct slot *slot)
{
    struct pass *pass = ring->pass;
    if (pass->work != WORK_READS)
        return pass_take(pass, ring->piece, &slot->offset, &slot->length);
    if (ring->next >= ring->end || pass->failed)
        return false;
    slot->offset = pass_position(pass, ring->next++);
    slot->length = pass->record;
    return true;
}

static void fill(struct ring *ring)
{
    for (unsigned i = 0; i < ring->depth; i++)
        if (ring->slots[i].phase == IDLE && next(ring, &ring->slots[i]))
            begin(ring, &ring->slots[i], READING);
}

static void arrived(struct ring *ring, struct slot *slot, int result, bool writes)
{
    enum phase phase = slot->phase;
    slot->phase = IDLE;
    ring->under_way--;
    if (result != (int)slot->length) {
        pass_fail(ring->pass, phase == READING ? "io_uring read" : "io_uring write", result < 0 ? -result : EIO);
        return;
    }
    if (phase == WRITING)
        return;
    char *data = buffer_of(ring, slot);
    if (ring->pass->work == WORK_READS)
        pass_record(ring->pass, ring->thread, data);
    else
        pass_piece(ring->pass, ring->thread, slot->offset, data, data, slot->length);
    if (writes)
        begin(ring, slot, WRITING);
}

/* What is under way is waited for also after a failure: the buffers must not go before. */
static void drive(struct ring *ring, bool writes)
{
    struct io_uring_cqe *done;
    fill(ring);
    while (ring->under_way > 0) {
        int error = io_uring_submit_and_wait(&ring->queue, 1);
        if (error < 0 && error != -EINTR) {
            pass_fail(ring->pass, "io_uring_submit_and_wait", -error);
            return;
        }
        while (io_uring_peek_cqe(&ring->queue, &done) == 0) {
            struct slot *slot = io_uring_cqe_get_data(done);
            int result = done->res;
            io_uring_cqe_seen(&ring->queue, done);
            arrived(ring, slot, result, writes);
        }
        fill(ring);
    }
}

static void work(struct pass *pass, unsigned thread)
{
    const struct files *files = pass->engine;
    bool random = pass->work == WORK_READS;
    struct ring ring = {
        .pass = pass, .thread = thread, .piece = random ? pass->record : PIECE, .depth = random ? RANDOM_DEPTH : DEPTH};
    if (random)
        pass_share(pass, thread, &ring.next, &ring.end);
    if (ring_open(&ring, files))
        drive(&ring, files->writes);
    ring_close(&ring);
}

static bool run(struct pass *pass)
{
    struct files files = {{-1, -1}, pass_stores(pass) || pass->work == WORK_INTO};
    int in = open(pass->input, O_CLOEXEC | O_DIRECT | (pass_stores(pass) ? O_RDWR : O_RDONLY));
    int out = in;
    pass->engine = &files;
    if (in < 0)
        return pass_fail(pass, "open with O_DIRECT", errno);
    if (pass->work == WORK_INTO) {
        out = open(pass->output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_DIRECT, 0600);
        if (out < 0)
            pass_fail(pass, "open with O_DIRECT", errno);
        else if (fallocate(out, 0, 0, (off_t)pass->size) != 0 && errno != EOPNOTSUPP)
            pass_fail(pass, "fallocate", errno);
    }
    files.descriptors[FILE_IN] = in;
    files.descriptors[FILE_OUT] = out;
    if (!pass->failed)
        pass_team(pass, work);
    if (out >= 0 && out != in && close(out) != 0)
        pass_fail(pass, "close", errno);
    close(in);
    return !pass->failed;
}

bool uring_pass(struct pass *pass)
{
    return run(pass);
}

bool uring_random(struct pass *pass)
{
    return run(pass);
}

#endif
