/* SPDX-License-Identifier: MIT */
/*
 * win32/queue.c - see os/queue.h: overlapped transfers, an event for each.
 *
 * A handle belongs to one completion port, and several threads' queues have the same file. Hence events.
 *
 * 1. Every transfer begun is fetched exactly once. A short one is finished with plain calls when it is fetched.
 * 2. After mmv__queue_close() the system touches no buffer any more. No assert: it waits for each.
 */

#include "os/queue.h"
#include "os/file.h"
#include "os/win32/win32.h"

#include <mmview/range.h>

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define LARGEST_CALL ((size_t)1 << 30)

struct lane {
    OVERLAPPED how;
    const mmv__transfer *transfer; /* NULL = not under way */
    DWORD failed;                  /* it could not be begun: the error */
};

struct mmv__queue {
    unsigned depth;
    struct lane *lanes;
};

int mmv__queue_open(unsigned depth, mmv__queue **queue_ret)
{
    mmv__queue *queue = calloc(1, sizeof *queue);
    if (!queue)
        return ENOMEM;
    queue->depth = depth;
    queue->lanes = calloc(depth, sizeof *queue->lanes);
    bool works = queue->lanes != NULL;
    for (unsigned i = 0; works && i < depth; i++)
        works = (queue->lanes[i].how.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)) != NULL;
    if (works) {
        *queue_ret = queue;
        return 0;
    }
    mmv__queue_close(queue);
    return ENOMEM;
}

static bool is_in_system(const struct lane *lane)
{
    return lane->transfer && lane->failed == 0;
}

void mmv__queue_close(mmv__queue *queue)
{
    if (!queue)
        return;
    for (unsigned i = 0; queue->lanes && i < queue->depth; i++) {
        struct lane *lane = &queue->lanes[i];
        DWORD done;
        /* Invariant 2. */
        if (is_in_system(lane))
            GetOverlappedResult(mmv__win32_handle(lane->transfer->descriptor), &lane->how, &done, TRUE);
        if (lane->how.hEvent)
            CloseHandle(lane->how.hEvent);
    }
    free(queue->lanes);
    free(queue);
}

const char *mmv__queue_name(const mmv__queue *queue)
{
    (void)queue;
    return "overlapped";
}

int mmv__queue_begin(mmv__queue *queue, unsigned tag, const mmv__transfer *transfer)
{
    struct lane *lane = &queue->lanes[tag];
    HANDLE handle = mmv__win32_handle(transfer->descriptor);
    DWORD length = (DWORD)mmv_min(transfer->length, LARGEST_CALL);
    /* Invariant 1. */
    assert(tag < queue->depth && !lane->transfer);
    lane->transfer = transfer;
    lane->failed = 0;
    lane->how.Offset = (DWORD)transfer->offset;
    lane->how.OffsetHigh = (DWORD)(transfer->offset >> 32);
    ResetEvent(lane->how.hEvent);
    BOOL begun = transfer->write ? WriteFile(handle, transfer->data, length, NULL, &lane->how)
                                 : ReadFile(handle, transfer->data, length, NULL, &lane->how);
    DWORD error = begun ? 0 : GetLastError();
    if (error && error != ERROR_IO_PENDING) {
        lane->failed = error;
        SetEvent(lane->how.hEvent);
    }
    return 0;
}

/* A lane whose transfer is over. There is one under way: the caller counts. */
static unsigned wait_for_any(const mmv__queue *queue)
{
    HANDLE events[MAXIMUM_WAIT_OBJECTS];
    unsigned tags[MAXIMUM_WAIT_OBJECTS];
    DWORD count = 0;
    for (unsigned i = 0; i < queue->depth && count < MAXIMUM_WAIT_OBJECTS; i++)
        if (queue->lanes[i].transfer) {
            events[count] = queue->lanes[i].how.hEvent;
            tags[count++] = i;
        }
    assert(count > 0);
    DWORD which = WaitForMultipleObjects(count, events, FALSE, INFINITE);
    return tags[which < count ? which : 0];
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
    *tag_ret = wait_for_any(queue);
    struct lane *lane = &queue->lanes[*tag_ret];
    const mmv__transfer *transfer = lane->transfer;
    DWORD done = 0;
    DWORD error = lane->failed;
    if (!error && !GetOverlappedResult(mmv__win32_handle(transfer->descriptor), &lane->how, &done, TRUE))
        error = GetLastError();
    lane->transfer = NULL;
    *done_ret = 0;
    if (error == ERROR_HANDLE_EOF && !transfer->write)
        return 0;
    if (error)
        return mmv__win32_error(error);
    *done_ret = done;
    return done == transfer->length ? 0 : finish(transfer, done, done_ret);
}
