/* SPDX-License-Identifier: MIT */
/* follow: see follow.h. */
#include "mmdiff/follow.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include <mmview/range.h>

#include "kit/picture/rows.h"

mmv_status follower_open(struct follower *follower, const struct followed *of, mmv_pool *pool)
{
    *follower = (struct follower){.of = of};
    return files_cursor_open(&follower->cursor, pool, of->file);
}

void follower_close(struct follower *follower)
{
    files_cursor_close(&follower->cursor);
    free(follower->buffer);
    *follower = (struct follower){0};
}

/* Pixels that lie one behind the other in the image: whole rows, or a part of one. */
static bool is_together(const struct followed *of, const mmi_block *block, const block_place *place)
{
    const mmi_region *rows = &place->rows;
    bool in_one = rows->width > 0 && place->from % rows->width + block->count <= rows->width;
    return of->image.width == 0 || (rows->x == 0 && rows->width == of->image.width) || in_one;
}

/* Of a block that lies together: its first pixel. */
static uint64_t first_of(const struct followed *of, const block_place *place)
{
    const mmi_region *rows = &place->rows;
    if (of->image.width == 0)
        return place->from;
    return (rows->y + place->from / rows->width) * of->image.width + rows->x + place->from % rows->width;
}

/* Where the block begins in the file, if its samples follow each other there. */
static bool find(const struct followed *of, const mmi_block *block, const block_place *place, uint64_t *offset_ret)
{
    const mmi_image *image = &of->image;
    bool all = block->channel == MMI_ALL_CHANNELS;
    bool fits = image->layout == MMI_BIP ? all || image->samples == 1 : image->layout == MMI_BSQ && !all;
    if (of->file->container.pieces || !fits || !is_together(of, block, place))
        return false;
    uint64_t plane = image->layout == MMI_BSQ ? block->channel * image->width * image->height : 0;
    *offset_ret = of->range.offset + (plane + first_of(of, place)) * mmi_image_record(image);
    return true;
}

static bool make_room(struct follower *follower, size_t size)
{
    if (size <= follower->size)
        return true;
    free(follower->buffer);
    follower->buffer = malloc(size);
    follower->size = follower->buffer ? size : 0;
    return follower->buffer != NULL;
}

/* The part of the block that lies in one row of the place, from its pixel 'done' on. */
static mmi_region part_of(const mmi_block *block, const block_place *place, uint64_t done)
{
    const mmi_region *rows = &place->rows;
    uint64_t at = place->from + done, column = at % rows->width;
    return (mmi_region){rows->x + column, rows->y + at / rows->width,
                        mmv_min(rows->width - column, block->count - done), 1};
}

static mmv_status collect(struct follower *follower, const mmi_block *block, const block_place *place)
{
    const struct followed *of = follower->of;
    bool all = block->channel == MMI_ALL_CHANNELS;
    size_t record = mmi_type_size(of->image.type) * (all ? of->image.samples : 1);
    mmv_status status = MMV_OK;
    if (!make_room(follower, block->count * record))
        return mmv_error_set(MMV_ENOMEM, ENOMEM, "compare");
    for (uint64_t done = 0; done < block->count && status == MMV_OK;) {
        mmi_region part = part_of(block, place, done);
        struct rows rows = rows_of(&of->image, of->range.offset, &part, 1);
        rows.pieces = of->file->container.pieces;
        rows.channels = all ? NULL : &block->channel;
        rows.channel_count = all ? 0 : 1;
        status = rows_take(&rows, &follower->cursor, 0, follower->buffer + done * record);
        done += part.width;
    }
    return status;
}

const unsigned char *follower_take(struct follower *follower, const mmi_block *block, const block_place *place)
{
    const struct followed *of = follower->of;
    uint64_t offset;
    size_t left;
    if (!find(of, block, place, &offset)) {
        follower->cursor.status = collect(follower, block, place);
        return follower->cursor.status == MMV_OK ? follower->buffer : NULL;
    }
    mmv_cursor *cursor = files_turn(&follower->cursor, 0);
    const unsigned char *data =
        cursor ? mmv_acquire(cursor, offset, block->count * mmi_image_record(&of->image), &left) : NULL;
    if (cursor)
        follower->cursor.status = cursor->status;
    return data;
}
