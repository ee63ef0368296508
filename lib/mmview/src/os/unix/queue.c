/* SPDX-License-Identifier: MIT */
/*
 * queue.c - see os/queue.h.
 *
 * 1. Every transfer begun is fetched exactly once. A short transfer of the ring is finished with plain calls when it is
 *    fetched: the end of the file is then told apart from a short count for other reasons.
 * 2. After mmv__queue_close() the system touches no buffer any more. Closing a ring cancels what is under way, but
 *    does not wait for its end: a read could still land in memory that has another owner by then. No assert:
 *    close_ring() waits for each.
 */

#include "os/queue.h"
#include "os/file.h"
#include "os/machine.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#if MMV_HAVE_URING
#include <liburing.h>
#endif

struct mmv__queue {
#if MMV_HAVE_URING
    struct io_uring ring;
#endif
    bool has_ring;
    unsigned under_way; /* in the ring: begun and not fetched */
    unsigned depth;
    unsigned head, count; /* finished[]: a ring buffer of tags, for the system without io_uring */
    unsigned *finished;
    const mmv__transfer **transfers; /* by tag */
};

#if MMV_HAVE_URING
/* A sysctl or a seccomp filter may forbid it (EPERM, ENOSYS), a small RLIMIT_MEMLOCK too (ENOMEM). */
static bool open_ring(mmv__queue *queue)
{
    return io_uring_queue_init(queue->depth, &queue->ring, 0) == 0;
}

/* A transfer that could not be submitted, and is none any more. */
#define NOBODY UINT32_MAX

/* Waiting may fail for want of memory; what has come can be seen all the same. */
static void close_ring(mmv__queue *queue)
{
    while (queue->under_way > 0) {
        struct io_uring_cqe *entry;
        if (io_uring_wait_cqe(&queue->ring, &entry) != 0 && io_uring_peek_cqe(&queue->ring, &entry) != 0) {
            mmv__os_sleep_ms(1);
            continue;
        }
        queue->under_way -= io_uring_cqe_get_data64(entry) != NOBODY;
        io_uring_cqe_seen(&queue->ring, entry);
    }
    io_uring_queue_exit(&queue->ring);
}

static int begin_in_ring(mmv__queue *queue, unsigned tag, const mmv__transfer *transfer)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&queue->ring);
    if (!entry)
        return EAGAIN;
    if (transfer->write)
        io_uring_prep_write(entry, transfer->descriptor, transfer->data, (unsigned)transfer->length, transfer->offset);
    else
        io_uring_prep_read(entry, transfer->descriptor, transfer->data, (unsigned)transfer->length, transfer->offset);
    io_uring_sqe_set_data64(entry, tag);
    int submitted;
    do
        submitted = io_uring_submit(&queue->ring);
    while (submitted == -EINTR || submitted == -EAGAIN);
    queue->under_way += submitted >= 0;
    if (submitted >= 0)
        return 0;
    /* The entry stays in the ring, and goes along with the next one: it must do nothing then. */
    io_uring_prep_nop(entry);
    io_uring_sqe_set_data64(entry, NOBODY);
    return -submitted;
}

static int fetch_from_ring(mmv__queue *queue, unsigned *tag_ret, size_t *done_ret)
{
    struct io_uring_cqe *entry;
    int error;
    for (;;) {
        error = io_uring_wait_cqe(&queue->ring, &entry);
        if (error == -EINTR || error == -EAGAIN)
            continue;
        if (error)
            return -error;
        if (io_uring_cqe_get_data64(entry) != NOBODY)
            break;
        io_uring_cqe_seen(&queue->ring, entry);
    }
    *tag_ret = (unsigned)io_uring_cqe_get_data64(entry);
    /* Invariant 1. */
    assert(*tag_ret < queue->depth && queue->under_way > 0);
    queue->under_way--;
    int result = entry->res;
    io_uring_cqe_seen(&queue->ring, entry);
    *done_ret = result > 0 ? (size_t)result : 0;
    /* A signal can end a transfer that waits in the kernel, too: ECANCELED, which nobody here asks for. */
    return result < 0 && result != -EINTR && result != -EAGAIN && result != -ECANCELED ? -result : 0;
}
#else
static bool open_ring(mmv__queue *queue)
{
    (void)queue;
    return false;
}

static void close_ring(mmv__queue *queue)
{
    (void)queue;
}

static int begin_in_ring(mmv__queue *queue, unsigned tag, const mmv__transfer *transfer)
{
    (void)queue, (void)tag, (void)transfer;
    return ENOSYS;
}

static int fetch_from_ring(mmv__queue *queue, unsigned *tag_ret, size_t *done_ret)
{
    (void)queue, (void)tag_ret, (void)done_ret;
    return ENOSYS;
}
#endif

int mmv__queue_open(unsigned depth, mmv__queue **queue_ret)
{
    mmv__queue *queue = calloc(1, sizeof *queue);
    if (!queue)
        return ENOMEM;
    queue->depth = depth;
    queue->finished = calloc(depth, sizeof *queue->finished);
    queue->transfers = calloc(depth, sizeof *queue->transfers);
    if (!queue->finished || !queue->transfers) {
        mmv__queue_close(queue);
        return ENOMEM;
    }
    queue->has_ring = open_ring(queue);
    *queue_ret = queue;
    return 0;
}

void mmv__queue_close(mmv__queue *queue)
{
    if (!queue)
        return;
    if (queue->has_ring)
        close_ring(queue);
    free(queue->finished);
    free(queue->transfers);
    free(queue);
}

const char *mmv__queue_name(const mmv__queue *queue)
{
    return queue->has_ring ? "io_uring" : "pread";
}

int mmv__queue_begin(mmv__queue *queue, unsigned tag, const mmv__transfer *transfer)
{
    queue->transfers[tag] = transfer;
    if (queue->has_ring)
        return begin_in_ring(queue, tag, transfer);
    queue->finished[(queue->head + queue->count++) % queue->depth] = tag;
    return 0;
}

/* What is left of a transfer after 'done' bytes, by plain calls. */
static int finish(const mmv__transfer *transfer, size_t done, size_t *done_ret)
{
    char *data = (char *)transfer->data + done;
    size_t rest = transfer->length - done;
    size_t more = rest;
    int error = transfer->write ? mmv__os_write(transfer->descriptor, data, rest, transfer->offset + done)
                                : mmv__os_read(transfer->descriptor, data, rest, transfer->offset + done, &more);
    *done_ret = done + more;
    /* Direct I/O stops at the end of the file on an odd byte, and refuses to be asked for more from there. */
    return !transfer->write && error == EINVAL && *done_ret > 0 ? 0 : error;
}

int mmv__queue_fetch(mmv__queue *queue, unsigned *tag_ret, size_t *done_ret)
{
    *done_ret = 0;
    if (queue->has_ring) {
        int error = fetch_from_ring(queue, tag_ret, done_ret);
        if (error)
            return error;
    } else {
        *tag_ret = queue->finished[queue->head];
        queue->head = (queue->head + 1) % queue->depth;
        queue->count--;
    }
    const mmv__transfer *transfer = queue->transfers[*tag_ret];
    return *done_ret == transfer->length ? 0 : finish(transfer, *done_ret, done_ret);
}
