/* SPDX-License-Identifier: MIT */
/* bins: see bins.h. */
#include "mmstat/bins.h"

#include <math.h>
#include <stdlib.h>

#include "mmstat/digits.h"

static unsigned bin_of(const struct stat_result *result, const mmi_channel_stats *channel, double value)
{
    /* Halves: the distance of two doubles may be more than one. */
    double place =
        channel->max > channel->min ? (value / 2 - channel->min / 2) / (channel->max / 2 - channel->min / 2) : 0;
    unsigned bin = (unsigned)(place * result->bin_count);
    return bin < result->bin_count ? bin : result->bin_count - 1;
}

static void take_narrow(struct scan *scan)
{
    struct stat_result *result = scan->result;
    uint64_t keys = (uint64_t)1 << mmi_key_bits(result->image.type);
    for (uint32_t c = 0; c < result->image.samples; c++) {
        const uint64_t *counts = digits_counts(scan, c);
        uint64_t *bins = result->bins + (size_t)c * result->bin_count;
        for (uint64_t key = 0; key < keys; key++) {
            double value = mmi_key_value(result->image.type, key);
            if (counts[key] && isfinite(value))
                bins[bin_of(result, &result->channels[c], value)] += counts[key];
        }
    }
}

static mmv_status add_bins(void *user, unsigned thread, const mmi_block *block)
{
    const struct scan *scan = user;
    const struct stat_result *result = scan->result;
    bool all = block->channel == MMI_ALL_CHANNELS;
    uint32_t first = all ? 0 : block->channel, end = all ? result->image.samples : first + 1;
    uint64_t *bins = scan->bins + (size_t)thread * result->image.samples * result->bin_count;
    const char *data = block->data;
    for (size_t i = 0; i < block->count; i++)
        for (uint32_t c = first; c < end; c++, data += mmi_type_size(result->image.type)) {
            double value = mmi_sample_get(result->image.type, data);
            if (isfinite(value) && !mmi_no_data_at(&result->no_data.set, data))
                bins[c * result->bin_count + bin_of(result, &result->channels[c], value)]++;
        }
    return MMV_OK;
}

static int take_wide(struct scan *scan)
{
    struct stat_result *result = scan->result;
    size_t count = (size_t)result->image.samples * result->bin_count;
    scan->bins = calloc(scan->threads * count, sizeof *scan->bins);
    int status = ranks_agree(scan->ranks, scan->bins ? TOOL_DONE : pass_no_memory(scan));
    if (status == TOOL_DONE)
        status = pass_run(scan, add_bins);
    for (size_t i = 0; status == TOOL_DONE && i < scan->threads * count; i++)
        result->bins[i % count] += scan->bins[i];
    if (status == TOOL_DONE)
        ranks_sum(scan->ranks, result->bins, count);
    free(scan->bins);
    scan->bins = NULL;
    return status;
}

int bins_take(struct scan *scan)
{
    if (scan->result->bin_count == 0)
        return TOOL_DONE;
    if (!digits_are_narrow(scan))
        return take_wide(scan);
    take_narrow(scan);
    return TOOL_DONE;
}

uint64_t bins_passes(const struct scan *scan)
{
    return !digits_are_narrow(scan) && (scan->settings->bins || scan->settings->plot);
}
