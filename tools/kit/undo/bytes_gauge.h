/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_BYTES_GAUGE_H
#define TOOLS_UNDO_BYTES_GAUGE_H

/* bytes_gauge: how large an undo file of records would get of which nothing is known. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A thread's. */
struct bytes_gauge {
    size_t record;
    uint64_t changed; /* records, so far */
    uint64_t bytes;   /* that an undo file would have of them */
    struct gauge_room *room;
};

/* bytes_gauge_begin() - false when there is no memory. bytes_gauge_drop() in any case. */
bool bytes_gauge_begin(struct bytes_gauge *gauge, size_t record);
void bytes_gauge_drop(struct bytes_gauge *gauge);

/*
 * bytes_gauge_most() - so many records are looked at together, as a run would. bytes_gauge_copy() - room for them, to
 * be changed. bytes_gauge_add() - they were, and were 'before'. False when there is no memory.
 */
size_t bytes_gauge_most(const struct bytes_gauge *gauge);
void *bytes_gauge_copy(const struct bytes_gauge *gauge);
bool bytes_gauge_add(struct bytes_gauge *gauge, const void *before, size_t count);

/* bytes_gauge_begun() - of any undo file, before it has records. */
uint64_t bytes_gauge_begun(void);

#endif
