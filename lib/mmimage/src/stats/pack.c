/* SPDX-License-Identifier: MIT */
/*
 * pack: what was counted, for another process.
 *
 *     head | a tally for each channel | for each node of the tree: node_head, and its moments
 */

#include "stats/stats.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC UINT64_C(0x3273746174696d6d) /* mmistat2 */

struct head {
    uint64_t magic, kind, big_endian, channels, nodes;
};

struct node_head {
    uint64_t channel, level, index;
};

static struct head head_of(const mmi_stats *stats)
{
    struct head head = {MAGIC, (uint64_t)stats->type.kind, stats->type.big_endian, stats->channels, 0};
    for (const mmi__node *node = stats->tree.nodes; node; node = node->next)
        head.nodes++;
    return head;
}

static size_t moments_size(const mmi_stats *stats, uint32_t channel)
{
    return mmi__node_moments(&stats->tree, channel) * sizeof(mmi__moments);
}

static char *put(char *at, const void *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return at + size;
}

mmv_status mmi_stats_pack(const mmi_stats *stats, void **bytes_ret, size_t *size_ret)
{
    const struct head head = head_of(stats);
    size_t size = sizeof head + stats->channels * sizeof(mmi__tally);
    for (const mmi__node *node = stats->tree.nodes; node; node = node->next)
        size += sizeof(struct node_head) + moments_size(stats, node->channel);
    char *bytes = malloc(size);
    if (!bytes)
        return mmv_error_set(MMV_ENOMEM, 0, "pack");
    char *at = put(bytes, &head, sizeof head);
    for (uint32_t c = 0; c < stats->channels; c++) {
        const mmi__tally tally = mmi__stats_tally(stats, c);
        at = put(at, &tally, sizeof tally);
    }
    for (const mmi__node *node = stats->tree.nodes; node; node = node->next) {
        const struct node_head one = {node->channel, node->level, node->index};
        at = put(at, &one, sizeof one);
        at = put(at, node->moments, moments_size(stats, node->channel));
    }
    *bytes_ret = bytes;
    *size_ret = size;
    return MMV_OK;
}

/* What is left of the bytes. */
struct reader {
    const char *at;
    size_t left;
};

static bool take(struct reader *reader, void *bytes, size_t size)
{
    if (reader->left < size)
        return false;
    memcpy(bytes, reader->at, size);
    reader->at += size;
    reader->left -= size;
    return true;
}

/* The next node; NULL with an error. */
static mmi__node *take_node(const mmi_stats *stats, struct reader *reader)
{
    struct node_head head;
    bool fine = take(reader, &head, sizeof head) && head.level < 64 &&
                (head.channel == MMI_ALL_CHANNELS || head.channel < stats->channels);
    size_t size = fine ? moments_size(stats, (uint32_t)head.channel) : 0;
    if (!fine || reader->left < size) {
        mmv_error_set_parameter(MMV_EINVAL, "merge", "bytes");
        return NULL;
    }
    mmi__node *node = mmi__node_create(&stats->tree, (uint32_t)head.channel, head.index);
    if (!node) {
        mmv_error_set(MMV_ENOMEM, 0, "merge");
        return NULL;
    }
    node->level = (unsigned)head.level;
    take(reader, node->moments, size);
    return node;
}

/* All nodes as a list, before the first is added: nothing is counted when one is wrong. */
static mmv_status take_nodes(const mmi_stats *stats, struct reader *reader, uint64_t count, mmi__node **list_ret)
{
    mmi__node *list = NULL;
    mmv_status status = MMV_OK;
    for (uint64_t i = 0; i < count && status == MMV_OK; i++) {
        mmi__node *node = take_node(stats, reader);
        if (node) {
            node->next = list;
            list = node;
        } else {
            status = mmv_last_error()->status;
        }
    }
    if (status == MMV_OK && reader->left > 0)
        status = mmv_error_set_parameter(MMV_EINVAL, "merge", "bytes");
    if (status == MMV_OK)
        *list_ret = list;
    else
        mmi__nodes_free(list);
    return status;
}

mmv_status mmi_stats_merge(mmi_stats *stats, const void *bytes, size_t size)
{
    const struct head own = head_of(stats);
    struct reader reader = {bytes, size};
    struct head head;
    mmi__node *list = NULL;
    if (!take(&reader, &head, sizeof head) || head.magic != MAGIC || head.kind != own.kind ||
        head.big_endian != own.big_endian || head.channels != own.channels ||
        reader.left < stats->channels * sizeof(mmi__tally))
        return mmv_error_set_parameter(MMV_EINVAL, "merge", "bytes");
    struct reader tallies = reader;
    reader.at += stats->channels * sizeof(mmi__tally);
    reader.left -= stats->channels * sizeof(mmi__tally);
    mmv_status status = take_nodes(stats, &reader, head.nodes, &list);
    if (status != MMV_OK)
        return status;
    for (uint32_t c = 0; c < stats->channels; c++) {
        mmi__tally tally;
        take(&tallies, &tally, sizeof tally);
        mmi__tally_add(&stats->tallies[c], &tally);
    }
    while (list) {
        mmi__node *next = list->next;
        mmi__tree_add(&stats->tree, list);
        list = next;
    }
    return MMV_OK;
}
