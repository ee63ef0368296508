/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_WALK_POLICY_H
#define MMVIEW_WALK_POLICY_H

/*
 * policy: which way the next bytes of a walk go, and how many. It has no clock and no file: it is told how long each
 * turn took, and says what to do next. So it can be tried on machines that nobody has, see tests/simulate.
 *
 *     driver                                   policy
 *     a worker is free          -- next() -->  "mapped, 2 MiB"
 *     ... works, looks at the clock ...
 *     that took 0.31 ms         -- learn() ->  what it makes of it
 *
 * There are two ways. The walk goes one, the incumbent; the rival is tried in pieces. A trial is made of pairs: a piece
 * each way, of one size, near each other in time and in the file. Their ratio is what counts.
 *
 * The time that trials lose against the incumbent is kept below a budget: see BUDGET in policy.c. A rival that may be
 * far slower gets a small piece first, and a larger one only when the small one was not far behind.
 */

#include "walk/verdict.h"

#include <mmview/walk.h>

/* What the driver knows before. */
typedef struct mmv__policy_terms {
    uint64_t length;  /* bytes of the whole work */
    unsigned threads; /* that ask for turns */
    mmv_io first;     /* the way to begin with */
    mmv_io rival;     /* the other one; the same as 'first': there is none */
    uint64_t most;    /* bytes of a turn, at most */
    uint64_t fine;    /* bytes of a turn, at least: a record */
} mmv__policy_terms;

/* What a worker shall do. */
typedef struct mmv__turn {
    mmv_io io;
    uint64_t bytes;
    unsigned number; /* of a trial's piece, from 1; 0 = no part of a trial */
    double patience; /* seconds per byte: a turn that is slower may be given up half-way; 0 = it may not */
} mmv__turn;

typedef struct mmv__trial {
    uint64_t size;              /* of its pieces; 0 = no trial is under way */
    unsigned pairs;             /* asked for */
    unsigned epoch;             /* turn numbers of earlier trials are none of this one's */
    unsigned handed;            /* pieces handed out, in the order ABBA */
    unsigned learnt;            /* pieces that have come back */
    double pace[2][MMV__PAIRS]; /* seconds per byte of the incumbent's pieces, and of the rival's; 0 = not back yet */
    uint64_t again;             /* pieces to be handed out once more, a bit each: they came back too short */
    unsigned repeated;          /* of these so far */
    unsigned paid;              /* pairs whose loss is counted */
    bool is_late;               /* not the walk's first */
} mmv__trial;

/* What trials have said together of the rival's time for the incumbent's bytes. */
typedef struct mmv__said {
    double mean, weight; /* of logarithms of ratios; 1 / error^2 */
} mmv__said;

/* What a new incumbent has to keep. */
typedef struct mmv__promise {
    double before;      /* seconds per byte of the way that was left; 0 = there is nothing to keep */
    double crowd;       /* of turns of 2 MiB and more the incumbent's way, outside of trials; 0 = not yet */
    unsigned broken[2]; /* promises in a row that the incumbent and the rival did not keep */
} mmv__promise;

typedef struct mmv__policy {
    mmv__policy_terms terms;
    mmv_io io, rival;  /* incumbent and rival now */
    uint64_t handed;   /* bytes in turns so far */
    double busy;       /* seconds of all turns that came back */
    double lost[2];    /* seconds of all threads together that trials cost: the first ones, and later ones */
    double pace;       /* seconds per byte of a thread going the incumbent's way, of late */
    double level;      /* the same when it was last compared; 0 = not yet */
    unsigned slow;     /* turns in a row that were far slower than that */
    double ratio;      /* rival's time for the incumbent's bytes, when last tried; 0 = never tried */
    uint64_t size;     /* of the pieces that told it */
    uint64_t next_try; /* bytes handed out before which the rival is not tried again */
    uint64_t apart;    /* bytes from one try to the next */
    uint64_t largest;  /* bytes of the largest turn that came back: turns grow from small ones */
    mmv__promise promise;
    mmv__said said; /* by trials since the last change */
    unsigned since; /* turns of the incumbent since it is that */
    unsigned switches;
    unsigned tries;
    mmv__trial trial;
} mmv__policy;

void mmv__policy_begin(mmv__policy *policy, const mmv__policy_terms *terms);

/* mmv__policy_next() - what a worker that is free shall do. The driver may give it fewer bytes, or somewhat more. */
mmv__turn mmv__policy_next(mmv__policy *policy);

/*
 * mmv__policy_learn() - a turn has come back.
 * Shape:   'bytes' were worked on in 'seconds'; of a turn without work, because its bytes were done already, 0 and 0:
 *          nothing is learnt, and a trial that it was a piece of is dropped.
 */
void mmv__policy_learn(mmv__policy *policy, const mmv__turn *turn, uint64_t bytes, double seconds);

/* mmv__policy_skip() - 'bytes' of the work were done without asking; what they took says nothing. */
void mmv__policy_skip(mmv__policy *policy, uint64_t bytes);

/* mmv__policy_explain() - why it goes the way it goes now, with the figures that decided. */
void mmv__policy_explain(const mmv__policy *policy, char *text, size_t size);

#endif
