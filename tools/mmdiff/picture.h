/* SPDX-License-Identifier: MIT */
#ifndef MMDIFF_PICTURE_H
#define MMDIFF_PICTURE_H

/*
 * picture: where two images differ, as a PNG of at most PICTURE_SIDE pixels a side. A pixel stands for a square of the
 * images: black where they are equal, the brighter the more samples of it differ.
 */

#include "kit/image/image_file.h"

#define PICTURE_SIDE ((uint64_t)1024)

/* How many samples differ in each square. Zero bytes: none are counted. */
struct picture {
    mmi_region region; /* of the images */
    uint64_t shrink;   /* pixels along an edge of a square */
    uint32_t width, height;
    uint64_t *counts; /* [height][width], of picture_drop() */
};

/* picture_make() - of a part of an image, which is not empty. False: no memory. */
bool picture_make(struct picture *picture, const mmi_region *region);

/* picture_mark() - a sample of this pixel of the image differs. */
void picture_mark(struct picture *picture, uint64_t x, uint64_t y);

/* picture_merge() - all of 'more', which is of the same part. */
void picture_merge(struct picture *picture, const struct picture *more);

/* What is written, and where. */
struct picture_wish {
    const char *path;
    bool force;
    uint32_t channels;              /* samples of a pixel that were compared */
    const struct image_file *a, *b; /* which it may not overwrite; its rights are narrowed by those of A */
};

/*
 * picture_plan() - whether it can be written, before the files are read. picture_write() - do so. Both return an exit
 * status; what is wrong was said.
 */
int picture_plan(struct output *output, const struct console *console, const struct picture_wish *wish);
int picture_write(const struct picture *picture, struct output *output, const struct console *console,
                  const struct picture_wish *wish);

void picture_drop(struct picture *picture);

#endif
