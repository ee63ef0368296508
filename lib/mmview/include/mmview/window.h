/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_WINDOW_H
#define MMVIEW_WINDOW_H

/*
 * window: the lease on a slice of a map. Random access to a file of any size:
 *
 *     mmv_cursor cursor;
 *     size_t left;
 *     mmv_cursor_open(pool, map, &cursor);
 *     const struct record *r = mmv_acquire(&cursor, offset, sizeof *r, &left);
 *     if (r == NULL)
 *         return cursor.status;
 *     ... use r[0], and everything up to 'left' bytes from r ...
 *     mmv_release(&cursor);
 *     mmv_cursor_close(&cursor);
 *
 * A cursor that moves within its window costs one comparison and no lock. While leased, a window cannot be taken away;
 * released, it stays the cursor's own until the pool needs the room.
 */

#include <mmview/map.h>
#include <mmview/pool.h>

MMV_BEGIN_DECLS

/* 'status' is the caller's to read, the fields that end in '_' are not to be touched. */
typedef struct mmv_cursor {
    mmv_status status; /* why the last mmv_acquire() gave NULL */
    mmv_pool *pool_;
    mmv_map *map_;
    struct mmv_window *window_; /* leased now, or kept from the last lease */
    uint64_t ticket_;           /* proves that window_ is still the one that was kept */
    char *data_;                /* memory of file byte start_, valid while leased_ */
    uint64_t start_;
    uint64_t end_;
    void *buffer_; /* the stand-in when the system refuses to map */
    struct mmv_cursor *next_, *previous_;
    uintptr_t thread_; /* the thread that leases; 0 = none */
    bool leased_;
} mmv_cursor;

/*
 * mmv_cursor_open() - prepare leases on 'map' out of 'pool'. Maps nothing yet.
 * Owner:   the caller, until mmv_cursor_close(); the struct must not be copied or moved in between. The map may be
 *          closed before.
 * Threads: one cursor, one thread at a time; open one per thread.
 * Errors:  MMV_ENOTSUP in a child made by fork(2) when the pool is its parent's.
 */
MMV_API mmv_status mmv_cursor_open(mmv_pool *pool, mmv_map *map, mmv_cursor *cursor_ret);

/* Slow path of mmv_acquire(): the bytes lie outside the leased window. */
MMV_API void *mmv_acquire_slow(mmv_cursor *cursor, uint64_t offset, size_t need, size_t *left_ret);

/*
 * mmv_acquire() - lease bytes [offset, offset + need) as plain memory.
 * Shape:   returns the address of file byte 'offset'; *left_ret >= need bytes are good from there. NULL = see
 *          cursor->status.
 * Units:   bytes; need >= 1; offset + need <= capacity.
 * Owner:   the pointer lives until mmv_release(), or until an mmv_acquire() of the same cursor that leaves the
 *          window: such a call releases the old lease first. On a copy-on-write map each lease is private and its
 *          stores die with it.
 *          Where the system does not map the file, a read-only or copy-on-write map is read into a buffer of 'need'
 *          bytes; with any other access the call fails.
 * Threads: as the cursor. Waits for other threads' leases when the budget is used up, but never while the calling
 *          thread holds another lease of the pool: then it is MMV_ENOMEM, or for a read-only map a private buffer.
 * Errors:  MMV_ERANGE(offset|need), MMV_ENOMEM, MMV_EIO, MMV_ETRUNC, MMV_ENOTSUP (also in a child made by fork(2), for
 *          bytes that the parent had not leased); MMV_EACCES, MMV_ESYSTEM: some file systems that do not map.
 */
static inline void *mmv_acquire(mmv_cursor *cursor, uint64_t offset, size_t need, size_t *left_ret)
{
    if (cursor->leased_ && offset >= cursor->start_ && offset < cursor->end_ && need - 1 < cursor->end_ - offset) {
        *left_ret = (size_t)(cursor->end_ - offset);
        return cursor->data_ + (size_t)(offset - cursor->start_);
    }
    return mmv_acquire_slow(cursor, offset, need, left_ret);
}

/*
 * mmv_release() - end the lease; the pointer must not be used any more. Harmless without a lease.
 * Errors:  what the guard (guard.h) caught in the window meanwhile: MMV_ETRUNC, MMV_ENOSPC, MMV_EIO.
 */
MMV_API mmv_status mmv_release(mmv_cursor *cursor);

/* mmv_cursor_close() - release, and zero the struct; closing twice is harmless. */
MMV_API void mmv_cursor_close(mmv_cursor *cursor);

MMV_END_DECLS

#endif
