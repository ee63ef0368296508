/* SPDX-License-Identifier: MIT */
/* blocks_stream: the blocks of an image whose bytes come once, see blocks.h. */
#include "kit/image/blocks.h"

#include <assert.h>
#include <stdlib.h>

#include <mmview/range.h>

#include "kit/file/stream.h"
#include "kit/os/machine.h"

/* What is at work. */
struct course {
    const struct blocks *blocks;
    unsigned char *bytes;  /* of one block */
    uint64_t came;         /* bytes of the image, so far */
    bool ended;            /* the stream is */
    mmv_walk_stats *stats; /* of it */
};

static int hand_over(struct course *course, const mmi_block *block, size_t length)
{
    const struct blocks *blocks = course->blocks;
    mmv_status status =
        blocks->image.layout == MMI_BIL ? blocks_take_lines(blocks, 0, *block) : blocks_hand(blocks, 0, block, NULL);
    course->stats->windows++;
    course->stats->records += block->count;
    course->stats->bytes += length;
    course->came += length;
    /* Who takes the blocks has seen enough. */
    if (status == MMV_ESTOPPED)
        return TOOL_FAILED;
    return status == MMV_OK ? TOOL_DONE : console_failure(blocks->file->stream->console, blocks->file->path);
}

/* Records that follow each other: of all channels, or of one. */
struct stretch {
    uint32_t channel;
    uint64_t bytes, record;
    uint64_t most; /* records of a block */
};

static int take_blocks(struct course *course, struct stretch stretch)
{
    const struct blocks *blocks = course->blocks;
    uint64_t number = 0, left = stretch.bytes;
    int result = TOOL_DONE;
    while (left > 0 && result == TOOL_DONE && !course->ended) {
        size_t wanted = (size_t)mmv_min(left, stretch.most * stretch.record), length = 0;
        result = stream_take(blocks->file->stream, course->bytes, wanted, &length);
        course->ended = length < wanted;
        size_t whole = length - length % (size_t)stretch.record;
        const mmi_block block = {stretch.channel, number++, course->bytes, whole / (size_t)stretch.record};
        if (result == TOOL_DONE && whole > 0)
            result = hand_over(course, &block, whole);
        course->came += length - whole;
        left -= length;
        if (blocks->options->tick && !blocks->options->tick(course->came, blocks->options->tick_user))
            result = TOOL_FAILED;
    }
    return result;
}

static int take_image(struct course *course)
{
    const mmi_image *image = &course->blocks->image;
    uint64_t record = mmi_image_record(image), length = course->blocks->range.length, row = image->width * record;
    if (image->layout == MMI_BIL)
        return take_blocks(course, (struct stretch){MMI_ALL_CHANNELS, length, row * image->samples, 1});
    if (image->layout == MMI_BIP)
        return take_blocks(course, (struct stretch){MMI_ALL_CHANNELS, length, record, blocks_records(record)});
    int result = TOOL_DONE;
    for (uint32_t c = 0; c < image->samples && result == TOOL_DONE; c++)
        result = take_blocks(course, (struct stretch){c, length / image->samples, record, blocks_records(record)});
    return result;
}

int blocks_stream(const struct blocks *blocks, uint64_t *came_ret)
{
    struct stream *stream = blocks->file->stream;
    double begin = machine_clock();
    mmv_walk_stats stats = {
        .threads = 1, .io = MMV_IO_BUFFERED, .window_bytes = BLOCKS_BYTES, .reason = "it is read as it comes"};
    struct course course = {.blocks = blocks, .bytes = malloc(BLOCKS_BYTES), .stats = &stats};
    uint64_t skipped = 0;
    int result = course.bytes ? stream_skip(stream, blocks->range.offset, &skipped)
                              : console_error(stream->console, stream->name, "not enough memory");
    if (result == TOOL_DONE && skipped == blocks->range.offset)
        result = take_image(&course);
    free(course.bytes);
    stats.seconds = machine_clock() - begin;
    stats.bytes_buffered = stats.bytes;
    if (blocks->walked)
        blocks->walked(blocks->user, &stats);
    *came_ret = course.came;
    return result;
}
