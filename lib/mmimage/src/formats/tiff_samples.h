/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_FORMATS_TIFF_SAMPLES_H
#define MMIMAGE_FORMATS_TIFF_SAMPLES_H

/*
 * tiff_samples: where the samples of pages lie: in strips or tiles, in one range of the file or as pieces.
 *
 *     {0} -> mmi__tiff_add_samples() for each page -> mmi__tiff_end_samples() -> mmi__tiff_drop_samples()
 */

#include "formats/tiff_directory.h"
#include "samples/pieces.h"

typedef struct mmi__tiff_samples {
    mmi_image image; /* of one page */
    uint64_t pages;
    mmi_pieces *pieces; /* NULL while they are one range: */
    mmv_range range;
    mmv_range hull; /* of all strips and tiles */
    bool is_tiled;
    size_t page; /* number of the first */
} mmi__tiff_samples;

/* Each returns what was refused, with container->problem. */

/* mmi__tiff_add_samples() - those of a page, 'number' of the file, which is like those before. */
mmv_status mmi__tiff_add_samples(mmi__tiff_samples *samples, mmi__tiff *tiff, const mmi__tiff_directory *directory,
                                 const mmi_image *image, size_t number);

/* mmi__tiff_end_samples() - all pages are there: they are put into the container. */
mmv_status mmi__tiff_end_samples(mmi__tiff_samples *samples, mmi__tiff *tiff);

void mmi__tiff_drop_samples(mmi__tiff_samples *samples);

#endif
