/* SPDX-License-Identifier: MIT */
/*
 * scan: see scan.h.
 *
 *     pass 1        count, extremes, sums; of samples up to 16 bits also how often each value is there
 *     pass 2, 3..   wide samples: 16 more bits of the percentiles' keys each
 *     last pass     wide samples: the bins of the histogram, whose ends pass 1 has found
 *
 * A pass hands over blocks, see kit/image/blocks.h.
 */
#include "mmstat/scan.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>
#include <mmview/walk.h>

#include "kit/image/blocks.h"
#include "kit/cli/progress.h"
#include "kit/os/signals.h"

/* For the tables of all threads. */
#define TABLES_MAX ((size_t)512 * MMV_MIB)

struct scan {
    const struct stat_settings *settings;
    const struct console *console;
    struct image_file *file;
    struct ranks *ranks; /* NULL = alone */
    struct shard_settings share;
    struct stat_result *result;
    struct progress progress;
    unsigned threads;
    unsigned most_threads; /* of all ranks: how many tables fit must be the same on each */
    mmi_stats *stats;
    mmi_digits *tables; /* [threads][table_count] */
    size_t table_count;
    uint64_t *bins; /* [threads][samples][bin_count] */
};

/* ---- a pass ------------------------------------------------------------------------------------------------------ */

static void note_walk(void *user, const mmv_walk_stats *stats)
{
    struct scan *scan = user;
    report_add(&scan->result->report, stats);
    progress_next(&scan->progress, stats->bytes);
}

static int pass(struct scan *scan, block_fn *fn)
{
    mmv_walk_options options = settings_walk(&scan->settings->how);
    options.threads = scan->threads;
    ranks_begin(scan->ranks, &options, &scan->progress);
    const struct blocks blocks = {scan->file->map,
                                  scan->result->image,
                                  scan->result->range,
                                  scan->share.index,
                                  scan->share.count,
                                  &options,
                                  fn,
                                  note_walk,
                                  scan};
    mmv_status status = signals_stop() ? MMV_ESTOPPED : blocks_walk(&blocks);
    int result = TOOL_DONE;
    if (status != MMV_OK)
        progress_end(&scan->progress);
    if (status == MMV_ESTOPPED)
        result = TOOL_FAILED;
    else if (status != MMV_OK)
        result = settings_refused(scan->console, &scan->settings->how)
                     ? TOOL_USAGE
                     : console_failure(scan->console, scan->file->path);
    return ranks_end(scan->ranks, result);
}

static mmv_status add_digits(void *user, const struct block *block)
{
    struct scan *scan = user;
    mmi_digits_add(scan->result->image.type, scan->result->image.samples, block->channel, block->data, block->count,
                   scan->tables + block->thread * scan->table_count, scan->table_count);
    return MMV_OK;
}

static mmv_status add_stats(void *user, const struct block *block)
{
    struct scan *scan = user;
    if (scan->tables)
        add_digits(scan, block);
    return mmi_stats_add(scan->stats, block->thread, block->channel, block->number, block->data, block->count);
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

static int make_tables(struct scan *scan, size_t count)
{
    size_t bytes = sizeof *scan->tables;
    free(scan->tables);
    scan->tables = NULL;
    scan->table_count = count;
    if (count > TABLES_MAX / bytes / scan->threads)
        return console_error(scan->console, scan->file->path,
                             "%zu tables of 768 KiB are needed for each of %u threads; fewer --threads would do", count,
                             scan->threads);
    scan->tables = calloc(count * scan->threads, bytes);
    return scan->tables ? TOOL_DONE : console_error(scan->console, scan->file->path, "not enough memory");
}

/* Those of all threads, and of all ranks, into the first thread's. */
static void gather_tables(struct scan *scan)
{
    for (size_t t = 0; t < scan->threads * scan->table_count; t++)
        mmi_digits_settle(&scan->tables[t]);
    for (unsigned thread = 1; thread < scan->threads; thread++)
        for (size_t t = 0; t < scan->table_count; t++)
            for (size_t i = 0; i < MMI_DIGITS; i++)
                scan->tables[t].counts[i] += scan->tables[thread * scan->table_count + t].counts[i];
    for (size_t t = 0; t < scan->table_count; t++)
        ranks_sum(scan->ranks, scan->tables[t].counts, MMI_DIGITS);
}

/* The digit that has the sample of this rank, and how many samples are below it. */
static uint64_t find_digit(const mmi_digits *table, uint64_t rank, uint64_t *below_ret)
{
    uint64_t below = 0, digit = 0;
    while (digit + 1 < MMI_DIGITS && below + table->counts[digit] <= rank)
        below += table->counts[digit++];
    *below_ret = below;
    return digit;
}

static uint64_t nearest_rank(double percentile, uint64_t count)
{
    double rank = ceil(percentile / 100 * (double)count) - 1;
    return rank <= 0 ? 0 : rank >= (double)count ? count - 1 : (uint64_t)rank;
}

/* The sample of the nearest rank, counted from 0; with a negative scale the stored samples lie the other way round. */
static uint64_t rank_of(const struct scan *scan, double percentile, uint64_t count)
{
    uint64_t nearest = nearest_rank(percentile, count);
    return scan->file->container.slope < 0 && count > 0 ? count - 1 - nearest : nearest;
}

static bool is_narrow(const struct scan *scan)
{
    return mmi_key_bits(scan->result->image.type) <= 16;
}

/* ---- percentiles ------------------------------------------------------------------------------------------------- */

static void narrow_percentiles(struct scan *scan)
{
    const struct stat_settings *settings = scan->settings;
    struct stat_result *result = scan->result;
    for (uint32_t c = 0; c < result->image.samples; c++)
        for (size_t p = 0; p < settings->percentile_count; p++) {
            uint64_t below, count = result->channels[c].count;
            uint64_t digit = find_digit(&scan->tables[c], rank_of(scan, settings->percentiles[p], count), &below);
            result->percentiles[c * settings->percentile_count + p] =
                count ? mmi_key_value(result->image.type, digit) : NAN;
        }
}

/*
 * Percentiles [begin, end) of all channels', one after the other: each has a table, which follows it from the upper
 * bits down.
 */
static int follow(struct scan *scan, size_t begin, size_t end)
{
    const struct stat_settings *settings = scan->settings;
    struct stat_result *result = scan->result;
    size_t per_channel = settings->percentile_count, count = end - begin;
    uint64_t *ranks = calloc(count, sizeof *ranks), *keys = calloc(count, sizeof *keys);
    int status = ranks && keys ? TOOL_DONE : console_error(scan->console, scan->file->path, "not enough memory");
    status = ranks_agree(scan->ranks, status);
    /* Of all that have keys: infinities are below and above the rest. */
    for (size_t i = 0; status == TOOL_DONE && i < count; i++) {
        const mmi_channel_stats *channel = &result->channels[(begin + i) / per_channel];
        ranks[i] = rank_of(scan, settings->percentiles[(begin + i) % per_channel], channel->count + channel->infinite);
    }
    for (unsigned shift = mmi_key_bits(result->image.type); status == TOOL_DONE && shift > 0;) {
        shift -= 16;
        status = ranks_agree(scan->ranks, make_tables(scan, count));
        for (size_t i = 0; status == TOOL_DONE && i < count * scan->threads; i++) {
            scan->tables[i].channel = (uint32_t)((begin + i % count) / per_channel);
            scan->tables[i].shift = shift;
            scan->tables[i].prefix = keys[i % count];
        }
        if (status == TOOL_DONE)
            status = pass(scan, add_digits);
        if (status != TOOL_DONE)
            break;
        gather_tables(scan);
        for (size_t i = 0; i < count; i++) {
            uint64_t below;
            keys[i] = keys[i] << 16 | find_digit(&scan->tables[i], ranks[i], &below);
            ranks[i] -= below;
        }
    }
    for (size_t i = 0; status == TOOL_DONE && i < count; i++) {
        const mmi_channel_stats *channel = &result->channels[(begin + i) / per_channel];
        result->percentiles[begin + i] =
            channel->count + channel->infinite ? mmi_key_value(result->image.type, keys[i]) : NAN;
    }
    free(ranks);
    free(keys);
    return status;
}

/* How many percentiles there is room for tables for. */
static size_t tables_that_fit(const struct scan *scan)
{
    return TABLES_MAX / sizeof *scan->tables / scan->most_threads;
}

/* As many at once as there is room for. */
static int wide_percentiles(struct scan *scan)
{
    size_t count = scan->result->image.samples * scan->settings->percentile_count;
    size_t fit = tables_that_fit(scan);
    if (fit == 0)
        return ranks_agree(scan->ranks, make_tables(scan, 1));
    int status = TOOL_DONE;
    for (size_t begin = 0; begin < count && status == TOOL_DONE; begin += fit)
        status = follow(scan, begin, count - begin < fit ? count : begin + fit);
    return status;
}

/* ---- the histogram ----------------------------------------------------------------------------------------------- */

static unsigned bin_of(const struct stat_result *result, const mmi_channel_stats *channel, double value)
{
    /* Halves: the distance of two doubles may be more than one. */
    double place =
        channel->max > channel->min ? (value / 2 - channel->min / 2) / (channel->max / 2 - channel->min / 2) : 0;
    unsigned bin = (unsigned)(place * result->bin_count);
    return bin < result->bin_count ? bin : result->bin_count - 1;
}

static void narrow_bins(struct scan *scan)
{
    struct stat_result *result = scan->result;
    for (uint32_t c = 0; c < result->image.samples; c++)
        for (uint64_t key = 0; key < (uint64_t)1 << mmi_key_bits(result->image.type); key++)
            if (scan->tables[c].counts[key])
                result->bins[c * result->bin_count +
                             bin_of(result, &result->channels[c], mmi_key_value(result->image.type, key))] +=
                    scan->tables[c].counts[key];
}

static mmv_status add_bins(void *user, const struct block *block)
{
    struct scan *scan = user;
    const char *data = block->data;
    const struct stat_result *result = scan->result;
    size_t size = mmi_type_size(result->image.type);
    uint32_t beside = block->channel == MMI_ALL_CHANNELS ? result->image.samples : 1;
    uint64_t *bins = scan->bins + (size_t)block->thread * result->image.samples * result->bin_count;
    for (size_t i = 0; i < block->count; i++)
        for (uint32_t c = 0; c < beside; c++, data += size) {
            uint32_t of = beside == 1 && block->channel != MMI_ALL_CHANNELS ? block->channel : c;
            double value = mmi_sample_get(result->image.type, data);
            if (isfinite(value))
                bins[of * result->bin_count + bin_of(result, &result->channels[of], value)]++;
        }
    return MMV_OK;
}

static int wide_bins(struct scan *scan)
{
    struct stat_result *result = scan->result;
    size_t count = (size_t)result->image.samples * result->bin_count;
    scan->bins = calloc(scan->threads * count, sizeof *scan->bins);
    int status = scan->bins ? TOOL_DONE : console_error(scan->console, scan->file->path, "not enough memory");
    status = ranks_agree(scan->ranks, status);
    if (status == TOOL_DONE)
        status = pass(scan, add_bins);
    for (size_t i = 0; status == TOOL_DONE && i < scan->threads * count; i++)
        result->bins[i % count] += scan->bins[i];
    if (status == TOOL_DONE)
        ranks_sum(scan->ranks, result->bins, count);
    free(scan->bins);
    return status;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static int fit(struct scan *scan, struct stat_result *result)
{
    const struct stat_settings *settings = scan->settings;
    const struct console *console = scan->console;
    struct image_file *file = scan->file;
    const struct pixel_settings *pixels = &file->pixels;
    /* Parts end where blocks end: their figures are merged without a difference. */
    uint64_t record =
        pixels->layout == MMI_BIL ? mmv_max(1, file->units.row) : blocks_records(file->units.pixel) * file->units.pixel;
    int status = image_file_take_range(file, console, &settings->range, record, &result->range);
    if (status != TOOL_DONE)
        return status;
    result->image = (mmi_image){pixels->type, pixels->samples, pixels->width, pixels->height, pixels->layout};
    uint64_t unit = file->units.pixel;
    const char *name = "pixels";
    if (pixels->layout != MMI_BIP) {
        if (pixels->width == 0)
            return console_usage(console, "--layout=%s needs --width", mmi_layout_name(pixels->layout));
        unit = file->units.row;
        name = "rows";
    }
    if (result->range.length % unit != 0)
        return console_usage(
            console, "%s: %" PRIu64 " bytes are not whole %s of %" PRIu64 " bytes; --length=%" PRIu64 " would be",
            file->path, result->range.length, name, unit, result->range.length / unit * unit);
    if (pixels->layout == MMI_BSQ && result->range.length != file->length)
        return console_usage(
            console, "a part of a bsq image is not one of its channels: --offset and --length do not go with it");
    if (pixels->layout == MMI_BIL && unit > BLOCKS_BYTES)
        return console_usage(console, "%s: rows of %" PRIu64 " bytes are too long for bil", file->path, unit);
    result->pixels = result->range.length / file->units.pixel;
    return TOOL_DONE;
}

static int make_room(struct scan *scan)
{
    const struct stat_settings *settings = scan->settings;
    struct stat_result *result = scan->result;
    uint32_t samples = result->image.samples;
    result->bin_count = settings->bins ? settings->bins : settings->plot ? 256 : 0;
    result->channels = calloc(samples, sizeof *result->channels);
    result->percentiles = calloc(samples * settings->percentile_count + 1, sizeof *result->percentiles);
    result->bins = calloc((size_t)samples * result->bin_count + 1, sizeof *result->bins);
    if (!result->channels || !result->percentiles || !result->bins ||
        mmi_stats_create(result->image.type, samples, scan->threads, &scan->stats) != MMV_OK)
        return console_error(scan->console, scan->file->path, "not enough memory");
    if (!is_narrow(scan) || (settings->percentile_count == 0 && result->bin_count == 0))
        return TOOL_DONE;
    int status = make_tables(scan, samples);
    for (size_t i = 0; status == TOOL_DONE && i < (size_t)samples * scan->threads; i++)
        scan->tables[i].channel = (uint32_t)(i % samples);
    return status;
}

static mmv_status merge_stats(void *user, uint64_t rank, const void *bytes, size_t size)
{
    struct scan *scan = user;
    return rank == scan->share.index ? MMV_OK : mmi_stats_merge(scan->stats, bytes, size);
}

/* The same on every rank, which the next passes need. */
static int gather_stats(struct scan *scan)
{
    void *bytes = NULL;
    size_t size = 0;
    if (!scan->ranks)
        return TOOL_DONE;
    mmv_status status = mmi_stats_pack(scan->stats, &bytes, &size);
    if (!ranks_any(scan->ranks, status != MMV_OK))
        status = ranks_gather(scan->ranks, bytes, size, merge_stats, scan);
    free(bytes);
    return ranks_agree(scan->ranks, status == MMV_OK ? TOOL_DONE : console_failure(scan->console, scan->file->path));
}

static int run(struct scan *scan)
{
    const struct stat_settings *settings = scan->settings;
    struct stat_result *result = scan->result;
    int status = ranks_agree(scan->ranks, make_room(scan));
    if (status == TOOL_DONE)
        status = pass(scan, add_stats);
    if (status == TOOL_DONE)
        status = gather_stats(scan);
    if (status != TOOL_DONE)
        return status;
    mmi_stats_get(scan->stats, result->channels);
    if (scan->tables)
        gather_tables(scan);
    if (is_narrow(scan) && settings->percentile_count > 0)
        narrow_percentiles(scan);
    if (is_narrow(scan) && result->bin_count > 0)
        narrow_bins(scan);
    if (!is_narrow(scan) && settings->percentile_count > 0)
        status = wide_percentiles(scan);
    if (status == TOOL_DONE && !is_narrow(scan) && result->bin_count > 0)
        status = wide_bins(scan);
    return status;
}

/* Stored samples become what they mean. */
static void scale(struct scan *scan)
{
    const mmi_container *container = &scan->file->container;
    struct stat_result *result = scan->result;
    double slope = container->slope, intercept = container->intercept;
    if (slope == 1 && intercept == 0)
        return;
    for (uint32_t c = 0; c < result->image.samples; c++) {
        mmi_channel_stats *channel = &result->channels[c];
        double a = channel->min * slope + intercept, b = channel->max * slope + intercept;
        channel->min = fmin(a, b);
        channel->max = fmax(a, b);
        channel->mean = channel->mean * slope + intercept;
        channel->sd *= fabs(slope);
        uint64_t *bins = result->bins + (size_t)c * result->bin_count;
        for (unsigned i = 0; slope < 0 && i < result->bin_count / 2; i++) {
            uint64_t bin = bins[i];
            bins[i] = bins[result->bin_count - 1 - i];
            bins[result->bin_count - 1 - i] = bin;
        }
    }
    for (size_t i = 0; i < result->image.samples * scan->settings->percentile_count; i++)
        result->percentiles[i] = result->percentiles[i] * slope + intercept;
}

/* How often the image will be read. */
static uint64_t passes_of(const struct scan *scan)
{
    uint64_t wanted = scan->settings->percentile_count * scan->file->pixels.samples,
             fit = mmv_max(1, tables_that_fit(scan));
    if (is_narrow(scan))
        return 1;
    return 1 + (wanted + fit - 1) / fit * (mmi_key_bits(scan->result->image.type) / 16) +
           (scan->settings->bins || scan->settings->plot);
}

int scan_image(const struct stat_settings *settings, const struct console *console, struct image_file *file,
               struct ranks *ranks, struct stat_result *result)
{
    struct scan scan = {.settings = settings,
                        .console = console,
                        .file = file,
                        .ranks = ranks,
                        .result = result,
                        .threads = settings->how.threads};
    *result = (struct stat_result){0};
    ranks_share(ranks, &scan.share);
    scan.most_threads = (unsigned)ranks_max(ranks, scan.threads);
    int status = ranks_agree_first(ranks, console, fit(&scan, result));
    if (status != TOOL_DONE)
        return status;
    progress_start(&scan.progress, console, settings->report.progress, file->path,
                   result->range.length * passes_of(&scan));
    status = run(&scan);
    progress_end(&scan.progress);
    ranks_report(ranks, &result->report);
    if (status == TOOL_DONE)
        scale(&scan);
    mmi_stats_destroy(&scan.stats);
    free(scan.tables);
    return status;
}

void scan_drop(struct stat_result *result)
{
    free(result->channels);
    free(result->percentiles);
    free(result->bins);
    *result = (struct stat_result){0};
}
