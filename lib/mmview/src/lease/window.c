/* SPDX-License-Identifier: MIT */
/*
 * window.c - cursors: leases on windows, and the buffer that stands in when the system refuses to map.
 *
 * Invariants:
 * 1. leased_: data_ holds file bytes [start_, end_), and either window_ is pinned once by this cursor or buffer_ is
 *    set.
 * 2. Not leased_: window_ may still name the last window; only mmv__pool_repin() with ticket_ may make use of it. No
 *    assert: nobody may look at what the window has become by then.
 * 3. thread_ is the caller of the lease while leased_, else 0; other threads read it (pool.c, invariant 5).
 */

#include "base/error.h"
#include "map/guard.h"
#include "lease/pool.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/memory.h"
#include "os/sync.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static mmv_status refuse_child(const mmv_map *map)
{
    return mmv__fail_detail(MMV_ENOTSUP, "acquire", mmv_map_path(map),
                            "the pool is that of the parent process: after fork(2) the child makes its own");
}

mmv_status mmv_cursor_open(mmv_pool *pool, mmv_map *map, mmv_cursor *cursor_ret)
{
    memset(cursor_ret, 0, sizeof *cursor_ret);
    if (!mmv__pool_is_ours(pool))
        return refuse_child(map);
    cursor_ret->pool_ = pool;
    cursor_ret->map_ = mmv__map_keep(map);
    mmv__pool_add_cursor(pool, cursor_ret);
    return MMV_OK;
}

static size_t buffer_size(size_t need)
{
    return (size_t)mmv_round_up(need, mmv__os_page_size());
}

static void *begin(mmv_cursor *cursor, uint64_t offset, size_t *left_ret)
{
    /* Invariant 1. */
    assert(offset >= cursor->start_ && offset < cursor->end_);
    assert(cursor->buffer_ || (cursor->window_ && atomic_load(&cursor->window_->state) & MMV__PINS));
    cursor->leased_ = true;
    __atomic_store_n(&cursor->thread_, mmv__os_thread(), __ATOMIC_RELAXED);
    *left_ret = (size_t)(cursor->end_ - offset);
    return cursor->data_ + (size_t)(offset - cursor->start_);
}

static void adopt(mmv_cursor *cursor, struct mmv_window *window)
{
    cursor->window_ = window;
    cursor->ticket_ = atomic_load(&window->state) & ~MMV__PINS;
    cursor->data_ = window->data;
    cursor->start_ = window->start;
    cursor->end_ = mmv_min(window->start + window->size, mmv_map_capacity(cursor->map_));
}

/* Whether the window kept from the last lease holds the request and is still there. */
static bool kept(mmv_cursor *cursor, uint64_t offset, size_t need)
{
    return cursor->window_ && offset >= cursor->start_ && mmv_range_fits(offset, need, cursor->end_) &&
           mmv__pool_repin(cursor->window_, cursor->ticket_);
}

/* A private copy serves readers, and writers whose stores are private anyhow. */
static mmv_status read_instead(mmv_cursor *cursor, uint64_t offset, size_t need)
{
    void *buffer;
    size_t done;
    mmv_map *map = cursor->map_;
    if (need > SIZE_MAX - mmv__os_page_size() || mmv__os_memory(buffer_size(need), &buffer) != 0)
        return mmv__fail_at(MMV_ENOMEM, ENOMEM, "map", map, offset);
    int error = mmv__os_read(map->descriptor, buffer, need, offset, &done);
    if (error == 0 && done == need) {
        mmv__pool_count_buffered(cursor->pool_);
        cursor->window_ = NULL;
        cursor->buffer_ = cursor->data_ = buffer;
        cursor->start_ = offset;
        cursor->end_ = offset + need;
        return MMV_OK;
    }
    mmv__os_memory_free(buffer, buffer_size(need));
    if (error)
        return mmv__fail_at(mmv__status_of(error), error, "read", map, offset + done);
    return mmv__fail_at(MMV_ETRUNC, 0, "read", map, offset + done);
}

static mmv_status check_request(const mmv_cursor *cursor, uint64_t offset, size_t need)
{
    uint64_t capacity = mmv_map_capacity(cursor->map_);
    if (offset >= capacity)
        return mmv_error_set_parameter(MMV_ERANGE, "acquire", "offset");
    if (need == 0 || need > capacity - offset)
        return mmv_error_set_parameter(MMV_ERANGE, "acquire", "need");
    return MMV_OK;
}

/* Beyond the cursor's own window: the shared table, a new window, at last a buffer. */
static mmv_status lease(mmv_cursor *cursor, uint64_t offset, size_t need)
{
    struct mmv_window *window;
    mmv_status status = mmv__map_check_length(cursor->map_, offset + need, "acquire");
    if (status)
        return status;
    mmv_error before = *mmv_last_error();
    status = mmv__pool_lease(cursor, offset, need, &window);
    if (status == MMV_OK)
        adopt(cursor, window);
    /* File systems that do not map do not agree on the error that says so. */
    else if (!mmv__is_shared(cursor->map_->access))
        status = read_instead(cursor, offset, need);
    if (status == MMV_OK)
        mmv__error_restore(&before);
    return status;
}

void *mmv_acquire_slow(mmv_cursor *cursor, uint64_t offset, size_t need, size_t *left_ret)
{
    cursor->status = cursor->leased_ ? mmv_release(cursor) : MMV_OK;
    if (cursor->status == MMV_OK && !mmv__pool_is_ours(cursor->pool_))
        cursor->status = refuse_child(cursor->map_);
    if (cursor->status == MMV_OK)
        cursor->status = check_request(cursor, offset, need);
    if (cursor->status == MMV_OK && !kept(cursor, offset, need))
        cursor->status = lease(cursor, offset, need);
    return cursor->status == MMV_OK ? begin(cursor, offset, left_ret) : NULL;
}

static mmv_status end_window(mmv_cursor *cursor)
{
    size_t at;
    struct mmv_window *window = cursor->window_;
    mmv_status status = MMV_OK;
    bool spoilt = mmv__guard_caught(window->watch, &at);
    if (spoilt) {
        status = mmv__map_diagnose(cursor->map_, window->start + at, mmv__is_shared(cursor->map_->access), "access");
        mmv__pool_hide(cursor->pool_, window);
    }
    bool dead = spoilt || mmv__is_private(cursor->map_->access);
    if (dead)
        cursor->window_ = NULL;
    mmv__pool_unpin(cursor->pool_, window, dead);
    return status;
}

mmv_status mmv_release(mmv_cursor *cursor)
{
    if (!cursor->leased_)
        return MMV_OK;
    /* Invariant 3. */
    assert(cursor->thread_ != 0);
    cursor->leased_ = false;
    __atomic_store_n(&cursor->thread_, 0, __ATOMIC_RELAXED);
    if (!cursor->buffer_)
        return mmv__pool_is_ours(cursor->pool_) ? end_window(cursor) : MMV_OK;
    mmv__os_memory_free(cursor->buffer_, buffer_size((size_t)(cursor->end_ - cursor->start_)));
    cursor->buffer_ = NULL;
    return MMV_OK;
}

void mmv_cursor_close(mmv_cursor *cursor)
{
    if (!cursor->pool_)
        return;
    mmv_release(cursor);
    if (mmv__pool_is_ours(cursor->pool_))
        mmv__pool_remove_cursor(cursor->pool_, cursor);
    mmv__map_forget(cursor->map_);
    memset(cursor, 0, sizeof *cursor);
}
