/* SPDX-License-Identifier: MIT */
/*
 * tree: see tree.h.
 *
 * 1. No two nodes of the tree are neighbours, and none covers a block that another covers: each block is added once.
 */

#include "stats/tree.h"

#include <assert.h>
#include <stdlib.h>

size_t mmi__node_moments(const mmi__tree *tree, uint32_t channel)
{
    return channel == MMI_ALL_CHANNELS ? tree->channels : 1;
}

mmi__node *mmi__node_create(const mmi__tree *tree, uint32_t channel, uint64_t block)
{
    mmi__node *node = malloc(sizeof *node + mmi__node_moments(tree, channel) * sizeof node->moments[0]);
    if (node)
        *node = (mmi__node){.channel = channel, .index = block};
    return node;
}

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
static mmi__node *take_sibling(mmi__tree *tree, const mmi__node *node)
{
    for (mmi__node **at = &tree->nodes; *at; at = &(*at)->next) {
        mmi__node *found = *at;
        if (found->level != node->level || found->channel != node->channel || found->index != (node->index ^ 1))
            continue;
        *at = found->next;
        return found;
    }
    return NULL;
}

/* The blocks that a node begins with. */
static uint64_t begin_of(const mmi__node *node)
{
    return node->index << node->level;
}

#ifndef NDEBUG
static bool overlap(const mmi__node *a, const mmi__node *b)
{
    unsigned level = a->level > b->level ? a->level : b->level;
    return a->channel == b->channel && begin_of(a) >> level == begin_of(b) >> level;
}

static bool is_new(const mmi__tree *tree, const mmi__node *node)
{
    for (const mmi__node *other = tree->nodes; other; other = other->next)
        if (overlap(other, node))
            return false;
    return true;
}
#endif

void mmi__tree_add(mmi__tree *tree, mmi__node *node)
{
    size_t channels = mmi__node_moments(tree, node->channel);
    mmi__node *sibling;
    assert(is_new(tree, node)); /* 1. */
    while ((sibling = take_sibling(tree, node))) {
        mmi__node *left = node->index & 1 ? sibling : node, *right = node->index & 1 ? node : sibling;
        for (size_t c = 0; c < channels; c++)
            left->moments[c] = merge(left->moments[c], right->moments[c]);
        free(right);
        node = left;
        node->level++;
        node->index >>= 1;
    }
    node->next = tree->nodes;
    tree->nodes = node;
}

/* From the right to the left; all nodes of a channel together cover the blocks without gaps. */
mmi__moments mmi__tree_whole(const mmi__tree *tree, uint32_t channel)
{
    mmi__moments whole = {0};
    uint64_t before = UINT64_MAX;
    for (;;) {
        const mmi__node *last = NULL;
        for (const mmi__node *node = tree->nodes; node; node = node->next)
            if ((node->channel == MMI_ALL_CHANNELS || node->channel == channel) && begin_of(node) < before &&
                (!last || begin_of(node) > begin_of(last)))
                last = node;
        if (!last)
            return whole;
        whole = merge(last->moments[last->channel == MMI_ALL_CHANNELS ? channel : 0], whole);
        before = begin_of(last);
    }
}

void mmi__nodes_free(mmi__node *list)
{
    while (list) {
        mmi__node *next = list->next;
        free(list);
        list = next;
    }
}
