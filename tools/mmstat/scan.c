/* SPDX-License-Identifier: MIT */
/*
 * scan: see scan.h.
 *
 *     pass 1        count, extremes, sums; of samples up to 16 bits also how often each value is there
 *     pass 2, 3..   wide samples: 16 more bits of the percentiles' keys each
 *     last pass     wide samples: the bins of the histogram, whose ends pass 1 has found
 *
 * A walk's records are blocks: so many pixels, or lines, that their numbers do not depend on threads or windows. What is left
 * behind whole blocks is a walk of one record.
 */
#include "mmstat/scan.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>
#include <mmview/walk.h>

#include "common/progress.h"
#include "common/signals.h"

/* A block must fit any window. */
#define BLOCK_BYTES (4 * MMV_MIB)
/* For the tables of all threads. */
#define TABLES_MAX ((size_t)512 * MMV_MIB)

struct scan;
typedef mmv_status block_fn(struct scan *scan, unsigned thread, uint32_t channel, uint64_t block, const char *data,
                            size_t count);

struct scan {
    const struct stat_settings *settings;
    const struct console *console;
    struct image_file *file;
    struct stat_result *result;
    struct progress progress;
    unsigned threads;
    mmi_stats *stats;
    mmi_digits *tables; /* [threads][table_count] */
    size_t table_count;
    uint64_t *bins; /* [threads][samples][bin_count] */
};

/* What a walk's callback is told. */
struct part {
    struct scan *scan;
    block_fn *fn;
    uint32_t channel; /* MMI_ALL_CHANNELS: pixels, or lines of each channel */
    size_t record;    /* bytes */
    uint64_t first;   /* number of the first block */
};

/* ---- walks ---------------------------------------------------------------------------------------------------------- */

/* A row of bil: a line of each channel, and each is a block. */
static mmv_status take_lines(const struct part *part, unsigned thread, uint64_t block, const char *data)
{
    const mmi_image *image = &part->scan->result->image;
    size_t line = (size_t)image->width * mmi_type_size(image->type);
    for (uint32_t c = 0; c < image->samples; c++) {
        mmv_status status = part->fn(part->scan, thread, c, block, data + c * line, (size_t)image->width);
        if (status)
            return status;
    }
    return MMV_OK;
}

static mmv_status take_chunk(const mmv_chunk *chunk, void *user)
{
    const struct part *part = user;
    const mmi_image *image = &part->scan->result->image;
    size_t unit = image->layout == MMI_BIP ? mmi_image_pixel(image) : mmi_type_size(image->type);
    mmv_status status = MMV_OK;
    for (size_t i = 0; i < chunk->count && status == MMV_OK; i++) {
        const char *data = (const char *)chunk->source + i * chunk->stride;
        uint64_t block = part->first + chunk->index + i;
        status = image->layout == MMI_BIL
                     ? take_lines(part, chunk->thread, block, data)
                     : part->fn(part->scan, chunk->thread, part->channel, block, data, part->record / unit);
    }
    return status;
}

static int walk(struct scan *scan, uint64_t offset, uint64_t length, struct part *part)
{
    mmv_walk_stats stats = {0};
    mmv_walk_options options = settings_walk(&scan->settings->how);
    if (length == 0)
        return TOOL_DONE;
    options.threads = scan->threads;
    options.record_size = part->record;
    options.offset = offset;
    options.length = length;
    options.tick = progress_tick;
    options.tick_user = &scan->progress;
    options.stats = &stats;
    mmv_status status = signals_stop() ? MMV_ESTOPPED : mmv_walk(scan->file->map, &options, take_chunk, part);
    report_add(&scan->result->report, &stats);
    progress_next(&scan->progress, stats.bytes);
    if (status == MMV_OK)
        return TOOL_DONE;
    progress_end(&scan->progress);
    if (status == MMV_ESTOPPED)
        return TOOL_FAILED;
    return settings_refused(scan->console, &scan->settings->how) ? TOOL_USAGE
                                                                 : console_failure(scan->console, scan->file->path);
}

/* Whole blocks, and then what is left. */
static int walk_blocks(struct scan *scan, block_fn *fn, uint32_t channel, uint64_t offset, uint64_t length,
                       uint64_t unit)
{
    uint64_t records = mmv_min(MMI_STATS_BLOCK, mmv_max(1, BLOCK_BYTES / unit));
    uint64_t block = records * unit, whole = length / block * block;
    struct part part = {scan, fn, channel, (size_t)block, 0};
    int result = walk(scan, offset, whole, &part);
    part.first = whole / block;
    part.record = (size_t)(length - whole);
    return result != TOOL_DONE ? result : walk(scan, offset + whole, length - whole, &part);
}

static int pass(struct scan *scan, block_fn *fn)
{
    const mmi_image *image = &scan->result->image;
    mmv_range range = scan->result->range;
    uint64_t size = mmi_type_size(image->type);
    if (image->layout == MMI_BIP)
        return walk_blocks(scan, fn, MMI_ALL_CHANNELS, range.offset, range.length, size * image->samples);
    if (image->layout == MMI_BIL) {
        struct part part = {scan, fn, MMI_ALL_CHANNELS, (size_t)(image->width * size * image->samples), 0};
        return walk(scan, range.offset, range.length, &part);
    }
    int result = TOOL_DONE;
    uint64_t plane = range.length / image->samples;
    for (uint32_t c = 0; c < image->samples && result == TOOL_DONE; c++)
        result = walk_blocks(scan, fn, c, range.offset + c * plane, plane, size);
    return result;
}

static mmv_status add_stats(struct scan *scan, unsigned thread, uint32_t channel, uint64_t block, const char *data,
                            size_t count)
{
    if (scan->tables)
        mmi_digits_add(scan->result->image.type, scan->result->image.samples, channel, data, count,
                       scan->tables + thread * scan->table_count, scan->table_count);
    return mmi_stats_add(scan->stats, thread, channel, block, data, count);
}

static mmv_status add_digits(struct scan *scan, unsigned thread, uint32_t channel, uint64_t block, const char *data,
                             size_t count)
{
    (void)block;
    mmi_digits_add(scan->result->image.type, scan->result->image.samples, channel, data, count,
                   scan->tables + thread * scan->table_count, scan->table_count);
    return MMV_OK;
}

/* ---- tables --------------------------------------------------------------------------------------------------------- */

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

static void gather_tables(struct scan *scan)
{
    for (size_t t = 0; t < scan->threads * scan->table_count; t++)
        mmi_digits_settle(&scan->tables[t]);
    for (unsigned thread = 1; thread < scan->threads; thread++)
        for (size_t t = 0; t < scan->table_count; t++)
            for (size_t i = 0; i < MMI_DIGITS; i++)
                scan->tables[t].counts[i] += scan->tables[thread * scan->table_count + t].counts[i];
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

/* The sample of the nearest rank, counted from 0. */
static uint64_t rank_of(double percentile, uint64_t count)
{
    double rank = ceil(percentile / 100 * (double)count) - 1;
    return rank <= 0 ? 0 : rank >= (double)count ? count - 1 : (uint64_t)rank;
}

static bool is_narrow(const struct scan *scan)
{
    return mmi_key_bits(scan->result->image.type) <= 16;
}

/* ---- percentiles ---------------------------------------------------------------------------------------------------- */

static void narrow_percentiles(struct scan *scan)
{
    const struct stat_settings *settings = scan->settings;
    struct stat_result *result = scan->result;
    for (uint32_t c = 0; c < result->image.samples; c++)
        for (size_t p = 0; p < settings->percentile_count; p++) {
            uint64_t below, count = result->channels[c].count;
            uint64_t digit = find_digit(&scan->tables[c], rank_of(settings->percentiles[p], count), &below);
            result->percentiles[c * settings->percentile_count + p] =
                count ? mmi_key_value(result->image.type, digit) : NAN;
        }
}

/* Percentiles [begin, end) of all channels', one after the other: each has a table, which follows it from the upper bits down. */
static int follow(struct scan *scan, size_t begin, size_t end)
{
    const struct stat_settings *settings = scan->settings;
    struct stat_result *result = scan->result;
    size_t per_channel = settings->percentile_count, count = end - begin;
    uint64_t *ranks = calloc(count, sizeof *ranks), *keys = calloc(count, sizeof *keys);
    int status = ranks && keys ? TOOL_DONE : console_error(scan->console, scan->file->path, "not enough memory");
    /* Of all that have keys: infinities are below and above the rest. */
    for (size_t i = 0; status == TOOL_DONE && i < count; i++) {
        const mmi_channel_stats *channel = &result->channels[(begin + i) / per_channel];
        ranks[i] = rank_of(settings->percentiles[(begin + i) % per_channel], channel->count + channel->infinite);
    }
    for (unsigned shift = mmi_key_bits(result->image.type); status == TOOL_DONE && shift > 0;) {
        shift -= 16;
        status = make_tables(scan, count);
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

/* As many at once as there is room for tables. */
static int wide_percentiles(struct scan *scan)
{
    size_t count = scan->result->image.samples * scan->settings->percentile_count;
    size_t fit = TABLES_MAX / sizeof *scan->tables / scan->threads;
    int status = TOOL_DONE;
    for (size_t begin = 0; begin < count && status == TOOL_DONE; begin += fit)
        status = follow(scan, begin, count - begin < fit ? count : begin + fit);
    return status;
}

/* ---- the histogram -------------------------------------------------------------------------------------------------- */

static unsigned bin_of(const struct stat_result *result, const mmi_channel_stats *channel, double value)
{
    double place = channel->max > channel->min ? (value - channel->min) / (channel->max - channel->min) : 0;
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

static mmv_status add_bins(struct scan *scan, unsigned thread, uint32_t channel, uint64_t block, const char *data,
                           size_t count)
{
    const struct stat_result *result = scan->result;
    size_t size = mmi_type_size(result->image.type);
    uint32_t beside = channel == MMI_ALL_CHANNELS ? result->image.samples : 1;
    uint64_t *bins = scan->bins + (size_t)thread * result->image.samples * result->bin_count;
    (void)block;
    for (size_t i = 0; i < count; i++)
        for (uint32_t c = 0; c < beside; c++, data += size) {
            uint32_t of = beside == 1 && channel != MMI_ALL_CHANNELS ? channel : c;
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
    int status =
        scan->bins ? pass(scan, add_bins) : console_error(scan->console, scan->file->path, "not enough memory");
    for (size_t i = 0; status == TOOL_DONE && i < scan->threads * count; i++)
        result->bins[i % count] += scan->bins[i];
    free(scan->bins);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------------------------------ */

static int fit(struct scan *scan, struct stat_result *result)
{
    const struct stat_settings *settings = scan->settings;
    const struct console *console = scan->console;
    struct image_file *file = scan->file;
    uint64_t offset = 0, length = 0;
    if ((settings->range.offset && !sizes_take(console, "offset", settings->range.offset, &file->units, &offset)) ||
        (settings->range.length && !sizes_take(console, "length", settings->range.length, &file->units, &length)))
        return TOOL_USAGE;
    if (mmv_range_resolve(offset, length, file->length, &result->range) != MMV_OK)
        return console_usage(console, "%s: --offset and --length reach behind the end: there are %" PRIu64 " bytes",
                             file->path, file->length);
    const struct pixel_settings *pixels = &file->pixels;
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
    if (pixels->layout == MMI_BSQ && (offset != 0 || length != 0) && result->range.length != file->length)
        return console_usage(
            console, "a part of a bsq image is not one of its channels: --offset and --length do not go with it");
    if (pixels->layout == MMI_BIL && unit > BLOCK_BYTES)
        return console_usage(console, "%s: rows of %" PRIu64 " bytes are too long for bil", file->path, unit);
    result->range.offset += file->offset;
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

static int run(struct scan *scan)
{
    const struct stat_settings *settings = scan->settings;
    struct stat_result *result = scan->result;
    int status = make_room(scan);
    if (status == TOOL_DONE)
        status = pass(scan, add_stats);
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
    }
    for (size_t i = 0; i < result->image.samples * scan->settings->percentile_count; i++)
        result->percentiles[i] = result->percentiles[i] * slope + intercept;
}

int scan_image(const struct stat_settings *settings, const struct console *console, struct image_file *file,
               struct stat_result *result)
{
    struct scan scan = {
        .settings = settings, .console = console, .file = file, .result = result, .threads = settings->how.threads};
    *result = (struct stat_result){0};
    int status = fit(&scan, result);
    if (status != TOOL_DONE)
        return status;
    progress_start(&scan.progress, console, settings->report.progress, file->path, result->range.length);
    status = run(&scan);
    progress_end(&scan.progress);
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
