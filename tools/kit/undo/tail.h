/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_TAIL_H
#define TOOLS_UNDO_TAIL_H

/*
 * tail: the end of a file as memory, so that appending a few bytes again and again takes no system call each time. What
 * was stored there outlives the process, as what it writes does.
 */

#include <stdbool.h>
#include <stddef.h>

#include <mmview/view.h>

/* Starts as zero bytes. */
struct tail {
    mmv_map *map;
    mmv_view view;
    bool is_off; /* this file is written with calls */
};

/* So many bytes, the first of all, are stored last: with them the others are there, unless power was lost. */
#define TAIL_LAST 4

/*
 * tail_put() - store bytes at 'offset' of the file, which nobody has stored to. The file may end in zeros then, up to
 * some MiB: see tail_cut(). 0 or an errno. ENOTSUP = nothing was stored, and nothing will be: write them.
 */
struct tail_part {
    const void *bytes;
    size_t length;
};
int tail_put(struct tail *tail, int descriptor, uint64_t offset, const struct tail_part parts[2]);

/* tail_drop() - no more of that; what was stored stays. */
void tail_drop(struct tail *tail);

/* tail_cut() - the file has no bytes behind 'end' then. 0 or an errno. */
int tail_cut(int descriptor, uint64_t end);

#endif
