/* SPDX-License-Identifier: MIT */
/*
 * percentiles: see percentiles.h.
 *
 *     narrow samples   their digits tell all
 *     wide samples     each percentile is followed from the upper digit of its key to the lowest, a pass for each:
 *
 *         key   | digit 3 | digit 2 | digit 1 | digit 0 |       f64; ordinal 1000 of all samples
 *                 0x3ff0                                         400 samples are below: ordinal 600 of those with
 * 0x3ff0 0x1234                               and so on
 */
#include "mmstat/percentiles.h"

#include <math.h>
#include <stdlib.h>

#include "mmstat/digits.h"

/* The place in the sorted samples, from 0. */
static uint64_t nearest_ordinal(double percentile, uint64_t count)
{
    double ordinal = ceil(percentile / 100 * (double)count) - 1;
    return ordinal <= 0 ? 0 : ordinal >= (double)count ? count - 1 : (uint64_t)ordinal;
}

/* The same among the stored samples: with a negative scale they lie the other way round. */
static uint64_t ordinal_of(const struct scan *scan, double percentile, uint64_t count)
{
    uint64_t nearest = nearest_ordinal(percentile, count);
    return scan->file->container.slope < 0 && count > 0 ? count - 1 - nearest : nearest;
}

static void put(struct stat_result *result, size_t place, bool found, uint64_t key)
{
    result->percentiles[place] = found ? mmi_key_value(result->image.type, key) : NAN;
    result->percentile_bits[place] = mmi_key_sample(result->image.type, key);
}

static void take_narrow(struct scan *scan)
{
    const struct stat_settings *settings = scan->settings;
    struct stat_result *result = scan->result;
    for (uint32_t c = 0; c < result->image.samples; c++)
        for (size_t p = 0; p < settings->percentile_count; p++) {
            uint64_t below, count = result->channels[c].count;
            uint64_t ordinal = ordinal_of(scan, settings->percentiles[p], count);
            uint64_t key = digits_find(digits_counts(scan, c), ordinal, &below);
            put(result, c * settings->percentile_count + p, count > 0, key);
        }
}

/* ---- wide samples ------------------------------------------------------------------------------------------------ */

/* Percentiles [begin, begin + count) of all channels', one after the other. */
struct group {
    size_t begin, count;
    uint64_t *ordinals; /* of the samples whose keys begin like 'keys' */
    uint64_t *keys;     /* as far as they are known */
    mmi_digit *digits;  /* the next of each */
};

static uint32_t channel_of(const struct scan *scan, size_t percentile)
{
    return (uint32_t)(percentile / scan->settings->percentile_count);
}

/* Samples that have keys: infinities are below and above the rest. */
static uint64_t count_of(const struct scan *scan, size_t percentile)
{
    const mmi_channel_stats *channel = &scan->result->channels[channel_of(scan, percentile)];
    return channel->count + channel->infinite;
}

static int begin_group(const struct scan *scan, struct group *group)
{
    const struct stat_settings *settings = scan->settings;
    group->ordinals = calloc(group->count, sizeof *group->ordinals);
    group->keys = calloc(group->count, sizeof *group->keys);
    group->digits = calloc(group->count, sizeof *group->digits);
    bool fine = group->ordinals && group->keys && group->digits;
    int status = ranks_agree(scan->ranks, fine ? TOOL_DONE : pass_no_memory(scan));
    for (size_t i = 0; status == TOOL_DONE && i < group->count; i++) {
        size_t percentile = group->begin + i;
        group->ordinals[i] = ordinal_of(scan, settings->percentiles[percentile % settings->percentile_count],
                                        count_of(scan, percentile));
    }
    return status;
}

/* One more digit of each key, in a pass. */
static int follow_digit(struct scan *scan, struct group *group, unsigned shift)
{
    for (size_t i = 0; i < group->count; i++)
        group->digits[i] = (mmi_digit){channel_of(scan, group->begin + i), shift, group->keys[i]};
    int status = ranks_agree(scan->ranks, digits_begin(scan, group->digits, group->count));
    if (status == TOOL_DONE)
        status = pass_run(scan, digits_add);
    if (status != TOOL_DONE)
        return status;
    digits_gather(scan);
    for (size_t i = 0; i < group->count; i++) {
        uint64_t below;
        group->keys[i] = group->keys[i] << 16 | digits_find(digits_counts(scan, i), group->ordinals[i], &below);
        group->ordinals[i] -= below;
    }
    return TOOL_DONE;
}

static int take_group(struct scan *scan, size_t begin, size_t count)
{
    mmi_type type = scan->result->image.type;
    struct group group = {.begin = begin, .count = count};
    int status = begin_group(scan, &group);
    for (unsigned shift = mmi_key_bits(type); status == TOOL_DONE && shift > 0;)
        status = follow_digit(scan, &group, shift -= 16);
    for (size_t i = 0; status == TOOL_DONE && i < count; i++)
        put(scan->result, begin + i, count_of(scan, begin + i) > 0, group.keys[i]);
    free(group.ordinals);
    free(group.keys);
    free(group.digits);
    return status;
}

/* As many at once as there is room for. */
static int take_wide(struct scan *scan)
{
    static const mmi_digit any = {0};
    size_t count = scan->result->image.samples * scan->settings->percentile_count;
    size_t fit = digits_that_fit(scan);
    if (fit == 0)
        return ranks_agree(scan->ranks, digits_begin(scan, &any, 1));
    int status = TOOL_DONE;
    for (size_t begin = 0; begin < count && status == TOOL_DONE; begin += fit)
        status = take_group(scan, begin, count - begin < fit ? count - begin : fit);
    return status;
}

int percentiles_take(struct scan *scan)
{
    if (scan->settings->percentile_count == 0)
        return TOOL_DONE;
    if (!digits_are_narrow(scan))
        return take_wide(scan);
    take_narrow(scan);
    return TOOL_DONE;
}

uint64_t percentiles_passes(const struct scan *scan)
{
    uint64_t wanted = scan->settings->percentile_count * scan->file->pixels.samples;
    uint64_t fit = mmv_max(1, digits_that_fit(scan));
    return digits_are_narrow(scan) ? 0 : (wanted + fit - 1) / fit * (mmi_key_bits(scan->result->image.type) / 16);
}
