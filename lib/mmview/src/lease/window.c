/* SPDX-License-Identifier: MIT */
/*
 * window.c - cursors: leases on windows, mapped or read, and the buffer that stands in when the system refuses to map.
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

#define GRAIN ((uint64_t)4096) /* bytes that are read together: a page on most systems, whatever mappings need */
#define LINE ((uint64_t)64)    /* a line of the processor's cache: aligned enough for any type */

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
    if (mmv__is_less_access(map->access))
        return mmv__fail_path(EACCES, "lease", map->path);
    cursor_ret->pool_ = pool;
    cursor_ret->map_ = mmv__map_keep(map);
    mmv__pool_add_cursor(pool, cursor_ret);
    return MMV_OK;
}

/* Room for a start that keeps the offset's remainder by LINE. */
static size_t buffer_size(size_t need)
{
    return (size_t)mmv_round_up(need + LINE, mmv__os_page_size());
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
    cursor->end_ = mmv_min(window->start + window->shown, mmv_map_capacity(cursor->map_));
}

/* Whether the window kept from the last lease holds the request and is still there. */
static bool kept(mmv_cursor *cursor, uint64_t offset, size_t need)
{
    struct mmv_window *window = cursor->window_;
    if (!window || offset < cursor->start_ || !mmv_range_fits(offset, need, cursor->end_) ||
        !mmv__pool_repin(window, cursor->ticket_))
        return false;
    /* mmv_map_refresh() may have found a shorter file. */
    cursor->end_ = mmv_min(cursor->end_, mmv_map_capacity(cursor->map_));
    if (!window->is_copy || mmv__shelf_is_fresh(window))
        return true;
    mmv__pool_unpin(cursor->pool_, window, false);
    return false;
}

/* A private copy serves readers, and writers whose stores are private anyhow. */
static mmv_status read_instead(mmv_cursor *cursor, uint64_t offset, size_t need)
{
    void *buffer;
    size_t done;
    mmv_map *map = cursor->map_;
    if (need > SIZE_MAX - LINE - mmv__os_page_size() || mmv__os_memory(buffer_size(need), &buffer) != 0)
        return mmv__fail_at(MMV_ENOMEM, ENOMEM, "map", map, offset);
    char *data = (char *)buffer + offset % LINE;
    int error = mmv__os_read(map->descriptor, data, need, offset, &done);
    if (error == 0 && done == need) {
        mmv__pool_count_buffered(cursor->pool_);
        cursor->window_ = NULL;
        cursor->buffer_ = buffer;
        cursor->data_ = data;
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

/* ---- windows that are read --------------------------------------------------------------------------------------- */

/*
 * Whether a copy is as good as a window of the file's own bytes. It is not where the process itself may write to the
 * file, nor where a map has a name, which is for others to be told something.
 */
static bool may_read(const mmv_cursor *cursor, size_t need)
{
    const mmv_map *map = cursor->map_;
    return map->access == MMV_READ && map->kind == MMV__FILE && !map->release.call &&
           need + GRAIN <= mmv__pool_shelf(cursor->pool_)->most && !mmv__is_being_written(mmv__written(map));
}

/* Whether the request goes on where the last window ends. */
static bool follows(const mmv_cursor *cursor, uint64_t offset, size_t need)
{
    return cursor->end_ > 0 && offset >= cursor->start_ && offset <= cursor->end_ && offset + need > cursor->end_;
}

/*
 * The bytes that are asked for, of small requests their pages, so that neighbours share them. Who goes on and on gets
 * twice as much as the last time. Addresses keep the offset's remainder by LINE.
 */
static mmv_range piece_for(const mmv_cursor *cursor, uint64_t offset, size_t need, bool ahead)
{
    uint64_t unit = need < GRAIN / 2 ? GRAIN : LINE;
    uint64_t start = mmv_round_down(offset, unit);
    uint64_t end = mmv_round_up(offset + need, unit);
    if (ahead && follows(cursor, offset, need)) {
        uint64_t most = mmv__pool_shelf(cursor->pool_)->most;
        uint64_t more = mmv_min(2 * (cursor->end_ - cursor->start_), most - GRAIN);
        end = mmv_max(end, mmv_round_down(start + more, GRAIN));
    }
    return (mmv_range){start, mmv_min(end, mmv_map_capacity(cursor->map_)) - start};
}

/* A copy to read into, and memory for it if need be; NULL when the budget has none, or all are leased. */
static struct mmv_window *place(mmv_cursor *cursor, const mmv__wish *wish)
{
    size_t room;
    mmv__shelf *shelf = mmv__pool_shelf(cursor->pool_);
    struct mmv_window *window = mmv__shelf_place(shelf, wish, &room);
    if (!window && room > 0)
        mmv__pool_grow_shelf(cursor->pool_, room);
    return window ? window : mmv__shelf_place(shelf, wish, NULL);
}

/* Where more cannot be read, exactly what is asked for. False: the reading says why. */
static bool read_piece(mmv_cursor *cursor, mmv__wish *wish, struct mmv_window **window, mmv__reading *reading_ret)
{
    mmv__shelf *shelf = mmv__pool_shelf(cursor->pool_);
    if (mmv__shelf_fill(shelf, wish, *window, reading_ret))
        return true;
    if (reading_ret->error == 0 || wish->piece.length == wish->need)
        return false;
    wish->piece = (mmv_range){wish->offset, wish->need};
    *window = place(cursor, wish);
    return *window && mmv__shelf_fill(shelf, wish, *window, reading_ret);
}

/* The same error as for a mapped window whose file became shorter. */
static mmv_status refuse_reading(const mmv__wish *wish, const mmv__reading *reading)
{
    if (reading->error)
        return mmv__fail_at(mmv__status_of(reading->error), reading->error, "read", wish->map, reading->end);
    mmv_status status = mmv__map_check_length(wish->map, wish->offset + wish->need, "acquire");
    return status ? status : mmv__fail_at(MMV_ETRUNC, 0, "acquire", wish->map, reading->end);
}

/*
 * Into '*window', or a copy that is placed first. Without a window, and MMV_OK: there is no room for one, the bytes are
 * to be mapped.
 */
static mmv_status read_window(mmv_cursor *cursor, mmv__wish *wish, mmv__miss miss, struct mmv_window **window)
{
    mmv__reading reading;
    double start = miss.timed ? mmv__os_clock() : 0;
    if (!*window)
        *window = place(cursor, wish);
    bool is_refused = *window && !read_piece(cursor, wish, window, &reading);
    bool is_fair = *window && !is_refused && wish->piece.length <= wish->need + 2 * GRAIN;
    if (miss.timed)
        mmv__shelf_learn(mmv__pool_shelf(cursor->pool_), wish->need, miss, is_fair ? mmv__os_clock() - start : 0);
    if (!is_refused)
        return MMV_OK;
    *window = NULL;
    return refuse_reading(wish, &reading);
}

/* ---- windows that are mapped ------------------------------------------------------------------------------------- */

static mmv_status map_window(mmv_cursor *cursor, uint64_t offset, size_t need)
{
    struct mmv_window *window = mmv__pool_find(cursor, offset, need);
    mmv_status status = MMV_OK;
    if (!window) {
        status = mmv__map_check_length(cursor->map_, offset + need, "acquire");
        if (status)
            return status;
        mmv_error before = *mmv_last_error();
        status = mmv__pool_lease(cursor, offset, need, &window);
        /* File systems that do not map do not agree on the error that says so. */
        if (status && !mmv__is_shared(cursor->map_->access)) {
            status = read_instead(cursor, offset, need);
            if (status == MMV_OK)
                mmv__error_restore(&before);
            return status;
        }
    }
    if (status == MMV_OK)
        adopt(cursor, window);
    return status;
}

/* The first touch of a page may be dearer than the mapping. It belongs to the miss, as the copying does when it is
 * read. */
static void touch(const mmv_cursor *cursor, uint64_t offset, size_t need)
{
    const volatile char *bytes = cursor->data_ + (size_t)(offset - cursor->start_);
    for (size_t at = 0; at < need; at += LINE)
        (void)bytes[at];
    (void)bytes[need - 1];
}

/* A timed window ends where the bytes end that were touched: what lies behind is another miss. */
static mmv_status map_timed(mmv_cursor *cursor, const mmv__wish *wish, mmv__miss miss)
{
    double start = mmv__os_clock();
    mmv_status status = map_window(cursor, wish->offset, wish->need);
    bool is_mapped = status == MMV_OK && !cursor->buffer_;
    if (is_mapped) {
        touch(cursor, wish->offset, wish->need);
        cursor->end_ = mmv_min(cursor->end_, mmv_round_up(wish->offset + wish->need, GRAIN));
    }
    mmv__shelf_learn(mmv__pool_shelf(cursor->pool_), wish->need, miss, is_mapped ? mmv__os_clock() - start : 0);
    return status;
}

/* Beyond the cursor's own window. */
static mmv_status lease(mmv_cursor *cursor, uint64_t offset, size_t need)
{
    mmv__miss miss;
    bool is_ready;
    if (!may_read(cursor, need))
        return map_window(cursor, offset, need);
    mmv__wish wish = {
        .map = cursor->map_, .offset = offset, .need = need, .piece = piece_for(cursor, offset, need, true)};
    if (cursor->window_ && cursor->window_->is_copy) {
        wish.kept = cursor->window_;
        wish.ticket = cursor->ticket_;
    }
    struct mmv_window *window = mmv__shelf_find(mmv__pool_shelf(cursor->pool_), &wish, &miss, &is_ready);
    mmv_status status = MMV_OK;
    /* Both pieces of a pair are of one size. */
    if (miss.number)
        wish.piece = piece_for(cursor, offset, need, false);
    if (!is_ready && miss.way == MMV__BY_READING)
        status = read_window(cursor, &wish, miss, &window);
    if (window)
        adopt(cursor, window);
    if (status || window)
        return status;
    return miss.timed && miss.way == MMV__BY_MAPPING ? map_timed(cursor, &wish, miss)
                                                     : map_window(cursor, offset, need);
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
