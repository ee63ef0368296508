/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_LEASE_POLICY_H
#define MMVIEW_LEASE_POLICY_H

/*
 * policy: whether the next window that is not there yet is read or mapped. It has no clock and no file: it is told how
 * long misses took, and says what to do next. So it can be tried on machines that nobody has.
 *
 *     miss                                policy
 *     which way?        -- next() -->     "map it, and look at the clock"
 *     ... done ...
 *     that took 7 us    -- learn() -->    what it makes of it
 *
 * One way is gone, the incumbent; the other one, the rival, is tried in pairs of misses, one each way, in the order
 * ABBA. What trials lose against the incumbent is kept below a budget, see policy.c.
 *
 * Threads: the caller locks.
 */

#include <mmview/base.h>

typedef enum mmv__way { MMV__BY_READING, MMV__BY_MAPPING } mmv__way;

/* What to do about one miss. */
typedef struct mmv__miss {
    mmv__way way;
    bool timed;      /* the policy wants to learn how long it took */
    unsigned number; /* of a trial's piece, from 1; 0 = no part of a trial */
} mmv__miss;

/* What pairs have said: seconds of the incumbent's pieces, and how much more the rival's took. */
typedef struct mmv__evidence {
    double pairs; /* older ones count less */
    double incumbent, more, more_squared;
} mmv__evidence;

typedef struct mmv__lease_policy {
    mmv__way way;            /* the incumbent */
    uint64_t misses;         /* so far */
    uint64_t next_try;       /* misses before which the rival is not tried again */
    uint64_t apart;          /* misses from one try to the next */
    double pace;             /* seconds of a miss the incumbent's way, of late; 0 = not known */
    double level;            /* the same when they were last compared; 0 = not yet */
    double rival;            /* seconds of a miss the rival's way, when last tried; 0 = never tried */
    double spent;            /* seconds of all misses, about */
    double lost;             /* seconds that trials cost */
    bool in_trial;           /* the trial under way: */
    unsigned epoch;          /* numbers of earlier trials are none of this one's */
    unsigned handed, learnt; /* its pieces */
    uint64_t begun;          /* misses when it began */
    double piece[2];         /* seconds of the pair under way: the incumbent's, the rival's */
    mmv__evidence evidence;  /* of this trial, and what is left of earlier ones */
} mmv__lease_policy;

void mmv__lease_policy_begin(mmv__lease_policy *policy);
mmv__miss mmv__lease_policy_next(mmv__lease_policy *policy);

/* A miss that was to be timed is over; 0 seconds: nothing can be learnt from it, it failed or was something else. */
void mmv__lease_policy_learn(mmv__lease_policy *policy, mmv__miss miss, double seconds);

#endif
