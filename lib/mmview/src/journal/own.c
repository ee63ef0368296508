/* SPDX-License-Identifier: MIT */
/* own.c - which files are the library's own: those that begin with one of its marks. */

#include <mmview/journal.h>

#include "map/map.h"
#include "os/file.h"

#include <string.h>

#define LENGTH 8 /* "mmv", four letters that say what it is, and a zero */

static bool is_mark(const char *start)
{
    if (memcmp(start, "mmv", 3) != 0 || start[LENGTH - 1] != '\0')
        return false;
    for (int i = 3; i < LENGTH - 1; i++)
        if (start[i] < 'a' || start[i] > 'z')
            return false;
    return true;
}

mmv_own_kind mmv_map_own_kind(const mmv_map *map)
{
    char start[LENGTH];
    size_t done = 0;
    if (map->kind != MMV__FILE || mmv__os_read(map->descriptor, start, sizeof start, 0, &done) != 0 ||
        done != sizeof start || !is_mark(start))
        return MMV_OWN_NOT;
    if (memcmp(start, "mmvjrnl", LENGTH) == 0)
        return MMV_OWN_JOURNAL;
    if (memcmp(start, "mmvjobs", LENGTH) == 0)
        return MMV_OWN_JOB;
    return memcmp(start, "mmvmark", LENGTH) == 0 ? MMV_OWN_MARK : MMV_OWN_OTHER;
}
