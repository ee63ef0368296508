/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_FITS_SUM_H
#define MMIMAGE_FITS_SUM_H

/*
 * fits_sum: the checksums of FITS units, DATASUM and CHECKSUM. A unit is a header and the data behind it.
 *
 * Both are one's complement sums of big-endian 32-bit words: a carry out of the top bit is added at the bottom. Parts
 * may be added in any order, and their carries may be added later. DATASUM is the sum of the data, in decimal. CHECKSUM
 * is chosen to make the sum of header and data all ones.
 *
 * Source: FITS standard 4.0, section 4.4.2.7 and appendix J.
 */

#include <mmview/base.h>

MMV_BEGIN_DECLS

#define MMI_FITS_CHECKSUM 16 /* characters */

/*
 * mmi_fits_sum() - the plain sum of the words of data[0..length), to be folded in the end.
 * Shape:   an incomplete last word counts as if zeros followed. The sum of up to 2^32 words fits 64 bits. If there
 *          are more words, call the function on parts. Fold the sum so far before you add the next part's sum to it.
 */
MMV_API uint64_t mmi_fits_sum(const void *data, size_t length);

/*
 * mmi_fits_fold() - the one's complement sum of a plain sum. While the sum has more than 32 bits, its upper 32 bits are
 * added to its lower 32 bits.
 */
MMV_API uint32_t mmi_fits_fold(uint64_t sum);

/*
 * mmi_fits_checksum() - the value of CHECKSUM.
 * Shape:   'sum' is the folded sum of the unit, in which CHECKSUM is sixteen '0'. The text has letters and digits, and
 *          no NUL.
 */
MMV_API void mmi_fits_checksum(uint32_t sum, char text[MMI_FITS_CHECKSUM]);

MMV_END_DECLS

#endif
