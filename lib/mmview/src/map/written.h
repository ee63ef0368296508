/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_WRITTEN_H
#define MMVIEW_WRITTEN_H

/*
 * written: whether this process may be writing to a file, through any map of it that this library has open. Who keeps a
 * copy of a file's bytes remembers the stamp from before they were read, and asks again before the copy is used:
 *
 *     stamp = mmv__written(map);  not busy?  read the bytes ...  later: the same stamp? then nobody here has written
 *
 * Threads: any. A fork takes what its parent has open along: it then takes a file for written that is not.
 */

#include <mmview/map.h>

/* How often the file was opened for writing, << 32, and how many maps have it open now. Some files share a number. */
typedef uint64_t mmv__stamp;

static inline bool mmv__is_being_written(mmv__stamp stamp)
{
    return (uint32_t)stamp != 0;
}

mmv__stamp mmv__written(const mmv_map *map);

/* The first call when a map that can be stored to is there, the second one when its last user has left. */
void mmv__written_begin(const mmv_map *map);
void mmv__written_end(const mmv_map *map);

#endif
