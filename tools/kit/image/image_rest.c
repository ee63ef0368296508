/* SPDX-License-Identifier: MIT */
/*
 * image_rest: what of a file is behind the bytes that a tool takes for the image. None of it is touched, and all of it
 * is said: a file that is longer than its image may have a header that nobody spoke of.
 *
 *     FILE   | --offset | whole rows, or pixels ......... | a part of one | behind --length |
 *                       |-- bytes: --length, or to the end ---------------|
 *                       |-- used -------------------------|-- the rest ---------------------|
 */
#include "kit/image/image_file.h"

#include <assert.h>
#include <inttypes.h>

void image_file_note_behind(struct image_file *file)
{
    const mmi_container *container = &file->container;
    /* Here more is part of the format: XML, blocks that are filled up, directories and what they lead to. */
    bool has_more = container->format == MMI_VIPS || container->format == MMI_FITS || container->format == MMI_TIFF;
    /* Of several parts the reader knows where the last one ends. */
    if (image_file_is_raw(file) || has_more || container->pieces || container->parts > 1 ||
        file->offset + file->length >= file->size)
        return;
    uint64_t behind = file->size - file->offset - file->length;
    for (unsigned i = 0; i < container->note_count; i++)
        if (container->notes[i].kind == MMI_NOTE_PARTS || container->notes[i].kind == MMI_NOTE_BEHIND)
            return;
    notes_add(&file->notes, MMI_NOTE_BEHIND, "%" PRIu64 " %s behind the samples %s left alone", behind,
              behind == 1 ? "byte" : "bytes", behind == 1 ? "is" : "are");
}

/* Without a height the last row tells whether the image begins where it was taken to begin. */
static void note_part_of_row(struct image_file *file, mmv_range bytes)
{
    const struct pixel_settings *pixels = &file->pixels;
    uint64_t part = file->units.row ? bytes.length % file->units.row : 0;
    if (part > 0 && pixels->height == 0 && pixels->layout == MMI_BIP && !pixels->row_bytes)
        notes_add(&file->notes, MMI_NOTE_ASSUMED,
                  "its last row has %" PRIu64 " of %" PRIu64 " bytes; is an --offset missing?", part, file->units.row);
}

void image_file_note_rest(struct image_file *file, const struct range_settings *texts, struct image_use use)
{
    uint64_t end = file->offset + file->length, used_end = use.bytes.offset + use.used;
    bool is_raw = image_file_is_raw(file), is_guess = is_raw && !texts->offset && !texts->length;
    assert(use.used <= use.bytes.length && used_end <= end);
    /* A stream tells in the end what there is. */
    if (end == IDENTIFY_ENDLESS)
        return;
    if (used_end == end && is_guess)
        note_part_of_row(file, use.bytes);
    if (used_end == end)
        return;
    uint64_t rest = end - used_end;
    notes_add(&file->notes, MMI_NOTE_BEHIND, "%" PRIu64 " %s behind %s%s %s left alone%s", rest,
              rest == 1 ? "byte" : "bytes", use.used == use.bytes.length ? "" : "the last ",
              use.used == use.bytes.length ? "--length" : use.what, rest == 1 ? "is" : "are",
              is_guess ? "; is an --offset missing?" : "");
}

uint64_t image_file_covered(const struct image_file *file, mmv_range bytes)
{
    const struct pixel_settings *pixels = &file->pixels;
    uint64_t size;
    bool is_known = image_file_is_raw(file) && pixels->width && pixels->height;
    return is_known && mmv_product(file->units.row, pixels->height, &size) && size < bytes.length ? size : bytes.length;
}

int image_file_take_pixels(struct image_file *file, const struct console *console, const struct range_settings *texts,
                           mmv_range *range_ret)
{
    const struct pixel_settings *pixels = &file->pixels;
    uint64_t size = 0;
    int status = image_file_take_range(file, console, texts, range_ret);
    if (status != TOOL_DONE)
        return status;
    const mmv_range bytes = *range_ret;
    bool is_size = image_file_is_raw(file) && pixels->width && pixels->height;
    if (is_size && !texts->length && (!mmv_product(file->units.row, pixels->height, &size) || size > bytes.length))
        return image_file_refuse_rows(file, console, pixels->height, bytes);
    range_ret->length = image_file_covered(file, bytes);
    bool are_rows = range_ret->length < bytes.length;
    uint64_t whole = range_ret->length - range_ret->length % file->units.pixel;
    image_file_note_rest(file, texts, (struct image_use){bytes, whole, are_rows ? "row" : "pixel"});
    return TOOL_DONE;
}
