/* SPDX-License-Identifier: MIT */
/*
 * pool.c - the table of windows shared by threads: its lock, who waits for a lease to end, and the cursors.
 *
 * Invariants, whenever the lock is free; table.c has those of the windows:
 * 1. Pins rise from 0 only by the lock's owner or by a cursor whose ticket fits, and fall as often as they rose.
 * 2. A thread waits only while it holds no lease of this pool, so every lease that is waited for can end.
 */

#include "lease/pool.h"

#include "base/debug.h"
#include "base/error.h"
#include "os/machine.h"
#include "os/memory.h"
#include "os/sync.h"

#include <errno.h>

struct mmv_pool {
    unsigned process; /* that made it: in its children the table may be half changed, and leases last for ever */
    mmv__mutex lock;
    mmv__condition released; /* signalled when a pin count falls to 0 while somebody waits */
    atomic_uint waiting;
    mmv_cursor *cursors;
    mmv__table table;
};

mmv__shelf *mmv__pool_shelf(mmv_pool *pool)
{
    return &pool->table.shelf;
}

bool mmv__pool_grow_shelf(mmv_pool *pool, size_t room)
{
    mmv__lock(&pool->lock);
    bool has_grown = mmv__table_grow_shelf(&pool->table, room);
    mmv__unlock(&pool->lock);
    return has_grown;
}

static bool holds_lease(const mmv_pool *pool, uintptr_t thread)
{
    for (mmv_cursor *cursor = pool->cursors; cursor; cursor = cursor->next_)
        if (__atomic_load_n(&cursor->thread_, __ATOMIC_RELAXED) == thread)
            return true;
    return false;
}

/*
 * Invariant 2. The counter goes up before the pins are looked at, and a release lowers the pins before it looks at the
 * counter, so one of the two sees the other.
 */
static bool wait_for_release(mmv_pool *pool, size_t need)
{
    if (need > pool->table.budget.bytes || holds_lease(pool, mmv__os_thread()))
        return false;
    atomic_fetch_add(&pool->waiting, 1);
    pool->table.stats.waits++;
    assert(!holds_lease(pool, mmv__os_thread()));
    if (mmv__table_is_leased(&pool->table) || mmv__shelf_is_leased(&pool->table.shelf))
        mmv__wait(&pool->released, &pool->lock);
    atomic_fetch_sub(&pool->waiting, 1);
    return true;
}

/* One round under the lock: a window that is there, or a new one. An errno value. */
static int find_or_make(mmv_cursor *cursor, uint64_t offset, size_t need, struct mmv_window **window_ret)
{
    mmv_pool *pool = cursor->pool_;
    struct mmv_window *window = mmv__table_find(&pool->table, cursor->map_, offset, need);
    if (!window)
        return mmv__table_make(&pool->table, cursor->map_, offset, need, window_ret);
    mmv__table_lend(&pool->table, window);
    *window_ret = window;
    return 0;
}

struct mmv_window *mmv__pool_find(mmv_cursor *cursor, uint64_t offset, size_t need)
{
    mmv_pool *pool = cursor->pool_;
    mmv__lock(&pool->lock);
    struct mmv_window *window = mmv__table_find(&pool->table, cursor->map_, offset, need);
    if (window)
        mmv__table_lend(&pool->table, window);
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
        pool->table.met_lease = false;
        error = find_or_make(cursor, offset, need, window_ret);
    } while (error == ENOBUFS && pool->table.met_lease && wait_for_release(pool, need));
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
    mmv__table_evict(&pool->table, window);
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
    /* Invariant 1. */
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
    mmv__table_hide(&pool->table, window);
    mmv__unlock(&pool->lock);
}

void mmv__pool_count_buffered(mmv_pool *pool)
{
    mmv__lock(&pool->lock);
    pool->table.stats.buffered++;
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
    mmv__table_forget(&pool->table, map);
}

void mmv__pool_remove_cursor(mmv_pool *pool, mmv_cursor *cursor)
{
    mmv__lock(&pool->lock);
    *(cursor->previous_ ? &cursor->previous_->next_ : &pool->cursors) = cursor->next_;
    if (cursor->next_)
        cursor->next_->previous_ = cursor->previous_;
    drop_orphans(pool, cursor->map_);
    mmv__table_check(&pool->table);
    mmv__unlock(&pool->lock);
}

/* ---- public ----------------------------------------------------------------------------------------------------- */

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
    pool->table.page = mmv__os_page_size();
    pool->table.budget = mmv__budget_of(chosen->max_mapped, chosen->max_maps, &limits);
    mmv__table_size(&pool->table, chosen);
    if (pool->table.budget.bytes < pool->table.page || (chosen->max_mapped && chosen->window > chosen->max_mapped)) {
        mmv__os_memory_free(pool, sizeof *pool);
        return mmv_error_set_parameter(MMV_EINVAL, "pool",
                                       chosen->window > chosen->max_mapped ? "window" : "max_mapped");
    }
    error = mmv__table_furnish(&pool->table);
    if (error == 0)
        error = mmv__shelf_init(&pool->table.shelf, (mmv_windows)chosen->windows, pool->table.budget.bytes);
    if (error == 0)
        error = mmv__mutex_init(&pool->lock);
    if (error == 0)
        error = mmv__condition_init(&pool->released);
    if (error) {
        mmv__table_end(&pool->table);
        mmv__os_memory_free(pool, sizeof *pool);
        return mmv__fail(error, "pool");
    }
    *pool_ret = pool;
    return MMV_OK;
}

void mmv_pool_get_stats(mmv_pool *pool, mmv_pool_stats *stats_ret)
{
    mmv__lock(&pool->lock);
    *stats_ret = pool->table.stats;
    stats_ret->held = pool->table.held;
    mmv__unlock(&pool->lock);
    mmv__shelf_count(&pool->table.shelf, stats_ret);
}

void mmv_pool_trim(mmv_pool *pool)
{
    if (!mmv__pool_is_ours(pool))
        return;
    mmv__lock(&pool->lock);
    mmv__table_evict_down_to(&pool->table, 0, 0);
    mmv__table_empty_shelf(&pool->table);
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
    mmv__table_evict_down_to(&old->table, 0, 0);
    mmv__table_end(&old->table);
    mmv__condition_destroy(&old->released);
    mmv__mutex_destroy(&old->lock);
    mmv__os_memory_free(old, sizeof *old);
}
