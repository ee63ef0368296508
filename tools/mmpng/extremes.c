/* SPDX-License-Identifier: MIT */
/* extremes: see extremes.h. */
#include "mmpng/extremes.h"

#include <assert.h>
#include <stdlib.h>

#include <mmimage/stats.h>
#include <mmview/walk.h>

#include "kit/cli/progress.h"
#include "kit/image/blocks.h"

/* What a walk's callback is told. */
struct search {
    mmi_stats *stats;
    size_t pixels; /* of a row of the region */
};

/* Rows as blocks: the extremes do not depend on where they are cut. */
static mmv_status add_rows(const mmv_chunk *chunk, void *user)
{
    const struct search *search = user;
    mmv_status status = MMV_OK;
    for (size_t i = 0; i < chunk->count && status == MMV_OK; i++) {
        const char *row = (const char *)chunk->source + i * chunk->stride;
        const mmi_block block = {MMI_ALL_CHANNELS, chunk->index + i, row, search->pixels};
        status = mmi_stats_add(search->stats, chunk->thread, &block);
    }
    return status;
}

static mmv_status add_block(void *user, unsigned thread, const mmi_block *block)
{
    const struct search *search = user;
    return mmi_stats_add(search->stats, thread, block);
}

static mmv_status walk_pieces(const struct drawing *drawing, const mmv_walk_options *options, struct search *search)
{
    const mmi_pieces *pieces = drawing->file->container.pieces;
    const struct blocks blocks = {.map = drawing->file->map,
                                  .file = drawing->file,
                                  .image = drawing->image,
                                  .pieces = pieces,
                                  .selection = {.region = drawing->region},
                                  .numbers = {0, mmi_pieces_count(pieces)},
                                  .options = options,
                                  .fn = add_block,
                                  .user = search};
    return blocks_walk(&blocks);
}

static mmv_walk_options walk_options(const struct drawing *drawing)
{
    const mmi_region *region = &drawing->region;
    uint64_t row = drawing->file->units.row, pixel = drawing->file->units.pixel;
    mmv_walk_options options = settings_walk(&drawing->settings->how);
    options.record_size = (size_t)(region->width * pixel);
    options.stride = row == options.record_size ? 0 : row;
    options.offset = drawing->file->offset + region->y * row + region->x * pixel;
    options.length = (region->height - 1) * row + options.record_size;
    return options;
}

static mmv_status walk(const struct drawing *drawing, mmi_channel_stats *channels_ret)
{
    mmv_walk_options options = walk_options(drawing);
    struct progress progress;
    struct search search = {NULL, (size_t)drawing->region.width};
    options.tick = progress_tick;
    options.tick_user = &progress;
    mmv_status status = mmi_stats_create(drawing->image.type, drawing->image.samples, options.threads, &search.stats);
    progress_start(&progress, drawing->console, drawing->settings->report.progress, drawing->file->path,
                   drawing->file->length);
    if (status == MMV_OK)
        status = mmi_stats_set_no_data(search.stats, drawing->no_data.values, drawing->no_data.count);
    if (status == MMV_OK && drawing->file->container.pieces)
        status = walk_pieces(drawing, &options, &search);
    else if (status == MMV_OK)
        status = mmv_walk(drawing->file->map, &options, add_rows, &search);
    progress_end(&progress);
    if (status == MMV_OK)
        mmi_stats_get(search.stats, channels_ret);
    mmi_stats_destroy(&search.stats);
    return status;
}

/* Of the picture's colours that have samples; where there are none 0 to 1. */
static void join_channels(const struct drawing *drawing, const mmi_channel_stats *channels, double *low_ret,
                          double *high_ret)
{
    bool found = false;
    double low = 0, high = 0;
    for (uint32_t i = 0; i < drawing->samples - drawing_has_alpha(drawing); i++) {
        const mmi_channel_stats *channel = &channels[drawing->channels[i]];
        if (channel->count == 0)
            continue;
        low = found && low < channel->min ? low : channel->min;
        high = found && high > channel->max ? high : channel->max;
        found = true;
    }
    *low_ret = low;
    *high_ret = low < high ? high : low + 1;
}

int extremes_find(const struct drawing *drawing, double *low_ret, double *high_ret)
{
    const mmi_image *image = &drawing->image;
    const struct console *console = drawing->console;
    assert(image->layout == MMI_BIP || drawing->file->container.pieces);
    if (!drawing->file->container.pieces && drawing->region.width * drawing->file->units.pixel > DRAWING_ROW_MAX)
        return console_usage(console, "--range=auto takes rows of at most %d MiB; --range=LO,HI any",
                             (int)(DRAWING_ROW_MAX / MMV_MIB));
    mmi_channel_stats *channels = calloc(image->samples, sizeof *channels);
    if (!channels)
        return console_error(console, drawing->file->path, "not enough memory");
    mmv_status status = walk(drawing, channels);
    if (status == MMV_OK)
        join_channels(drawing, channels, low_ret, high_ret);
    free(channels);
    if (status != MMV_OK)
        return status == MMV_ESTOPPED ? TOOL_FAILED : console_failure(console, drawing->file->path);
    console_explain(console, drawing->file->path, "range %.10g to %.10g", *low_ret, *high_ret);
    return TOOL_DONE;
}
