/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_TABLE_H
#define MMVIEW_TABLE_H

/*
 * table: the mapped windows of a pool, under its budget of bytes and of mappings. It waits for nobody and has no lock:
 * each call is under the pool's.
 *
 * A window's state is one atomic number, (ticket << 16) | pins. A cursor that kept a window pins it again without the
 * lock by comparing the ticket; the table takes a window away by raising the ticket while pins are 0. The window
 * structs themselves live as long as the pool, so a stale pointer to one is never dangling.
 */

#include "lease/arena.h"
#include "lease/budget.h"
#include "lease/shelf.h"
#include "map/map.h"

#include <mmview/pool.h>

struct mmv_window {
    _Atomic uint64_t state;
    char *data;
    uint64_t start; /* file byte of data[0], on a page; of a copy a multiple of 64 */
    size_t size;    /* whole pages; of a copy any number */
    size_t shown;   /* bytes from data on that show the file, also when it becomes longer: see mmv__os_shown() */
    mmv_map *map;   /* NULL = the struct is free */
    void *watch;
    unsigned slot, slots;
    bool is_copy;                     /* one of the shelf's: no watch, no slots, never hidden */
    bool hidden;                      /* not to be found by others: private to a lease, or spoilt by a caught access */
    struct mmv_window *chain;         /* same hash */
    struct mmv_window *newer, *older; /* in order of use; 'newer' also links the free ones */
};

#define MMV__PINS UINT64_C(0xffff)
#define MMV__TICKET (MMV__PINS + 1)

typedef struct mmv__table {
    mmv__budget budget;
    uint64_t tile;
    size_t page;
    mmv__arena arena;
    struct mmv_window *windows; /* windows[0..budget.maps) */
    struct mmv_window *free;
    struct mmv_window *newest, *oldest;
    struct mmv_window **buckets; /* buckets[0..bucket_mask] */
    size_t bucket_mask;
    bool
        met_lease; /* since somebody cleared it, a window could not be evicted because it is leased: waiting may help */
    mmv_pool_stats stats;
    mmv__shelf shelf; /* shares the budget of bytes */
    uint64_t held;    /* bytes of the shelf's memory */
} mmv__table;

/* The size of windows, once page and budget are set; then memory and addresses. Errors: an errno value. */
void mmv__table_size(mmv__table *table, const mmv_pool_options *options);
int mmv__table_furnish(mmv__table *table);
void mmv__table_end(
    mmv__table *table); /* no window is mapped; what mmv__table_furnish() left when it failed is freed */

/* A window that is there and holds the bytes, or NULL; and one more pin for it. */
struct mmv_window *mmv__table_find(mmv__table *table, const mmv_map *map, uint64_t offset, size_t need);
void mmv__table_lend(mmv__table *table, struct mmv_window *window);

/* A new window, pinned once: the whole tile, then half of what is left from the request on, down to the request alone.
 * Errors: an errno value; ENOBUFS = the budget has no room. */
int mmv__table_make(mmv__table *table, mmv_map *map, uint64_t offset, size_t need, struct mmv_window **window_ret);

/* Unmap one window unless it is leased; or the least recently used until bytes and windows are at most these. */
bool mmv__table_evict(mmv__table *table, struct mmv_window *window);
void mmv__table_evict_down_to(mmv__table *table, uint64_t bytes, uint64_t windows);

/* The memory of copies that nobody leases; and room for more of it, when the budget has some. */
void mmv__table_empty_shelf(mmv__table *table);
bool mmv__table_grow_shelf(mmv__table *table, size_t room);

void mmv__table_hide(mmv__table *table, struct mmv_window *window); /* no new lease may find it any more */
void mmv__table_forget(mmv__table *table, mmv_map *map);            /* the map's windows and copies, unless leased */
bool mmv__table_is_leased(const mmv__table *table);                 /* any window; the shelf is not looked at */
void mmv__table_check(mmv__table *table);                           /* asserts the invariants 1 to 3 of table.c */

#endif
