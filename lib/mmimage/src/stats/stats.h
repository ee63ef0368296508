/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_SRC_STATS_H
#define MMIMAGE_SRC_STATS_H

/* stats: what is counted, and the tree of the sums of floats. */

#include <mmimage/stats.h>

#include <pthread.h>

#include "stats/sums.h"
#include "stats/wide.h"

/* One channel of one thread. */
typedef struct mmi__tally {
    int64_t min, max;
    double real_min, real_max;
    mmi__wide sum, squares;
    uint64_t count, low, high, nan, infinite;
} mmi__tally;

/* Finite floats of one channel in 2^level blocks. */
typedef struct mmi__moments {
    double count, mean, squares; /* squares: of the distances from the mean */
} mmi__moments;

typedef struct mmi__node mmi__node;
struct mmi__node {
    uint32_t channel; /* MMI_ALL_CHANNELS: 'moments' has all of them */
    unsigned level;
    uint64_t index;
    mmi__node *next;
    mmi__moments moments[];
};

struct mmi_stats {
    mmi_type type;
    uint32_t channels;
    unsigned threads;
    const mmi__summing *sum; /* NULL = wide integers, floats */
    mmi__tally *tallies;     /* [threads][channels] */
    double *rooms;           /* [threads]: see lanes_of() */
    size_t room;
    pthread_mutex_t lock; /* of the tree */
    mmi__node *tree;
};

/* mmi__tally_add() - add what another thread or process has. mmi__tally_of() - a channel's, of all threads. */
void mmi__tally_add(mmi__tally *sum, const mmi__tally *tally);
mmi__tally mmi__tally_of(const mmi_stats *stats, uint32_t channel);

/*
 * The tree. Its shape follows from the numbers of the blocks alone: a node is merged with its neighbour when both are
 * there. mmi__tree_add() takes the node, which belongs to the tree then. mmi__tree_whole() merges those that have no
 * neighbour, from the right. mmi__tree_free() in the end.
 */
void mmi__tree_add(mmi_stats *stats, mmi__node *node);
mmi__moments mmi__tree_whole(const mmi_stats *stats, uint32_t channel);
void mmi__tree_free(mmi__node *tree);

/* mmi__node_channels() - how many moments a node has. */
static inline size_t mmi__node_channels(const mmi_stats *stats, uint32_t channel)
{
    return channel == MMI_ALL_CHANNELS ? stats->channels : 1;
}

#endif
