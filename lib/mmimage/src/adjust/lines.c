/* SPDX-License-Identifier: MIT */
/* lines: see lines.h. */
#include "adjust/lines.h"

#include <mmview/range.h>

static uint64_t product(uint64_t a, uint64_t b)
{
    uint64_t value;
    return mmv_product(a, b, &value) ? value : UINT64_MAX;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
    uint64_t value;
    return mmv_sum(a, b, &value) ? value : UINT64_MAX;
}

struct mmi__lines mmi__lines_of(const mmi_adjust *adjust)
{
    const mmi_image *image = &adjust->image;
    const mmi_region *region = &adjust->region;
    uint64_t beside = image->layout == MMI_BIP ? image->samples : 1; /* samples of a line for each pixel */
    uint64_t width = image->width * beside;
    bool all_columns = region->width == image->width;

    if (image->layout == MMI_BIL || !all_columns)
        return (struct mmi__lines){width, region->x * beside, (region->x + region->width) * beside, image->height,
                                   *region};
    struct mmi__lines lines = {UINT64_MAX, 0, UINT64_MAX, 1, {.height = 1}};
    if (image->layout == MMI_BSQ)
        lines.length = width * image->height;
    if (image->width == 0)
        return lines;
    lines.from = product(region->y, width);
    lines.to = product(sum(region->y, region->height), width);
    return lines;
}

/* Whether the region and the chosen channels meet a line; *channel_ret is its channel, 0 for bip. */
static bool is_meant(const mmi_adjust *adjust, const struct mmi__lines *lines, uint64_t line, size_t *channel_ret)
{
    uint64_t samples = adjust->image.samples, row = line, channel = 0;
    if (adjust->image.layout == MMI_BIL) {
        row = line / samples;
        channel = line % samples;
    } else if (adjust->image.layout == MMI_BSQ) {
        row = line % lines->rows;
        channel = line / lines->rows;
    }
    if (row < lines->region.y || row - lines->region.y >= lines->region.height || channel >= samples)
        return false;
    *channel_ret = (size_t)channel;
    return adjust->image.layout == MMI_BIP || adjust->rules[channel].chosen;
}

struct mmi__strip_of mmi__lines_next(const mmi_adjust *adjust, const struct mmi__lines *lines, uint64_t sample,
                                     size_t most)
{
    uint64_t column = sample % lines->length, end = column + mmv_min(lines->length - column, most);
    size_t channel;
    if (!is_meant(adjust, lines, sample / lines->length, &channel) || column >= lines->to)
        return (struct mmi__strip_of){(size_t)(end - column), false, 0};
    if (column < lines->from)
        return (struct mmi__strip_of){(size_t)(mmv_min(end, lines->from) - column), false, 0};
    if (adjust->image.layout == MMI_BIP)
        channel = (size_t)(column % adjust->image.samples);
    return (struct mmi__strip_of){(size_t)(mmv_min(end, lines->to) - column), true, channel};
}
