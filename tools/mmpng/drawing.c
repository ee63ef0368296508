/* SPDX-License-Identifier: MIT */
/* drawing: see drawing.h. */
#include "mmpng/drawing.h"

#include <inttypes.h>

#include <png.h>

#include <mmview/range.h>

#include "mmpng/extremes.h"

#define BAND_BYTES MMV_MIB

int drawing_fit(struct drawing *drawing)
{
    const struct png_settings *settings = drawing->settings;
    const struct console *console = drawing->console;
    const struct pixel_settings *pixels = &drawing->file->pixels;
    const char *path = drawing->file->path;
    if (pixels->width == 0)
        return console_usage(console, "--width is needed: nothing says how long a row of %s is", path);
    uint64_t rows = drawing->file->length / drawing->file->units.row;
    uint64_t height = pixels->height ? pixels->height : rows;
    if (height > rows)
        return console_usage(console, "%s: %" PRIu64 " x %" PRIu64 " pixels do not fit its %" PRIu64 " bytes", path,
                             pixels->width, height, drawing->file->length);
    drawing->image = (mmi_image){pixels->type, pixels->samples, pixels->width, height, pixels->layout};
    drawing->region = settings->has_region ? settings->region : (mmi_region){0, 0, pixels->width, height};
    if (height == 0 || !mmv_range_fits(drawing->region.x, drawing->region.width, pixels->width) ||
        !mmv_range_fits(drawing->region.y, drawing->region.height, height))
        return console_usage(console,
                             height ? "--roi reaches outside of the image of %" PRIu64 " x %" PRIu64 " pixels"
                                    : "the image of %" PRIu64 " x %" PRIu64 " pixels is empty",
                             pixels->width, height);
    if (pixels->samples > 4)
        return console_usage(console, "%s: pictures have 1 to 4 samples per pixel, not %" PRIu32, path,
                             pixels->samples);
    drawing->rows = rows_of(&drawing->image, drawing->file->offset, &drawing->region, settings->shrink);
    drawing->rows.pieces = drawing->file->container.pieces;
    if (drawing->rows.width > PNG_UINT_31_MAX || drawing->rows.height > PNG_UINT_31_MAX)
        return console_usage(console,
                             "a PNG has at most %" PRIu32 " pixels each way; --shrink or --roi makes less of %" PRIu64
                             " x %" PRIu64,
                             (uint32_t)PNG_UINT_31_MAX, drawing->rows.width, drawing->rows.height);
    return TOOL_DONE;
}

static int find_scale(struct drawing *drawing)
{
    const struct png_settings *settings = drawing->settings;
    mmi_type type = drawing->image.type;
    size_t size = mmi_type_size(type);
    unsigned depth = settings->depth ? settings->depth : size == 1 ? 8 : 16;
    drawing->mapping = (struct mapping){
        .type = type, .depth = depth, .scaled = settings->has_range, .low = settings->low, .high = settings->high};
    if (mapping_needs_range(type) && !settings->has_range)
        return console_usage(drawing->console,
                             "%s: samples of type %s do not fit a picture; --range=LO,HI or --range=auto scales them",
                             drawing->file->path, mmi_type_name(type));
    return settings->auto_range ? extremes_find(drawing, &drawing->mapping.low, &drawing->mapping.high) : TOOL_DONE;
}

int drawing_choose_mapping(struct drawing *drawing)
{
    int result = find_scale(drawing);
    if (result != TOOL_DONE)
        return result;
    uint64_t row = 0;
    drawing->pixel = drawing->image.samples * drawing->mapping.depth / 8;
    if (!mmv_product(drawing->rows.width, drawing->pixel, &row) || row > DRAWING_ROW_MAX)
        return console_usage(drawing->console,
                             "a row of the picture would have more than %d MiB; --shrink or --roi makes it shorter",
                             (int)(DRAWING_ROW_MAX / MMV_MIB));
    drawing->row = (size_t)row;
    drawing->band_rows = mmv_max(1, BAND_BYTES / drawing->row);
    drawing->bands = (drawing->rows.height - 1) / drawing->band_rows + 1;
    return TOOL_DONE;
}

uint64_t drawing_rows(const struct drawing *drawing, uint64_t band)
{
    return mmv_min(drawing->band_rows, drawing->rows.height - band * drawing->band_rows);
}
