/* SPDX-License-Identifier: MIT */
/* tree: see stats/stats.h. */

#include "stats/stats.h"

#include <stdlib.h>

static mmi__moments merge(mmi__moments a, mmi__moments b)
{
    double count = a.count + b.count;
    if (a.count == 0 || b.count == 0)
        return a.count == 0 ? b : a;
    double distance = b.mean - a.mean;
    return (mmi__moments){count, a.mean + distance * (b.count / count),
                          a.squares + b.squares + distance * distance * (a.count * b.count / count)};
}

/* Takes the node out of the tree that is the other half of 'node'. */
static mmi__node *take_sibling(mmi_stats *stats, const mmi__node *node)
{
    for (mmi__node **at = &stats->tree; *at; at = &(*at)->next) {
        mmi__node *found = *at;
        if (found->level != node->level || found->channel != node->channel || found->index != (node->index ^ 1))
            continue;
        *at = found->next;
        return found;
    }
    return NULL;
}

void mmi__tree_add(mmi_stats *stats, mmi__node *node)
{
    size_t channels = mmi__node_channels(stats, node->channel);
    mmi__node *sibling;
    while ((sibling = take_sibling(stats, node))) {
        mmi__node *left = node->index & 1 ? sibling : node, *right = node->index & 1 ? node : sibling;
        for (size_t c = 0; c < channels; c++)
            left->moments[c] = merge(left->moments[c], right->moments[c]);
        free(right);
        node = left;
        node->level++;
        node->index >>= 1;
    }
    node->next = stats->tree;
    stats->tree = node;
}

/* The blocks that a node begins with; all nodes of a channel together cover the blocks without gaps. */
static uint64_t begin_of(const mmi__node *node)
{
    return node->index << node->level;
}

/* Those without a neighbour, from the right to the left. */
mmi__moments mmi__tree_whole(const mmi_stats *stats, uint32_t channel)
{
    mmi__moments whole = {0};
    uint64_t before = UINT64_MAX;
    for (;;) {
        const mmi__node *last = NULL;
        for (const mmi__node *node = stats->tree; node; node = node->next)
            if ((node->channel == MMI_ALL_CHANNELS || node->channel == channel) && begin_of(node) < before &&
                (!last || begin_of(node) > begin_of(last)))
                last = node;
        if (!last)
            return whole;
        whole = merge(last->moments[last->channel == MMI_ALL_CHANNELS ? channel : 0], whole);
        before = begin_of(last);
    }
}

void mmi__tree_free(mmi__node *tree)
{
    while (tree) {
        mmi__node *next = tree->next;
        free(tree);
        tree = next;
    }
}
