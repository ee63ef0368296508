/* SPDX-License-Identifier: MIT */
/* rows: see rows.h. */
#include "kit/picture/rows.h"

#include <assert.h>
#include <string.h>

#include <mmview/range.h>

struct rows rows_of(const mmi_image *image, uint64_t offset, const mmi_region *region, uint64_t shrink)
{
    assert(shrink > 0 && region->width > 0 && region->height > 0);
    assert(region->x + region->width <= image->width && region->y + region->height <= image->height);
    return (struct rows){
        *image, offset, *region, shrink, (region->width - 1) / shrink + 1, (region->height - 1) / shrink + 1};
}

uint64_t rows_sample_at(const struct rows *rows, uint64_t x, uint64_t y, uint32_t channel)
{
    const mmi_image *image = &rows->image;
    assert(x < rows->width && y < rows->height && channel < image->samples);
    uint64_t column = rows->region.x + x * rows->shrink, line = rows->region.y + y * rows->shrink;
    uint64_t index = (line * image->width + column) * image->samples + channel;
    if (image->layout == MMI_BIL)
        index = (line * image->samples + channel) * image->width + column;
    if (image->layout == MMI_BSQ)
        index = (channel * image->height + line) * image->width + column;
    return rows->offset + index * mmi_type_size(image->type);
}

/*
 * Of each pixel what lies together, the first at 'offset', to places that are a pixel apart: the whole of it (bip), or
 * a sample.
 */
static mmv_status take_line(const struct rows *rows, mmv_cursor *cursor, uint64_t offset, unsigned char *samples)
{
    size_t record = mmi_image_record(&rows->image), pixel = mmi_image_pixel(&rows->image);
    for (uint64_t x = 0; x < rows->width;) {
        size_t left;
        const unsigned char *data = mmv_acquire(cursor, offset + x * rows->shrink * record, record, &left);
        if (!data)
            return cursor->status;
        if (rows->shrink == 1 && pixel == record) {
            size_t length = (size_t)mmv_min(left / record, rows->width - x) * record;
            memcpy(samples + x * pixel, data, length);
            x += length / record;
            continue;
        }
        for (size_t used = 0; x < rows->width && left - used >= record; x++) {
            memcpy(samples + x * pixel, data + used, record);
            used += (size_t)mmv_min(rows->shrink * record, left - used);
        }
    }
    return MMV_OK;
}

mmv_status rows_take(const struct rows *rows, mmv_cursor *cursor, uint64_t row, unsigned char *samples)
{
    const mmi_image *image = &rows->image;
    size_t size = mmi_type_size(image->type);
    mmv_status status = MMV_OK;
    if (image->layout == MMI_BIP)
        return take_line(rows, cursor, rows_sample_at(rows, 0, row, 0), samples);
    for (uint32_t c = 0; c < image->samples && status == MMV_OK; c++)
        status = take_line(rows, cursor, rows_sample_at(rows, 0, row, c), samples + c * size);
    return status;
}
