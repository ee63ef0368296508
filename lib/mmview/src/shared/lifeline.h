/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_LIFELINE_H
#define MMVIEW_LIFELINE_H

/*
 * lifeline: whether a child still has what a process had open when it was forked.
 *
 * A child has the same open files as its parent, and their locks. So neither can tell from these whether the other one
 * is there. A lifeline can: a page of a locked file of its own, mapped and never touched, that a child has until it
 * ends or begins another program. The parent lets go of it, and then looks whether the lock is still there.
 */

#include <stdbool.h>
#include <stdint.h>

/* Of one process, under one lock. Zero bytes: there is none. */
typedef struct mmv__lifeline {
    void *page;     /* NULL = there is none */
    int look;       /* another open file of the same file */
    uint64_t inode; /* of that: a program may have closed the descriptor, and have another file under its number */
    unsigned forks; /* mmv__os_forks() when it began: who was forked before does not have it */
} mmv__lifeline;

/* Before the process is forked. When it cannot be had it is left as it was. */
void mmv__lifeline_begin(mmv__lifeline *line);

/* Whether no child is there that has it: false also when nobody knows. The line ends, in this process. */
bool mmv__lifeline_is_free(mmv__lifeline *line);

#endif
