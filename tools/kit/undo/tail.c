/* SPDX-License-Identifier: MIT */
/*
 * tail: see tail.h.
 *
 *     file   | frames ...                          | frame | frame | zeros        |
 *                                     view:   | ... a piece with blocks of its own |
 *
 * 1. What is stored lies in the view, which lies in the file: tail_put() asserts it. The blocks are there before, so a
 *    full disk is an error of mmv_map_grow(), and then the caller writes. Where a file system cannot promise that, the
 *    guard sees the store that was lost, and it is an error of the run.
 */
#include "kit/undo/tail.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include <mmview/range.h>

#define PIECE ((uint64_t)1024 * 1024)

void tail_drop(struct tail *tail)
{
    mmv_view_close(&tail->view);
    mmv_map_close(&tail->map);
    tail->is_off = true;
}

static bool has(const struct tail *tail, uint64_t offset, size_t length)
{
    return tail->map && tail->view.length > 0 && offset >= tail->view.offset &&
           mmv_range_fits(offset - tail->view.offset, length, tail->view.length);
}

/* The next piece, from 'offset' on. */
static bool move(struct tail *tail, int descriptor, uint64_t offset)
{
    mmv_view_close(&tail->view);
    if (!tail->map && mmv_map_from_descriptor(descriptor, false, MMV_READ_WRITE, 0, &tail->map) != MMV_OK)
        return false;
    /* Other machines would see neither these bytes nor that there is no room for them. */
    if (mmv_map_is_remote(tail->map) || mmv_map_refresh(tail->map) != MMV_OK)
        return false;
    uint64_t end = offset + PIECE;
    bool fits = mmv_map_capacity(tail->map) >= end || mmv_map_grow(tail->map, end) == MMV_OK;
    return fits && mmv_view_open(tail->map, offset, PIECE, &tail->view) == MMV_OK;
}

int tail_put(struct tail *tail, int descriptor, uint64_t offset, const struct tail_part parts[2])
{
    size_t length = parts[0].length + parts[1].length;
    if (tail->is_off || length > PIECE)
        return ENOTSUP;
    if (!has(tail, offset, length) && !move(tail, descriptor, offset)) {
        tail_drop(tail);
        return ENOTSUP;
    }
    assert(has(tail, offset, length)); /* 1. */
    unsigned char *to = (unsigned char *)tail->view.data + (size_t)(offset - tail->view.offset);
    assert(parts[0].length > TAIL_LAST);
    memcpy(to + TAIL_LAST, (const unsigned char *)parts[0].bytes + TAIL_LAST, parts[0].length - TAIL_LAST);
    if (parts[1].length > 0)
        memcpy(to + parts[0].length, parts[1].bytes, parts[1].length);
    /* Stores stay in this order: a process that is killed between them has made the first ones. */
    atomic_signal_fence(memory_order_seq_cst);
    memcpy(to, parts[0].bytes, TAIL_LAST);
    mmv_status status = mmv_view_check(&tail->view);
    if (status == MMV_OK)
        return 0;
    tail_drop(tail);
    return status == MMV_ENOSPC ? ENOSPC : EIO;
}

int tail_cut(int descriptor, uint64_t end)
{
    mmv_map *map;
    if (mmv_map_from_descriptor(descriptor, false, MMV_READ_WRITE, 0, &map) != MMV_OK)
        return EIO;
    mmv_status status = mmv_map_capacity(map) > end ? mmv_map_shrink(map, end) : MMV_OK;
    mmv_map_close(&map);
    return status == MMV_OK ? 0 : EIO;
}
