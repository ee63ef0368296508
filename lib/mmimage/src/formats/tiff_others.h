/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_FORMATS_TIFF_OTHERS_H
#define MMIMAGE_FORMATS_TIFF_OTHERS_H

/*
 * tiff_others: the strips and tiles of directories that are not worked on. A sample that lies in one of them, too,
 * would be changed there as well.
 *
 *     page 1   | strip | strip | strip |        may not share a byte with
 *     page 2               | strip |            this one
 */

#include "formats/tiff_directory.h"

/* So many of all directories are looked at: a bound for lists that many directories share. */
#define MMI__TIFF_OTHERS_MAX (UINT64_C(1) << 24)

/*
 * mmi__tiff_take_others() - of the directory at 'offset' the strips and tiles within 'hull' are taken, and called
 * 'what'. One that cannot be read has none.
 * Shape:   *left_ret is how many more may be looked at; 0 = not all were.
 * Errors:  MMV_ENOMEM, MMV_EIO.
 */
mmv_status mmi__tiff_take_others(mmi__tiff *tiff, uint64_t offset, mmv_range hull, const char *what,
                                 uint64_t *left_ret);

#endif
