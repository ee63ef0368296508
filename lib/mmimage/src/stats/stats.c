/* SPDX-License-Identifier: MIT */
/*
 * stats: what was counted by all threads, and what it says in the end.
 *
 *     block of 65,536 records
 *         integers   exact sums of 128 bits for each channel and thread; order does not matter      integers.c, tally.c
 *         floats     mean and squares of the block, a leaf of the tree                              floats.c, tree.c
 *
 * 1. A thread's tallies and its room are touched by that thread only, until all have ended: then by whoever asks.
 *    Which thread calls is the caller's word: no assert could know better.
 * 2. The tree is touched under the lock, by threads that add. No assert: a lock does not tell who holds it.
 */

#include "stats/stats.h"

#include "stats/exact.h"
#include "stats/floats.h"
#include "stats/integers.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define OPERATION "count"

static bool allocate(mmi_stats *stats)
{
    bool is_float = mmi_type_is_float(stats->type);
    stats->room = is_float ? mmi__floats_room(stats->channels) : 0;
    stats->tallies = calloc((size_t)stats->threads * stats->channels, sizeof *stats->tallies);
    stats->rooms = is_float ? calloc(stats->threads * stats->room, sizeof *stats->rooms) : NULL;
    stats->copies = calloc(stats->threads, sizeof *stats->copies);
    stats->lock = mmi__lock_create();
    return stats->tallies && (stats->rooms || !is_float) && stats->copies && stats->lock;
}

mmv_status mmi_stats_create(mmi_type type, uint32_t channels, unsigned threads, mmi_stats **stats_ret)
{
    assert(channels >= 1 && threads >= 1);
    mmi_stats *stats = calloc(1, sizeof *stats);
    if (stats)
        *stats = (mmi_stats){.type = type,
                             .channels = channels,
                             .threads = threads,
                             .tree = {.channels = channels},
                             .low = mmi_type_minimum(type),
                             .high = mmi_type_maximum(type)};
    if (!stats || !allocate(stats)) {
        mmi_stats_destroy(&stats);
        return mmv_error_set(MMV_ENOMEM, 0, OPERATION);
    }
    for (size_t i = 0; i < (size_t)threads * channels; i++)
        stats->tallies[i] = mmi__tally_empty();
    *stats_ret = stats;
    return MMV_OK;
}

mmv_status mmi_stats_set_no_data(mmi_stats *stats, const double *values, size_t count)
{
    mmi_no_data no_data;
    if (!mmi_no_data_make(stats->type, values, count, &no_data))
        return mmv_error_set_parameter(MMV_EINVAL, OPERATION, "no_data");
    stats->no_data = no_data;
    return MMV_OK;
}

void mmi_stats_set_ends(mmi_stats *stats, double low, double high)
{
    assert(low <= high);
    stats->low = low;
    stats->high = high;
}

/* Where a thread's samples of a block go. */
static mmi__tally *tallies_of(const mmi_stats *stats, unsigned thread, uint32_t channel)
{
    assert(thread < stats->threads && (channel == MMI_ALL_CHANNELS || channel < stats->channels));
    return stats->tallies + (size_t)thread * stats->channels + (channel == MMI_ALL_CHANNELS ? 0 : channel);
}

static unsigned char *copy_of(mmi_stats *stats, unsigned thread, size_t size)
{
    struct mmi__copy *copy = &stats->copies[thread];
    if (copy->size >= size)
        return copy->bytes;
    unsigned char *bytes = realloc(copy->bytes, size);
    if (!bytes) {
        mmv_error_set(MMV_ENOMEM, 0, OPERATION);
        return NULL;
    }
    *copy = (struct mmi__copy){bytes, size};
    return bytes;
}

/* The block with NaN for what is left out, which the sums of floats pass by. NULL = no memory. */
static const unsigned char *blank(mmi_stats *stats, unsigned thread, const mmi_block *block)
{
    size_t channels = mmi__node_moments(&stats->tree, block->channel), size = mmi_type_size(stats->type);
    mmi__tally *tallies = tallies_of(stats, thread, block->channel);
    unsigned char *copy = copy_of(stats, thread, block->count * channels * size);
    const unsigned char *data = block->data;
    for (size_t i = 0, c = 0; copy && i < block->count * channels; i++, c = c + 1 < channels ? c + 1 : 0) {
        if (!mmi__no_data_blank(&stats->no_data, data + i * size, copy + i * size))
            continue;
        tallies[c].no_data++;
        tallies[c].nan--; /* it will be counted as one, too */
    }
    return copy;
}

static mmv_status add_floats(mmi_stats *stats, unsigned thread, const mmi_block *block)
{
    size_t channels = mmi__node_moments(&stats->tree, block->channel);
    const mmi__floats floats = {stats->type, channels, tallies_of(stats, thread, block->channel),
                                stats->rooms + thread * stats->room};
    const unsigned char *data = block->data;
    mmi__node *node = mmi__node_create(&stats->tree, block->channel, block->number);
    if (node && mmi__no_data_is_any(&stats->no_data))
        data = blank(stats, thread, block);
    if (!node || (!data && block->count > 0)) {
        free(node);
        return mmv_error_set(MMV_ENOMEM, 0, OPERATION);
    }
    mmi__floats_add(&floats, data, block->count * channels, node->moments);
    mmi__lock_take(stats->lock);
    mmi__tree_add(&stats->tree, node);
    mmi__lock_give(stats->lock);
    return MMV_OK;
}

/* Samples of each channel that are not left out, strip by strip. */
static mmv_status add_sieved(mmi_stats *stats, unsigned thread, const mmi_block *block, const mmi__integers *integers)
{
    enum { STRIP = 16384 }; /* bytes that stay in the first-level cache; a pixel may have them alone */
    size_t size = mmi_type_size(stats->type), channels = integers->channels, stride = size * channels;
    size_t most = STRIP > stride ? STRIP / stride : 1;
    const unsigned char *data = block->data;
    unsigned char *copy = copy_of(stats, thread, most * size);
    if (!copy)
        return MMV_ENOMEM;
    for (size_t left = block->count, part; left > 0; left -= part, data += part * stride) {
        part = left < most ? left : most;
        for (size_t c = 0; c < channels; c++) {
            mmi__integers one = *integers;
            one.channels = 1;
            one.tallies += c;
            size_t kept = mmi__no_data_sieve(&stats->no_data, data + c * size, part, stride, copy);
            mmi__integers_add(&one, copy, kept);
            one.tallies->no_data += part - kept;
        }
    }
    return MMV_OK;
}

mmv_status mmi_stats_add(mmi_stats *stats, unsigned thread, const mmi_block *block)
{
    if (mmi_type_is_float(stats->type))
        return add_floats(stats, thread, block);
    size_t channels = mmi__node_moments(&stats->tree, block->channel);
    const mmi__integers integers = {.type = stats->type,
                                    .summing = mmi__sum_of(stats->type),
                                    .channels = channels,
                                    .tallies = tallies_of(stats, thread, block->channel),
                                    .lowest = mmi__integers_end(stats->type, stats->low),
                                    .highest = mmi__integers_end(stats->type, stats->high)};
    if (mmi__no_data_is_any(&stats->no_data))
        return add_sieved(stats, thread, block, &integers);
    mmi__integers_add(&integers, block->data, block->count * channels);
    return MMV_OK;
}

static void get_64(mmi_type type, const mmi__tally *sum, mmi_channel_stats *result)
{
    uint64_t moved = type.kind == MMI_U64 ? (uint64_t)1 << 63 : 0;
    result->min_bits = (uint64_t)sum->min ^ moved;
    result->max_bits = (uint64_t)sum->max ^ moved;
    result->min = moved ? (double)result->min_bits : (double)sum->min;
    result->max = moved ? (double)result->max_bits : (double)sum->max;
    result->mean = mmi__exact_mean(sum, moved);
    result->sd = mmi__exact_sd(sum);
}

static void get_integers(const mmi__tally *sum, mmi_channel_stats *result)
{
    double count = (double)sum->count;
    double mean = mmi__wide_double(sum->sum) / count;
    int64_t near = (int64_t)floor(mean + 0.5);
    /* Distances from a whole number near the mean: exact, and small. */
    mmi__wide distance =
        mmi__wide_sum(sum->sum, mmi__wide_negative(mmi__wide_times(mmi__wide_of(near), (int64_t)sum->count)));
    mmi__wide squares = mmi__wide_sum(sum->squares, mmi__wide_negative(mmi__wide_times(sum->sum, 2 * near)));
    squares = mmi__wide_sum(squares, mmi__wide_times(mmi__wide_product((uint64_t)(near < 0 ? -near : near), sum->count),
                                                     near < 0 ? -near : near));
    double rest = mmi__wide_double(distance);
    double variance = (mmi__wide_double(squares) - rest * rest / count) / count;
    result->min_bits = (uint64_t)sum->min;
    result->max_bits = (uint64_t)sum->max;
    result->min = (double)sum->min;
    result->max = (double)sum->max;
    result->mean = mean;
    result->sd = sqrt(fmax(variance, 0));
}

static void get_floats(const mmi_stats *stats, uint32_t channel, const mmi__tally *sum, mmi_channel_stats *result)
{
    mmi__moments whole = mmi__tree_whole(&stats->tree, channel);
    result->min = sum->real_min;
    result->max = sum->real_max;
    result->mean = whole.mean;
    result->sd = sqrt(fmax(whole.squares, 0) / whole.count);
}

mmi__tally mmi__stats_tally(const mmi_stats *stats, uint32_t channel)
{
    mmi__tally sum = stats->tallies[channel];
    for (unsigned t = 1; t < stats->threads; t++)
        mmi__tally_add(&sum, &stats->tallies[(size_t)t * stats->channels + channel]);
    return sum;
}

void mmi_stats_get(mmi_stats *stats, mmi_channel_stats *results_ret)
{
    for (uint32_t c = 0; c < stats->channels; c++) {
        mmi__tally sum = mmi__stats_tally(stats, c);
        mmi_channel_stats *result = &results_ret[c];
        *result = (mmi_channel_stats){.count = sum.count,
                                      .nan = sum.nan,
                                      .infinite = sum.infinite,
                                      .low = sum.low,
                                      .high = sum.high,
                                      .no_data = sum.no_data,
                                      .min = NAN,
                                      .max = NAN,
                                      .mean = NAN,
                                      .sd = NAN};
        if (sum.count > 0 && mmi_type_is_float(stats->type))
            get_floats(stats, c, &sum, result);
        else if (sum.count > 0 && mmi_type_size(stats->type) == 8)
            get_64(stats->type, &sum, result);
        else if (sum.count > 0)
            get_integers(&sum, result);
    }
}

void mmi_stats_destroy(mmi_stats **stats)
{
    mmi_stats *old = *stats;
    *stats = NULL;
    if (!old)
        return;
    mmi__nodes_free(old->tree.nodes);
    mmi__lock_destroy(&old->lock);
    for (unsigned t = 0; old->copies && t < old->threads; t++)
        free(old->copies[t].bytes);
    free(old->copies);
    free(old->rooms);
    free(old->tallies);
    free(old);
}
