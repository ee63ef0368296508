/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_OS_QUEUE_H
#define MMVIEW_OS_QUEUE_H

/*
 * queue: reads and writes that are under way while the caller does something else.
 *
 * io_uring where the system lets us; otherwise each call does its work at once and the result waits to be fetched, so
 * that the caller's code is the same. Win32: overlapped transfers, an event for each.
 *
 * Threads: a queue belongs to one thread.
 */

#include <mmview/base.h>

typedef struct mmv__queue mmv__queue;

typedef struct mmv__transfer {
    int descriptor;
    bool write;
    void *data;
    size_t length;
    uint64_t offset;
} mmv__transfer;

/* Room for 'depth' transfers at once. Errors: an errno value; a system without io_uring is none. */
int mmv__queue_open(unsigned depth, mmv__queue **queue_ret);

/* Waits for what is under way: no buffer is touched afterwards. */
void mmv__queue_close(mmv__queue *queue);

/* "io_uring", or "pread" when that is not there. Win32: "overlapped". */
const char *mmv__queue_name(const mmv__queue *queue);

/* Begin transfer number 'tag' (< depth, not under way). *transfer must live until it is fetched. */
int mmv__queue_begin(mmv__queue *queue, unsigned tag, const mmv__transfer *transfer);

/* Wait for any transfer: its tag and the bytes moved (short only at the end of the file), or its errno value. */
int mmv__queue_fetch(mmv__queue *queue, unsigned *tag_ret, size_t *done_ret);

#endif
