/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_SRC_LINES_H
#define MMIMAGE_SRC_LINES_H

/*
 * lines: which samples of an image an adjustment means, strip by strip.
 *
 *     bip          a row of pixels              -> all rows are one endless line when the region has the image's width
 *     bil          a row of one channel
 *     bsq          a row of one channel         -> a plane is one line when the region has the image's width
 */

#include "adjust/adjust.h"

struct mmi__lines {
    uint64_t length, from, to; /* samples of a line, and which of them the region has */
    uint64_t rows;             /* per channel (bsq) */
    mmi_region region;         /* its y and height in lines' rows */
};

/* Samples that lie together and are treated alike. */
struct mmi__strip_of {
    size_t count;
    bool is_meant;
    size_t channel; /* with is_meant: of the first one; bip: the next ones have the next ones */
};

struct mmi__lines mmi__lines_of(const mmi_adjust *adjust);

/* mmi__lines_next() - from a sample of the image on, at most 'most' of them, which is at least 1. */
struct mmi__strip_of mmi__lines_next(const mmi_adjust *adjust, const struct mmi__lines *lines, uint64_t sample,
                                     size_t most);

#endif
