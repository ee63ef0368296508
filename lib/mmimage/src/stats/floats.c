/* SPDX-License-Identifier: MIT */
/*
 * floats: see floats.h.
 *
 *     over the block      sums and counts, lane by lane -> the mean of each channel
 *     over it once more   distances from the mean, and their squares
 *
 * 1. A row of lanes is a whole number of pixels: lane j is of channel j % channels. See lanes.h.
 */

#include "stats/floats.h"

#include "samples/half.h"
#include "stats/lanes.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

/* A thread's room, lane by lane. */
struct lanes {
    size_t width; /* how many */
    double *sum, *squares, *min, *max, *mean;
    uint64_t *count;
};

#define LANE_ARRAYS 6 /* in struct lanes, of 8 bytes a lane */

size_t mmi__floats_room(size_t channels)
{
    return LANE_ARRAYS * mmi__stats_lanes(channels);
}

static struct lanes empty_lanes(double *room, size_t width)
{
    struct lanes lanes = {width,
                          room,
                          room + width,
                          room + 2 * width,
                          room + 3 * width,
                          room + 4 * width,
                          (uint64_t *)(void *)(room + 5 * width)};
    for (size_t j = 0; j < width; j++) {
        lanes.sum[j] = lanes.squares[j] = 0;
        lanes.count[j] = 0;
        lanes.min[j] = INFINITY;
        lanes.max[j] = -INFINITY;
    }
    return lanes;
}

/* How floats are stored. */
struct stored {
    size_t size;
    bool swapped;
};

static inline double real_at(const unsigned char *data, size_t index, struct stored stored)
{
    if (stored.size == 8) {
        uint64_t bits;
        double value;
        memcpy(&bits, data + index * 8, 8);
        if (stored.swapped)
            bits = __builtin_bswap64(bits);
        memcpy(&value, &bits, 8);
        return value;
    }
    if (stored.size == 2) {
        uint16_t bits;
        memcpy(&bits, data + index * 2, 2);
        if (stored.swapped)
            bits = (uint16_t)(bits << 8 | bits >> 8);
        return mmi__half_float(bits);
    }
    uint32_t bits;
    float value;
    memcpy(&bits, data + index * 4, 4);
    if (stored.swapped)
        bits = __builtin_bswap32(bits);
    memcpy(&value, &bits, 4);
    return value;
}

/* One row: samples data[0..count), each into its lane. */
static inline void sum_lanes(const unsigned char *data, size_t count, struct lanes *lanes, struct stored stored)
{
#pragma omp simd
    for (size_t j = 0; j < count; j++) {
        double value = real_at(data, j, stored);
        bool finite = fabs(value) <= DBL_MAX;
        lanes->sum[j] += finite ? value : 0.0;
        lanes->count[j] += finite;
        lanes->min[j] = finite && value < lanes->min[j] ? value : lanes->min[j];
        lanes->max[j] = finite && value > lanes->max[j] ? value : lanes->max[j];
    }
}

static inline void square_lanes(const unsigned char *data, size_t count, struct lanes *lanes, struct stored stored)
{
#pragma omp simd
    for (size_t j = 0; j < count; j++) {
        double value = real_at(data, j, stored);
        double distance = fabs(value) <= DBL_MAX ? value - lanes->mean[j] : 0.0;
        lanes->sum[j] += distance;
        lanes->squares[j] += distance * distance;
    }
}

typedef void row_fn(const unsigned char *data, size_t count, struct lanes *lanes, struct stored stored);

/* Row by row; the last one may be short. A call for each kind, so that each is a loop without choices. */
static inline void for_each_row(const mmi__floats *floats, const unsigned char *data, size_t count, struct lanes *lanes,
                                row_fn *fn)
{
    size_t size = mmi_type_size(floats->type);
    bool swapped = !mmi_type_is_native(floats->type);
    for (size_t at = 0; at < count; at += lanes->width) {
        size_t part = count - at < lanes->width ? count - at : lanes->width;
        if (size == 8)
            fn(data + at * size, part, lanes, (struct stored){8, swapped});
        else if (size == 4)
            fn(data + at * size, part, lanes, (struct stored){4, swapped});
        else
            fn(data + at * size, part, lanes, (struct stored){2, swapped});
    }
}

static void count_specials(const mmi__floats *floats, const unsigned char *data, size_t count)
{
    const struct stored stored = {mmi_type_size(floats->type), !mmi_type_is_native(floats->type)};
    for (size_t i = 0, c = 0; i < count; i++, c = c + 1 < floats->channels ? c + 1 : 0) {
        double value = real_at(data, i, stored);
        floats->tallies[c].nan += isnan(value) != 0;
        floats->tallies[c].infinite += isinf(value) != 0; /* -1 for one of them */
    }
}

/* The lanes of one channel together: its mean, which its lanes get for the distances. Returns how many were finite. */
static uint64_t take_means(const mmi__floats *floats, size_t channel, struct lanes *lanes, mmi__moments *moments)
{
    mmi__tally *tally = &floats->tallies[channel];
    double sum = 0;
    uint64_t n = 0;
    for (size_t j = channel; j < lanes->width; j += floats->channels) {
        sum += lanes->sum[j];
        n += lanes->count[j];
        tally->real_min = fmin(tally->real_min, lanes->min[j]);
        tally->real_max = fmax(tally->real_max, lanes->max[j]);
    }
    *moments = (mmi__moments){(double)n, n ? sum / (double)n : 0, 0};
    tally->count += n;
    for (size_t j = channel; j < lanes->width; j += floats->channels) {
        lanes->mean[j] = moments->mean;
        lanes->sum[j] = 0;
    }
    return n;
}

static void take_squares(const mmi__floats *floats, size_t channel, const struct lanes *lanes, mmi__moments *moments)
{
    double rest = 0;
    for (size_t j = channel; j < lanes->width; j += floats->channels) {
        moments->squares += lanes->squares[j];
        rest += lanes->sum[j];
    }
    /* What the rounding of the mean has added. */
    if (moments->count > 0)
        moments->squares -= rest * rest / moments->count;
}

void mmi__floats_add(const mmi__floats *floats, const unsigned char *data, size_t count, mmi__moments *moments)
{
    struct lanes lanes = empty_lanes(floats->room, mmi__stats_lanes(floats->channels));
    uint64_t finite = 0;
    assert(mmi_type_is_float(floats->type) && count % floats->channels == 0);
    assert(lanes.width % floats->channels == 0); /* 1. */
    for_each_row(floats, data, count, &lanes, sum_lanes);
    for (size_t c = 0; c < floats->channels; c++)
        finite += take_means(floats, c, &lanes, &moments[c]);
    for_each_row(floats, data, count, &lanes, square_lanes);
    for (size_t c = 0; c < floats->channels; c++)
        take_squares(floats, c, &lanes, &moments[c]);
    if (finite < count)
        count_specials(floats, data, count);
}
