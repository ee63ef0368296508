/* SPDX-License-Identifier: MIT */
/*
 * image: the sizes of an image, whether its description makes sense, and where the bytes of a region lie.
 *
 * 1. A width or a height of 0 in a region reaches to the edge, so a region of zeros is the whole image.
 * 2. After mmi_image_check() nothing below can leave 64 bits, but for the rows of an image whose height is unknown:
 *    those are checked, and what lies beyond 64 bits lies beyond the file as well. No assert: the sums are checked
 * ones.
 * 3. Spans are built per channel as if each row were apart, then joined, then clipped to the file. Two rules join:
 *
 *        bil, whole rows   |RRRR|GGGG|BBBB    side by side in every row: one longer record
 *        bsq               one goes on with the stride of the other: one longer column of records
 */

#include "samples/region.h"

#include <assert.h>
#include <string.h>

#define OPERATION "describe image"

static const char *const layout_names[] = {[MMI_BIP] = "bip", [MMI_BIL] = "bil", [MMI_BSQ] = "bsq"};

bool mmi_layout_parse(const char *text, mmi_layout *layout_ret)
{
    for (int layout = MMI_BIP; layout <= MMI_BSQ; layout++) {
        if (strcmp(text, layout_names[layout]) != 0)
            continue;
        *layout_ret = (mmi_layout)layout;
        return true;
    }
    return false;
}

const char *mmi_layout_name(mmi_layout layout)
{
    return layout_names[layout];
}

size_t mmi_image_pixel(const mmi_image *image)
{
    return image->samples * mmi_type_size(image->type);
}

size_t mmi_image_record(const mmi_image *image)
{
    return image->layout == MMI_BIP ? mmi_image_pixel(image) : mmi_type_size(image->type);
}

bool mmi_image_row(const mmi_image *image, uint64_t *bytes_ret)
{
    return mmv_product(image->width, mmi_image_pixel(image), bytes_ret);
}

bool mmi_image_bytes(const mmi_image *image, uint64_t *bytes_ret)
{
    uint64_t row;
    return mmi_image_row(image, &row) && mmv_product(row, image->height, bytes_ret);
}

static mmv_status invalid(const char *parameter)
{
    return mmv_error_set_parameter(MMV_EINVAL, OPERATION, parameter);
}

static mmv_status check_shape(const mmi_image *image)
{
    uint64_t bytes;
    if (image->samples < 1 || image->samples > MMI_SAMPLES_MAX)
        return invalid("samples");
    if ((unsigned)image->layout > MMI_BSQ)
        return invalid("layout");
    if (image->width == 0 && (image->layout != MMI_BIP || image->height != 0))
        return invalid("width");
    if (image->height == 0 && image->layout == MMI_BSQ)
        return invalid("height");
    if (!mmi_image_row(image, &bytes))
        return invalid("width");
    if (!mmi_image_bytes(image, &bytes))
        return invalid("height");
    return MMV_OK;
}

static bool region_is_all(const mmi_region *region)
{
    return region->x == 0 && region->y == 0 && region->width == 0 && region->height == 0;
}

static bool region_fits(const mmi_image *image, const mmi_region *region)
{
    uint64_t height = image->height != 0 ? image->height : UINT64_MAX;
    return region->x < image->width && region->width <= image->width - region->x && region->y < height &&
           region->height <= height - region->y;
}

mmv_status mmi_image_check(const mmi_image *image, const mmi_region *region)
{
    mmv_status status = check_shape(image);
    if (status || !region || region_is_all(region))
        return status;
    if (image->width == 0)
        return invalid("width");
    if (!region_fits(image, region))
        return mmv_error_set_parameter(MMV_ERANGE, OPERATION, "region");
    return MMV_OK;
}

mmi_region mmi__region_resolve(const mmi_image *image, const mmi_region *region)
{
    mmi_region whole = region ? *region : (mmi_region){0};
    if (whole.width == 0)
        whole.width = image->width - whole.x;
    if (whole.height == 0)
        whole.height = image->height != 0 ? image->height - whole.y : UINT64_MAX;
    assert(image->width == 0 || mmv_range_fits(whole.x, whole.width, image->width));    /* 1. */
    assert(image->height == 0 || mmv_range_fits(whole.y, whole.height, image->height)); /* 1. */
    return whole;
}

/* The part of one channel (of all, for bip) that lies in the region, a record per row. */
struct part {
    mmi_span span;
    bool found; /* false: it begins beyond 64 bits */
};

static struct part part_of(const mmi_image *image, const mmi_region *region, uint32_t channel)
{
    uint64_t record = mmi_image_record(image);
    uint64_t line = image->width * record; /* the row of one channel, or of all for bip */
    uint64_t stride = image->layout == MMI_BIL ? line * image->samples : line;
    uint64_t first = image->layout == MMI_BIL   ? channel * line
                     : image->layout == MMI_BSQ ? channel * line * image->height
                                                : 0;
    struct part part = {.span = {.record = region->width * record, .stride = stride, .count = region->height}};
    part.found = mmv_product(region->y, stride, &part.span.offset) &&
                 mmv_sum(part.span.offset, first + region->x * record, &part.span.offset);
    return part;
}

/* Adds 'next' to the end of 'span' if both together are one span. */
static bool join(mmi_span *span, const mmi_span *next)
{
    uint64_t length;
    if (next->stride == span->stride && next->count == span->count && next->offset == span->offset + span->record) {
        span->record += next->record;
        return true;
    }
    if (next->record != span->record || !mmv_product(span->count, span->stride, &length) ||
        next->offset - span->offset != length)
        return false;
    span->count += next->count;
    return true;
}

/* Records without gaps become as small as they may be, so that a walk can cut anywhere; then the file's end counts. */
static mmi_span clip(mmi_span span, uint64_t record, uint64_t bytes)
{
    uint64_t length;
    if (span.offset >= bytes)
        return (mmi_span){0};
    if (span.record == span.stride || span.count == 1) {
        if (!mmv_product(span.record, span.count, &length))
            length = UINT64_MAX;
        return (mmi_span){span.offset, record, record, mmv_min(length, bytes - span.offset) / record};
    }
    if (span.record > bytes - span.offset)
        return (mmi_span){0};
    span.count = mmv_min(span.count, (bytes - span.offset - span.record) / span.stride + 1);
    return span;
}

struct list {
    mmi_span *spans;
    size_t capacity, count;
};

static void append(struct list *list, mmi_span span)
{
    if (span.count == 0)
        return;
    /* 3. Joined as far as they can be, they are in the order of the file. */
    /* Invariant 3: in order, so that neighbours can be joined. */
    assert(list->count == 0 || list->count > list->capacity || list->spans[list->count - 1].offset < span.offset);
    if (list->count < list->capacity)
        list->spans[list->count] = span;
    list->count++;
}

static size_t planar_spans(const mmi_image *image, const mmi_selection *selection, uint64_t bytes, struct list *list)
{
    uint64_t record = mmi_type_size(image->type);
    mmi_span open = {0};
    for (uint32_t channel = 0; channel < image->samples; channel++) {
        struct part part = part_of(image, &selection->region, channel);
        if ((selection->channels && !selection->channels[channel]) || !part.found)
            continue;
        if (open.count > 0 && join(&open, &part.span))
            continue;
        if (open.count > 0)
            append(list, clip(open, record, bytes));
        open = part.span;
    }
    if (open.count > 0)
        append(list, clip(open, record, bytes));
    return list->count;
}

static bool any_channel(const mmi_image *image, const bool *channels)
{
    return !channels || memchr(channels, true, image->samples * sizeof *channels) != NULL;
}

size_t mmi_image_spans(const mmi_image *image, const mmi_selection *selection, uint64_t bytes, mmi_span *spans,
                       size_t capacity)
{
    struct list list = {spans, capacity, 0};
    mmi_region whole = mmi__region_resolve(image, &selection->region);
    assert(mmi_image_check(image, &selection->region) == MMV_OK);
    assert(capacity == 0 || spans);

    if (image->layout != MMI_BIP)
        return planar_spans(image, &(mmi_selection){whole, selection->channels}, bytes, &list);
    if (!any_channel(image, selection->channels))
        return 0;
    uint64_t pixel = mmi_image_pixel(image);
    struct part part = part_of(image, &whole, 0);
    if (image->width == 0)
        part.span = (mmi_span){0, pixel, pixel, UINT64_MAX};
    if (part.found)
        append(&list, clip(part.span, pixel, bytes));
    return list.count;
}
