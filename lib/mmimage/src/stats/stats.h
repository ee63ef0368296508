/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_STATS_STATS_H
#define MMIMAGE_STATS_STATS_H

/* stats: what was counted, for stats.c and pack.c. */

#include "samples/no_data.h"
#include "stats/tally.h"
#include "stats/tree.h"
#include "system/system.h"

/* Room for samples without those that are left out; grows as it is needed. */
struct mmi__copy {
    unsigned char *bytes;
    size_t size;
};

struct mmi_stats {
    mmi_type type;
    uint32_t channels;
    unsigned threads;
    mmi__tally *tallies; /* [threads][channels] */
    double *rooms;       /* [threads]: mmi__floats_room() each; none for integers */
    size_t room;
    mmi__lock *lock; /* of the tree */
    mmi__tree tree;
    double low, high;         /* what integers can be at most */
    mmi_no_data no_data;      /* samples that are left out */
    struct mmi__copy *copies; /* [threads]: a thread's own */
};

/* mmi__stats_tally() - a channel's, of all threads. */
mmi__tally mmi__stats_tally(const mmi_stats *stats, uint32_t channel);

#endif
