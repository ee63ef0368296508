/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_SRC_KERNEL_H
#define MMIMAGE_SRC_KERNEL_H

/*
 * kernel: the arithmetic of one strip of samples, built once per processor generation.
 *
 * A strip is some samples of a batch whose channels repeat. Its tables hold one entry per lane; sample i of the strip
 * uses lane i % lanes, so that a loop over lanes has no index arithmetic and vectorises for any number of channels:
 *
 *     samples   R G B R G B R G B R G B R G B R G B ...
 *     lanes     0 1 2 3 4 5|0 1 2 3 4 5|0 1 2 3 4 5 ...      lanes = 6, a "row" of lanes is 6 samples
 */

#include <mmimage/sample.h>

/*
 * What a strip does to its lanes.
 * Shape:   table[k][0..lanes): plain integers: low, high (in the sample's type), amount (modulo its width): clamp,
 *          then add. Plain floats, in the sample's type, f16 in float, and scaled integers, in double: gain, amount,
 *          low, high; scaled integers have bias added first, which amount takes off again. Scaled integers of 64 bits:
 *          gain in double, amount as int64_t, low and high in the sample's type; bias is added first and taken off
 *          behind. low and high count the samples that were clamped, per lane, in unsigned integers as wide as a
 *          sample.
 */
struct mmi__strip {
    const void *table[4];
    size_t lanes;
    double bias;
    void *low, *high;
};

/*
 * Shape:   'count' samples from source to target, which are the same or do not overlap, at any alignment. Whoever
 *          counts empties low and high before more than MMI__ROWS(size) rows of lanes have gone into them.
 */
typedef void mmi__kernel(const struct mmi__strip *strip, const unsigned char *source, unsigned char *target,
                         size_t count);

#define MMI__ROWS(size) ((size) == 1 ? UINT8_MAX : UINT16_MAX)

/* Amounts that may be added to an integer: far beyond every type, and exact in a double together with any sample. */
#define MMI__AMOUNT_LIMIT 0x1p40
/* For integers of 64 bits a bias may be half their range, as FITS has it. */
#define MMI__BIAS_LIMIT 0x1p63

/* The kernels of one processor generation. */
struct mmi__kernels {
    const char *name;
    mmi__kernel *plain[MMI_KINDS][2][2]; /* [kind][stored in the other byte order][counting] */
    mmi__kernel *scale[MMI_KINDS][2];    /* [kind][stored in the other byte order], always counting; NULL for floats */
};

/* Each generation is a file kernel_NAME.c; CMake decides which are built. */
extern const struct mmi__kernels mmi__kernels_base;
extern const struct mmi__kernels mmi__kernels_avx2;
extern const struct mmi__kernels mmi__kernels_avx512;

/* mmi__kernels_at() - the kernels that this processor can run, best first, the base last; NULL behind it. */
const struct mmi__kernels *mmi__kernels_at(size_t index);

#endif
