/* SPDX-License-Identifier: MIT */
/* pair_fit: see pair_fit.h. */
#include "mmdiff/pair_fit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "kit/image/blocks.h"

/* ---- which samples of a file ------------------------------------------------------------------------------------- */

static bool is_endless(const struct side *side)
{
    return side->file.stream && mmv_range_end(side->range) == IDENTIFY_ENDLESS;
}

static int fit_record(struct pair *pair, struct side *side)
{
    const struct range_settings *texts = side->texts;
    uint64_t size = pair->fields.size;
    int result = image_file_refuse_pieces(&side->file, pair->console, "--record");
    if (result == TOOL_DONE)
        result = image_file_take_range(&side->file, pair->console, texts, &side->range);
    if (result != TOOL_DONE)
        return result;
    side->whole = side->range;
    side->is_endless = is_endless(side);
    side->pixels = side->range.length / size;
    side->image = (mmi_image){{MMI_U8, false}, (uint32_t)size, 0, 0, MMI_BIP};
    image_file_note_rest(&side->file, texts, (struct image_use){side->range, side->pixels * size, "record"});
    side->range.length = side->pixels * size;
    return TOOL_DONE;
}

static int refuse_pieces(const struct pair *pair, const struct side *side)
{
    const struct range_settings *texts = side->texts;
    char what[SETTINGS_OPTION];
    const char *suffix = second_suffix(texts->second, texts->offset ? SECOND_OFFSET : SECOND_LENGTH);
    settings_option(texts->offset ? "--offset" : "--length", suffix, what);
    return image_file_refuse_pieces(&side->file, pair->console, what);
}

static int fit_pieces(struct pair *pair, struct side *side)
{
    const struct where_settings *where = &pair->settings->where;
    const struct range_settings *texts = side->texts;
    mmv_io io = pair->settings->how.io;
    if (!side->are_rows && (texts->offset || texts->length))
        return refuse_pieces(pair, side);
    if (io != MMV_IO_AUTO && io != MMV_IO_MMAP)
        return console_usage(pair->console,
                             "%s: --io=%s: its samples do not follow each other and are read through windows; leave "
                             "--io out",
                             side->file.path, mmv_io_name(io));
    if (where->has_region && image_file_check_region(pair->console, &side->image, &where->region) != TOOL_DONE)
        return TOOL_USAGE;
    side->pixels =
        where->has_region ? where->region.width * where->region.height : side->image.width * side->image.height;
    side->range = (mmv_range){side->file.offset, side->pixels * side->file.units.pixel};
    return TOOL_DONE;
}

/* What a range of a layout other than bip has to be. */
static int check_layout(const struct pair *pair, const struct side *side)
{
    const struct image_file *file = &side->file;
    const mmi_image *image = &side->image;
    if (image->width == 0)
        return console_usage(pair->console, "--layout=%s needs --width", mmi_layout_name(image->layout));
    uint64_t whole = image->height ? image->height * file->units.row : file->length;
    if (image->layout == MMI_BSQ && side->range.length != whole)
        return console_usage(
            pair->console, "a part of a bsq image is not one of its channels: --offset and --length do not go with it");
    if (image->layout == MMI_BIL && file->units.row > BLOCKS_BYTES)
        return console_usage(pair->console, "%s: rows of %" PRIu64 " bytes are too long for bil", file->path,
                             file->units.row);
    return TOOL_DONE;
}

static int fit_range(struct pair *pair, struct side *side)
{
    struct image_file *file = &side->file;
    int result = image_file_take_pixels(file, pair->console, side->texts, &side->range);
    if (result == TOOL_DONE && side->image.layout != MMI_BIP)
        result = check_layout(pair, side);
    if (result != TOOL_DONE)
        return result;
    bool is_bip = side->image.layout == MMI_BIP;
    uint64_t unit = is_bip ? file->units.pixel : file->units.row, rest = side->range.length % unit;
    side->whole = side->range;
    side->is_endless = is_endless(side);
    if (rest != 0 && !side->is_endless)
        return console_usage(
            pair->console, "%s: %" PRIu64 " bytes are not whole %s of %" PRIu64 " bytes; --length=%" PRIu64 " would be",
            file->path, side->range.length, is_bip ? "pixels" : "rows", unit, side->range.length - rest);
    /* Within a pixel it was refused before. */
    if (!image_file_is_raw(file) && (side->range.offset - file->offset) % unit != 0)
        return console_usage(pair->console, "%s: --offset%s=%s is not at the start of a row", file->path,
                             second_suffix(side->texts->second, SECOND_OFFSET), side->texts->offset);
    side->pixels = side->range.length / file->units.pixel;
    if (side->image.width && side->image.height == 0 && !side->is_endless)
        side->image.height = side->pixels / side->image.width;
    return TOOL_DONE;
}

static mmi_image image_of(const struct image_file *file)
{
    const struct pixel_settings *pixels = &file->pixels;
    return (mmi_image){pixels->type, pixels->samples, pixels->width, pixels->height, pixels->layout};
}

int pair_fit(struct pair *pair, struct side *side)
{
    const struct where_settings *where = &pair->settings->where;
    if (pair->settings->record)
        return fit_record(pair, side);
    int result = image_file_lay_rows(&side->file, pair->console, side->texts, where->has_region, &side->are_rows);
    if (result != TOOL_DONE)
        return result;
    side->image = image_of(&side->file);
    return side->file.container.pieces ? fit_pieces(pair, side) : fit_range(pair, side);
}

/* ---- what both have ---------------------------------------------------------------------------------------------- */

PRINTF_FORMAT(2, 3) static void add_reason(struct pair *pair, const char *text, ...)
{
    va_list list;
    if (pair->reason_count == PAIR_REASONS)
        return;
    va_start(list, text);
    vsnprintf(pair->reasons[pair->reason_count++], PAIR_REASON, text, list);
    va_end(list);
}

/* What makes pixels of one none of the other. */
static void match_shape(struct pair *pair)
{
    const mmi_image *a = &pair->a.image, *b = &pair->b.image;
    if (a->samples != b->samples)
        add_reason(pair, "samples per pixel: %" PRIu32 " and %" PRIu32, a->samples, b->samples);
    if (a->width != b->width)
        add_reason(pair, "width: %" PRIu64 " and %" PRIu64 " pixels", a->width, b->width);
    pair->is_comparable = pair->reason_count == 0;
    if (!pair->settings->any_type && a->type.kind != b->type.kind)
        add_reason(pair, "type: %s and %s", mmi_type_name(a->type), mmi_type_name(b->type));
}

/* Where one has more. */
static void match_length(struct pair *pair)
{
    uint64_t a = pair->a.pixels, b = pair->b.pixels, width = pair->a.image.width;
    uint64_t more = a > b ? a - b : b - a;
    const char *longer = a > b ? "A" : "B", *what = pair->settings->record ? "record" : "pixel";
    bool are_rows = width > 0 && a % width == 0 && b % width == 0;
    if (a == b)
        return;
    if (are_rows && !pair->a.texts->length && !pair->b.texts->length)
        add_reason(pair, "height: %" PRIu64 " and %" PRIu64 " rows: %s has %" PRIu64 " more", a / width, b / width,
                   longer, more / width);
    else
        add_reason(pair, "length: %" PRIu64 " and %" PRIu64 " %ss: %s has %" PRIu64 " more", a, b, what, longer, more);
}

/* Of what is gone through what the other has, too. */
static int cut(struct pair *pair)
{
    struct side *side = pair->streamed ? pair->streamed : &pair->a;
    const mmi_image *image = &side->image;
    bool laid;
    if (pair->pixels == side->pixels)
        return TOOL_DONE;
    if (!side->file.container.pieces && image->layout != MMI_BSQ) {
        side->range.length = pair->pixels * mmi_image_pixel(image);
        return TOOL_DONE;
    }
    /* Planes become rows, of which each has the first ones. */
    int result = image_file_lay_rows(&side->file, pair->console, side->texts, true, &laid);
    pair->pieces.region = pair->region;
    side->image = image_of(&side->file);
    return result;
}

/* Stored samples are compared, whatever these mean. */
static void note_scale(struct pair *pair)
{
    const mmi_container *a = &pair->a.file.container, *b = &pair->b.file.container;
    bool a_raw = image_file_is_raw(&pair->a.file), b_raw = image_file_is_raw(&pair->b.file);
    double a_slope = a_raw ? 1 : a->slope, b_slope = b_raw ? 1 : b->slope;
    double a_intercept = a_raw ? 0 : a->intercept, b_intercept = b_raw ? 0 : b->intercept;
    if (a_slope != b_slope || a_intercept != b_intercept)
        notes_add(&pair->b.file.notes, MMI_NOTE_MEANING,
                  "stored samples are compared: one means %.10g x sample %+.10g here, and %.10g x sample %+.10g in %s",
                  b_slope, b_intercept, a_slope, a_intercept, pair->a.file.name);
}

static bool has_header(const struct pair *pair)
{
    return !image_file_is_raw(&pair->a.file) && !pair->settings->record;
}

void pair_match_pixels(struct pair *pair)
{
    if (!pair->a.is_endless && !pair->b.is_endless)
        match_length(pair);
    pair->pixels = mmv_min(pair->a.pixels, pair->b.pixels);
}

void pair_match_longer(struct pair *pair)
{
    add_reason(pair, "length: %s has more", pair->streamed == &pair->a ? "A" : "B");
}

int pair_match(struct pair *pair)
{
    const struct where_settings *where = &pair->settings->where;
    match_shape(pair);
    if (!pair->is_comparable)
        return TOOL_DONE;
    pair_match_pixels(pair);
    if (!pair->settings->record)
        note_scale(pair);
    uint64_t width = pair->a.image.width;
    if (where->has_region) {
        pair->region = pair->pieces.region = where->region;
        return TOOL_DONE;
    }
    /* But for pixels one behind the other both have whole rows. */
    bool are_rows = pair->a.image.layout != MMI_BIP || pair->b.image.layout != MMI_BIP ||
                    pair->a.file.container.pieces || pair->b.file.container.pieces;
    if (are_rows)
        pair->pixels -= pair->pixels % width;
    if (has_header(pair) && !pair->a.file.container.pieces)
        pair->skipped = (pair->a.range.offset - pair->a.file.offset) / pair->a.file.units.pixel;
    if (width > 0 && pair->pixels > 0)
        pair->region =
            (mmi_region){0, pair->skipped / width, width, (pair->skipped % width + pair->pixels - 1) / width + 1};
    return pair->pixels > 0 ? cut(pair) : TOOL_DONE;
}
