/* SPDX-License-Identifier: MIT */
/*
 * image_rows: rows that have a width and perhaps gaps, as an image in pieces.
 *
 *     FILE   | --offset | row 0 ...... | gap | row 1 ...... | gap | row 2 ...... |   the last gap need not be there
 *                       |---- row_bytes -----|
 */
#include "kit/image/image_file.h"

#include <inttypes.h>

int image_file_check_region(const struct console *console, const mmi_image *image, const mmi_region *region)
{
    if (mmv_range_fits(region->x, region->width, image->width) &&
        mmv_range_fits(region->y, region->height, image->height))
        return TOOL_DONE;
    return console_usage(console,
                         "--roi=%" PRIu64 ",%" PRIu64 ",%" PRIu64 "x%" PRIu64
                         ": reaches outside of the image of %" PRIu64 "x%" PRIu64 " pixels",
                         region->x, region->y, region->width, region->height, image->width, image->height);
}

/* How many rows there are in so many bytes: the last one may lack its gap. 'more' planes lie behind the first (bsq). */
static uint64_t count_rows(uint64_t bytes, uint64_t row_bytes, uint64_t tight, uint64_t planes)
{
    uint64_t rows = bytes >= tight ? (bytes - tight) / row_bytes + 1 : 0;
    return rows / planes;
}

int image_file_refuse_rows(const struct image_file *file, const struct console *console, uint64_t rows, mmv_range bytes)
{
    return console_usage(console,
                         "%s: %" PRIu64 "x%" PRIu64 " pixels do not fit the %" PRIu64 " bytes from offset %" PRIu64,
                         file->path, file->pixels.width, rows, bytes.length, bytes.offset - file->offset);
}

static int lay(struct image_file *file, const struct console *console, const struct range_settings *texts,
               mmv_range bytes)
{
    struct pixel_settings *pixels = &file->pixels;
    mmi_image image = {pixels->type, pixels->samples, pixels->width, pixels->height, pixels->layout};
    uint64_t size = mmi_type_size(image.type), planes = image.layout == MMI_BSQ ? image.samples : 1;
    uint64_t tight = image.layout == MMI_BSQ ? image.width * size : file->units.row;
    uint64_t row = pixels->row_bytes ? pixels->row_bytes : tight;
    if (row < tight)
        return console_usage(console, "--row-bytes%s=%" PRIu64 ": a row of %" PRIu64 " pixels has %" PRIu64 " bytes",
                             second_suffix(pixels->second, SECOND_ROW_BYTES), row, image.width, tight);
    uint64_t rows = count_rows(bytes.length, row, tight, planes);
    image.height = image.height ? image.height : rows;
    if (image.height == 0 || image.height > rows)
        return image_file_refuse_rows(file, console, image.height ? image.height : 1, bytes);
    mmi_pieces *pieces = NULL;
    if (mmi_pieces_of_rows(&image, bytes.offset, row, mmv_range_end(bytes), &pieces) != MMV_OK)
        return console_usage(
            console, "%s: %" PRIu64 "x%" PRIu64 " pixels in rows of %" PRIu64 " bytes cannot be used%s", file->path,
            image.width, image.height, row, image.layout == MMI_BIL ? ": bil has too many lines" : "");
    /* The last row's gap is none of what is behind it. */
    uint64_t used = ((image.height * planes - 1) * row + tight), rest = bytes.length - used;
    image_file_note_rest(file, texts, (struct image_use){bytes, rest > row - tight ? used : bytes.length, "row"});
    mmi_container_free(&file->container);
    file->container.pieces = pieces;
    file->container.image = *mmi_pieces_image(pieces);
    pixels->height = image.height;
    pixels->layout = file->container.image.layout;
    file->offset = bytes.offset;
    file->length = image.width * image.height * file->units.pixel;
    return TOOL_DONE;
}

int image_file_lay_rows(struct image_file *file, const struct console *console, const struct range_settings *texts,
                        bool wanted, bool *laid_ret)
{
    mmv_range bytes;
    *laid_ret = false;
    if (!file->pixels.row_bytes && (!wanted || file->container.pieces))
        return TOOL_DONE;
    if (file->pixels.row_bytes && !image_file_is_raw(file))
        return console_usage(console, "--row-bytes%s=%" PRIu64 ": the header of %s says where its rows lie",
                             second_suffix(file->pixels.second, SECOND_ROW_BYTES), file->pixels.row_bytes, file->path);
    if (file->pixels.width == 0)
        return console_usage(console, "%s needs --width", file->pixels.row_bytes ? "--row-bytes" : "--roi");
    int status = image_file_take_range(file, console, texts, &bytes);
    if (status == TOOL_DONE)
        status = lay(file, console, texts, bytes);
    *laid_ret = status == TOOL_DONE;
    return status;
}
