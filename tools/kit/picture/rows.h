/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_ROWS_H
#define TOOLS_ROWS_H

/*
 * rows: an image as a smaller one: every shrink-th pixel of every shrink-th row of a rectangle. Only the rows that are
 * asked for are read, and of them only the pages that have a pixel.
 */

#include <mmimage/pieces.h>

#include "kit/image/files.h"

struct rows {
    mmi_image image;          /* width and height are known */
    uint64_t offset;          /* of the image in its file */
    const mmi_pieces *pieces; /* where its samples lie in many places: not at 'offset'. The caller may set it */
    mmi_region region;
    const uint32_t *channels; /* the samples of each pixel of the smaller one, in this order. The caller may set it */
    uint32_t channel_count;   /* with 'channels'; NULL and 0 = all */
    uint64_t shrink;          /* >= 1 */
    uint64_t width, height;   /* of the smaller one */
};

/* rows_of() - 'region' lies in the image and is not empty. */
struct rows rows_of(const mmi_image *image, uint64_t offset, const mmi_region *region, uint64_t shrink);

/* rows_samples() - how many samples a pixel of the smaller image has. */
uint32_t rows_samples(const struct rows *rows);

/* rows_sample_at() - the byte of its file where a sample of the smaller image lies. */
uint64_t rows_sample_at(const struct rows *rows, uint64_t x, uint64_t y, uint32_t channel);

/* rows_file_at() - the number of the file that has it. */
uint32_t rows_file_at(const struct rows *rows, uint64_t x, uint64_t y, uint32_t channel);

/*
 * rows_take() - one row.
 * Shape:   samples[0 .. width * rows_samples()), pixel after pixel, as they are stored. The last window stays leased:
 *          files_release() tells whether the file had all of it.
 */
mmv_status rows_take(const struct rows *rows, struct files_cursor *cursor, uint64_t row, unsigned char *samples);

#endif
