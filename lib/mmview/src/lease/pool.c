/* SPDX-License-Identifier: MIT */
/*
 * pool.c - the shared table of mapped windows, under a hard budget of bytes and of mappings.
 *
 * Invariants, whenever the lock is free:
 * 1. stats.mapped is the sum of the sizes of all windows with a map, and with what the shelf holds <= budget.bytes;
 *    their number is <= budget.maps.
 * 2. A window with a map is on the list of use, has its slots, and holds a reference on the map.
 * 3. A window that is not hidden is in the hash chain of its tile, start / tile.
 * 4. Pins rise from 0 only by the lock's owner or by a cursor whose ticket fits; the ticket rises only under the lock,
 *    while pins are 0. So a window is unmapped only while nobody can reach it.
 * 5. A thread waits only while it holds no lease of this pool, so every lease that is waited for can end.
 *
 * Windows lie on tiles of the pool's window size. A request over a tile's end gets a window of its own, just large
 * enough, which is found by the tile it starts in.
 */

#include "lease/pool.h"

#include "lease/arena.h"
#include "lease/budget.h"
#include "base/debug.h"
#include "base/error.h"
#include "map/guard.h"
#include "os/machine.h"
#include "os/memory.h"
#include "os/sync.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_WINDOW (8 * MMV_MIB) /* a judgement, not measured for random access */

#define MOST_SLOTS 16384 /* looking for a free one is a walk over a table of bytes */

struct mmv_pool {
    unsigned process; /* that made it: in its children the table may be half changed, and leases last for ever */
    mmv__mutex lock;
    mmv__condition released; /* signalled when a pin count falls to 0 while somebody waits */
    atomic_uint waiting;
    mmv__budget budget;
    uint64_t tile;
    size_t page;
    mmv__arena arena;
    struct mmv_window *windows; /* windows[0..budget.maps) */
    struct mmv_window *free;
    struct mmv_window *newest, *oldest;
    struct mmv_window **buckets; /* buckets[0..bucket_mask] */
    size_t bucket_mask;
    mmv_cursor *cursors;
    bool met_lease; /* the attempt under way could not evict a window because it is leased: waiting may help */
    mmv_pool_stats stats;
    mmv__shelf shelf;
    uint64_t held; /* bytes of its memory */
};

/* ---- table ------------------------------------------------------------------------------------------------------ */

static struct mmv_window **bucket_of(mmv_pool *pool, const mmv_map *map, uint64_t offset)
{
    uint64_t key = (offset / pool->tile) * UINT64_C(0x9e3779b97f4a7c15) ^ (uintptr_t)map / sizeof(void *);
    return &pool->buckets[(key ^ key >> 29) & pool->bucket_mask];
}

static void chain_in(mmv_pool *pool, struct mmv_window *window)
{
    struct mmv_window **bucket = bucket_of(pool, window->map, window->start);
    window->chain = *bucket;
    *bucket = window;
}

static void chain_out(mmv_pool *pool, struct mmv_window *window)
{
    struct mmv_window **at = bucket_of(pool, window->map, window->start);
    while (*at != window)
        at = &(*at)->chain;
    *at = window->chain;
}

static void use_in(mmv_pool *pool, struct mmv_window *window)
{
    window->newer = NULL;
    window->older = pool->newest;
    if (pool->newest)
        pool->newest->newer = window;
    else
        pool->oldest = window;
    pool->newest = window;
}

static void use_out(mmv_pool *pool, struct mmv_window *window)
{
    *(window->newer ? &window->newer->older : &pool->newest) = window->older;
    *(window->older ? &window->older->newer : &pool->oldest) = window->newer;
}

static struct mmv_window *find(mmv_pool *pool, const mmv_map *map, uint64_t offset, size_t need)
{
    for (struct mmv_window *window = *bucket_of(pool, map, offset); window; window = window->chain)
        if (window->map == map && offset >= window->start && offset - window->start < window->size &&
            need <= window->size - (size_t)(offset - window->start))
            return window;
    return NULL;
}

static bool is_chained(mmv_pool *pool, const struct mmv_window *window)
{
    const struct mmv_window *at = *bucket_of(pool, window->map, window->start);
    while (at && at != window)
        at = at->chain;
    return at != NULL;
}

/* Invariants 1 to 3. */
static void assert_consistent(mmv_pool *pool)
{
    uint64_t mapped = 0;
    uint64_t windows = 0;
    if (!MMV__ASSERTS)
        return;
    for (struct mmv_window *window = pool->newest; window; window = window->older) {
        assert(window->map && window->slots > 0 && pool->arena.taken[window->slot]);
        bool chained = is_chained(pool, window);
        assert(window->hidden || chained);
        (void)chained;
        mapped += window->size;
        windows++;
    }
    assert(mapped == pool->stats.mapped && windows == pool->stats.windows);
    assert(mapped + pool->held <= pool->budget.bytes && windows <= pool->budget.maps);
}

/* ---- taking away ------------------------------------------------------------------------------------------------ */

/* Unmap one window unless it is leased. Invariant 4: only a window whose ticket could be raised is touched. */
static bool evict(mmv_pool *pool, struct mmv_window *window)
{
    uint64_t idle = atomic_load(&window->state) & ~MMV__PINS;
    if (!atomic_compare_exchange_strong(&window->state, &idle, idle + MMV__TICKET)) {
        pool->met_lease = true;
        return false;
    }
    if (!window->hidden)
        chain_out(pool, window);
    use_out(pool, window);
    mmv__guard_unwatch(window->watch);
    mmv__arena_vacate(window->data, window->size);
    mmv__arena_give(&pool->arena, window->slot, window->slots);
    pool->stats.mapped -= window->size;
    pool->stats.windows--;
    mmv__map_forget(window->map);
    window->map = NULL;
    window->newer = pool->free;
    pool->free = window;
    return true;
}

/* Evict the least recently used until mapped bytes and windows are at most these. */
static void evict_down_to(mmv_pool *pool, uint64_t bytes, uint64_t windows)
{
    struct mmv_window *window = pool->oldest;
    while (window && (pool->stats.mapped > bytes || pool->stats.windows > windows)) {
        struct mmv_window *newer = window->newer;
        if (evict(pool, window))
            pool->stats.evictions++;
        window = newer;
    }
}

static bool fits(const mmv_pool *pool, size_t size)
{
    return size <= pool->budget.bytes && pool->stats.mapped + pool->held <= pool->budget.bytes - size &&
           pool->stats.windows < pool->budget.maps;
}

/* The memory of copies that nobody leases. */
static void empty_shelf(mmv_pool *pool)
{
    pool->held -= mmv__shelf_trim(&pool->shelf);
    pool->met_lease |= pool->held > 0;
}

/* Room for a window of 'size' bytes, down to the low-water mark of 7/8, so that not every new window has to evict. */
static bool make_room(mmv_pool *pool, size_t size)
{
    if (fits(pool, size))
        return true;
    if (size > pool->budget.bytes)
        return false;
    uint64_t bytes = mmv_min(pool->budget.bytes - size, pool->budget.bytes - pool->budget.bytes / 8);
    uint64_t windows = mmv_min(pool->budget.maps - 1, pool->budget.maps - pool->budget.maps / 8);
    evict_down_to(pool, bytes > pool->held ? bytes - pool->held : 0, windows);
    if (!fits(pool, size) && pool->held > 0) {
        empty_shelf(pool);
        evict_down_to(pool, bytes > pool->held ? bytes - pool->held : 0, windows);
    }
    return fits(pool, size);
}

mmv__shelf *mmv__pool_shelf(mmv_pool *pool)
{
    return &pool->shelf;
}

bool mmv__pool_grow_shelf(mmv_pool *pool, size_t room)
{
    mmv__lock(&pool->lock);
    uint64_t most = pool->budget.bytes - mmv_min(pool->budget.bytes, pool->held + room);
    evict_down_to(pool, most, UINT64_MAX);
    bool has_grown =
        pool->stats.mapped + pool->held + room <= pool->budget.bytes && mmv__shelf_grow(&pool->shelf, room);
    pool->held += has_grown ? room : 0;
    mmv__unlock(&pool->lock);
    return has_grown;
}

static bool take_slots(mmv_pool *pool, mmv_range pages, struct mmv_window *window)
{
    size_t size = (size_t)pages.length;
    if (mmv__arena_take(&pool->arena, pages.offset, size, &window->slot, &window->slots))
        return true;
    /* Enough bytes free but not in a row: evict everything idle before giving up. */
    evict_down_to(pool, 0, 0);
    return mmv__arena_take(&pool->arena, pages.offset, size, &window->slot, &window->slots);
}

/* ---- making ----------------------------------------------------------------------------------------------------- */

static mmv_range window_range(const mmv_pool *pool, const mmv_map *map, uint64_t offset, size_t need)
{
    mmv_range tile = {mmv_round_down(offset, pool->tile), pool->tile};
    mmv_range exact = {offset, need};
    mmv_range pages;
    uint64_t capacity = mmv_map_capacity(map);
    if (tile.length > capacity - tile.offset)
        tile.length = mmv_round_up(capacity - tile.offset, pool->page);
    if (offset + need <= tile.offset + tile.length)
        return tile;
    return mmv_range_pages(exact, pool->page, &pages) ? pages : exact;
}

static void enter(mmv_pool *pool, struct mmv_window *window, mmv_map *map, mmv_range pages, char *data)
{
    window->data = data;
    window->start = pages.offset;
    window->size = (size_t)pages.length;
    window->map = mmv__map_keep(map);
    window->watch = mmv__guard_watch(data, window->size);
    window->hidden = mmv__is_private(map->access);
    if (!window->hidden)
        chain_in(pool, window);
    use_in(pool, window);
    /* Invariant 4: its ticket has risen since anybody could reach it. */
    assert((atomic_load(&window->state) & MMV__PINS) == 0);
    atomic_fetch_add(&window->state, 1);
    pool->stats.maps++;
    pool->stats.mapped += window->size;
    pool->stats.windows++;
    pool->stats.peak_mapped = mmv_max(pool->stats.peak_mapped, pool->stats.mapped);
    pool->stats.peak_windows = (uint32_t)mmv_max(pool->stats.peak_windows, pool->stats.windows);
}

/* One attempt at exactly these pages. ENOBUFS = the budget has no room. */
static int make_window(mmv_pool *pool, mmv_map *map, mmv_range pages, struct mmv_window **window_ret)
{
    char *data;
    if (pages.length > SIZE_MAX || !make_room(pool, (size_t)pages.length))
        return ENOBUFS;
    struct mmv_window *window = pool->free;
    if (!take_slots(pool, pages, window))
        return ENOBUFS;
    int error = mmv__arena_place(&pool->arena, window->slot, map, pages, &data);
    if (error == ENOMEM) {
        evict_down_to(pool, 0, 0);
        error = mmv__arena_place(&pool->arena, window->slot, map, pages, &data);
    }
    if (error) {
        mmv__arena_give(&pool->arena, window->slot, window->slots);
        return error;
    }
    /* Eviction may have put other structs in front of ours on the free list. */
    struct mmv_window **at = &pool->free;
    while (*at != window)
        at = &(*at)->newer;
    *at = window->newer;
    enter(pool, window, map, pages, data);
    assert_consistent(pool);
    *window_ret = window;
    return 0;
}

/* The whole tile, then half of what is left from the request on, down to the request alone. */
static int make_some_window(mmv_pool *pool, mmv_map *map, uint64_t offset, size_t need, struct mmv_window **window_ret)
{
    mmv_range pages = window_range(pool, map, offset, need);
    for (;;) {
        int error = make_window(pool, map, pages, window_ret);
        if (error != ENOBUFS && error != ENOMEM)
            return error;
        uint64_t start = mmv_round_down(offset, pool->page);
        uint64_t least = mmv_round_up(offset + need, pool->page) - start;
        if (pages.offset == start && pages.length <= least)
            return error;
        uint64_t half = mmv_round_up(pages.length / 2, pool->page);
        pages = (mmv_range){start, mmv_max(least, mmv_min(half, mmv_range_end(pages) - start))};
    }
}

static bool holds_lease(const mmv_pool *pool, uintptr_t thread)
{
    for (mmv_cursor *cursor = pool->cursors; cursor; cursor = cursor->next_)
        if (__atomic_load_n(&cursor->thread_, __ATOMIC_RELAXED) == thread)
            return true;
    return false;
}

static bool anything_leased(const mmv_pool *pool)
{
    for (struct mmv_window *window = pool->newest; window; window = window->older)
        if (atomic_load(&window->state) & MMV__PINS)
            return true;
    return false;
}

/*
 * Invariant 5. The counter goes up before the pins are looked at, and a release lowers the pins before it looks at the
 * counter, so one of the two sees the other.
 */
static bool wait_for_release(mmv_pool *pool, size_t need)
{
    if (need > pool->budget.bytes || holds_lease(pool, mmv__os_thread()))
        return false;
    atomic_fetch_add(&pool->waiting, 1);
    pool->stats.waits++;
    assert(!holds_lease(pool, mmv__os_thread()));
    if (anything_leased(pool) || mmv__shelf_is_leased(&pool->shelf))
        mmv__wait(&pool->released, &pool->lock);
    atomic_fetch_sub(&pool->waiting, 1);
    return true;
}

static void lend(mmv_pool *pool, struct mmv_window *window)
{
    atomic_fetch_add(&window->state, 1);
    use_out(pool, window);
    use_in(pool, window);
    pool->stats.hits++;
}

/* One round under the lock: a window that is there, or a new one. An errno value. */
static int find_or_make(mmv_cursor *cursor, uint64_t offset, size_t need, struct mmv_window **window_ret)
{
    mmv_pool *pool = cursor->pool_;
    struct mmv_window *window = find(pool, cursor->map_, offset, need);
    if (!window)
        return make_some_window(pool, cursor->map_, offset, need, window_ret);
    lend(pool, window);
    *window_ret = window;
    return 0;
}

struct mmv_window *mmv__pool_find(mmv_cursor *cursor, uint64_t offset, size_t need)
{
    mmv_pool *pool = cursor->pool_;
    mmv__lock(&pool->lock);
    struct mmv_window *window = find(pool, cursor->map_, offset, need);
    if (window)
        lend(pool, window);
    mmv__unlock(&pool->lock);
    return window;
}

mmv_status mmv__pool_lease(mmv_cursor *cursor, uint64_t offset, size_t need, struct mmv_window **window_ret)
{
    mmv_pool *pool = cursor->pool_;
    int error;
    mmv__lock(&pool->lock);
    do {
        /* Not asked beforehand: a cursor may pin its kept window again at any moment, without the lock. */
        pool->met_lease = false;
        error = find_or_make(cursor, offset, need, window_ret);
    } while (error == ENOBUFS && pool->met_lease && wait_for_release(pool, need));
    mmv__unlock(&pool->lock);
    if (error == 0)
        return MMV_OK;
    mmv_status status = error == ENOBUFS ? MMV_ENOMEM : mmv__status_of(error);
    return mmv__fail_at(status, error == ENOBUFS ? 0 : error, "map", cursor->map_, offset);
}

/* ---- leases ----------------------------------------------------------------------------------------------------- */

bool mmv__pool_repin(struct mmv_window *window, uint64_t ticket)
{
    uint64_t state = atomic_load(&window->state);
    while ((state & ~MMV__PINS) == ticket)
        if (atomic_compare_exchange_weak(&window->state, &state, state + 1))
            return true;
    return false;
}

static void unpin_dead(mmv_pool *pool, struct mmv_window *window)
{
    mmv__lock(&pool->lock);
    atomic_fetch_sub(&window->state, 1);
    evict(pool, window);
    mmv__wake_all(&pool->released);
    mmv__unlock(&pool->lock);
}

void mmv__pool_unpin(mmv_pool *pool, struct mmv_window *window, bool dead)
{
    if (dead) {
        unpin_dead(pool, window);
        return;
    }
    uint64_t state = atomic_fetch_sub(&window->state, 1);
    assert(state & MMV__PINS);
    (void)state;
    if (atomic_load(&pool->waiting) == 0)
        return;
    mmv__lock(&pool->lock);
    mmv__wake_all(&pool->released);
    mmv__unlock(&pool->lock);
}

void mmv__pool_hide(mmv_pool *pool, struct mmv_window *window)
{
    mmv__lock(&pool->lock);
    if (!window->hidden)
        chain_out(pool, window);
    window->hidden = true;
    mmv__unlock(&pool->lock);
}

void mmv__pool_count_buffered(mmv_pool *pool)
{
    mmv__lock(&pool->lock);
    pool->stats.buffered++;
    mmv__unlock(&pool->lock);
}

bool mmv__pool_is_ours(const mmv_pool *pool)
{
    return pool->process == mmv__os_process();
}

void mmv__pool_add_cursor(mmv_pool *pool, mmv_cursor *cursor)
{
    mmv__lock(&pool->lock);
    cursor->previous_ = NULL;
    cursor->next_ = pool->cursors;
    if (pool->cursors)
        pool->cursors->previous_ = cursor;
    pool->cursors = cursor;
    mmv__unlock(&pool->lock);
}

/* Without its last cursor a map's windows serve nobody, and would keep the file open. */
static void drop_orphans(mmv_pool *pool, mmv_map *map)
{
    for (mmv_cursor *other = pool->cursors; other; other = other->next_)
        if (other->map_ == map)
            return;
    mmv__shelf_forget(&pool->shelf, map);
    for (struct mmv_window *window = pool->oldest; window;) {
        struct mmv_window *newer = window->newer;
        if (window->map == map)
            evict(pool, window);
        window = newer;
    }
}

void mmv__pool_remove_cursor(mmv_pool *pool, mmv_cursor *cursor)
{
    mmv__lock(&pool->lock);
    *(cursor->previous_ ? &cursor->previous_->next_ : &pool->cursors) = cursor->next_;
    if (cursor->next_)
        cursor->next_->previous_ = cursor->previous_;
    drop_orphans(pool, cursor->map_);
    assert_consistent(pool);
    mmv__unlock(&pool->lock);
}

/* ---- public ----------------------------------------------------------------------------------------------------- */

/* Slots for the budget of bytes as well as for the budget of maps: one large window takes many slots in a row. */
static uint64_t wanted_slots(const mmv_pool *pool)
{
    uint64_t slot = mmv__arena_slot(pool->tile);
    uint64_t for_bytes = mmv_min(pool->budget.bytes / slot + 2, MOST_SLOTS);
    return mmv_max(1, mmv_min(mmv_max(pool->budget.maps, for_bytes), pool->budget.addresses / slot));
}

/* Tables for the windows, then the reservation: as many slots as wanted, or half, or a quarter ... of that. */
static int furnish(mmv_pool *pool)
{
    size_t buckets = 16;
    while (buckets < pool->budget.maps && buckets < 4096)
        buckets *= 2;
    pool->bucket_mask = buckets - 1;
    pool->buckets = calloc(buckets, sizeof *pool->buckets);
    uint64_t slots = wanted_slots(pool);
    int error = ENOMEM;
    for (; pool->buckets && error && slots > 0; slots /= 2)
        error = mmv__arena_create((size_t)pool->tile, (unsigned)slots, &pool->arena);
    if (error)
        return error;
    pool->budget.maps = mmv_min(pool->budget.maps, pool->arena.slots);
    pool->windows = calloc((size_t)pool->budget.maps, sizeof *pool->windows);
    if (!pool->windows)
        return ENOMEM;
    for (size_t i = (size_t)pool->budget.maps; i-- > 0;) {
        pool->windows[i].newer = pool->free;
        pool->free = &pool->windows[i];
    }
    return 0;
}

/* As many windows as the budget holds, and half as many again for those that are smaller than a tile. */
static void size_windows(mmv_pool *pool, const mmv_pool_options *options)
{
    uint64_t window = options->window ? options->window : mmv_min(DEFAULT_WINDOW, pool->budget.bytes / 4);
    pool->tile = mmv_max(pool->page, mmv_round_up(mmv_min(window, pool->budget.bytes), pool->page));
    if (pool->tile > pool->budget.bytes)
        pool->tile = mmv_round_down(pool->budget.bytes, pool->page);
    if (options->max_maps == 0 && pool->tile)
        pool->budget.maps = mmv_min(pool->budget.maps, mmv_max(4, pool->budget.bytes / pool->tile * 3 / 2));
}

mmv_status mmv_pool_create(const mmv_pool_options *options, mmv_pool **pool_ret)
{
    static const mmv_pool_options defaults = {0};
    mmv__os_limits limits;
    const mmv_pool_options *chosen = options ? options : &defaults;
    *pool_ret = NULL;
    if (MMV__CHECK_RESERVED(chosen, "pool") != MMV_OK)
        return MMV_EINVAL;
    if (chosen->windows > MMV_WINDOWS_READ)
        return mmv_error_set_parameter(MMV_EINVAL, "pool", "windows");
    /* A mapping of its own: its fields lie on as few pages as they can. */
    void *memory;
    int error = mmv__os_memory(sizeof(mmv_pool), &memory);
    if (error)
        return mmv__fail(error, "pool");
    mmv_pool *pool = memory;
    mmv__os_get_limits(&limits);
    pool->process = mmv__os_process();
    pool->page = mmv__os_page_size();
    pool->budget = mmv__budget_of(chosen->max_mapped, chosen->max_maps, &limits);
    size_windows(pool, chosen);
    if (pool->budget.bytes < pool->page || (chosen->max_mapped && chosen->window > chosen->max_mapped)) {
        mmv__os_memory_free(pool, sizeof *pool);
        return mmv_error_set_parameter(MMV_EINVAL, "pool",
                                       chosen->window > chosen->max_mapped ? "window" : "max_mapped");
    }
    error = furnish(pool);
    if (error == 0)
        error = mmv__shelf_init(&pool->shelf, (mmv_windows)chosen->windows, pool->budget.bytes);
    if (error == 0)
        error = mmv__mutex_init(&pool->lock);
    if (error == 0)
        error = mmv__condition_init(&pool->released);
    if (error) {
        mmv__arena_destroy(&pool->arena);
        mmv__shelf_destroy(&pool->shelf);
        free(pool->buckets);
        free(pool->windows);
        mmv__os_memory_free(pool, sizeof *pool);
        return mmv__fail(error, "pool");
    }
    *pool_ret = pool;
    return MMV_OK;
}

void mmv_pool_get_stats(mmv_pool *pool, mmv_pool_stats *stats_ret)
{
    mmv__lock(&pool->lock);
    *stats_ret = pool->stats;
    stats_ret->held = pool->held;
    mmv__unlock(&pool->lock);
    mmv__shelf_count(&pool->shelf, stats_ret);
}

void mmv_pool_trim(mmv_pool *pool)
{
    if (!mmv__pool_is_ours(pool))
        return;
    mmv__lock(&pool->lock);
    evict_down_to(pool, 0, 0);
    empty_shelf(pool);
    mmv__unlock(&pool->lock);
}

void mmv_pool_destroy(mmv_pool **pool)
{
    mmv_pool *old = *pool;
    if (!old)
        return;
    *pool = NULL;
    /* What the parent's threads were about to do with it nobody knows: it stays, and ends with the process. */
    if (!mmv__pool_is_ours(old))
        return;
    assert(old->cursors == NULL);
    evict_down_to(old, 0, 0);
    assert(old->newest == NULL);
    mmv__shelf_destroy(&old->shelf);
    mmv__arena_destroy(&old->arena);
    mmv__condition_destroy(&old->released);
    mmv__mutex_destroy(&old->lock);
    free(old->buckets);
    free(old->windows);
    mmv__os_memory_free(old, sizeof *old);
}
