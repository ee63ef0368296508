/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_GROUP_H
#define MMBENCH_GROUP_H

/*
 * group: a memory cgroup, version 1 or 2, so that a file is larger than the memory there is for it.
 *
 * Pages that a process of the group brings into the page cache count against the limit, so the kernel has to reclaim
 * them as it would on a machine with that little memory. Needs root, or a cgroup that was delegated to the user.
 */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct group {
    char path[PATH_MAX]; /* "" = none */
    bool unified;        /* version 2 */
};

/* group_make() - a new group with a limit in bytes. False: 'why'. */
bool group_make(struct group *group, uint64_t limit, char *why, size_t why_size);

/* group_join() - the calling process becomes its member. */
bool group_join(const struct group *group);

/* group_reclaimed() - how many times the limit was reached so far; 0 = the limit was never felt. */
uint64_t group_reclaimed(const struct group *group);

/* group_remove() - all members must be gone. Pages they brought into the cache go to the parent group. */
void group_remove(struct group *group);

#endif
