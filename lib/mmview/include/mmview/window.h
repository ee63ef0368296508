/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_WINDOW_H
#define MMVIEW_WINDOW_H

/*
 * window: leases on parts of a map, for random access to a file of any size:
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
 * A lease is a part of a *window*: a range of bytes of the map that the pool has in memory. The pool keeps a window as
 * long as it is leased. After mmv_release() the cursor keeps the window until the pool needs the room.
 *
 * A pool either maps a window, or reads its bytes into memory. A lease that may store always has a mapped window.
 * Stores go to the file's own bytes, and everybody sees them at once, except on a copy-on-write map. A read-only lease
 * of up to 256 KiB of a regular file may get a window whose bytes were read. Such a window lies in memory of the pool
 * (mmv_windows in pool.h), and is a snapshot:
 *   - The bytes do not change during the lease, whatever is written to the file, and access to them cannot fail.
 *   - The lease shows all that this process has stored before mmv_acquire(), through any map, view, lease, stream or
 *     walk of this library. For this, read-only leases of a file are mapped while the process has a map of the file
 *     that is open for writing. A closed map still counts while it has a view or a cursor.
 *   - The lease shows all that other processes have written more than 0.1 s before mmv_acquire(), and all that this
 *     process has written before that time without this library. A program that waits for others' bytes acquires again
 *     after mmv_release(), or takes MMV_WINDOWS_MAPPED.
 *   - The bytes of one window may come from several moments, as with read(2).
 * Windows of maps with a name (shared.h), of devices, and of maps with MMV_EXECUTE are always mapped.
 *
 * These are the costs, dearest first. docs/benchmarks.md has figures.
 *   mapped miss    three system calls, and a page fault at the first touch of each page or group of pages. They take
 *                  microseconds. Virtual machines with page tables in software add 5 us per page
 *   read miss      one pread(2) of the bytes asked for, or of their whole pages when the bytes are few. It takes some
 *                  10 to 15 % longer than your own pread(2) of 4 KiB; for more bytes the difference is smaller.
 *                  Requests that follow each other are read ahead, up to 256 KiB at a time
 *   shared hit     a window that exists already, mapped or read, and that all cursors may use. The first miss of some
 *                  bytes reads them for one cursor alone. A second miss soon after reads them for all cursors. A shared
 *                  hit takes a lock and a table lookup, some 100 ns
 *   own hit        after mmv_release() the cursor acquires bytes of the same window again: tens of ns
 *   leased hit     mmv_acquire() within the leased window: a comparison, no lock, no call
 * So do not release between reads of neighbouring bytes.
 *
 * mmv_pool_options.window is the size of mapped windows. Keep the default, unless leases are few and far apart. With
 * larger windows there are fewer misses. With smaller windows more of them fit the budget. A window below 2 MiB holds
 * no large page.
 */

#include <mmview/map.h>
#include <mmview/pool.h>

MMV_BEGIN_DECLS

/* The caller may read 'status'. Fields that end in '_' belong to the library. */
typedef struct mmv_cursor {
    mmv_status status; /* why the last mmv_acquire() gave NULL */
    mmv_pool *pool_;
    mmv_map *map_;
    struct mmv_window *window_; /* leased now, or kept from the last lease */
    uint64_t ticket_;           /* proves that window_ is still the one that was kept */
    char *data_;                /* memory of file byte start_, valid while leased_ */
    uint64_t start_;
    uint64_t end_;
    void *buffer_; /* memory for the lease when the system refuses to map */
    struct mmv_cursor *next_, *previous_;
    uintptr_t thread_; /* the thread that leases; 0 = none */
    bool leased_;
} mmv_cursor;

/*
 * mmv_cursor_open() - prepare leases on 'map', with windows of 'pool'. Nothing is mapped yet.
 * Owner:   the caller, until mmv_cursor_close(); the struct must not be copied or moved in between. The map may be
 *          closed earlier.
 * Threads: one thread at a time may use a cursor; open one cursor per thread.
 * Errors:  MMV_ENOTSUP in a child made by fork(2) when the pool is its parent's; MMV_EACCES for a map with MMV_WRITE or
 *          MMV_NO_VIEWS.
 */
MMV_API mmv_status mmv_cursor_open(mmv_pool *pool, mmv_map *map, mmv_cursor *cursor_ret);

/* Slow path of mmv_acquire(): the bytes lie outside the leased window, or no window is leased. */
MMV_API void *mmv_acquire_slow(mmv_cursor *cursor, uint64_t offset, size_t need, size_t *left_ret);

/*
 * mmv_acquire() - lease bytes [offset, offset + need) as plain memory.
 * Shape:   returns the address of file byte 'offset'; *left_ret bytes from there may be used, at least 'need'. NULL =
 *          failure, see cursor->status. Address and offset leave the same remainder when divided by 64.
 * Units:   bytes; need >= 1; offset + need <= capacity.
 * Owner:   the pointer is valid until mmv_release(), or until mmv_acquire() of the same cursor asks for bytes outside
 *          of the window. Such a call releases the old lease first. On a copy-on-write map each lease is private and
 *          its stores die with it. Where the system does not map the file, the bytes of a read-only or copy-on-write
 *          map are read into a buffer of 'need' bytes. With a map of any other access the call fails.
 * Threads: one thread at a time, as for the cursor. When the budget is used up, the call waits for other threads to
 *          release. A thread that holds another lease of the pool never waits, since others may be waiting for that
 *          lease. It gets MMV_ENOMEM, or for a read-only map a private buffer.
 * Errors:  MMV_ERANGE(offset|need), MMV_ENOMEM, MMV_EIO, MMV_ETRUNC, MMV_ENOTSUP (also in a child made by fork(2), for
 *          bytes that the parent had not leased). MMV_EACCES and MMV_ESYSTEM on some file systems that cannot be
 *          mapped.
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
 * Errors:  what the guard (guard.h) caught in a mapped window during the lease: MMV_ETRUNC, MMV_ENOSPC, MMV_EIO. With a
 *          window that was read there are no such errors.
 */
MMV_API mmv_status mmv_release(mmv_cursor *cursor);

/* mmv_cursor_close() - release, and zero the struct; closing twice is harmless. */
MMV_API void mmv_cursor_close(mmv_cursor *cursor);

MMV_END_DECLS

#endif
