/* SPDX-License-Identifier: MIT */
/* blocks: see blocks.h. A walk's records are blocks; what is left behind whole ones is a walk of one record. */
#include "kit/image/blocks.h"

#include <mmimage/stats.h>
#include <mmview/range.h>
#include <mmview/shard.h>

/* What a walk's callback is told. */
struct part {
    const struct blocks *blocks;
    uint32_t channel;
    size_t record;  /* bytes */
    uint64_t first; /* number of the first block */
};

/* A row of bil: a line of each channel, and each is a block. */
static mmv_status take_lines(const struct part *part, unsigned thread, uint64_t block, const char *data)
{
    const mmi_image *image = &part->blocks->image;
    size_t line = (size_t)image->width * mmi_type_size(image->type);
    for (uint32_t c = 0; c < image->samples; c++) {
        mmv_status status =
            part->blocks->fn(part->blocks->user, thread, c, block, data + c * line, (size_t)image->width);
        if (status)
            return status;
    }
    return MMV_OK;
}

static mmv_status take_chunk(const mmv_chunk *chunk, void *user)
{
    const struct part *part = user;
    const mmi_image *image = &part->blocks->image;
    size_t unit = image->layout == MMI_BIP ? mmi_image_pixel(image) : mmi_type_size(image->type);
    mmv_status status = MMV_OK;
    for (size_t i = 0; i < chunk->count && status == MMV_OK; i++) {
        const char *data = (const char *)chunk->source + i * chunk->stride;
        uint64_t block = part->first + chunk->index + i;
        status = image->layout == MMI_BIL ? take_lines(part, chunk->thread, block, data)
                                          : part->blocks->fn(part->blocks->user, chunk->thread, part->channel, block,
                                                             data, part->record / unit);
    }
    return status;
}

static mmv_status walk(const struct blocks *blocks, uint64_t offset, uint64_t length, struct part *part)
{
    mmv_walk_stats stats = {0};
    mmv_walk_options options = *blocks->options;
    if (length == 0)
        return MMV_OK;
    options.record_size = part->record;
    options.offset = offset;
    options.length = length;
    options.stats = &stats;
    mmv_status status = mmv_walk(blocks->map, &options, take_chunk, part);
    if (blocks->walked)
        blocks->walked(blocks->user, &stats);
    return status;
}

/* Of whole records those of this process' share. */
static mmv_status walk_share(const struct blocks *blocks, mmv_range range, struct part *part)
{
    mmv_range share = range;
    mmv_status status = MMV_OK;
    if (blocks->count)
        status = mmv_shard(range, part->record, 0, blocks->index, blocks->count, &share);
    part->first = (share.offset - range.offset) / part->record;
    return status ? status : walk(blocks, share.offset, share.length, part);
}

uint64_t blocks_records(uint64_t unit)
{
    return mmv_min(MMI_STATS_BLOCK, mmv_max(1, BLOCKS_BYTES / unit));
}

static mmv_status walk_channel(const struct blocks *blocks, uint32_t channel, uint64_t offset, uint64_t length,
                               uint64_t unit)
{
    uint64_t records = blocks_records(unit);
    uint64_t block = records * unit, whole = length / block * block;
    struct part part = {blocks, channel, (size_t)block, 0};
    mmv_status status = walk_share(blocks, (mmv_range){offset, whole}, &part);
    if (status || (blocks->count && blocks->index + 1 < blocks->count))
        return status;
    part.first = whole / block;
    part.record = (size_t)(length - whole);
    return walk(blocks, offset + whole, length - whole, &part);
}

mmv_status blocks_walk(const struct blocks *blocks)
{
    const mmi_image *image = &blocks->image;
    mmv_range range = blocks->range;
    uint64_t size = mmi_type_size(image->type);
    if (image->layout == MMI_BIP)
        return walk_channel(blocks, MMI_ALL_CHANNELS, range.offset, range.length, size * image->samples);
    if (image->layout == MMI_BIL) {
        struct part part = {blocks, MMI_ALL_CHANNELS, (size_t)(image->width * size * image->samples), 0};
        return walk_share(blocks, range, &part);
    }
    mmv_status status = MMV_OK;
    uint64_t plane = range.length / image->samples;
    for (uint32_t c = 0; c < image->samples && status == MMV_OK; c++)
        status = walk_channel(blocks, c, range.offset + c * plane, plane, size);
    return status;
}
