/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_FORMATS_TIFF_SAYS_H
#define MMIMAGE_FORMATS_TIFF_SAYS_H

/* tiff_says: what a page of a TIFF says of its samples, beyond where they lie and what they are. */

#include "formats/tiff_directory.h"

/*
 * mmi__tiff_says() - statistics that a change makes stale, values that stand for no data, scales, the way up: notes,
 * and what the container has of it.
 * Errors:  what the caller's function returned.
 */
mmv_status mmi__tiff_says(mmi__tiff *tiff, const mmi__tiff_directory *directory);

/* mmi__tiff_count_frames() - of the only page how many images follow one another, if the file has them all; else 1. */
mmv_status mmi__tiff_count_frames(mmi__tiff *tiff, const mmi__tiff_directory *directory, uint64_t *frames_ret);

#endif
