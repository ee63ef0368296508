/* SPDX-License-Identifier: MIT */
/*
 * pieces_rows: images that nobody has cut, as pieces of whole rows: rows with gaps, images one behind the other, and
 * slabs in a file each.
 *
 *     rows with gaps    | row | gap | row | gap | row |            a piece has some rows, with their gaps
 *     slabs             file 0 | row row row |  file 1 | row row row |
 *
 * Of bil a piece is a line of one channel, of an image that has planes (bsq): lines of other channels lie between.
 */

#include "samples/pieces.h"

#include <mmview/range.h>

#define OPERATION "list pieces"

/* How the rows of one image lie. */
typedef struct mmi_rows {
    uint64_t offset, row_bytes;
    bool are_lines; /* of the channels, one after the other in each row (bil) */
} mmi_rows;

/* Rows of about so many bytes are a piece: what threads share out. */
#define ROWS_BYTES (UINT64_C(1) << 20)
/*
 * No more pieces than this are made where rows may be taken together as one likes, however large a header says that the
 * image is: 8 MiB of memory. Elsewhere MMI_PIECES_MAX is the end.
 */
#define ROWS_MOST (UINT64_C(1) << 20)

/* As few rows as are worth a piece, and more where there would be too many, of one of 'frames' like it. */
static uint64_t rows_together(const mmi_image *image, uint64_t row_bytes, uint64_t frames)
{
    uint64_t most = mmv_max(1, ROWS_MOST / mmi__planes(image) / frames);
    return mmv_min(image->height, mmv_max(mmv_max(1, ROWS_BYTES / row_bytes), (image->height - 1) / most + 1));
}

/* Each line of bil is a piece of one row: a plane whose rows lie between those of the others. */
static void place_rows(const mmi_image *image, const mmi__cut *cut, const mmi_rows *rows, uint64_t *offsets)
{
    uint64_t down = (image->height - 1) / cut->height + 1;
    uint64_t line = image->width * mmi_type_size(image->type);
    for (uint32_t plane = 0; plane < mmi__planes(image); plane++)
        for (uint64_t i = 0; i < down; i++) {
            uint64_t row = i * cut->height + (rows->are_lines ? 0 : plane * image->height);
            *offsets++ = rows->offset + row * rows->row_bytes + (rows->are_lines ? plane * line : 0);
        }
}

mmv_status mmi_pieces_of_rows(const mmi_image *image, uint64_t offset, uint64_t row_bytes, uint64_t size,
                              mmi_pieces **pieces_ret)
{
    mmi_rows rows = {offset, row_bytes, image->layout == MMI_BIL};
    mmi_image frame = *image;
    uint64_t *offsets, end;
    mmi__pieces_fault fault;
    frame.layout = rows.are_lines ? MMI_BSQ : image->layout;
    if (image->width == 0 || image->height == 0 || mmi_image_check(image, NULL) != MMV_OK || row_bytes == 0 ||
        !mmv_product(image->height, row_bytes, &end) || !mmv_product(end, image->samples, &end))
        return mmv_error_set_parameter(MMV_EINVAL, OPERATION, "row_bytes");
    mmi__cut cut = {.width = image->width, .height = rows.are_lines ? 1 : rows_together(&frame, row_bytes, 1)};
    cut.stride = rows.are_lines ? 0 : row_bytes;
    mmi_pieces *pieces = mmi__pieces_begin(&frame);
    mmv_status status = pieces ? mmi__pieces_add(pieces, &cut, &offsets) : mmv_error_set(MMV_ENOMEM, 0, OPERATION);
    if (status == MMV_OK) {
        place_rows(&frame, &cut, &rows, offsets);
        status = mmi__pieces_end(pieces, size, &fault);
    }
    if (status != MMV_OK)
        mmi_pieces_destroy(&pieces);
    if (status == MMV_ETRUNC || status == MMV_EINVAL)
        return mmv_error_set_parameter(MMV_EINVAL, OPERATION, "row_bytes");
    if (status == MMV_OK)
        *pieces_ret = pieces;
    return status;
}

mmv_status mmi__pieces_add_frame(mmi_pieces *pieces, const mmi_image *frame, uint64_t offset)
{
    const mmi_rows rows = {offset, frame->width * mmi_image_record(frame), false};
    const mmi__cut cut = {.width = frame->width, .height = rows_together(frame, rows.row_bytes, 1)};
    uint64_t *offsets;
    mmv_status status = mmi__pieces_add(pieces, &cut, &offsets);
    if (status == MMV_OK)
        place_rows(frame, &cut, &rows, offsets);
    return status;
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b > 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* So many rows of a frame are a piece that ends with the slab it begins in; 'rows' of them are a slab. */
static uint64_t rows_in_slab(const mmi_image *frame, uint64_t frames, uint64_t rows, uint64_t row_bytes)
{
    uint64_t common = common_divisor(rows, frame->height);
    return common == frame->height ? rows_together(frame, row_bytes, frames) : common;
}

/* Pixels: each slab is a frame. Planes, and lines of bil: all is one. */
static mmv_status add_slabs(mmi_pieces *pieces, const mmi_image *frame, const mmi__cut *cut, const mmi_rows *rows,
                            uint64_t frames)
{
    mmv_status status = MMV_OK;
    for (uint64_t i = 0; i < frames && status == MMV_OK; i++) {
        uint64_t *offsets;
        mmi_rows at = *rows;
        at.offset = i * frame->height * rows->row_bytes;
        status = mmi__pieces_add(pieces, cut, &offsets);
        if (status == MMV_OK)
            place_rows(frame, cut, &at, offsets);
    }
    return status;
}

mmv_status mmi__pieces_of_slabs(const mmi_image *image, uint32_t files, uint64_t base, mmi_pieces **pieces_ret)
{
    mmi_image frame = *image;
    mmi_rows rows = {.are_lines = image->layout == MMI_BIL};
    mmi__pieces_fault fault;
    uint64_t bytes, line = image->width * mmi_type_size(image->type), frames = 1;
    if (!mmi_image_bytes(image, &bytes))
        return mmv_error_set_parameter(MMV_EINVAL, OPERATION, "slab");
    frame.layout = rows.are_lines ? MMI_BSQ : image->layout;
    rows.row_bytes = image->layout == MMI_BSQ ? line : line * image->samples;
    uint64_t slab = bytes / files, unit = rows.are_lines ? line : rows.row_bytes;
    if (bytes % files != 0 || slab % unit != 0)
        return mmv_error_set_parameter(MMV_EINVAL, OPERATION, "slab");
    if (image->layout == MMI_BIP) {
        frames = files;
        frame.height /= files;
    }
    const mmi__cut cut = {.width = image->width,
                          .height = rows.are_lines ? 1 : rows_in_slab(&frame, frames, slab / unit, unit)};
    mmi_pieces *pieces = mmi__pieces_begin(&frame);
    mmv_status status = pieces ? mmi__pieces_split(pieces, slab, files, base) : mmv_error_set(MMV_ENOMEM, 0, OPERATION);
    if (status == MMV_OK)
        status = add_slabs(pieces, &frame, &cut, &rows, frames);
    if (status == MMV_OK)
        status = mmi__pieces_end(pieces, bytes, &fault);
    if (status == MMV_OK)
        *pieces_ret = pieces;
    else
        mmi_pieces_destroy(&pieces);
    return status;
}
