/* SPDX-License-Identifier: MIT */
#ifndef MMDIFF_SUM_H
#define MMDIFF_SUM_H

/*
 * sum: an exact sum of differences. Whatever is added first, by whichever thread, the sum has the same bits: nothing is
 * rounded before it is divided.
 *
 *     bit     0                  1074                     2098          2164
 *     worth   2^-1074            1                        2^1024        the carries of 2^64 of them
 */

#include <stdint.h>

#define SUM_LIMBS 68

/* Zero bytes are 0. */
struct sum {
    uint64_t limbs[SUM_LIMBS]; /* limbs[i] times 2^(32 i - 1074); more than 32 bits until they are settled */
    uint32_t added;            /* since then */
};

/* sum_add_whole() - a whole number. sum_add_real() - a double that is finite and not negative. */
void sum_add_whole(struct sum *sum, uint64_t value);
void sum_add_real(struct sum *sum, double value);

/* sum_merge() - all of 'more', which is settled by it. */
void sum_merge(struct sum *sum, struct sum *more);

/* sum_mean() - divided by count > 0: the nearest double, but for a last bit. */
double sum_mean(struct sum *sum, uint64_t count);

#endif
