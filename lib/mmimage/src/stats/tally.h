/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_STATS_TALLY_H
#define MMIMAGE_STATS_TALLY_H

/* tally: what one thread has counted of one channel. Sums of integers are exact, so any order of adding will do. */

#include "samples/wide.h"

/* Samples of u64 are counted as signed: moved down by 2^63. */
typedef struct mmi__tally {
    int64_t min, max;          /* of integers */
    double real_min, real_max; /* of floats */
    mmi__wide sum, squares;    /* of integers */
    uint64_t squares_top;      /* of those of 64 bits: what is above 128 bits */
    uint64_t count;            /* finite samples */
    uint64_t low, high;        /* integers at the ends of what they can be */
    uint64_t nan, infinite;    /* floats */
    uint64_t no_data;          /* left out of all the others */
} mmi__tally;

/* mmi__tally_empty() - nothing counted yet: the extremes are those of no sample. */
mmi__tally mmi__tally_empty(void);

/* mmi__tally_square() - one more square, of any size. */
static inline void mmi__tally_square(mmi__tally *tally, mmi__wide square)
{
    tally->squares = mmi__wide_sum(tally->squares, square);
    tally->squares_top +=
        tally->squares.high < square.high || (tally->squares.high == square.high && tally->squares.low < square.low);
}

/* mmi__tally_add() - add what another thread or process has. */
void mmi__tally_add(mmi__tally *sum, const mmi__tally *tally);

#endif
