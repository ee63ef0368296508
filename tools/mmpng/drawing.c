/* SPDX-License-Identifier: MIT */
/* drawing: see drawing.h. */
#include "mmpng/drawing.h"

#include <inttypes.h>
#include <string.h>

#include <png.h>

#include <mmview/range.h>

#include "mmpng/extremes.h"

#define BAND_BYTES MMV_MIB

/* Alpha is what files call it: the last of two or four. Others have none. */
static bool is_alpha(const struct drawing *drawing, uint32_t channel)
{
    uint32_t samples = drawing->image.samples;
    return (samples == 2 || samples == 4) && channel == samples - 1;
}

/* Gray, or red, green and blue; in either case alpha may stand behind. */
static int choose_channels(struct drawing *drawing)
{
    uint32_t named[MMI_SAMPLES_MAX];
    const struct console *console = drawing->console;
    const char *list = drawing->settings->where.channels;
    uint32_t count = where_list_channels(console, list, drawing->image.samples, named);
    if (count == 0)
        return TOOL_USAGE;
    if (count > DRAWING_CHANNELS && list == NULL)
        return console_usage(console,
                             "%s: pictures have 1 to 4 samples per pixel, not %" PRIu32
                             "; --channels=LIST says which one is gray, or which are red, green and blue",
                             drawing->file->path, count);
    bool is_even = count % 2 == 0;
    if (count > DRAWING_CHANNELS || (list != NULL && is_even && !is_alpha(drawing, named[count - 1])))
        return console_usage(console,
                             "--channels=%s: %" PRIu32 " channels make no picture: 1 is gray, 3 are red, green and "
                             "blue. One more is alpha, the last of an image of 2 or 4",
                             list, count);
    memcpy(drawing->channels, named, count * sizeof *named);
    drawing->samples = count;
    return TOOL_DONE;
}

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
    drawing->region = settings->where.has_region ? settings->where.region : (mmi_region){0, 0, pixels->width, height};
    if (height == 0 || !mmv_range_fits(drawing->region.x, drawing->region.width, pixels->width) ||
        !mmv_range_fits(drawing->region.y, drawing->region.height, height))
        return console_usage(console,
                             height ? "--roi reaches outside of the image of %" PRIu64 " x %" PRIu64 " pixels"
                                    : "the image of %" PRIu64 " x %" PRIu64 " pixels is empty",
                             pixels->width, height);
    int result = choose_channels(drawing);
    if (result != TOOL_DONE)
        return result;
    if (!drawing->file->container.pieces)
        image_file_note_rest(drawing->file, &settings->where.range,
                             (struct image_use){{drawing->file->offset, drawing->file->length},
                                                height * drawing->file->units.row,
                                                "row"});
    drawing->rows = rows_of(&drawing->image, drawing->file->offset, &drawing->region, settings->shrink);
    drawing->rows.pieces = drawing->file->container.pieces;
    drawing->rows.channels = settings->where.channels ? drawing->channels : NULL;
    drawing->rows.channel_count = settings->where.channels ? drawing->samples : 0;
    if (drawing->rows.width > PNG_UINT_31_MAX || drawing->rows.height > PNG_UINT_31_MAX)
        return console_usage(console,
                             "a PNG has at most %" PRIu32 " pixels each way; --shrink or --roi makes less of %" PRIu64
                             " x %" PRIu64,
                             (uint32_t)PNG_UINT_31_MAX, drawing->rows.width, drawing->rows.height);
    return TOOL_DONE;
}

/* Pictures show light; alone how the samples are seen can be turned. */
static int find_meaning(struct drawing *drawing)
{
    struct image_file *file = drawing->file;
    int result = no_data_find(&drawing->no_data, &drawing->settings->no_data, drawing->console, file);
    if (result != TOOL_DONE || image_file_is_raw(file))
        return result;
    drawing->is_dark = image_file_is_dark(file);
    if (file->container.meaning == MMI_MEANS_INK || file->container.meaning == MMI_MEANS_LAB)
        return console_usage(
            drawing->console,
            "%s: its samples are %s, a picture's are light. vips colourspace FILE OUT.tif srgb "
            "converts them, and --format=raw with offset, type and samples shows them as they are",
            file->path, file->container.meaning == MMI_MEANS_INK ? "amounts of ink (CMYK)" : "colours of CIE L*a*b*");
    return TOOL_DONE;
}

/* --range is of what samples mean, the mapping of stored ones. */
static void scale_range(struct drawing *drawing)
{
    const mmi_container *container = &drawing->file->container;
    struct mapping *mapping = &drawing->mapping;
    double low = (mapping->low - container->intercept) / container->slope;
    double high = (mapping->high - container->intercept) / container->slope;
    mapping->low = low < high ? low : high;
    mapping->high = low < high ? high : low;
}

/* What samples can be is all of black to white: a maxval below the type's. */
static void scale_maximum(struct drawing *drawing)
{
    const mmi_container *container = &drawing->file->container;
    struct mapping *mapping = &drawing->mapping;
    if (image_file_is_raw(drawing->file) || !(container->high < mmi_type_maximum(mapping->type)))
        return;
    mapping->scaled = true;
    mapping->low = container->low;
    mapping->high = container->high;
}

static int find_scale(struct drawing *drawing)
{
    const struct png_settings *settings = drawing->settings;
    mmi_type type = drawing->image.type;
    size_t size = mmi_type_size(type);
    unsigned depth = settings->depth ? settings->depth : size == 1 ? 8 : 16;
    drawing->mapping = (struct mapping){.type = type,
                                        .depth = depth,
                                        .scaled = settings->shown.is_given,
                                        .low = settings->shown.low,
                                        .high = settings->shown.high};
    if (mapping_needs_range(type) && !settings->shown.is_given)
        return console_usage(drawing->console,
                             "%s: samples of type %s do not fit a picture; --range=LO,HI or --range=auto scales them",
                             drawing->file->path, mmi_type_name(type));
    if (settings->shown.is_auto)
        return extremes_find(drawing, &drawing->mapping.low, &drawing->mapping.high);
    if (settings->shown.is_given)
        scale_range(drawing);
    else
        scale_maximum(drawing);
    return TOOL_DONE;
}

bool drawing_has_alpha(const struct drawing *drawing)
{
    return drawing->samples % 2 == 0;
}

/* One pixel: its colours turned, and black where they stand for no data; returns whether all of them do. */
static bool finish_colours(const struct drawing *drawing, const unsigned char *samples, unsigned char *pixel)
{
    size_t size = mmi_type_size(drawing->image.type), depth = drawing->mapping.depth / 8;
    uint32_t colours = drawing->samples - drawing_has_alpha(drawing), nothing = 0;
    for (uint32_t c = 0; c < colours; c++) {
        bool is_nothing = mmi_no_data_at(&drawing->no_data.set, samples + c * size);
        if (is_nothing)
            memset(pixel + c * depth, 0, depth);
        else if (drawing->is_dark)
            mapping_turn(&drawing->mapping, samples + c * size, pixel + c * depth);
        nothing += is_nothing;
    }
    return nothing == colours;
}

void drawing_finish(const struct drawing *drawing, const unsigned char *samples, unsigned char *picture, size_t pixels)
{
    size_t pixel = drawing->samples * mmi_type_size(drawing->image.type), depth = drawing->mapping.depth / 8;
    if (!drawing->is_dark && !no_data_is_any(&drawing->no_data))
        return;
    for (size_t i = 0; i < pixels; i++, samples += pixel, picture += drawing->pixel)
        if (finish_colours(drawing, samples, picture) && drawing_has_alpha(drawing))
            memset(picture + drawing->pixel - depth, 0, depth);
}

int drawing_choose_mapping(struct drawing *drawing)
{
    int result = find_meaning(drawing);
    if (result == TOOL_DONE)
        result = find_scale(drawing);
    if (result != TOOL_DONE)
        return result;
    uint64_t row = 0;
    drawing->pixel = drawing->samples * drawing->mapping.depth / 8;
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
