/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_WALK_VERDICT_H
#define MMVIEW_WALK_VERDICT_H

/*
 * verdict: what the pairs of a trial say of its two ways. policy.c decides by it.
 *
 * A pair is two pieces of one size, near each other in time and in the file, one each way. Its ratio counts, not the
 * times alone: what makes both slow says nothing.
 */

#define MMV__PAIRS 32 /* of one trial, at most */

typedef struct mmv__verdict {
    double middle;   /* median of the pairs: logarithm of the rival's time by the incumbent's */
    double error;    /* how far that may be off */
    double most;     /* the largest of all pairs */
    double paces[2]; /* seconds per byte: the median of the incumbent's pieces, and of the rival's */
} mmv__verdict;

/* mmv__verdict_of() - 'pace': seconds per byte of the incumbent's pieces, and of the rival's; 'n' of each. */
mmv__verdict mmv__verdict_of(const double pace[2][MMV__PAIRS], unsigned n);

#endif
