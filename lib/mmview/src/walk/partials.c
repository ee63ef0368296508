/* SPDX-License-Identifier: MIT */
/*
 * partials.c - partial results of blocks, joined as a binary tree over the blocks' numbers.
 *
 * A node is joined with its neighbour when both are there, by whoever comes last; what has no neighbour yet waits in a
 * list. Joining is the caller's function, and outside of the lock: meanwhile both nodes belong to the thread alone.
 *
 * Invariants:
 * 1. No two nodes of the list are neighbours, none shares a block with another, and none lies behind the last block.
 * 2. covered is the number of blocks of the nodes that came in.
 */

#include "walk/partials.h"

#include "base/error.h"
#include "os/sync.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define UNKNOWN UINT64_MAX               /* blocks of a range that nobody has told yet */
#define LEVELS 63                        /* 2^63 blocks are more than any file has bytes */
#define MAGIC UINT64_C(0x6d76726564310a) /* "mvred1", and the order of bytes */

struct mmv_partials {
    mmv_reduction what;
    mmv__mutex lock;
    mmv__node *waiting; /* without their neighbour yet, in no order */
    uint64_t block;     /* records of a block */
    uint64_t blocks;    /* of the range, or UNKNOWN */
    uint64_t covered;
};

/* What packed bytes begin with, and what each node does; then its partial. */
struct head {
    uint64_t magic, partial_size, block, blocks, nodes;
};
struct node_head {
    uint64_t level, index;
};

static mmv_status bad(const char *parameter)
{
    return mmv_error_set_parameter(MMV_EINVAL, "reduce", parameter);
}

/* ---- the tree --------------------------------------------------------------------------------------------------- */

static uint64_t first_block(const mmv__node *node)
{
    return node->index << node->level;
}

static uint64_t block_count(const mmv__node *node)
{
    return UINT64_C(1) << node->level;
}

static bool is_known(const mmv_partials *partials, const mmv__node *node)
{
    uint64_t start = first_block(node), end = start + block_count(node);
    for (const mmv__node *other = partials->waiting; other; other = other->next)
        if (start < first_block(other) + block_count(other) && first_block(other) < end)
            return true;
    return false;
}

static mmv__node *take_sibling(mmv_partials *partials, const mmv__node *node)
{
    for (mmv__node **at = &partials->waiting; *at; at = &(*at)->next) {
        mmv__node *found = *at;
        if (found->level != node->level || found->index != (node->index ^ 1))
            continue;
        *at = found->next;
        return found;
    }
    return NULL;
}

/* The neighbour of a node, or NULL: then the node waits in the list. */
static mmv__node *meet(mmv_partials *partials, mmv__node *node)
{
    mmv__lock(&partials->lock);
    mmv__node *sibling = take_sibling(partials, node);
    if (!sibling) {
        /* Invariant 1. */
        assert(!is_known(partials, node));
        node->next = partials->waiting;
        partials->waiting = node;
    }
    mmv__unlock(&partials->lock);
    return sibling;
}

static bool is_left(const mmv__node *node)
{
    return node->index % 2 == 0;
}

static mmv_status merge(const mmv_partials *partials, void *left, const void *right)
{
    unsigned failures = mmv__failures();
    mmv_status status = partials->what.merge(left, right, partials->what.user);
    return status && mmv__failures() == failures ? mmv_error_set(status, 0, "merge") : status;
}

static mmv_status join(mmv_partials *partials, mmv__node *node)
{
    mmv_status status = MMV_OK;
    mmv__node *sibling;
    while (status == MMV_OK && (sibling = meet(partials, node))) {
        mmv__node *left = is_left(node) ? node : sibling, *right = is_left(node) ? sibling : node;
        status = merge(partials, left->partial, right->partial);
        free(right);
        node = left;
        node->level++;
        node->index >>= 1;
    }
    if (status)
        free(node);
    return status;
}

/* Whether a node is of the range, and new; then its blocks count as covered. */
static bool admit(mmv_partials *partials, const mmv__node *node)
{
    mmv__lock(&partials->lock);
    bool good = node->level <= LEVELS && node->index < partials->blocks >> node->level && !is_known(partials, node) &&
                block_count(node) <= partials->blocks - partials->covered;
    if (good)
        partials->covered += block_count(node);
    /* Invariant 2. */
    assert(partials->covered <= partials->blocks);
    mmv__unlock(&partials->lock);
    return good;
}

mmv_status mmv__partials_join(mmv_partials *partials, mmv__node *node)
{
    if (admit(partials, node))
        return join(partials, node);
    free(node);
    return bad("partials");
}

static mmv__node *new_node(const mmv_partials *partials)
{
    return malloc(sizeof(mmv__node) + partials->what.partial_size);
}

mmv__node *mmv__partials_node(const mmv_partials *partials, uint64_t block)
{
    size_t size = partials->what.partial_size;
    mmv__node *node = new_node(partials);
    if (!node)
        return NULL;
    node->index = block;
    node->level = 0;
    if (partials->what.initial)
        memcpy(node->partial, partials->what.initial, size);
    else
        memset(node->partial, 0, size);
    return node;
}

/* ---- the object ------------------------------------------------------------------------------------------------- */

const mmv_reduction *mmv__partials_reduction(const mmv_partials *partials)
{
    return &partials->what;
}

mmv_status mmv__partials_begin(mmv_partials *partials, uint64_t blocks, uint64_t block)
{
    mmv__lock(&partials->lock);
    bool good = partials->blocks == UNKNOWN || (partials->blocks == blocks && partials->block == block);
    if (good) {
        partials->blocks = blocks;
        partials->block = block;
    }
    mmv__unlock(&partials->lock);
    return good ? MMV_OK : bad("partials");
}

mmv_status mmv_partials_create(const mmv_reduction *reduction, mmv_partials **partials_ret)
{
    *partials_ret = NULL;
    if (MMV__CHECK_RESERVED(reduction, "reduce") != MMV_OK)
        return MMV_EINVAL;
    if (reduction->partial_size == 0 || reduction->partial_size > SIZE_MAX / 4)
        return bad("partial_size");
    if (!reduction->fold)
        return bad("fold");
    if (!reduction->merge)
        return bad("merge");
    mmv_partials *partials = malloc(sizeof *partials);
    if (!partials)
        return mmv__fail(ENOMEM, "reduce");
    memset(partials, 0, sizeof *partials);
    partials->what = *reduction;
    partials->blocks = UNKNOWN;
    mmv__mutex_init(&partials->lock);
    *partials_ret = partials;
    return MMV_OK;
}

void mmv_partials_destroy(mmv_partials **partials)
{
    mmv_partials *gone = *partials;
    *partials = NULL;
    if (!gone)
        return;
    while (gone->waiting) {
        mmv__node *next = gone->waiting->next;
        free(gone->waiting);
        gone->waiting = next;
    }
    mmv__mutex_destroy(&gone->lock);
    free(gone);
}

/* ---- the result ------------------------------------------------------------------------------------------------- */

/* The node of the highest blocks below 'before'. */
static const mmv__node *last_below(const mmv_partials *partials, uint64_t before)
{
    const mmv__node *last = NULL;
    for (const mmv__node *node = partials->waiting; node; node = node->next)
        if (first_block(node) < before && (!last || first_block(node) > first_block(last)))
            last = node;
    return last;
}

/* From the right to the left, as the tree would if the missing blocks were there and had nothing. */
static mmv_status join_rest(const mmv_partials *partials, unsigned char *whole, unsigned char *left)
{
    size_t size = partials->what.partial_size;
    mmv_status status = MMV_OK;
    const mmv__node *node = last_below(partials, UINT64_MAX);
    memcpy(whole, node->partial, size);
    while (status == MMV_OK && (node = last_below(partials, first_block(node)))) {
        memcpy(left, node->partial, size);
        status = merge(partials, left, whole);
        memcpy(whole, left, size);
    }
    return status;
}

mmv_status mmv_partials_result(const mmv_partials *partials, void *result_ret)
{
    size_t size = partials->what.partial_size;
    uint64_t blocks = partials->blocks == UNKNOWN ? 0 : partials->blocks;
    if (partials->blocks == UNKNOWN || partials->covered != blocks)
        return bad("partials");
    mmv__node *whole = mmv__partials_node(partials, 0), *left = new_node(partials);
    mmv_status status = whole && left ? MMV_OK : mmv__fail(ENOMEM, "reduce");
    if (status == MMV_OK && blocks > 0)
        status = join_rest(partials, whole->partial, left->partial);
    if (status == MMV_OK)
        memcpy(result_ret, whole->partial, size);
    free(whole);
    free(left);
    return status;
}

/* ---- to another process and back -------------------------------------------------------------------------------- */

size_t mmv_partials_pack(const mmv_partials *partials, void *packed_ret, size_t size)
{
    struct head head = {MAGIC, partials->what.partial_size, partials->block, partials->blocks, 0};
    size_t each = sizeof(struct node_head) + partials->what.partial_size;
    for (const mmv__node *node = partials->waiting; node; node = node->next)
        head.nodes++;
    size_t needed = sizeof head + (size_t)head.nodes * each;
    if (size < needed)
        return needed;
    unsigned char *at = packed_ret;
    memcpy(at, &head, sizeof head);
    at += sizeof head;
    for (const mmv__node *node = partials->waiting; node; node = node->next, at += each) {
        memcpy(at, &(struct node_head){node->level, node->index}, sizeof(struct node_head));
        memcpy(at + sizeof(struct node_head), node->partial, partials->what.partial_size);
    }
    return needed;
}

static mmv_status add_node(mmv_partials *partials, const unsigned char *packed)
{
    struct node_head head;
    memcpy(&head, packed, sizeof head);
    if (head.level > LEVELS)
        return bad("packed");
    mmv__node *node = new_node(partials);
    if (!node)
        return mmv__fail(ENOMEM, "reduce");
    node->level = (unsigned)head.level;
    node->index = head.index;
    memcpy(node->partial, packed + sizeof head, partials->what.partial_size);
    if (admit(partials, node))
        return join(partials, node);
    free(node);
    return bad("packed");
}

mmv_status mmv_partials_add(mmv_partials *partials, const void *packed, size_t size)
{
    struct head head;
    const unsigned char *at = packed;
    size_t each = sizeof(struct node_head) + partials->what.partial_size;
    if (size < sizeof head)
        return bad("packed");
    memcpy(&head, at, sizeof head);
    if (head.magic != MAGIC || head.partial_size != partials->what.partial_size || (size - sizeof head) % each != 0 ||
        head.nodes != (size - sizeof head) / each)
        return bad("packed");
    /* Of a process that had no shard at all. */
    if (head.blocks == UNKNOWN)
        return head.nodes == 0 ? MMV_OK : bad("packed");
    mmv_status status = mmv__partials_begin(partials, head.blocks, head.block);
    if (status)
        return bad("packed");
    at += sizeof head;
    for (uint64_t i = 0; i < head.nodes && status == MMV_OK; i++, at += each)
        status = add_node(partials, at);
    return status;
}
