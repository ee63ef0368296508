/* SPDX-License-Identifier: MIT */
/*
 * table.c - windows mapped under a hard budget of bytes and of mappings: found again, made, taken away.
 *
 * Invariants, whenever the pool's lock is free:
 * 1. stats.mapped is the sum of the sizes of all windows with a map, and with what the shelf holds <= budget.bytes;
 *    their number is <= budget.maps.
 * 2. A window with a map is on the list of use, has its slots, and holds a reference on the map.
 * 3. A window that is not hidden is in the hash chain of its tile, start / tile.
 * 4. Pins rise from 0 only by the lock's owner or by a cursor whose ticket fits; the ticket rises only under the lock,
 *    while pins are 0. So a window is unmapped only while nobody can reach it.
 *
 * Windows lie on tiles of the pool's window size. A request over a tile's end gets a window of its own, just large
 * enough, which is found by the tile it starts in.
 */

#include "lease/table.h"

#include "base/debug.h"
#include "map/guard.h"
#include "os/machine.h"
#include "os/memory.h"

#include <errno.h>
#include <stdlib.h>

#define DEFAULT_WINDOW (8 * MMV_MIB) /* a judgement, not measured for random access */

#define MOST_SLOTS 16384 /* looking for a free one is a walk over a table of bytes */

/* ---- table ------------------------------------------------------------------------------------------------------ */

static struct mmv_window **bucket_of(mmv__table *table, const mmv_map *map, uint64_t offset)
{
    uint64_t key = (offset / table->tile) * UINT64_C(0x9e3779b97f4a7c15) ^ (uintptr_t)map / sizeof(void *);
    return &table->buckets[(key ^ key >> 29) & table->bucket_mask];
}

static void chain_in(mmv__table *table, struct mmv_window *window)
{
    struct mmv_window **bucket = bucket_of(table, window->map, window->start);
    window->chain = *bucket;
    *bucket = window;
}

static void chain_out(mmv__table *table, struct mmv_window *window)
{
    struct mmv_window **at = bucket_of(table, window->map, window->start);
    while (*at != window)
        at = &(*at)->chain;
    *at = window->chain;
}

static void use_in(mmv__table *table, struct mmv_window *window)
{
    window->newer = NULL;
    window->older = table->newest;
    if (table->newest)
        table->newest->newer = window;
    else
        table->oldest = window;
    table->newest = window;
}

static void use_out(mmv__table *table, struct mmv_window *window)
{
    *(window->newer ? &window->newer->older : &table->newest) = window->older;
    *(window->older ? &window->older->newer : &table->oldest) = window->newer;
}

struct mmv_window *mmv__table_find(mmv__table *table, const mmv_map *map, uint64_t offset, size_t need)
{
    for (struct mmv_window *window = *bucket_of(table, map, offset); window; window = window->chain)
        if (window->map == map && offset >= window->start && offset - window->start < window->shown &&
            need <= window->shown - (size_t)(offset - window->start))
            return window;
    return NULL;
}

static bool is_chained(mmv__table *table, const struct mmv_window *window)
{
    const struct mmv_window *at = *bucket_of(table, window->map, window->start);
    while (at && at != window)
        at = at->chain;
    return at != NULL;
}

/* Invariants 1 to 3. */
void mmv__table_check(mmv__table *table)
{
    uint64_t mapped = 0;
    uint64_t windows = 0;
    if (!MMV__ASSERTS)
        return;
    for (struct mmv_window *window = table->newest; window; window = window->older) {
        assert(window->map && window->slots > 0 && table->arena.taken[window->slot]);
        bool chained = is_chained(table, window);
        assert(window->hidden || chained);
        (void)chained;
        mapped += window->size;
        windows++;
    }
    assert(mapped == table->stats.mapped && windows == table->stats.windows);
    assert(mapped + table->held <= table->budget.bytes && windows <= table->budget.maps);
}

/* ---- taking away ------------------------------------------------------------------------------------------------ */

/* Unmap one window unless it is leased. Invariant 4: only a window whose ticket could be raised is touched. */
bool mmv__table_evict(mmv__table *table, struct mmv_window *window)
{
    uint64_t idle = atomic_load(&window->state) & ~MMV__PINS;
    if (!atomic_compare_exchange_strong(&window->state, &idle, idle + MMV__TICKET)) {
        table->met_lease = true;
        return false;
    }
    if (!window->hidden)
        chain_out(table, window);
    use_out(table, window);
    mmv__guard_unwatch(window->watch);
    mmv__arena_vacate(window->data, window->size);
    mmv__arena_give(&table->arena, window->slot, window->slots);
    table->stats.mapped -= window->size;
    table->stats.windows--;
    mmv__map_forget(window->map);
    window->map = NULL;
    window->newer = table->free;
    table->free = window;
    return true;
}

/* Evict the least recently used until mapped bytes and windows are at most these. */
void mmv__table_evict_down_to(mmv__table *table, uint64_t bytes, uint64_t windows)
{
    struct mmv_window *window = table->oldest;
    while (window && (table->stats.mapped > bytes || table->stats.windows > windows)) {
        struct mmv_window *newer = window->newer;
        if (mmv__table_evict(table, window))
            table->stats.evictions++;
        window = newer;
    }
}

static bool fits(const mmv__table *table, size_t size)
{
    return size <= table->budget.bytes && table->stats.mapped + table->held <= table->budget.bytes - size &&
           table->stats.windows < table->budget.maps;
}

/* The memory of copies that nobody leases. */
void mmv__table_empty_shelf(mmv__table *table)
{
    table->held -= mmv__shelf_trim(&table->shelf);
    table->met_lease |= table->held > 0;
}

/* Room for a window of 'size' bytes, down to the low-water mark of 7/8, so that not every new window has to evict. */
static bool make_room(mmv__table *table, size_t size)
{
    if (fits(table, size))
        return true;
    if (size > table->budget.bytes)
        return false;
    uint64_t bytes = mmv_min(table->budget.bytes - size, table->budget.bytes - table->budget.bytes / 8);
    uint64_t windows = mmv_min(table->budget.maps - 1, table->budget.maps - table->budget.maps / 8);
    mmv__table_evict_down_to(table, bytes > table->held ? bytes - table->held : 0, windows);
    if (!fits(table, size) && table->held > 0) {
        mmv__table_empty_shelf(table);
        mmv__table_evict_down_to(table, bytes > table->held ? bytes - table->held : 0, windows);
    }
    return fits(table, size);
}

bool mmv__table_grow_shelf(mmv__table *table, size_t room)
{
    uint64_t most = table->budget.bytes - mmv_min(table->budget.bytes, table->held + room);
    mmv__table_evict_down_to(table, most, UINT64_MAX);
    if (table->stats.mapped + table->held + room > table->budget.bytes || !mmv__shelf_grow(&table->shelf, room))
        return false;
    table->held += room;
    return true;
}

static bool take_slots(mmv__table *table, mmv_range pages, struct mmv_window *window)
{
    size_t size = (size_t)pages.length;
    if (mmv__arena_take(&table->arena, pages.offset, size, &window->slot, &window->slots))
        return true;
    /* Enough bytes free but not in a row: evict everything idle before giving up. */
    mmv__table_evict_down_to(table, 0, 0);
    return mmv__arena_take(&table->arena, pages.offset, size, &window->slot, &window->slots);
}

/* ---- making ----------------------------------------------------------------------------------------------------- */

static mmv_range window_range(const mmv__table *table, const mmv_map *map, uint64_t offset, size_t need)
{
    mmv_range tile = {mmv_round_down(offset, table->tile), table->tile};
    mmv_range exact = {offset, need};
    mmv_range pages;
    uint64_t capacity = mmv_map_capacity(map);
    if (tile.length > capacity - tile.offset)
        tile.length = mmv_round_up(capacity - tile.offset, table->page);
    if (offset + need <= tile.offset + tile.length)
        return tile;
    return mmv_range_pages(exact, table->page, &pages) ? pages : exact;
}

static void enter(mmv__table *table, struct mmv_window *window, mmv_map *map, mmv_range pages, char *data)
{
    window->data = data;
    window->start = pages.offset;
    window->size = (size_t)pages.length;
    window->shown = mmv__os_shown(data, window->size);
    window->map = mmv__map_keep(map);
    window->watch = mmv__guard_watch(data, window->size);
    window->hidden = mmv__is_private(map->access);
    if (!window->hidden)
        chain_in(table, window);
    use_in(table, window);
    /* Invariant 4: its ticket has risen since anybody could reach it. */
    assert((atomic_load(&window->state) & MMV__PINS) == 0);
    atomic_fetch_add(&window->state, 1);
    table->stats.maps++;
    table->stats.mapped += window->size;
    table->stats.windows++;
    table->stats.peak_mapped = mmv_max(table->stats.peak_mapped, table->stats.mapped);
    table->stats.peak_windows = (uint32_t)mmv_max(table->stats.peak_windows, table->stats.windows);
}

/* One attempt at exactly these pages. ENOBUFS = the budget has no room. */
static int make_window(mmv__table *table, mmv_map *map, mmv_range pages, struct mmv_window **window_ret)
{
    char *data;
    if (pages.length > SIZE_MAX || !make_room(table, (size_t)pages.length))
        return ENOBUFS;
    struct mmv_window *window = table->free;
    if (!take_slots(table, pages, window))
        return ENOBUFS;
    int error = mmv__arena_place(&table->arena, window->slot, map, pages, &data);
    if (error == ENOMEM) {
        mmv__table_evict_down_to(table, 0, 0);
        error = mmv__arena_place(&table->arena, window->slot, map, pages, &data);
    }
    if (error) {
        mmv__arena_give(&table->arena, window->slot, window->slots);
        return error;
    }
    /* Eviction may have put other structs in front of ours on the free list. */
    struct mmv_window **at = &table->free;
    while (*at != window)
        at = &(*at)->newer;
    *at = window->newer;
    enter(table, window, map, pages, data);
    mmv__table_check(table);
    *window_ret = window;
    return 0;
}

/* The whole tile, then half of what is left from the request on, down to the request alone. */
int mmv__table_make(mmv__table *table, mmv_map *map, uint64_t offset, size_t need, struct mmv_window **window_ret)
{
    mmv_range pages = window_range(table, map, offset, need);
    for (;;) {
        int error = make_window(table, map, pages, window_ret);
        if (error != ENOBUFS && error != ENOMEM)
            return error;
        uint64_t start = mmv_round_down(offset, table->page);
        uint64_t least = mmv_round_up(offset + need, table->page) - start;
        if (pages.offset == start && pages.length <= least)
            return error;
        uint64_t half = mmv_round_up(pages.length / 2, table->page);
        pages = (mmv_range){start, mmv_max(least, mmv_min(half, mmv_range_end(pages) - start))};
    }
}

void mmv__table_lend(mmv__table *table, struct mmv_window *window)
{
    atomic_fetch_add(&window->state, 1);
    use_out(table, window);
    use_in(table, window);
    table->stats.hits++;
}

bool mmv__table_is_leased(const mmv__table *table)
{
    for (struct mmv_window *window = table->newest; window; window = window->older)
        if (atomic_load(&window->state) & MMV__PINS)
            return true;
    return false;
}

void mmv__table_hide(mmv__table *table, struct mmv_window *window)
{
    if (!window->hidden)
        chain_out(table, window);
    window->hidden = true;
}

void mmv__table_forget(mmv__table *table, mmv_map *map)
{
    mmv__shelf_forget(&table->shelf, map);
    for (struct mmv_window *window = table->oldest; window;) {
        struct mmv_window *newer = window->newer;
        if (window->map == map)
            mmv__table_evict(table, window);
        window = newer;
    }
}

/* ---- beginning and end ------------------------------------------------------------------------------------------ */

/* As many windows as the budget holds, and half as many again for those that are smaller than a tile. */
void mmv__table_size(mmv__table *table, const mmv_pool_options *options)
{
    uint64_t window = options->window ? options->window : mmv_min(DEFAULT_WINDOW, table->budget.bytes / 4);
    table->tile = mmv_max(table->page, mmv_round_up(mmv_min(window, table->budget.bytes), table->page));
    if (table->tile > table->budget.bytes)
        table->tile = mmv_round_down(table->budget.bytes, table->page);
    if (options->max_maps == 0 && table->tile)
        table->budget.maps = mmv_min(table->budget.maps, mmv_max(4, table->budget.bytes / table->tile * 3 / 2));
}

/* Slots for the budget of bytes as well as for the budget of maps: one large window takes many slots in a row. */
static uint64_t wanted_slots(const mmv__table *table)
{
    uint64_t slot = mmv__arena_slot(table->tile);
    uint64_t for_bytes = mmv_min(table->budget.bytes / slot + 2, MOST_SLOTS);
    return mmv_max(1, mmv_min(mmv_max(table->budget.maps, for_bytes), table->budget.addresses / slot));
}

/* Tables for the windows, then the reservation: as many slots as wanted, or half, or a quarter ... of that. */
int mmv__table_furnish(mmv__table *table)
{
    size_t buckets = 16;
    while (buckets < table->budget.maps && buckets < 4096)
        buckets *= 2;
    table->bucket_mask = buckets - 1;
    table->buckets = calloc(buckets, sizeof *table->buckets);
    uint64_t slots = wanted_slots(table);
    int error = ENOMEM;
    for (; table->buckets && error && slots > 0; slots /= 2)
        error = mmv__arena_create((size_t)table->tile, (unsigned)slots, &table->arena);
    if (error)
        return error;
    table->budget.maps = mmv_min(table->budget.maps, table->arena.slots);
    table->windows = calloc((size_t)table->budget.maps, sizeof *table->windows);
    if (!table->windows)
        return ENOMEM;
    for (size_t i = (size_t)table->budget.maps; i-- > 0;) {
        table->windows[i].newer = table->free;
        table->free = &table->windows[i];
    }
    return 0;
}

void mmv__table_end(mmv__table *table)
{
    assert(table->newest == NULL);
    mmv__shelf_destroy(&table->shelf);
    mmv__arena_destroy(&table->arena);
    free(table->buckets);
    free(table->windows);
}
