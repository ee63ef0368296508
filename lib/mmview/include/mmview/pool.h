/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_POOL_H
#define MMVIEW_POOL_H

/*
 * pool: the budget for windows, and the table of windows that cursors share.
 *
 * A window is a range of bytes of a map that the pool has in memory; each lease (window.h) is a part of a window. All
 * windows of a pool together, leased or not, never have more bytes or more mappings than its options say. Windows that
 * nobody leases stay while a cursor on their map is open. When the pool needs room, it gives up the window first that
 * was not used for the longest time. One pool may serve any number of maps and threads.
 *
 * The pool either maps a window, or reads its bytes into memory of the pool. window.h says which windows may be read,
 * and what their leases show.
 *
 * A child made by fork(2) creates its own pool. With its parent's cursors and pools it may only call mmv_cursor_close()
 * and mmv_pool_destroy(). These calls then leave the windows as they are.
 */

#include <mmview/status.h>

MMV_BEGIN_DECLS

typedef struct mmv_pool mmv_pool;

/* How the windows of read-only leases of regular files are made. All other windows are mapped. */
typedef enum mmv_windows {
    MMV_WINDOWS_AUTO = 0, /* up to 256 KiB: mapped or read, whichever the pool measures to be faster; larger: mapped */
    MMV_WINDOWS_MAPPED,   /* mapped: leases see at once what others write */
    MMV_WINDOWS_READ,     /* up to 256 KiB: read; a file that fails or shrinks is a status, no signal. Larger: mapped */
} mmv_windows;

/* Zero bytes mean the defaults. */
typedef struct mmv_pool_options {
    uint64_t max_mapped; /* bytes; 0 = the least of 1 GiB (256 MiB on 32-bit), RLIMIT_AS / 4, the cgroup's memory / 4 */
    uint32_t max_maps;   /* windows at once; 0 = as many as max_mapped holds, at most a quarter of vm.max_map_count */
    uint64_t window;     /* bytes a window covers, rounded up to pages; 0 = 8 MiB, less under a small budget */
    uint64_t windows;    /* an mmv_windows */
    uint64_t reserved_[3]; /* zero: room for fields of later versions */
} mmv_pool_options;

/* Counters since the pool was created. */
typedef struct mmv_pool_stats {
    uint64_t maps;         /* windows mapped */
    uint64_t evictions;    /* windows unmapped to make room */
    uint64_t hits;         /* leases served by a window that existed already, except the cursor's own */
    uint64_t buffered;     /* leases served from a buffer because the system refused to map */
    uint64_t waits;        /* times a thread waited for another to release */
    uint64_t mapped;       /* bytes mapped now */
    uint64_t peak_mapped;  /* most bytes mapped at any time */
    uint32_t windows;      /* windows mapped now */
    uint32_t peak_windows; /* most windows mapped at any time */
    uint64_t reads;        /* windows read instead of mapped */
    uint64_t read_bytes;   /* bytes read for these windows */
    uint64_t held;         /* bytes of memory of windows that were read; held + mapped never exceed the budget */
    uint64_t reserved_[1]; /* room for figures of later versions */
} mmv_pool_stats;

/*
 * mmv_pool_create() - reserve a piece of address space for windows; nothing is mapped yet.
 * Owner:   the caller, until mmv_pool_destroy(). NULL options = all defaults.
 * Errors:  MMV_ENOMEM, MMV_EINVAL(max_mapped|window|windows): the budget must hold one window of one page.
 * Source:  the reservation is PROT_NONE and counts against RLIMIT_AS: it takes at most a quarter of that limit.
 */
MMV_API mmv_status mmv_pool_create(const mmv_pool_options *options, mmv_pool **pool_ret);

/* mmv_pool_get_stats() - a consistent copy of the counters. Threads: any. */
MMV_API void mmv_pool_get_stats(mmv_pool *pool, mmv_pool_stats *stats_ret);

/* mmv_pool_trim() - give up every window that nobody leases, and its memory. Threads: any. */
MMV_API void mmv_pool_trim(mmv_pool *pool);

/* mmv_pool_destroy() - unmap all windows and set *pool to NULL. Close every cursor before; a NULL *pool is fine. */
MMV_API void mmv_pool_destroy(mmv_pool **pool);

/*
 * mmv_default_threads() - how many threads a walk uses when its options do not say.
 * Source:  sched_getaffinity(2), the cgroup's CPU quota.
 */
MMV_API unsigned mmv_default_threads(void);

/* mmv_default_max_mapped() - the byte budget that a walk or pool uses when its options do not say. */
MMV_API uint64_t mmv_default_max_mapped(void);

MMV_END_DECLS

#endif
