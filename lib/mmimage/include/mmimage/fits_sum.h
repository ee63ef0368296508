/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_FITS_SUM_H
#define MMIMAGE_FITS_SUM_H

/*
 * fits_sum: the checksums of FITS units, DATASUM and CHECKSUM.
 *
 * Both are sums of big-endian 32-bit words in one's complement. Carries out of the top come in again at the bottom, so
 * parts may be added in any order. DATASUM is that of the data, in decimal; CHECKSUM makes that of header and data
 * together all ones.
 *
 * Source: FITS standard 4.0, section 4.4.2.7 and appendix J.
 */

#include <mmview/base.h>

MMV_BEGIN_DECLS

#define MMI_FITS_CHECKSUM 16 /* characters */

/*
 * mmi_fits_sum() - the plain sum of the words of data[0..length), to be folded in the end.
 * Shape:   a rest of less than a word counts as if zeros followed. Sums of up to 2^32 words together fit; longer ones
 *          are folded in between.
 */
MMV_API uint64_t mmi_fits_sum(const void *data, size_t length);

/* mmi_fits_fold() - a plain sum in one's complement. */
MMV_API uint32_t mmi_fits_fold(uint64_t sum);

/*
 * mmi_fits_checksum() - the value of CHECKSUM.
 * Shape:   'sum' is that of the unit whose CHECKSUM is '0' sixteen times; text has letters and digits, and no NUL.
 */
MMV_API void mmi_fits_checksum(uint32_t sum, char text[MMI_FITS_CHECKSUM]);

MMV_END_DECLS

#endif
