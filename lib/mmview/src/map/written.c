/* SPDX-License-Identifier: MIT */
/*
 * written.c - a table of numbers, one per hash of device and inode.
 *
 * It is of the process, like the guard's: pools know nothing of each other, nor of views and walks. Files of the same
 * hash are taken for written together: the readers of one then map it, which is right, only slower.
 */

#include "map/written.h"

#include "map/map.h"

#include <assert.h>

#define FILES 1024
#define OPENED (UINT64_C(1) << 32)

static _Atomic mmv__stamp files[FILES];

static _Atomic mmv__stamp *file_of(const mmv_map *map)
{
    uint64_t key = (map->inode + map->device * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd);
    return &files[(key >> 40) % FILES];
}

mmv__stamp mmv__written(const mmv_map *map)
{
    return atomic_load(file_of(map));
}

void mmv__written_begin(const mmv_map *map)
{
    atomic_fetch_add(file_of(map), OPENED + 1);
}

void mmv__written_end(const mmv_map *map)
{
    mmv__stamp before = atomic_fetch_sub(file_of(map), 1);
    assert(mmv__is_being_written(before));
    (void)before;
}
