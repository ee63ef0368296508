/* SPDX-License-Identifier: MIT */
/* blocks: see blocks.h. A walk's records are blocks; what is left behind whole ones is a walk of one record. */
#include "kit/image/blocks.h"

#include <assert.h>

#include <mmview/range.h>
#include <mmview/shard.h>

/* What a walk's callback is told. */
struct walk_context {
    const struct blocks *blocks;
    uint32_t channel;
    size_t record;  /* bytes */
    uint64_t first; /* number of the first block */
};

/* A block of bil is a line, any other has the same number of records, but for the last. */
static block_place place_in_range(const struct blocks *blocks, const mmi_block *block)
{
    const mmi_image *image = &blocks->image;
    uint64_t each = image->layout == MMI_BIL ? image->width : blocks_records(mmi_image_record(image));
    return (block_place){{0, 0, image->width, image->height}, block->number * each};
}

mmv_status blocks_hand(const struct blocks *blocks, unsigned thread, const mmi_block *block, const block_place *place)
{
    block_place found;
    if (!blocks->placed)
        return blocks->fn(blocks->user, thread, block);
    if (!place) {
        found = place_in_range(blocks, block);
        place = &found;
    }
    return blocks->placed(blocks->user, thread, block, place);
}

mmv_status blocks_take_lines(const struct blocks *blocks, unsigned thread, mmi_block block)
{
    const mmi_image *image = &blocks->image;
    const char *line = block.data;
    mmv_status status = MMV_OK;
    block.count = (size_t)image->width;
    for (block.channel = 0; block.channel < image->samples && status == MMV_OK; block.channel++) {
        block.data = line;
        status = blocks_hand(blocks, thread, &block, NULL);
        line += (size_t)image->width * mmi_type_size(image->type);
    }
    return status;
}

static mmv_status take_chunk(const mmv_chunk *chunk, void *user)
{
    const struct walk_context *context = user;
    const mmi_image *image = &context->blocks->image;
    size_t count = context->record / mmi_image_record(image);
    mmv_status status = MMV_OK;
    for (size_t i = 0; i < chunk->count && status == MMV_OK; i++) {
        const char *data = (const char *)chunk->source + i * chunk->stride;
        const mmi_block block = {context->channel, context->first + chunk->index + i, data, count};
        status = image->layout == MMI_BIL ? blocks_take_lines(context->blocks, chunk->thread, block)
                                          : blocks_hand(context->blocks, chunk->thread, &block, NULL);
    }
    return status;
}

static mmv_status walk(const struct blocks *blocks, mmv_range range, struct walk_context *context)
{
    mmv_walk_stats stats = {0};
    mmv_walk_options options = *blocks->options;
    if (mmv_range_bytes(range) == 0)
        return MMV_OK;
    options.record_size = context->record;
    options.offset = range.offset;
    options.length = range.length;
    options.stats = &stats;
    mmv_status status = mmv_walk(blocks->map, &options, take_chunk, context);
    if (blocks->walked)
        blocks->walked(blocks->user, &stats);
    return status;
}

/* Of whole records those of this process' shard. */
static mmv_status walk_shard(const struct blocks *blocks, mmv_range range, struct walk_context *context)
{
    mmv_range shard = range;
    mmv_status status = MMV_OK;
    if (blocks->count)
        status = mmv_shard(range, context->record, 0, blocks->index, blocks->count, &shard);
    context->first = (shard.offset - range.offset) / context->record;
    return status ? status : walk(blocks, shard, context);
}

uint64_t blocks_records(uint64_t record)
{
    return mmv_min(MMI_STATS_BLOCK, mmv_max(1, BLOCKS_BYTES / record));
}

static mmv_status walk_channel(const struct blocks *blocks, uint32_t channel, mmv_range range)
{
    size_t record = mmi_image_record(&blocks->image);
    uint64_t block = blocks_records(record) * record, whole = range.length / block * block;
    struct walk_context context = {blocks, channel, (size_t)block, 0};
    mmv_status status = walk_shard(blocks, (mmv_range){range.offset, whole}, &context);
    if (status || (blocks->count && blocks->index + 1 < blocks->count))
        return status;
    context.first = whole / block;
    context.record = (size_t)(range.length - whole);
    return walk(blocks, (mmv_range){range.offset + whole, range.length - whole}, &context);
}

mmv_status blocks_walk(const struct blocks *blocks)
{
    const mmi_image *image = &blocks->image;
    mmv_range range = blocks->range;
    assert(image->samples > 0 && (image->layout == MMI_BIP || image->width > 0));
    if (blocks->pieces)
        return blocks_walk_pieces(blocks);
    if (image->layout == MMI_BIP)
        return walk_channel(blocks, MMI_ALL_CHANNELS, range);
    if (image->layout == MMI_BIL) {
        struct walk_context context = {blocks, MMI_ALL_CHANNELS, (size_t)image->width * mmi_image_pixel(image), 0};
        return walk_shard(blocks, range, &context);
    }
    mmv_status status = MMV_OK;
    uint64_t plane = range.length / image->samples;
    for (uint32_t c = 0; c < image->samples && status == MMV_OK; c++)
        status = walk_channel(blocks, c, (mmv_range){range.offset + c * plane, plane});
    return status;
}
