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
 * While leased, a window cannot be taken away; released, it stays the cursor's own until the pool needs the room.
 *
 * Mapped or read. A lease that may store is always of a mapped window: its bytes are the file's own, and everybody sees
 * at once what is stored. A read-only lease of up to 256 KiB of a regular file may get a window whose bytes were read
 * instead. Such a window is in memory of the pool (pool.h, mmv_windows), and is a snapshot:
 *   - A lease does not change while it lasts, whatever is written to the file, and cannot fail any more.
 *   - The lease shows all that this process has stored before mmv_acquire(), through any map, view, lease, stream or
 *     walk of this library. Read-only leases of a file are mapped while the process has a map of it open for writing,
 *     or a view or cursor of such a map.
 *   - The lease shows what other processes, and calls that are not this library's, have written more than 0.1 s before.
 *     A program that waits for others' bytes acquires again after mmv_release(), or takes MMV_WINDOWS_MAPPED.
 *   - Bytes of one window may be of several moments, as with read(2).
 * Maps with a name (shared.h), of devices, and with MMV_EXECUTE are always mapped.
 *
 * Costs, from the dearest to the cheapest. docs/benchmarks.md has figures.
 *   mapped miss    three system calls, and a page fault at the first touch of each page or group of pages:
 *                  microseconds, and 5 us per page more on virtual machines that keep page tables by software
 *   read miss      one pread(2) of what is asked for, in small requests of whole pages: some 10 to 15 % more than a
 *                  pread(2) of 4 KiB by hand, less for more. Requests that follow each other are read ahead, up to
 *                  256 KiB at a time
 *   shared hit     a window that is there already: any mapped one, and one that was read for bytes that had been
 *                  wanted before. A lock and a table, some 100 ns
 *   own hit        acquired again after mmv_release() in the same window: tens of ns
 *   leased hit     mmv_acquire() within the leased window: a comparison, no lock, no call
 * So whoever reads neighbours does not release in between.
 *
 * Which window size (mmv_pool_options.window; of mapped windows alone): the default, unless leases are few and far
 * apart. Larger ones save misses, smaller ones let more places stay within the budget. Below 2 MiB no large page fits.
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
 * Errors:  MMV_ENOTSUP in a child made by fork(2) when the pool is its parent's; MMV_EACCES for a map with MMV_WRITE or
 *          MMV_NO_VIEWS.
 */
MMV_API mmv_status mmv_cursor_open(mmv_pool *pool, mmv_map *map, mmv_cursor *cursor_ret);

/* Slow path of mmv_acquire(): the bytes lie outside the leased window, or none is leased. */
MMV_API void *mmv_acquire_slow(mmv_cursor *cursor, uint64_t offset, size_t need, size_t *left_ret);

/*
 * mmv_acquire() - lease bytes [offset, offset + need) as plain memory.
 * Shape:   returns the address of file byte 'offset'; *left_ret >= need bytes are good from there. NULL = see
 *          cursor->status. The address has the offset's remainder by 64.
 * Units:   bytes; need >= 1; offset + need <= capacity.
 * Owner:   the pointer lives until mmv_release(), or until an mmv_acquire() of the same cursor that leaves the window:
 *          such a call releases the old lease first. On a copy-on-write map each lease is private and its stores die
 *          with it. Where the system does not map the file, a read-only or copy-on-write map is read into a buffer of
 *          'need' bytes. With any other access the call fails.
 * Threads: as the cursor. Waits for other threads' leases when the budget is used up, but never while the calling
 *          thread holds another lease of the pool. Then it is MMV_ENOMEM, or for a read-only map a private buffer.
 * Errors:  MMV_ERANGE(offset|need), MMV_ENOMEM, MMV_EIO, MMV_ETRUNC, MMV_ENOTSUP (also in a child made by fork(2), for
 *          bytes that the parent had not leased). MMV_EACCES, MMV_ESYSTEM: some file systems that do not map.
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
 * Errors:  what the guard (guard.h) caught in the mapped window meanwhile: MMV_ETRUNC, MMV_ENOSPC, MMV_EIO. A window
 *          that was read has none.
 */
MMV_API mmv_status mmv_release(mmv_cursor *cursor);

/* mmv_cursor_close() - release, and zero the struct; closing twice is harmless. */
MMV_API void mmv_cursor_close(mmv_cursor *cursor);

MMV_END_DECLS

#endif
