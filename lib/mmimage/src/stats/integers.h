/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_STATS_INTEGERS_H
#define MMIMAGE_STATS_INTEGERS_H

/* integers: the samples of a block into the tallies of their channels. */

#include "stats/sums.h"
#include "stats/tally.h"

/* Where samples of a type go. */
typedef struct mmi__integers {
    mmi_type type;
    const mmi__summing *summing; /* mmi__sum_of(type) */
    size_t channels;             /* that lie side by side */
    mmi__tally *tallies;         /* tallies[0..channels) */
    int64_t lowest, highest;     /* samples at or beyond these are counted; see mmi__integers_end() */
} mmi__integers;

/* mmi__integers_end() - an end of what samples of a type can be, as it is counted: of u64 less 2^63. */
int64_t mmi__integers_end(mmi_type type, double end);

/* mmi__integers_add() - 'count' samples, whole pixels, at any alignment. */
void mmi__integers_add(const mmi__integers *integers, const unsigned char *data, size_t count);

#endif
