/* SPDX-License-Identifier: MIT */
/*
 * scan: see scan.h.
 *
 *     pass 1        count, extremes, sums; of samples up to 16 bits also how often each value is there
 *     pass 2, 3..   wide samples: 16 more bits of the percentiles' keys each                            percentiles.c
 *     last pass     wide samples: the bins of the histogram, whose ends pass 1 has found                bins.c
 */
#include "mmstat/scan.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include <mmview/range.h>

#include "kit/file/reading.h"
#include "mmstat/bins.h"
#include "mmstat/digits.h"
#include "mmstat/pass.h"
#include "mmstat/percentiles.h"

/* An image in pieces: all of them, or a shard's. */
static int fit_pieces(struct scan *scan, struct stat_result *result)
{
    const struct range_settings *range = &scan->settings->where.range;
    const struct pixel_settings *pixels = &scan->file->pixels;
    const mmi_pieces *pieces = scan->file->container.pieces;
    if (!scan->are_rows && (range->offset || range->length))
        return image_file_refuse_pieces(scan->file, scan->console, range->offset ? "--offset" : "--length");
    mmv_io io = scan->settings->how.io;
    if (io != MMV_IO_AUTO && io != MMV_IO_MMAP)
        return console_usage(scan->console,
                             "%s: --io=%s: its samples do not follow each other and are read through windows; leave "
                             "--io out",
                             scan->file->path, mmv_io_name(io));
    uint64_t count = mmi_pieces_count(pieces), index = range->shard.index, shards = range->shard.count;
    scan->pieces = (mmv_range){0, count};
    if (shards) {
        scan->pieces.offset = blocks_first(count, index, shards);
        scan->pieces.length = blocks_first(count, index + 1, shards) - scan->pieces.offset;
    }
    result->image = (mmi_image){pixels->type, pixels->samples, pixels->width, pixels->height, pixels->layout};
    if (scan->settings->where.has_region) {
        int status = image_file_check_region(scan->console, &result->image, &scan->settings->where.region);
        if (status != TOOL_DONE)
            return status;
        scan->selection.region = scan->settings->where.region;
    }
    for (uint64_t i = 0; i < scan->pieces.length; i++) {
        mmi_piece piece = mmi_pieces_get(pieces, scan->pieces.offset + i);
        mmi_region meant;
        if (mmi_piece_meant(pieces, &piece, &scan->selection, &meant))
            result->range.length += meant.width * meant.height * mmi_image_record(&result->image);
    }
    result->range.offset = scan->file->offset;
    result->pixels = result->range.length / scan->file->units.pixel;
    return TOOL_DONE;
}

static int fit_range(struct scan *scan, struct stat_result *result)
{
    const struct stat_settings *settings = scan->settings;
    int laid = image_file_lay_rows(scan->file, scan->console, &settings->where.range, settings->where.has_region,
                                   &scan->are_rows);
    if (laid != TOOL_DONE)
        return laid;
    if (scan->file->container.pieces)
        return fit_pieces(scan, result);
    const struct console *console = scan->console;
    struct image_file *file = scan->file;
    const struct pixel_settings *pixels = &file->pixels;
    /* Parts end where blocks end: their figures are merged without a difference. */
    uint64_t record =
        pixels->layout == MMI_BIL ? mmv_max(1, file->units.row) : blocks_records(file->units.pixel) * file->units.pixel;
    int status = image_file_take_pixels(file, console, &settings->where.range, &result->range);
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
    bool is_endless = mmv_range_end(result->range) == IDENTIFY_ENDLESS;
    if (result->range.length % unit != 0 && !is_endless)
        return console_usage(
            console, "%s: %" PRIu64 " bytes are not whole %s of %" PRIu64 " bytes; --length=%" PRIu64 " would be",
            file->path, result->range.length, name, unit, result->range.length / unit * unit);
    status = image_file_share(file, console, &settings->where.range.shard, record, &result->range);
    if (status != TOOL_DONE)
        return status;
    uint64_t whole = pixels->height ? pixels->height * file->units.row : file->length;
    if (pixels->layout == MMI_BSQ && result->range.length != whole)
        return console_usage(
            console, "a part of a bsq image is not one of its channels: --offset and --length do not go with it");
    if (pixels->layout == MMI_BIL && unit > BLOCKS_BYTES)
        return console_usage(console, "%s: rows of %" PRIu64 " bytes are too long for bil", file->path, unit);
    result->pixels = result->range.length / file->units.pixel;
    return TOOL_DONE;
}

static int allocate_results(struct scan *scan)
{
    const struct stat_settings *settings = scan->settings;
    struct stat_result *result = scan->result;
    uint32_t samples = result->image.samples;
    result->bin_count = settings->bins ? settings->bins : settings->plot ? 256 : 0;
    result->channels = calloc(samples, sizeof *result->channels);
    result->percentiles = calloc(samples * settings->percentile_count + 1, sizeof *result->percentiles);
    result->percentile_bits = calloc(samples * settings->percentile_count + 1, sizeof *result->percentile_bits);
    result->bins = calloc((size_t)samples * result->bin_count + 1, sizeof *result->bins);
    bool fine = result->channels && result->percentiles && result->percentile_bits && result->bins &&
                mmi_stats_create(result->image.type, samples, scan->threads, &scan->stats) == MMV_OK;
    if (!fine)
        return pass_no_memory(scan);
    mmi_stats_set_no_data(scan->stats, result->no_data.values, result->no_data.count);
    if (!image_file_is_raw(scan->file))
        mmi_stats_set_ends(scan->stats, scan->file->container.low, scan->file->container.high);
    return TOOL_DONE;
}

/* Of narrow samples how often each value is there, when somebody wants to know. */
static int begin_values(struct scan *scan)
{
    uint32_t samples = scan->result->image.samples;
    if (!digits_are_narrow(scan) || (scan->settings->percentile_count == 0 && scan->result->bin_count == 0))
        return TOOL_DONE;
    mmi_digit *digits = calloc(samples, sizeof *digits);
    for (uint32_t c = 0; digits && c < samples; c++)
        digits[c].channel = c;
    int status = digits ? digits_begin(scan, digits, samples) : pass_no_memory(scan);
    free(digits);
    return status;
}

static mmv_status add_first(void *user, unsigned thread, const mmi_block *block)
{
    struct scan *scan = user;
    if (scan->digits)
        digits_add(scan, thread, block);
    return mmi_stats_add(scan->stats, thread, block);
}

static mmv_status merge_stats(void *user, uint64_t rank, const void *bytes, size_t size)
{
    struct scan *scan = user;
    return rank == scan->shard.index ? MMV_OK : mmi_stats_merge(scan->stats, bytes, size);
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

static int first_pass(struct scan *scan)
{
    int status = allocate_results(scan);
    if (status == TOOL_DONE)
        status = begin_values(scan);
    status = ranks_agree(scan->ranks, status);
    if (status == TOOL_DONE)
        status = pass_run(scan, add_first);
    if (status == TOOL_DONE)
        status = gather_stats(scan);
    if (status != TOOL_DONE)
        return status;
    mmi_stats_get(scan->stats, scan->result->channels);
    if (scan->digits)
        digits_gather(scan);
    return TOOL_DONE;
}

static int take_figures(struct scan *scan)
{
    int status = first_pass(scan);
    if (status == TOOL_DONE)
        status = percentiles_take(scan);
    return status == TOOL_DONE ? bins_take(scan) : status;
}

/* Stored samples become what they mean. */
static void scale(struct scan *scan)
{
    const mmi_container *container = &scan->file->container;
    struct stat_result *result = scan->result;
    double slope = container->slope, intercept = container->intercept;
    bool is_scaled = slope != 1 || intercept != 0;
    result->exact = !is_scaled && mmi_type_size(result->image.type) == 8 && !mmi_type_is_float(result->image.type);
    if (!is_scaled)
        return;
    for (uint32_t c = 0; c < result->image.samples; c++) {
        mmi_channel_stats *channel = &result->channels[c];
        double a = channel->min * slope + intercept, b = channel->max * slope + intercept;
        channel->min = fmin(a, b);
        channel->max = fmax(a, b);
        channel->mean = channel->mean * slope + intercept;
        channel->sd *= fabs(slope);
        uint64_t lowest = channel->low;
        channel->low = slope < 0 ? channel->high : lowest;
        channel->high = slope < 0 ? lowest : channel->high;
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

/* Figures are of numbers, whatever these mean. */
static void note_meaning(struct image_file *file)
{
    static const char *const what[] = {[MMI_MEANS_DARK] = "more is darker (WhiteIsZero)",
                                       [MMI_MEANS_INK] = "samples are amounts of ink (CMYK)",
                                       [MMI_MEANS_LAB] = "samples are colours of CIE L*a*b*"};
    if (!image_file_is_raw(file) && file->container.meaning != MMI_MEANS_LIGHT)
        notes_add(&file->notes, MMI_NOTE_MEANING, "in this image %s: the figures are of the stored samples",
                  what[file->container.meaning]);
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
    ranks_shard(ranks, &scan.shard);
    scan.most_threads = (unsigned)ranks_max(ranks, scan.threads);
    int status = fit_range(&scan, result);
    if (status == TOOL_DONE &&
        !where_take_channels(console, settings->where.channels, result->image.samples, result->shown))
        status = TOOL_USAGE;
    if (status == TOOL_DONE)
        status = no_data_find(&result->no_data, &settings->no_data, console, file);
    if (status == TOOL_DONE)
        note_meaning(file);
    status = ranks_agree_first(ranks, console, status);
    if (status != TOOL_DONE)
        return status;
    struct reading reading = {.console = console,
                              .map = file->map,
                              .path = file->path,
                              .range =
                                  file->container.pieces ? mmi_pieces_reach(file->container.pieces, 0) : result->range,
                              .neighbours = settings->neighbours};
    uint64_t passes = 1 + percentiles_passes(&scan) + bins_passes(&scan);
    files_reading_begin(&reading, file);
    progress_start(&scan.progress, console, settings->report.progress, file->path,
                   mmv_range_end(result->range) == IDENTIFY_ENDLESS ? PROGRESS_UNKNOWN : result->range.length * passes);
    status = take_figures(&scan);
    progress_end(&scan.progress);
    ranks_report(ranks, &result->report);
    if (status == TOOL_DONE)
        scale(&scan);
    if (status == TOOL_DONE && ranks_first(ranks) && !file->stream)
        result->changed_meanwhile = files_reading_end(&reading, file, "what is shown");
    notes_take_reading(&file->notes, &reading);
    mmi_stats_destroy(&scan.stats);
    digits_end(&scan);
    return status;
}

void scan_drop(struct stat_result *result)
{
    free(result->channels);
    free(result->percentiles);
    free(result->percentile_bits);
    free(result->bins);
    *result = (struct stat_result){0};
}
