/* SPDX-License-Identifier: MIT */
/*
 * integers: see integers.h.
 *
 *     samples of 8 and 16 bits    strips of 64 KiB, in rows of lanes; a group of lanes is summed down the rows
 *     what is left over, and      one by one
 *     samples of 32 and 64 bits
 *
 * 1. A strip has at most STRIP bytes, or one row, so fewer rows than MMI__SUM_ROWS: no sum of a group can overflow.
 */

#include "stats/integers.h"

#include "stats/lanes.h"

#include <assert.h>
#include <string.h>

#define STRIP 65536u /* bytes: stays in the second-level cache when a strip is read once more for its ends */

/* Of u64 moved down by 2^63, so that it is one. */
static inline int64_t integer_at(const unsigned char *at, mmi_kind kind, bool swapped)
{
    uint64_t widest;
    uint32_t wide;
    uint16_t narrow;
    if (kind == MMI_U8 || kind == MMI_I8)
        return kind == MMI_U8 ? *at : (int8_t)*at;
    if (kind == MMI_U16 || kind == MMI_I16) {
        memcpy(&narrow, at, sizeof narrow);
        narrow = swapped ? (uint16_t)(narrow << 8 | narrow >> 8) : narrow;
        return kind == MMI_U16 ? narrow : (int16_t)narrow;
    }
    if (kind == MMI_U64 || kind == MMI_I64) {
        memcpy(&widest, at, sizeof widest);
        widest = swapped ? __builtin_bswap64(widest) : widest;
        return (int64_t)(kind == MMI_U64 ? widest ^ (uint64_t)1 << 63 : widest);
    }
    memcpy(&wide, at, sizeof wide);
    wide = swapped ? __builtin_bswap32(wide) : wide;
    return kind == MMI_U32 ? (int64_t)wide : (int32_t)wide;
}

int64_t mmi__integers_end(mmi_type type, double end)
{
    mmi_type native = {type.kind, false};
    unsigned char stored[8];
    native.big_endian = !mmi_type_is_native(native);
    mmi_sample_set(native, stored, mmi_type_round(type, end));
    return integer_at(stored, type.kind, false);
}

/* ---- groups of lanes --------------------------------------------------------------------------------------------- */

/* Lanes [lane, lane + MMI__GROUP) of some rows. */
struct group {
    const unsigned char *data;
    size_t lane, rows;
    size_t stride; /* bytes from row to row */
};

/* The sums of a group into its channels. Returns whether a sample has reached an end. */
static bool take_sums(const mmi__integers *integers, const struct group *group, const struct mmi__sums *sums)
{
    int64_t lowest = (int64_t)mmi_type_minimum(integers->type), highest = (int64_t)mmi_type_maximum(integers->type);
    int64_t shift = lowest < 0 ? 0 : (highest + 1) / 2; /* how far the samples were moved, see sums.h */
    int64_t n = (int64_t)group->rows;
    bool ends = false;
    for (size_t j = 0; j < MMI__GROUP; j++) {
        mmi__tally *tally = &integers->tallies[(group->lane + j) % integers->channels];
        int64_t sum = sums->sum[j];
        int64_t squares = (int64_t)sums->square_low[j] + ((int64_t)sums->square_high[j] << 16);
        /* (s + shift)^2 = s^2 + 2 s shift + shift^2 */
        tally->sum = mmi__wide_sum(tally->sum, mmi__wide_of(sum + n * shift));
        tally->squares = mmi__wide_sum(tally->squares, mmi__wide_of(squares + 2 * sum * shift + n * shift * shift));
        int64_t min = sums->min[j] + shift, max = sums->max[j] + shift;
        ends |= min <= integers->lowest || max >= integers->highest;
        tally->min = min < tally->min ? min : tally->min;
        tally->max = max > tally->max ? max : tally->max;
        tally->count += group->rows;
    }
    return ends;
}

static bool ends_are_of_type(const mmi__integers *integers)
{
    return integers->lowest == mmi__integers_end(integers->type, mmi_type_minimum(integers->type)) &&
           integers->highest == mmi__integers_end(integers->type, mmi_type_maximum(integers->type));
}

static inline void count_end(const mmi__integers *integers, size_t channel, int64_t sample)
{
    integers->tallies[channel].low += sample <= integers->lowest;
    integers->tallies[channel].high += sample >= integers->highest;
}

/* The same sample by sample, for ends that are not the type's. */
static void take_other_ends(const mmi__integers *integers, const struct group *group)
{
    size_t size = mmi_type_size(integers->type);
    bool swapped = !mmi_type_is_native(integers->type);
    const unsigned char *data = group->data;
    for (size_t row = 0; row < group->rows; row++, data += group->stride)
        for (size_t j = 0; j < MMI__GROUP; j++)
            count_end(integers, (group->lane + j) % integers->channels,
                      integer_at(data + j * size, integers->type.kind, swapped));
}

/* How many samples of a group lie at the ends. */
static void take_ends(const mmi__integers *integers, const struct group *group)
{
    struct mmi__ends ends;
    if (!ends_are_of_type(integers)) {
        take_other_ends(integers, group);
        return;
    }
    integers->summing->end(group->data, group->rows, group->stride, &ends);
    for (size_t j = 0; j < MMI__GROUP; j++) {
        integers->tallies[(group->lane + j) % integers->channels].low += ends.low[j];
        integers->tallies[(group->lane + j) % integers->channels].high += ends.high[j];
    }
}

static void add_rows(const mmi__integers *integers, const unsigned char *data, size_t rows, size_t lanes)
{
    size_t size = mmi_type_size(integers->type);
    assert(rows > 0 && rows < MMI__SUM_ROWS && lanes % MMI__GROUP == 0); /* 1. */
    for (size_t lane = 0; lane < lanes; lane += MMI__GROUP) {
        const struct group group = {data + lane * size, lane, rows, lanes * size};
        struct mmi__sums sums;
        integers->summing->sum(group.data, group.rows, group.stride, &sums);
        if (take_sums(integers, &group, &sums))
            take_ends(integers, &group);
    }
}

/* ---- one by one -------------------------------------------------------------------------------------------------- */

/* Samples of 32 bits and less: the sum of so few squares fits 128 bits. */
static inline void add_square(mmi__tally *tally, int64_t sample, bool widest)
{
    uint64_t size = sample < 0 ? 0 - (uint64_t)sample : (uint64_t)sample;
    if (widest)
        mmi__tally_square(tally, mmi__wide_product(size, size));
    else
        tally->squares = mmi__wide_sum(tally->squares, (mmi__wide){size * size, 0}); /* at most 2^64 - 2^33 + 1 */
}

static inline void add_each(const mmi__integers *integers, const unsigned char *data, size_t count, bool widest)
{
    size_t size = mmi_type_size(integers->type), channels = integers->channels;
    bool swapped = !mmi_type_is_native(integers->type);
    for (size_t i = 0, c = 0; i < count; i++, c = c + 1 < channels ? c + 1 : 0) {
        mmi__tally *tally = &integers->tallies[c];
        int64_t sample = integer_at(data + i * size, integers->type.kind, swapped);
        tally->sum = mmi__wide_sum(tally->sum, mmi__wide_of(sample));
        add_square(tally, sample, widest);
        tally->min = sample < tally->min ? sample : tally->min;
        tally->max = sample > tally->max ? sample : tally->max;
        tally->count++;
    }
}

static void add_singly(const mmi__integers *integers, const unsigned char *data, size_t count)
{
    if (mmi_type_size(integers->type) == 8)
        add_each(integers, data, count, true);
    else
        add_each(integers, data, count, false);
}

static void count_ends(const mmi__integers *integers, const unsigned char *data, size_t count)
{
    size_t size = mmi_type_size(integers->type), channels = integers->channels;
    bool swapped = !mmi_type_is_native(integers->type);
    for (size_t i = 0, c = 0; i < count; i++, c = c + 1 < channels ? c + 1 : 0)
        count_end(integers, c, integer_at(data + i * size, integers->type.kind, swapped));
}

/* ---- both -------------------------------------------------------------------------------------------------------- */

/* Whole rows of lanes in front of 'count' samples, as many as make a strip; 0 = these go one by one. */
static size_t rows_of_strip(const mmi__integers *integers, size_t lanes, size_t count)
{
    size_t most = STRIP / (lanes * mmi_type_size(integers->type));
    most = most ? most : 1;
    if (!integers->summing || lanes % MMI__GROUP != 0)
        return 0;
    return count / lanes < most ? count / lanes : most;
}

/* Whole pixels that are added one by one, and their ends counted while they are in the cache. */
static size_t single_samples(const mmi__integers *integers, size_t count)
{
    size_t strip = STRIP / mmi_type_size(integers->type);
    size_t part = count < strip ? count : strip / integers->channels * integers->channels;
    return part ? part : count;
}

void mmi__integers_add(const mmi__integers *integers, const unsigned char *data, size_t count)
{
    size_t lanes = mmi__stats_lanes(integers->channels);
    assert(!mmi_type_is_float(integers->type) && count % integers->channels == 0);
    while (count > 0) {
        size_t rows = rows_of_strip(integers, lanes, count);
        size_t part = rows > 0 ? rows * lanes : single_samples(integers, count);
        if (rows > 0) {
            add_rows(integers, data, rows, lanes);
        } else {
            add_singly(integers, data, part);
            count_ends(integers, data, part);
        }
        data += part * mmi_type_size(integers->type);
        count -= part;
    }
}
