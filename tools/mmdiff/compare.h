/* SPDX-License-Identifier: MIT */
#ifndef MMDIFF_COMPARE_H
#define MMDIFF_COMPARE_H

/*
 * compare: a block of A and the same one of B. Where samples of both files have the same form, bytes are compared
 * first, and only what differs is looked at sample by sample.
 */

#include "kit/image/blocks.h"
#include "mmdiff/picture.h"
#include "mmdiff/places.h"
#include "mmdiff/tally.h"

/* What all threads know. */
struct comparison {
    const struct columns *columns;
    const bool *shown; /* [columns->count]: which are compared */
    struct tolerance tolerance;
    const mmi_no_data *a_no_data, *b_no_data; /* NULL = no sample stands for nothing in either file */
    size_t a_record, b_record;                /* bytes of a pixel of all channels, or of a record */
    uint64_t width;                           /* of the image; 0 = one row */
    uint64_t skipped;                         /* pixels of the image before the first that is compared (--offset) */
    bool first_only;                          /* one difference is enough */
};

/* A thread's own. Zero bytes, and then comparer_make(). */
struct comparer {
    const struct comparison *of;
    struct tally *tallies; /* [columns] */
    struct places places;
    struct picture picture; /* counts of NULL: none is wanted */
    bool found;             /* a difference */
    struct comparer_strip *strip;
};

/* comparer_make() - with room for so many places, and a picture of 'region' unless that is NULL. False: no memory. */
bool comparer_make(struct comparer *comparer, const struct comparison *of, size_t places, const mmi_region *region);

/* comparer_take() - a block, and the same samples of B. */
void comparer_take(struct comparer *comparer, const mmi_block *block, const block_place *place,
                   const unsigned char *b_data);

/* comparer_merge() - all that 'more' has found. */
void comparer_merge(struct comparer *comparer, struct comparer *more);

void comparer_drop(struct comparer *comparer);

#endif
