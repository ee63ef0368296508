/* SPDX-License-Identifier: MIT */
/*
 * integers: see integers.h.
 *
 *     samples of 8 and 16 bits    strips of 64 KiB, in rows of lanes; a group of lanes is summed down the rows
 *     what is left over, and      one by one
 *     samples of 32 bits
 *
 * 1. A strip has at most STRIP bytes, or one row, so fewer rows than MMI__SUM_ROWS: no sum of a group can overflow.
 */

#include "stats/integers.h"

#include "stats/lanes.h"

#include <assert.h>
#include <string.h>

#define STRIP 65536u /* bytes: stays in the second-level cache when a strip is read once more for its ends */

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

/* ---- groups of lanes --------------------------------------------------------------------------------------------- */

/* Lanes [lane, lane + MMI__GROUP) of some rows. */
struct group {
    const unsigned char *data;
    size_t lane, rows;
    size_t stride; /* bytes from row to row */
};

/* The sums of a group into its channels. Returns whether a sample has reached an end of its type. */
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
        ends |= min == lowest || max == highest;
        tally->min = min < tally->min ? min : tally->min;
        tally->max = max > tally->max ? max : tally->max;
        tally->count += group->rows;
    }
    return ends;
}

/* How many samples of a group lie at the ends of their type. */
static void take_ends(const mmi__integers *integers, const struct group *group)
{
    struct mmi__ends ends;
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

static void add_singly(const mmi__integers *integers, const unsigned char *data, size_t count)
{
    size_t size = mmi_type_size(integers->type), channels = integers->channels;
    bool swapped = !mmi_type_is_native(integers->type);
    for (size_t i = 0, c = 0; i < count; i++, c = c + 1 < channels ? c + 1 : 0) {
        mmi__tally *tally = &integers->tallies[c];
        int64_t sample = integer_at(data + i * size, integers->type.kind, swapped);
        /* At most 2^64 - 2^33 + 1. */
        uint64_t square = (uint64_t)sample * (uint64_t)sample;
        tally->sum = mmi__wide_sum(tally->sum, mmi__wide_of(sample));
        tally->squares = mmi__wide_sum(tally->squares, (mmi__wide){square, 0});
        tally->min = sample < tally->min ? sample : tally->min;
        tally->max = sample > tally->max ? sample : tally->max;
        tally->count++;
    }
}

static void count_ends(const mmi__integers *integers, const unsigned char *data, size_t count)
{
    size_t size = mmi_type_size(integers->type), channels = integers->channels;
    bool swapped = !mmi_type_is_native(integers->type);
    int64_t lowest = (int64_t)mmi_type_minimum(integers->type), highest = (int64_t)mmi_type_maximum(integers->type);
    for (size_t i = 0, c = 0; i < count; i++, c = c + 1 < channels ? c + 1 : 0) {
        int64_t sample = integer_at(data + i * size, integers->type.kind, swapped);
        integers->tallies[c].low += sample == lowest;
        integers->tallies[c].high += sample == highest;
    }
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
