/* SPDX-License-Identifier: MIT */
#ifndef MMDIFF_TALLY_H
#define MMDIFF_TALLY_H

/*
 * tally: the figures of the differences in a channel or field. All of them are exact, so neither the order in which
 * differences are added nor the number of tallies that are merged changes a bit.
 */

#include "mmdiff/gap.h"
#include "mmdiff/sum.h"

/* A bin for each power of two, from the least of f32 to beyond the largest whole gap; the ends have what is beyond. */
#define TALLY_LOWEST (-149)
#define TALLY_HIGHEST 128
#define TALLY_BINS (TALLY_HIGHEST - TALLY_LOWEST + 2)

/* Zero bytes are those of no samples. */
struct tally {
    uint64_t compared;  /* pairs of samples, but for those that stand for no data in both files */
    uint64_t differing; /* of them: by more than the tolerance, or by no number */
    uint64_t within;    /* of them: not equal, but no more than the tolerance */
    uint64_t unknown;   /* of those that differ: by no number */
    uint64_t no_data;   /* pairs that stand for no data in both files */
    uint64_t up, down;  /* of those that are not equal: B's sample is larger, or smaller */
    struct gap largest; /* GAP_NONE = no difference that is a number */
    struct sum sum;
    uint64_t bins[TALLY_BINS]; /* of all that are not equal: bins[0] below 2^TALLY_LOWEST, then [2^n, 2^(n+1)) */
};

/* tally_add() - a difference; GAP_NONE counts nothing. Returns whether it is one, beyond the tolerance. */
bool tally_add(struct tally *tally, const struct gap *gap, const struct tolerance *tolerance);

/*
 * tally_add_strip() - the differences of loaded values, as gap_of() has them: the same figures as one by one. Returns
 * how many are beyond the tolerance.
 */
struct tally_strip {
    const uint64_t *a, *b;
    size_t count; /* at most TALLY_STRIP */
};
#define TALLY_STRIP ((size_t)1 << 20)
size_t tally_add_strip(struct tally *tally, const struct gap_rule *rule, const struct tally_strip *strip,
                       const struct tolerance *tolerance);

/* tally_merge() - all of 'more'. */
void tally_merge(struct tally *tally, struct tally *more);

/* tally_mean() - of the differences of all pairs whose difference is a number; NaN when there are none. */
double tally_mean(struct tally *tally);

#endif
