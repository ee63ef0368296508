/* SPDX-License-Identifier: MIT */
/*
 * stats: sums of blocks, and what they say in the end.
 *
 *     block of 65536 records
 *       cut into strips of 16 KiB, which stay in the first-level cache
 *         integers    lanes -> exact sums of 128 bits per channel and thread; order does not matter
 *       floats        lanes -> mean and squares of the block -> a leaf of the tree
 *
 * 1. A row of lanes is a whole number of pixels: lane j is of channel j % channels. How many lanes there are follows
 *    from the number of channels alone, so that the sums of floats do not depend on the processor.
 */

#include "stats/stats.h"

#include "samples/divisor.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define STRIP 65536u

/* A thread's room for the lanes of a float block. */
struct lanes {
    double *sum, *squares, *min, *max, *mean;
    uint64_t *count;
};

/* ---- lanes ------------------------------------------------------------------------------------------------------- */

static size_t lanes_for(size_t channels)
{
    return channels < 64 ? channels / mmi__common_divisor(channels, MMI__GROUP) * MMI__GROUP : channels;
}

static struct lanes lanes_of(const mmi_stats *stats, unsigned thread, size_t lanes)
{
    double *room = stats->rooms + thread * stats->room;
    return (struct lanes){room,
                          room + lanes,
                          room + 2 * lanes,
                          room + 3 * lanes,
                          room + 4 * lanes,
                          (uint64_t *)(void *)(room + 5 * lanes)};
}

/* ---- integers ---------------------------------------------------------------------------------------------------- */

static inline int64_t integer_at(const unsigned char *at, mmi_kind kind, bool swapped)
{
    uint32_t wide;
    uint16_t narrow;
    if (kind == MMI_U8 || kind == MMI_I8)
        return kind == MMI_U8 ? *at : (int8_t)*at;
    if (kind == MMI_U16 || kind == MMI_I16) {
        memcpy(&narrow, at, sizeof narrow);
        narrow = swapped ? (uint16_t)(narrow << 8 | narrow >> 8) : narrow;
        return kind == MMI_U16 ? narrow : (int16_t)narrow;
    }
    memcpy(&wide, at, sizeof wide);
    wide = swapped ? __builtin_bswap32(wide) : wide;
    return kind == MMI_U32 ? (int64_t)wide : (int32_t)wide;
}

/* Samples at the ends of their type, by the plain definition. */
static void count_ends(const mmi_stats *stats, mmi__tally *tallies, size_t channels, const unsigned char *data,
                       size_t count)
{
    size_t size = mmi_type_size(stats->type);
    mmi_kind kind = stats->type.kind;
    bool swapped = !mmi_type_is_native(stats->type);
    int64_t lowest = (int64_t)mmi_type_minimum(stats->type), highest = (int64_t)mmi_type_maximum(stats->type);
    for (size_t i = 0, c = 0; i < count; i++, c = c + 1 < channels ? c + 1 : 0) {
        int64_t sample = integer_at(data + i * size, kind, swapped);
        tallies[c].low += sample == lowest;
        tallies[c].high += sample == highest;
    }
}

/* The same for one group. */
static void take_ends(const mmi_stats *stats, mmi__tally *tallies, size_t channels, const unsigned char *data,
                      size_t stride, size_t lane, size_t rows)
{
    struct mmi__ends ends;
    stats->sum->end(data, rows, stride, &ends);
    for (size_t j = 0; j < MMI__GROUP; j++) {
        tallies[(lane + j) % channels].low += ends.low[j];
        tallies[(lane + j) % channels].high += ends.high[j];
    }
}

/* One group's sums into its channels; 'shift' is how far the samples were moved. */
static bool take_sums(const mmi_stats *stats, mmi__tally *tallies, size_t channels, const struct mmi__sums *sums,
                      size_t lane, size_t rows)
{
    int64_t lowest = (int64_t)mmi_type_minimum(stats->type), highest = (int64_t)mmi_type_maximum(stats->type);
    int64_t shift = lowest < 0 ? 0 : (highest + 1) / 2;
    int64_t n = (int64_t)rows;
    bool ends = false;
    for (size_t j = 0; j < MMI__GROUP; j++) {
        mmi__tally *tally = &tallies[(lane + j) % channels];
        int64_t sum = sums->sum[j];
        int64_t squares = (int64_t)sums->square_low[j] + ((int64_t)sums->square_high[j] << 16);
        /* (s + shift)^2 = s^2 + 2 s shift + shift^2 */
        tally->sum = mmi__wide_sum(tally->sum, mmi__wide_of(sum + n * shift));
        tally->squares = mmi__wide_sum(tally->squares, mmi__wide_of(squares + 2 * sum * shift + n * shift * shift));
        int64_t min = sums->min[j] + shift, max = sums->max[j] + shift;
        ends |= min == lowest || max == highest;
        tally->min = min < tally->min ? min : tally->min;
        tally->max = max > tally->max ? max : tally->max;
        tally->count += rows;
    }
    return ends;
}

/* Samples one by one: 32-bit ones, and what is left over behind whole rows. */
static void add_singly(const mmi_stats *stats, mmi__tally *tallies, size_t channels, const unsigned char *data,
                       size_t count)
{
    size_t size = mmi_type_size(stats->type);
    mmi_kind kind = stats->type.kind;
    bool swapped = !mmi_type_is_native(stats->type);
    for (size_t i = 0, c = 0; i < count; i++, c = c + 1 < channels ? c + 1 : 0) {
        mmi__tally *tally = &tallies[c];
        int64_t sample = integer_at(data + i * size, kind, swapped);
        /* At most 2^64 - 2^33 + 1. */
        uint64_t square = (uint64_t)sample * (uint64_t)sample;
        tally->sum = mmi__wide_sum(tally->sum, mmi__wide_of(sample));
        tally->squares = mmi__wide_sum(tally->squares, (mmi__wide){square, 0});
        tally->min = sample < tally->min ? sample : tally->min;
        tally->max = sample > tally->max ? sample : tally->max;
        tally->count++;
    }
}

static void add_integers(const mmi_stats *stats, mmi__tally *tallies, size_t channels, const unsigned char *data,
                         size_t count)
{
    size_t size = mmi_type_size(stats->type);
    size_t lanes = lanes_for(channels);
    bool grouped = stats->sum && lanes % MMI__GROUP == 0;
    while (count > 0) {
        size_t rows = STRIP / (lanes * size) ? STRIP / (lanes * size) : 1;
        if (rows > count / lanes)
            rows = count / lanes;
        size_t part = grouped && rows > 0    ? rows * lanes
                      : count < STRIP / size ? count
                                             : STRIP / size / channels * channels;
        if (part == 0)
            part = count;
        for (size_t lane = 0; grouped && rows > 0 && lane < lanes; lane += MMI__GROUP) {
            struct mmi__sums sums;
            stats->sum->sum(data + lane * size, rows, lanes * size, &sums);
            /* Only where a sample has reached one. */
            if (take_sums(stats, tallies, channels, &sums, lane, rows))
                take_ends(stats, tallies, channels, data + lane * size, lanes * size, lane, rows);
        }
        if (!grouped || rows == 0) {
            add_singly(stats, tallies, channels, data, part);
            count_ends(stats, tallies, channels, data, part);
        }
        data += part * size;
        count -= part;
    }
}

/* ---- floats ------------------------------------------------------------------------------------------------------ */

static inline double real_at(const unsigned char *data, size_t index, bool wide, bool swapped)
{
    if (wide) {
        uint64_t bits;
        double value;
        memcpy(&bits, data + index * 8, 8);
        if (swapped)
            bits = __builtin_bswap64(bits);
        memcpy(&value, &bits, 8);
        return value;
    }
    uint32_t bits;
    float value;
    memcpy(&bits, data + index * 4, 4);
    if (swapped)
        bits = __builtin_bswap32(bits);
    memcpy(&value, &bits, 4);
    return value;
}

static inline void sum_lanes(const unsigned char *data, size_t from, size_t count, struct lanes *lanes, bool wide,
                             bool swapped)
{
#pragma omp simd
    for (size_t j = 0; j < count; j++) {
        double value = real_at(data, from + j, wide, swapped);
        bool finite = fabs(value) <= DBL_MAX;
        lanes->sum[j] += finite ? value : 0.0;
        lanes->count[j] += finite;
        lanes->min[j] = finite && value < lanes->min[j] ? value : lanes->min[j];
        lanes->max[j] = finite && value > lanes->max[j] ? value : lanes->max[j];
    }
}

static inline void square_lanes(const unsigned char *data, size_t from, size_t count, struct lanes *lanes, bool wide,
                                bool swapped)
{
#pragma omp simd
    for (size_t j = 0; j < count; j++) {
        double value = real_at(data, from + j, wide, swapped);
        double distance = fabs(value) <= DBL_MAX ? value - lanes->mean[j] : 0.0;
        lanes->sum[j] += distance;
        lanes->squares[j] += distance * distance;
    }
}

typedef void lane_fn(const unsigned char *data, size_t from, size_t count, struct lanes *lanes, bool wide,
                     bool swapped);

/* Row by row; the last one may be short. One call per kind, so that each is a loop without choices. */
static inline void run_lanes(const unsigned char *data, size_t count, size_t width, struct lanes *lanes, mmi_type type,
                             lane_fn *fn)
{
    bool swapped = !mmi_type_is_native(type);
    for (size_t at = 0; at < count; at += width) {
        size_t part = count - at < width ? count - at : width;
        if (type.kind == MMI_F64)
            fn(data, at, part, lanes, true, swapped);
        else
            fn(data, at, part, lanes, false, swapped);
    }
}

static void count_specials(const mmi_stats *stats, mmi__tally *tallies, size_t channels, const unsigned char *data,
                           size_t count)
{
    bool wide = stats->type.kind == MMI_F64, swapped = !mmi_type_is_native(stats->type);
    for (size_t i = 0, c = 0; i < count; i++, c = c + 1 < channels ? c + 1 : 0) {
        double value = real_at(data, i, wide, swapped);
        tallies[c].nan += isnan(value) != 0;
        tallies[c].infinite += isinf(value) != 0; /* -1 for one of them */
    }
}

/* A block's mean and squares, channel by channel, into moments[0..channels). */
static void add_floats(const mmi_stats *stats, unsigned thread, mmi__tally *tallies, size_t channels,
                       const unsigned char *data, size_t count, mmi__moments *moments)
{
    size_t width = lanes_for(channels);
    struct lanes lanes = lanes_of(stats, thread, width);
    uint64_t finite = 0;
    for (size_t j = 0; j < width; j++) {
        lanes.sum[j] = lanes.squares[j] = 0;
        lanes.count[j] = 0;
        lanes.min[j] = INFINITY;
        lanes.max[j] = -INFINITY;
    }
    run_lanes(data, count, width, &lanes, stats->type, sum_lanes);
    for (size_t c = 0; c < channels; c++) {
        double sum = 0;
        uint64_t n = 0;
        for (size_t j = c; j < width; j += channels) {
            sum += lanes.sum[j];
            n += lanes.count[j];
            tallies[c].real_min = fmin(tallies[c].real_min, lanes.min[j]);
            tallies[c].real_max = fmax(tallies[c].real_max, lanes.max[j]);
        }
        moments[c] = (mmi__moments){(double)n, n ? sum / (double)n : 0, 0};
        tallies[c].count += n;
        finite += n;
        for (size_t j = c; j < width; j += channels) {
            lanes.mean[j] = moments[c].mean;
            lanes.sum[j] = 0;
        }
    }
    run_lanes(data, count, width, &lanes, stats->type, square_lanes);
    for (size_t c = 0; c < channels; c++) {
        double rest = 0;
        for (size_t j = c; j < width; j += channels) {
            moments[c].squares += lanes.squares[j];
            rest += lanes.sum[j];
        }
        /* What the rounding of the mean has added. */
        if (moments[c].count > 0)
            moments[c].squares -= rest * rest / moments[c].count;
    }
    if (finite < count)
        count_specials(stats, tallies, channels, data, count);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

mmv_status mmi_stats_create(mmi_type type, uint32_t channels, unsigned threads, mmi_stats **stats_ret)
{
    assert(channels >= 1 && threads >= 1);
    mmi_stats *stats = calloc(1, sizeof *stats);
    if (stats) {
        size_t lanes = lanes_for(channels) > MMI__GROUP ? lanes_for(channels) : MMI__GROUP;
        stats->type = type;
        stats->channels = channels;
        stats->threads = threads;
        stats->sum = mmi__sum_of(type);
        stats->room = mmi_type_is_float(type) ? 6 * lanes : 1;
        stats->tallies = calloc((size_t)threads * channels, sizeof *stats->tallies);
        stats->rooms = calloc(threads * stats->room, sizeof *stats->rooms);
        pthread_mutex_init(&stats->lock, NULL);
    }
    if (!stats || !stats->tallies || !stats->rooms) {
        mmi_stats_destroy(&stats);
        return mmv_error_set(MMV_ENOMEM, 0, "count");
    }
    for (size_t i = 0; i < (size_t)threads * channels; i++) {
        stats->tallies[i].min = INT64_MAX;
        stats->tallies[i].max = INT64_MIN;
        stats->tallies[i].real_min = INFINITY;
        stats->tallies[i].real_max = -INFINITY;
    }
    *stats_ret = stats;
    return MMV_OK;
}

mmv_status mmi_stats_add(mmi_stats *stats, unsigned thread, uint32_t channel, uint64_t block, const void *data,
                         size_t count)
{
    bool all = channel == MMI_ALL_CHANNELS;
    size_t channels = all ? stats->channels : 1;
    mmi__tally *tallies = stats->tallies + (size_t)thread * stats->channels + (all ? 0 : channel);
    assert(thread < stats->threads && (all || channel < stats->channels));
    if (!mmi_type_is_float(stats->type)) {
        add_integers(stats, tallies, channels, data, count * channels);
        return MMV_OK;
    }
    mmi__node *node = malloc(sizeof *node + channels * sizeof node->moments[0]);
    if (!node)
        return mmv_error_set(MMV_ENOMEM, 0, "count");
    *node = (mmi__node){.channel = channel, .index = block};
    add_floats(stats, thread, tallies, channels, data, count * channels, node->moments);
    pthread_mutex_lock(&stats->lock);
    mmi__tree_add(stats, node);
    pthread_mutex_unlock(&stats->lock);
    return MMV_OK;
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
    result->min = (double)sum->min;
    result->max = (double)sum->max;
    result->mean = mean;
    result->sd = sqrt(fmax(variance, 0));
}

static void get_floats(const mmi_stats *stats, uint32_t channel, const mmi__tally *sum, mmi_channel_stats *result)
{
    mmi__moments whole = mmi__tree_whole(stats, channel);
    result->min = sum->real_min;
    result->max = sum->real_max;
    result->mean = whole.mean;
    result->sd = sqrt(fmax(whole.squares, 0) / whole.count);
}

void mmi__tally_add(mmi__tally *sum, const mmi__tally *tally)
{
    sum->min = tally->min < sum->min ? tally->min : sum->min;
    sum->max = tally->max > sum->max ? tally->max : sum->max;
    sum->real_min = fmin(sum->real_min, tally->real_min);
    sum->real_max = fmax(sum->real_max, tally->real_max);
    sum->sum = mmi__wide_sum(sum->sum, tally->sum);
    sum->squares = mmi__wide_sum(sum->squares, tally->squares);
    sum->count += tally->count;
    sum->low += tally->low;
    sum->high += tally->high;
    sum->nan += tally->nan;
    sum->infinite += tally->infinite;
}

/* A channel's, of all threads. */
mmi__tally mmi__tally_of(const mmi_stats *stats, uint32_t channel)
{
    mmi__tally sum = stats->tallies[channel];
    for (unsigned t = 1; t < stats->threads; t++)
        mmi__tally_add(&sum, &stats->tallies[(size_t)t * stats->channels + channel]);
    return sum;
}

void mmi_stats_get(mmi_stats *stats, mmi_channel_stats *results_ret)
{
    for (uint32_t c = 0; c < stats->channels; c++) {
        mmi__tally sum = mmi__tally_of(stats, c);
        mmi_channel_stats *result = &results_ret[c];
        *result = (mmi_channel_stats){.count = sum.count,
                                      .nan = sum.nan,
                                      .infinite = sum.infinite,
                                      .low = sum.low,
                                      .high = sum.high,
                                      .min = NAN,
                                      .max = NAN,
                                      .mean = NAN,
                                      .sd = NAN};
        if (sum.count > 0 && mmi_type_is_float(stats->type))
            get_floats(stats, c, &sum, result);
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
    mmi__tree_free(old->tree);
    pthread_mutex_destroy(&old->lock);
    free(old->rooms);
    free(old->tallies);
    free(old);
}
