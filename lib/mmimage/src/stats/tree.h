/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_STATS_TREE_H
#define MMIMAGE_STATS_TREE_H

/*
 * tree: the moments of an image's blocks, merged pair by pair.
 *
 *     level 2           0                 the shape follows from the numbers of the blocks alone: a node is merged with
 *     level 1     0           1           its neighbour when both are there, whoever comes last
 *     blocks   0     1     2     3     4
 *
 * So the figures are the same to the last bit, for any number of threads and processes and any order.
 */

#include <mmimage/stats.h>

#include "stats/moments.h"

/* 2^level blocks from number index * 2^level on, of one channel, or of all. */
typedef struct mmi__node {
    uint32_t channel; /* MMI_ALL_CHANNELS: 'moments' has all of them */
    unsigned level;
    uint64_t index;
    struct mmi__node *next;
    mmi__moments moments[];
} mmi__node;

typedef struct mmi__tree {
    uint32_t channels; /* of the image */
    mmi__node *nodes;  /* those without their neighbour yet, in no order */
} mmi__tree;

/* mmi__node_moments() - how many moments a node has. */
size_t mmi__node_moments(const mmi__tree *tree, uint32_t channel);

/* mmi__node_create() - a block's, its moments not set; for mmi__tree_add(), or free(3). NULL = no memory. */
mmi__node *mmi__node_create(const mmi__tree *tree, uint32_t channel, uint64_t block);

/* mmi__tree_add() - takes the node, which belongs to the tree then. Each block is added once. */
void mmi__tree_add(mmi__tree *tree, mmi__node *node);

/* mmi__tree_whole() - a channel's moments of all blocks. */
mmi__moments mmi__tree_whole(const mmi__tree *tree, uint32_t channel);

/* mmi__nodes_free() - a list of nodes. */
void mmi__nodes_free(mmi__node *list);

#endif
