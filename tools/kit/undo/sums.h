/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_SUMS_H
#define TOOLS_UNDO_SUMS_H

/* sums: what records of FILE have become, as a store remembers it, and whether they still are that. */

#include "kit/undo/meant.h"
#include "kit/undo/store.h"

/* Those of a store, or of a part of a run. Starts as zero bytes. */
struct sum_list {
    struct store_sum *list; /* for free(3) */
    size_t count, room;
};

/* Form of a frame SUMS: none of those before it count. */
#define SUMS_ANEW 1

bool sums_add(struct sum_list *sums, const struct store_sum *sum);

/* sums_take() - those of a frame SUMS. False: they are no sums of these spans, or there is no memory. */
bool sums_take(struct sum_list *sums, const struct recipe *recipe, const struct store_frame *frame,
               const unsigned char *bytes);

/* sums_store() - all of them into a store, if there are any. 0 or an errno. */
int sums_store(struct store *store, const struct sum_list *sums);

/* sums_hash() - of records that lie 'stride' bytes apart. sums_of() - of what of them a recipe means. */
uint64_t sums_hash(const void *records, size_t record, size_t stride, size_t count);
uint64_t sums_of(const struct recipe *recipe, const struct meant_records *records);

/* Records of FILE of which there is no sum. */
typedef int sums_gap_fn(uint32_t span, uint64_t first, uint64_t count, void *user);

/* sums_gaps() - all of them, in order, until 'see' returns something else than 0. Sorts the list. */
int sums_gaps(struct sum_list *sums, const struct recipe *recipe, sums_gap_fn *see, void *user);

/*
 * sums_read() - the hash of records of FILE as they are. 0 or an errno; ENODATA = FILE ends before them. 'count' is at
 * most sums_most().
 */
struct sums_place {
    uint32_t span, count;
    uint64_t first;
};
int sums_read(int descriptor, const struct recipe *recipe, const struct sums_place *place, uint64_t *hash_ret);
uint32_t sums_most(const mmi_span *span);

#endif
