/* SPDX-License-Identifier: MIT */
/*
 * view.c - one slice of a map, mapped for as long as its owner likes.
 *
 * Invariant: base_ is where the mapping starts, on a page; data = base_ + (offset % page); an empty view has no
 * mapping. A view is placed by the rule of arena.h (address congruent with the offset modulo 2 MiB) inside a
 * reservation of its own.
 */

#include "arena.h"
#include "error.h"
#include "guard.h"
#include "populate.h"

#include <errno.h>
#include <string.h>

static bool allows(mmv_access map, mmv_access view)
{
    mmv_access basic = view & ~MMV_EXECUTE;
    if (basic < MMV_READ || basic > MMV_COPY_ON_WRITE || ((view & MMV_EXECUTE) && !(map & MMV_EXECUTE)))
        return false;
    return mmv__is_shared(map) || basic != MMV_READ_WRITE;
}

/* Reserve 2 MiB more than needed, map inside, and give the rest back. */
static int place(mmv_map *map, mmv_access access, mmv_range pages, char **base_ret)
{
    size_t size = (size_t)pages.length;
    size_t slack = size >= MMV__CONGRUENCE ? (size_t)MMV__CONGRUENCE : 0;
    void *address;
    if (size > SIZE_MAX - slack)
        return ENOMEM;
    int error = mmv__os_reserve(size + slack, &address);
    if (error)
        return error;
    char *start = address;
    size_t before = slack ? (size_t)((pages.offset - (uintptr_t)start) % slack) : 0;
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

mmv_status mmv_view_open(mmv_map *map, uint64_t offset, uint64_t length, mmv_view *view_ret)
{
    return mmv_view_open_as(map, map->access, offset, length, view_ret);
}

mmv_status mmv_view_open_as(mmv_map *map, mmv_access access, uint64_t offset, uint64_t length, mmv_view *view_ret)
{
    mmv_range range;
    mmv_range pages;
    char *base;
    if (!allows(map->access, access))
        return mmv__fail_at(MMV_EACCES, 0, "view", map, offset);
    mmv_status status = mmv_range_resolve(offset, length, mmv_map_capacity(map), &range);
    if (status)
        return status;
    if (range.length == 0) {
        *view_ret = (mmv_view){.data = view_ret, .offset = offset, .map_ = mmv__map_keep(map), .access_ = access};
        return MMV_OK;
    }
    if (!mmv_range_pages(range, mmv__os_page_size(), &pages) || pages.length > SIZE_MAX)
        return mmv__fail_at(MMV_ENOMEM, ENOMEM, "view", map, offset);
    int error = place(map, access, pages, &base);
    if (error)
        return mmv__fail_at(mmv__status_of(error), error, "view", map, offset);
    *view_ret = (mmv_view){
        .data = base + (size_t)(range.offset - pages.offset),
        .length = (size_t)range.length,
        .offset = offset,
        .map_ = mmv__map_keep(map),
        .base_ = base,
        .mapped_ = (size_t)pages.length,
        .watch_ = mmv__guard_watch(base, (size_t)pages.length),
        .access_ = access,
    };
    return MMV_OK;
}

mmv_status mmv_view_flush(const mmv_view *view, size_t offset, size_t length, mmv_flush how)
{
    mmv_range part;
    mmv_range pages;
    if (how != MMV_FLUSH_START && how != MMV_FLUSH_DURABLE)
        return mmv_error_set_parameter(MMV_EINVAL, "flush", "how");
    mmv_status status = mmv_range_resolve(offset, length, view->length, &part);
    if (status || part.length == 0)
        return status;
    part.offset += view->offset;
    if (!mmv_range_pages(part, mmv__os_page_size(), &pages))
        return mmv_error_set_parameter(MMV_ERANGE, "flush", "length");
    char *start = (char *)view->base_ + (size_t)(pages.offset - mmv_round_down(view->offset, mmv__os_page_size()));
    int error = how == MMV_FLUSH_START ? mmv__os_flush_start(view->map_->descriptor, pages.offset, pages.length)
                                       : mmv__os_flush(start, (size_t)pages.length);
    return error ? mmv__fail_at(mmv__status_of(error), error, "flush", view->map_, part.offset) : MMV_OK;
}

static mmv_status cannot_advise(const mmv_view *view, int error)
{
    return mmv__fail_at(error == ENOTSUP ? MMV_ENOTSUP : mmv__status_of(error), error, "advise", view->map_,
                        view->offset);
}

mmv_status mmv_view_advise(const mmv_view *view, mmv_advice advice)
{
    bool able;
    bool writing = advice == MMV_ADVISE_POPULATE_WRITE;
    if ((unsigned)advice > MMV_ADVISE_POPULATE_WRITE || (writing && !mmv__is_shared(view->access_)))
        return mmv_error_set_parameter(MMV_EINVAL, "advise", "advice");
    if (view->length == 0)
        return MMV_OK;
    if (writing || advice == MMV_ADVISE_POPULATE_READ) {
        uint64_t start = mmv_round_down(view->offset, mmv__os_page_size());
        mmv_status status = mmv__populate(view->map_, view->base_, view->mapped_, start, writing, &able);
        return status || able ? status : cannot_advise(view, ENOTSUP);
    }
    int error = mmv__os_advise(view->base_, view->mapped_, advice);
    return error ? cannot_advise(view, error) : MMV_OK;
}

mmv_status mmv_view_check(const mmv_view *view)
{
    size_t at;
    if (!mmv__guard_caught(view->watch_, &at))
        return MMV_OK;
    uint64_t start = mmv_round_down(view->offset, mmv__os_page_size());
    return mmv__map_diagnose(view->map_, start + at, mmv__is_shared(view->access_), "access");
}

void mmv_view_close(mmv_view *view)
{
    if (view->map_ == NULL)
        return;
    mmv__guard_unwatch(view->watch_);
    if (view->base_)
        mmv__os_unmap(view->base_, view->mapped_);
    mmv__map_forget(view->map_);
    memset(view, 0, sizeof *view);
}
