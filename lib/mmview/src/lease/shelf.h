/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_SHELF_H
#define MMVIEW_SHELF_H

/*
 * shelf: windows whose bytes are read into memory instead of being mapped, for read-only leases.
 *
 * Where page tables are kept by software, the first touch of each mapped page takes longer than reading that page. A
 * window on the shelf is a copy, and as good as one only while it is fresh: while this process had no map of the file
 * open for writing, and for MMV__FRESH at most, since what other processes write cannot be seen.
 *
 * A copy is a struct mmv_window: cursors pin it like a mapped one. Its memory stays with it when it is taken for other
 * bytes, since the first touch of fresh memory is as dear as that of a mapping.
 *
 * Threads: any; the shelf has a lock of its own. Who holds the pool's lock may take it, not the other way round.
 */

#include "lease/policy.h"
#include "map/written.h"
#include "os/sync.h"

#include <mmview/pool.h>
#include <mmview/range.h>

#include <stdatomic.h>

#define MMV__FRESH UINT64_C(100000000) /* ns: a judgement; a window read anew ten times a second costs nothing */
#define MMV__SIZES 3 /* of copies: 8, 68 and 260 KiB, so that 64 and 256 KiB fit that begin anywhere */

#define MMV__MISSED 256  /* misses that are remembered, at most */
#define MMV__BUCKETS 256 /* a power of two; some 140 copies are chained at most */

struct mmv_window;
struct mmv__copy;

/* A hash chain. Looking into a copy costs a cache line that is rarely there after a system call: 'seen' saves that. */
typedef struct mmv__bucket {
    struct mmv_window *first;
    uint64_t seen; /* a bit for each of 64 kinds of keys that may be in the chain; others are not */
} mmv__bucket;

/* In order of use. */
typedef struct mmv__shelf_list {
    struct mmv_window *newest, *oldest;
    unsigned count;
} mmv__shelf_list;

/* Copies of one size. */
typedef struct mmv__shelf_row {
    size_t room;    /* bytes of memory of each */
    unsigned tile;  /* of the hash, 2 ^ tile bytes: at least the room */
    unsigned most;  /* when so many are there, one that is idle is used again; 0 = the budget is too small */
    unsigned limit; /* when so many are leased, no more of them are made */
    mmv__shelf_list recent, proven; /* wanted for the first time, or known */
    struct mmv_window *spare;       /* structs without memory, linked by 'newer' */
    mmv__lease_policy policy;       /* of leases that need so much */
} mmv__shelf_row;

typedef struct mmv__shelf {
    mmv__mutex lock;
    mmv_windows windows; /* what the pool's maker wants */
    size_t most;         /* bytes of the largest copy that there may be; 0 = none */
    mmv__shelf_row rows[MMV__SIZES];
    uint64_t ticks; /* of late: never later than mmv__os_ticks() */
    uint64_t hits, reads, read_bytes;
    uint32_t missed[MMV__MISSED]; /* hashes of what was missed lately */
    struct mmv__slab *slabs;      /* what the structs of copies are in */
    mmv__bucket buckets[MMV__BUCKETS];
} mmv__shelf;

/* What a lease asks for. */
typedef struct mmv__wish {
    mmv_map *map;
    uint64_t offset;
    size_t need;
    mmv_range piece;         /* what is to be read when it has to be; holds the bytes that are needed */
    struct mmv_window *kept; /* the copy that the cursor leased last, or NULL, and what proves that it still is that */
    uint64_t ticket;
    bool is_known; /* set by mmv__shelf_find(): the bytes were missed lately, too */
} mmv__wish;

/* How reading a piece ended. */
typedef struct mmv__reading {
    int error;    /* an errno value; 0 = the file ended, or all is well */
    uint64_t end; /* the first file byte that was not read */
} mmv__reading;

int mmv__shelf_init(mmv__shelf *shelf, mmv_windows windows, uint64_t budget); /* Errors: an errno value. */
void mmv__shelf_destroy(mmv__shelf *shelf);
void mmv__shelf_count(mmv__shelf *shelf, mmv_pool_stats *stats); /* adds what it has done */

/*
 * mmv__shelf_find() - a fresh copy that holds the bytes, pinned; *ready_ret says so. When there is none, *miss_ret says
 * how the bytes are to be had; and when they are to be read, no part of a trial, and there is a copy to use again, the
 * same call places it.
 */
struct mmv_window *mmv__shelf_find(mmv__shelf *shelf, mmv__wish *wish, mmv__miss *miss_ret, bool *ready_ret);

/*
 * mmv__shelf_place() - a copy for the piece, pinned, whose bytes are yet to be read by mmv__shelf_fill(). NULL: all are
 * leased, or *grow_ret > 0: first mmv__shelf_grow() shall add so many bytes, if the budget has them. grow_ret may be
 * NULL: it has none.
 */
struct mmv_window *mmv__shelf_place(mmv__shelf *shelf, const mmv__wish *wish, size_t *grow_ret);
bool mmv__shelf_grow(mmv__shelf *shelf, size_t room);

/*
 * mmv__shelf_fill() - read the piece. Bytes that were read for other bytes' sake may be missing, those that are needed
 * may not: then the copy is unpinned and gone, and false is returned.
 */
bool mmv__shelf_fill(mmv__shelf *shelf, const mmv__wish *wish, struct mmv_window *window, mmv__reading *reading_ret);

void mmv__shelf_learn(mmv__shelf *shelf, size_t need, mmv__miss miss, double seconds);

/* Whether a copy that was kept is still as the file is, as far as this process can know. */
bool mmv__shelf_is_fresh(const struct mmv_window *window);

/* Forget copies that nobody leases: those of one map, or all and their memory. Returns the bytes of memory given up. */
void mmv__shelf_forget(mmv__shelf *shelf, mmv_map *map);
uint64_t mmv__shelf_trim(mmv__shelf *shelf);
bool mmv__shelf_is_leased(mmv__shelf *shelf);

#endif
