/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_STATS_TALLY_H
#define MMIMAGE_STATS_TALLY_H

/* tally: what one thread has counted of one channel. Sums of integers are exact, so any order of adding will do. */

#include "stats/wide.h"

typedef struct mmi__tally {
    int64_t min, max;          /* of integers */
    double real_min, real_max; /* of floats */
    mmi__wide sum, squares;    /* of integers */
    uint64_t count;            /* finite samples */
    uint64_t low, high;        /* integers at the ends of their type */
    uint64_t nan, infinite;    /* floats */
} mmi__tally;

/* mmi__tally_empty() - nothing counted yet: the extremes are those of no sample. */
mmi__tally mmi__tally_empty(void);

/* mmi__tally_add() - add what another thread or process has. */
void mmi__tally_add(mmi__tally *sum, const mmi__tally *tally);

#endif
