/* SPDX-License-Identifier: MIT */
/* group: Windows can limit the memory of a job, but not the cache that a job's files take. So there are none. */
#include "mmbench/group.h"

#include <stdio.h>

bool group_make(struct group *group, uint64_t limit, char *why, size_t why_size)
{
    (void)limit;
    group->path[0] = '\0';
    snprintf(why, why_size, "Windows has no limit for what files take of memory");
    return false;
}

bool group_join(const struct group *group)
{
    (void)group;
    return false;
}

uint64_t group_reclaimed(const struct group *group)
{
    (void)group;
    return 0;
}

void group_remove(struct group *group)
{
    group->path[0] = '\0';
}
