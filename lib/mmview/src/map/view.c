/* SPDX-License-Identifier: MIT */
/*
 * view.c - one slice of a map, mapped for as long as its owner likes.
 *
 * Invariant: base_ is where the mapping starts, on a page; data = base_ + (offset % page); an empty view has no
 *            mapping. A view of 2 MiB and more is placed by the rule of arena.h (address congruent with the offset
 *            modulo 2 MiB) inside a reservation of its own.
 *
 * A retired view has zeros at its addresses, and of its map the struct alone: other threads may just be reading the
 * fields, so none of them changes but access_, which says so.
 */

#include "map/map.h"
#include "base/error.h"
#include "map/guard.h"
#include "map/populate.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/memory.h"

#include <mmview/typed.h>

#include <errno.h>
#include <string.h>

#define RETIRED 0x80000000u /* of access_ */

/* Other threads read it while the view is retired. */
static mmv_access access_of(const mmv_view *view)
{
    return atomic_load_explicit((const _Atomic mmv_access *)&view->access_, memory_order_relaxed);
}

static bool is_closed(const mmv_view *view)
{
    return view->map_ == NULL || (access_of(view) & RETIRED);
}

static bool allows(mmv_access map, mmv_access view)
{
    if (mmv__is_less_access(map) && mmv__basic(view) != mmv__basic(map))
        return false;
    return (mmv__is_shared(map) || !mmv__is_shared(view)) && (!(view & MMV_EXECUTE) || (map & MMV_EXECUTE));
}

/*
 * Reserve 2 MiB more than needed, map inside, and give the rest back. What is smaller than a large page has none to
 * gain: it goes anywhere, in one call.
 */
static int place(mmv_map *map, mmv_access access, mmv_range pages, char **base_ret)
{
    size_t size = (size_t)pages.length;
    size_t slack = (size_t)MMV__CONGRUENCE;
    void *address;
    if (size < slack) {
        int error = mmv__os_map(size, access, map->descriptor, pages.offset, &address);
        *base_ret = address;
        return error;
    }
    if (size > SIZE_MAX - slack)
        return ENOMEM;
    int error = mmv__os_reserve(size + slack, &address);
    if (error)
        return error;
    char *start = address;
    size_t before = (size_t)((pages.offset - (uintptr_t)start) % slack);
    error = mmv__os_map_at(start + before, size, access, map->descriptor, pages.offset);
    if (error) {
        mmv__os_unmap(start, size + slack);
        return error;
    }
    if (before)
        mmv__os_unmap(start, before);
    if (slack > before)
        mmv__os_unmap(start + before + size, slack - before);
    *base_ret = start + before;
    return 0;
}

/* At the place that was asked for; elsewhere when it is taken and that is as good. */
static int place_with(mmv_map *map, const mmv_view_options *options, mmv_range pages, char **base_ret)
{
    char *wanted = options->address;
    if (!wanted)
        return place(map, options->access, pages, base_ret);
    int error = mmv__os_reserve_at(wanted, (size_t)pages.length);
    if (error)
        return options->exact ? ENOMEM : place(map, options->access, pages, base_ret);
    error = mmv__os_map_at(wanted, (size_t)pages.length, options->access, map->descriptor, pages.offset);
    if (error)
        mmv__os_unmap(wanted, (size_t)pages.length);
    *base_ret = wanted;
    return error;
}

static void set_length(mmv_view *view, size_t length)
{
    view->length = length;
    view->readable_ = mmv__basic(view->access_) == MMV_WRITE ? 0 : length;
    view->writable_ = mmv__basic(view->access_) == MMV_READ ? 0 : length;
    view->near_readable_ = view->readable_ - mmv_min(view->readable_, MMV_VIEW_NEAR_);
    view->near_writable_ = view->writable_ - mmv_min(view->writable_, MMV_VIEW_NEAR_);
}

mmv_status mmv_view_open(mmv_map *map, uint64_t offset, uint64_t length, mmv_view *view_ret)
{
    return mmv_view_open_as(map, map->access, offset, length, view_ret);
}

mmv_status mmv_view_open_as(mmv_map *map, mmv_access access, uint64_t offset, uint64_t length, mmv_view *view_ret)
{
    return mmv_view_open_with(map, offset, length, &(mmv_view_options){.access = access ? access : MMV_EXECUTE},
                              view_ret);
}

static mmv_status open_range(mmv_map *map, mmv_range range, const mmv_view_options *options, mmv_view *view_ret)
{
    mmv_range pages;
    char *base;
    if (!mmv_range_pages(range, mmv__os_page_size(), &pages) || pages.length > SIZE_MAX)
        return mmv__fail_at(MMV_ENOMEM, ENOMEM, "view", map, range.offset);
    int error = place_with(map, options, pages, &base);
    if (error)
        return mmv__fail_at(mmv__status_of(error), error, "view", map, range.offset);
    *view_ret = (mmv_view){
        .data = base + (size_t)(range.offset - pages.offset),
        .offset = range.offset,
        .map_ = mmv__map_keep(map),
        .base_ = base,
        .mapped_ = (size_t)pages.length,
        .watch_ = mmv__guard_watch(base, (size_t)pages.length),
        .access_ = options->access,
    };
    set_length(view_ret, (size_t)range.length);
    return MMV_OK;
}

mmv_status mmv_view_open_with(mmv_map *map, uint64_t offset, uint64_t length, const mmv_view_options *options,
                              mmv_view *view_ret)
{
    mmv_range range;
    mmv_view_options chosen = *options;
    if (MMV__CHECK_RESERVED(options, "view") != MMV_OK)
        return MMV_EINVAL;
    if (chosen.access == 0)
        chosen.access = map->access;
    if (map->access == MMV_NO_VIEWS)
        return mmv__fail_at(MMV_EACCES, 0, "view", map, offset);
    if (!mmv__is_view_access(chosen.access))
        return mmv_error_set_parameter(MMV_EINVAL, "view", "access");
    if (!allows(map->access, chosen.access))
        return mmv__fail_at(MMV_EACCES, 0, "view", map, offset);
    if ((uintptr_t)chosen.address % mmv__os_page_size() != 0)
        return mmv_error_set_parameter(MMV_EINVAL, "view", "address");
    mmv_status status = mmv_range_resolve(offset, length, mmv_map_capacity(map), &range);
    if (status)
        return status;
    if (range.length > 0)
        return open_range(map, range, &chosen, view_ret);
    *view_ret = (mmv_view){.data = view_ret, .offset = offset, .map_ = mmv__map_keep(map), .access_ = chosen.access};
    return MMV_OK;
}

/* More pages right behind those that are there; the guard must know of both as one. */
static mmv_status map_behind(mmv_view *view, size_t more)
{
    char *end = (char *)view->base_ + view->mapped_;
    uint64_t offset = mmv_round_down(view->offset, mmv__os_page_size()) + view->mapped_;
    int error = mmv__os_reserve_at(end, more);
    if (error)
        return mmv__fail_at(MMV_ENOMEM, error, "grow", view->map_, offset);
    error = mmv__os_map_at(end, more, view->access_, view->map_->descriptor, offset);
    if (error) {
        mmv__os_unmap(end, more);
        return mmv__fail_at(MMV_ENOMEM, error, "grow", view->map_, offset);
    }
    view->mapped_ += more;
    mmv__guard_extend(view->watch_, view->mapped_);
    return MMV_OK;
}

mmv_status mmv_view_grow(mmv_view *view, uint64_t length)
{
    mmv_range range;
    mmv_range pages;
    if (is_closed(view))
        return mmv_error_set(MMV_ECLOSED, 0, "grow");
    if (length == MMV_EMPTY)
        return MMV_OK;
    mmv_status status = mmv_range_resolve(view->offset, length, mmv_map_capacity(view->map_), &range);
    if (status)
        return status;
    if (range.length < view->length)
        return mmv_error_set_parameter(MMV_ERANGE, "grow", "length");
    if (view->base_ == NULL && range.length > 0)
        return mmv__fail_at(MMV_ENOMEM, 0, "grow", view->map_, view->offset);
    if (range.length > SIZE_MAX || !mmv_range_pages(range, mmv__os_page_size(), &pages) || pages.length > SIZE_MAX)
        return mmv__fail_at(MMV_ENOMEM, ENOMEM, "grow", view->map_, view->offset);
    /* Some systems map no more of the last page than the file had. */
    if (range.offset + range.length - pages.offset > mmv__os_shown(view->base_, view->mapped_) &&
        mmv__os_shown(view->base_, view->mapped_) < view->mapped_)
        return mmv__fail_at(MMV_ENOMEM, 0, "grow", view->map_, view->offset);
    if (pages.length > view->mapped_)
        status = map_behind(view, (size_t)pages.length - view->mapped_);
    if (status == MMV_OK)
        set_length(view, (size_t)range.length);
    return status;
}

mmv_status mmv_view_flush(const mmv_view *view, size_t offset, size_t length, mmv_flush how)
{
    mmv_range part;
    mmv_range pages;
    if ((unsigned)how > MMV_FLUSH_WAIT)
        return mmv_error_set_parameter(MMV_EINVAL, "flush", "how");
    if (is_closed(view))
        return mmv_error_set(MMV_ECLOSED, 0, "flush");
    /* As a size_t MMV_EMPTY is SIZE_MAX. */
    mmv_status status = mmv_range_resolve(offset, length == SIZE_MAX ? MMV_EMPTY : length, view->length, &part);
    if (status || part.length == 0)
        return status;
    part.offset += view->offset;
    if (!mmv_range_pages(part, mmv__os_page_size(), &pages))
        return mmv_error_set_parameter(MMV_ERANGE, "flush", "length");
    char *start = (char *)view->base_ + (size_t)(pages.offset - mmv_round_down(view->offset, mmv__os_page_size()));
    int error = how == MMV_FLUSH_DURABLE
                    ? mmv__os_flush(start, (size_t)pages.length)
                    : mmv__os_flush_start(view->map_->descriptor, pages.offset, pages.length, how == MMV_FLUSH_WAIT);
    return error ? mmv__fail_at(mmv__status_of(error), error, "flush", view->map_, part.offset) : MMV_OK;
}

static mmv_status cannot_advise(const mmv_view *view, int error)
{
    return mmv__fail_at(error == ENOTSUP ? MMV_ENOTSUP : mmv__status_of(error), error, "advise", view->map_,
                        view->offset);
}

/* Exactly the view's own bytes, not those of its neighbours in the same page. */
static mmv_status discard(const mmv_view *view)
{
    int error = view->length ? mmv__os_discard(view->map_->descriptor, view->offset, view->length) : 0;
    return error ? cannot_advise(view, error) : MMV_OK;
}

mmv_status mmv_view_advise(const mmv_view *view, mmv_advice advice)
{
    bool able;
    bool writing = advice == MMV_ADVISE_POPULATE_WRITE;
    bool stores = writing || advice == MMV_ADVISE_DISCARD;
    if (is_closed(view))
        return mmv_error_set(MMV_ECLOSED, 0, "advise");
    if ((unsigned)advice >= MMV_ADVICES || (stores && !mmv__is_shared(view->access_)))
        return mmv_error_set_parameter(MMV_EINVAL, "advise", "advice");
    if (advice == MMV_ADVISE_DISCARD)
        return discard(view);
    if (view->length == 0)
        return MMV_OK;
    if (writing || advice == MMV_ADVISE_POPULATE_READ) {
        uint64_t start = mmv_round_down(view->offset, mmv__os_page_size());
        mmv_status status = mmv__populate(view->map_, view->base_, (mmv_range){start, view->mapped_}, advice, &able);
        return status || able ? status : cannot_advise(view, ENOTSUP);
    }
    int error = mmv__os_advise(view->base_, view->mapped_, advice);
    return error ? cannot_advise(view, error) : MMV_OK;
}

mmv_status mmv_view_populate(const mmv_view *view, size_t offset, size_t length, bool writing)
{
    mmv_range part, pages;
    bool able;
    if (is_closed(view))
        return mmv_error_set(MMV_ECLOSED, 0, "populate");
    if (writing && !mmv__is_shared(view->access_))
        return mmv_error_set_parameter(MMV_EINVAL, "populate", "writing");
    /* As a size_t MMV_EMPTY is SIZE_MAX. */
    mmv_status status = mmv_range_resolve(offset, length == SIZE_MAX ? MMV_EMPTY : length, view->length, &part);
    if (status || part.length == 0)
        return status;
    part.offset += view->offset;
    if (!mmv_range_pages(part, mmv__os_page_size(), &pages))
        return mmv_error_set_parameter(MMV_ERANGE, "populate", "length");
    char *start = (char *)view->base_ + (size_t)(pages.offset - mmv_round_down(view->offset, mmv__os_page_size()));
    mmv_advice advice = writing ? MMV_ADVISE_POPULATE_WRITE : MMV_ADVISE_POPULATE_READ;
    status = mmv__populate(view->map_, start, pages, advice, &able);
    return status || able ? status : cannot_advise(view, ENOTSUP);
}

mmv_status mmv_view_refuse_(const mmv_view *view, uint64_t position, size_t size, bool writing)
{
    const char *operation = writing ? "write" : "read";
    if (is_closed(view))
        return mmv_error_set(MMV_ECLOSED, 0, operation);
    if (mmv__basic(access_of(view)) == (writing ? MMV_READ : MMV_WRITE))
        return mmv__fail_at(MMV_EACCES, 0, operation, view->map_, view->offset);
    /* A value without bytes is always there, up to the end. */
    if (size == 0 && position <= view->length)
        return MMV_OK;
    return mmv_error_set_parameter(MMV_ERANGE, operation, position < view->length ? "length" : "position");
}

mmv_status mmv_view_check(const mmv_view *view)
{
    size_t at;
    if (view->map_ && is_closed(view))
        return mmv_error_set(MMV_ECLOSED, 0, "access");
    if (!mmv__guard_caught(view->watch_, &at))
        return MMV_OK;
    uint64_t start = mmv_round_down(view->offset, mmv__os_page_size());
    return mmv__map_diagnose(view->map_, start + at, mmv__is_shared(view->access_), "access");
}

static mmv_status fail_retiring(const mmv_view *view, int error)
{
    if (error != ENOTSUP)
        return mmv__fail_at(MMV_ENOMEM, error, "retire", view->map_, view->offset);
    return mmv__fail_detail(MMV_ENOTSUP, "retire", view->map_->path,
                            "the system cannot put other pages in the place of a view at once");
}

/* The guard goes on watching: a thread may be on its way to the handler with a fault in the file's pages. */
mmv_status mmv_view_retire(mmv_view *view)
{
    if (is_closed(view))
        return MMV_OK;
    mmv_access basic = mmv__basic(view->access_);
    int error = view->base_ ? mmv__os_retire(view->base_, view->mapped_, basic != MMV_READ) : 0;
    if (error)
        return fail_retiring(view, error);
    atomic_fetch_or_explicit((_Atomic mmv_access *)&view->access_, RETIRED, memory_order_relaxed);
    mmv__map_hold(view->map_);
    mmv__map_forget(view->map_);
    return MMV_OK;
}

void mmv_view_close(mmv_view *view)
{
    if (view->map_ == NULL)
        return;
    mmv__guard_unwatch(view->watch_);
    if (view->base_)
        mmv__os_unmap(view->base_, view->mapped_);
    if (is_closed(view))
        mmv__map_let_go(view->map_);
    else
        mmv__map_forget(view->map_);
    memset(view, 0, sizeof *view);
}

mmv_status mmv_view_close_flushing(mmv_view *view, mmv_flush how)
{
    if (view->map_ == NULL)
        return MMV_OK;
    /* What a retired view has is in no file. */
    mmv_status status = is_closed(view) ? MMV_OK : mmv_view_flush(view, 0, 0, how);
    mmv_view_close(view);
    return status;
}
