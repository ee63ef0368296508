/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_DUPLICATES_H
#define TOOLS_DUPLICATES_H

/*
 * duplicates: FILEs that are one file, and copies that would have one name. A file that is twice in the list would be
 * brightened twice, and of two copies of one name the one that is made last would be left.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/cli/console.h"

/* Which file a name stands for. */
struct identity {
    size_t index; /* of the name */
    bool known;   /* it was looked at, and nothing is wrong with it: the other fields say what it is */
    uint64_t device, inode;
    char *out; /* what the copy is called, for free(3); NULL = there is none of a name */
};

/*
 * duplicates_check() - in time that grows little faster than their count.
 * Shape:   list[0..count) in any order, which changes; names[index] is what each is called. Returns an exit status; the
 *          first two that are one were said.
 */
int duplicates_check(struct identity *list, size_t count, char *const *names, const struct console *console);

#endif
