/* SPDX-License-Identifier: MIT */
/* rows: see rows.h. */
#include "kit/picture/rows.h"

#include <assert.h>
#include <string.h>

#include <mmview/range.h>

#define APART ((uint64_t)4096)     /* bytes: a page of most systems */
#define TOGETHER ((uint64_t)16384) /* bytes: little enough for the smallest --max-mapped */

struct rows rows_of(const mmi_image *image, uint64_t offset, const mmi_region *region, uint64_t shrink)
{
    assert(shrink > 0 && region->width > 0 && region->height > 0);
    assert(region->x + region->width <= image->width && region->y + region->height <= image->height);
    return (struct rows){.image = *image,
                         .offset = offset,
                         .region = *region,
                         .shrink = shrink,
                         .width = (region->width - 1) / shrink + 1,
                         .height = (region->height - 1) / shrink + 1};
}

uint32_t rows_samples(const struct rows *rows)
{
    return rows->channels ? rows->channel_count : rows->image.samples;
}

/* What lies together, to the smaller image: of whole pixels those samples that it has. */
static void copy_record(const struct rows *rows, unsigned char *to, const unsigned char *from, size_t record)
{
    size_t size = mmi_type_size(rows->image.type);
    if (!rows->channels || record == size) {
        memcpy(to, from, record);
        return;
    }
    for (uint32_t c = 0; c < rows->channel_count; c++)
        memcpy(to + c * size, from + rows->channels[c] * size, size);
}

/* The piece with a sample of the whole image, and where that is in the file. */
static mmi_piece find_piece(const struct rows *rows, uint64_t column, uint64_t line, uint32_t channel,
                            uint64_t *offset_ret)
{
    mmi_piece piece = mmi_pieces_get(rows->pieces, mmi_pieces_find(rows->pieces, column, line, channel));
    *offset_ret = piece.offset + (line - piece.y) * piece.stride +
                  ((column - piece.x) * piece.samples + channel - piece.channel) * mmi_type_size(rows->image.type);
    return piece;
}

uint64_t rows_sample_at(const struct rows *rows, uint64_t x, uint64_t y, uint32_t channel)
{
    const mmi_image *image = &rows->image;
    assert(x < rows->width && y < rows->height && channel < image->samples);
    uint64_t column = rows->region.x + x * rows->shrink, line = rows->region.y + y * rows->shrink;
    if (rows->pieces) {
        find_piece(rows, column, line, channel, &column);
        return column;
    }
    uint64_t index = (line * image->width + column) * image->samples + channel;
    if (image->layout == MMI_BIL)
        index = (line * image->samples + channel) * image->width + column;
    if (image->layout == MMI_BSQ)
        index = (channel * image->height + line) * image->width + column;
    return rows->offset + index * mmi_type_size(image->type);
}

/* As many of 'count' pixels as are asked for at once: where the system does not map the file, each request is a read.
 */
static size_t size_together(const struct rows *rows, uint64_t count)
{
    size_t record = mmi_image_record(&rows->image);
    uint64_t step = rows->shrink * record;
    /* Farther apart there may be pages without a pixel. */
    uint64_t more = step > APART ? 0 : mmv_min(count - 1, TOGETHER / step);
    return (size_t)(more * step) + record;
}

uint32_t rows_file_at(const struct rows *rows, uint64_t x, uint64_t y, uint32_t channel)
{
    uint64_t offset;
    return rows->pieces ? find_piece(rows, rows->region.x + x * rows->shrink, rows->region.y + y * rows->shrink,
                                     channel, &offset)
                              .file
                        : 0;
}

/*
 * Of 'count' pixels what lies together, the first at 'offset', to places that are a pixel apart: the whole of it (bip),
 * or a sample.
 */
static mmv_status take_line(const struct rows *rows, mmv_cursor *cursor, uint64_t offset, uint64_t count,
                            unsigned char *samples)
{
    size_t record = mmi_image_record(&rows->image), pixel = rows_samples(rows) * mmi_type_size(rows->image.type);
    bool is_copy = rows->shrink == 1 && pixel == record && !rows->channels;
    for (uint64_t x = 0; x < count;) {
        size_t left;
        const unsigned char *data =
            mmv_acquire(cursor, offset + x * rows->shrink * record, size_together(rows, count - x), &left);
        if (!data)
            return cursor->status;
        if (is_copy) {
            size_t length = (size_t)mmv_min(left / record, count - x) * record;
            memcpy(samples + x * pixel, data, length);
            x += length / record;
            continue;
        }
        for (size_t used = 0; x < count && left - used >= record; x++) {
            copy_record(rows, samples + x * pixel, data + used, record);
            used += (size_t)mmv_min(rows->shrink * record, left - used);
        }
    }
    return MMV_OK;
}

/* The same of a row that lies in pieces, one after the other. */
static mmv_status take_pieces(const struct rows *rows, struct files_cursor *cursor, uint64_t row, uint32_t channel,
                              unsigned char *samples)
{
    size_t pixel = rows_samples(rows) * mmi_type_size(rows->image.type);
    uint64_t line = rows->region.y + row * rows->shrink;
    mmv_status status = MMV_OK;
    for (uint64_t x = 0; x < rows->width && status == MMV_OK;) {
        uint64_t column = rows->region.x + x * rows->shrink, offset;
        mmi_piece piece = find_piece(rows, column, line, channel, &offset);
        uint64_t count = mmv_min((piece.x + piece.width - column - 1) / rows->shrink + 1, rows->width - x);
        mmv_cursor *turned = files_turn(cursor, piece.file);
        status = turned ? take_line(rows, turned, offset, count, samples + x * pixel) : cursor->status;
        x += count;
    }
    return status;
}

/* The same of a row in one range. */
static mmv_status take_range(const struct rows *rows, struct files_cursor *cursor, uint64_t row, uint32_t channel,
                             unsigned char *samples)
{
    mmv_cursor *turned = files_turn(cursor, 0);
    return turned ? take_line(rows, turned, rows_sample_at(rows, 0, row, channel), rows->width, samples)
                  : cursor->status;
}

mmv_status rows_take(const struct rows *rows, struct files_cursor *cursor, uint64_t row, unsigned char *samples)
{
    const mmi_image *image = &rows->image;
    size_t size = mmi_type_size(image->type);
    bool together = image->layout == MMI_BIP;
    uint32_t lines = together ? 1 : rows_samples(rows);
    mmv_status status = MMV_OK;
    for (uint32_t i = 0; i < lines && status == MMV_OK; i++) {
        uint32_t channel = rows->channels && !together ? rows->channels[i] : i;
        status = rows->pieces ? take_pieces(rows, cursor, row, channel, samples + i * size)
                              : take_range(rows, cursor, row, channel, samples + i * size);
    }
    return status;
}
