/* SPDX-License-Identifier: MIT */
#ifndef TESTS_VIEWS_H
#define TESTS_VIEWS_H

/* views: of memory, or of some access, where a test has no use for their errors. */

#include "check.h"

#include <mmview/view.h>

static inline mmv_map *memory_of(size_t size)
{
    mmv_map *map;
    assert_ok(mmv_map_create_unnamed(size, MMV_READ_WRITE | MMV_EXECUTE, NULL, &map));
    return map;
}

static inline mmv_view view_of(mmv_map *map, mmv_access access, uint64_t offset, uint64_t length)
{
    mmv_view view;
    assert_ok(mmv_view_open_as(map, access, offset, length, &view));
    return view;
}

#endif
