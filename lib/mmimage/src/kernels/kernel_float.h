/* SPDX-License-Identifier: MIT */
/*
 * kernel_float: the kernels of one float kind. Included by kernel_level.h once per kind, with KIND, SAMPLE, which it is
 * computed in, WIDTH, which it is stored in, and FROM_BITS and TO_BITS between the two.
 *
 * 1. A lane that changes nothing has gain 1, amount -0 and infinite ends: x * 1 + -0 is x in every bit, also for -0.
 * 2. NaN is stored as it was loaded; the processor would turn a signalling NaN into a quiet one.
 * 3. What becomes NaN, as infinity times 0 does, has the bits that x86 gives it. Other processors leave the sign out.
 *
 * An assert in the loop would keep it from being vectorised; test_kernel.c compares every kernel with the definition.
 */

#define NAME(part) JOIN(JOIN(KIND, _), part)
#define BITS JOIN(JOIN(uint, WIDTH), _t)

static ALWAYS_INLINE SAMPLE NAME(from_bits)(BITS bits)
{
    return FROM_BITS(bits);
}

static ALWAYS_INLINE BITS NAME(to_bits)(SAMPLE sample)
{
    return TO_BITS(sample);
}

#include "kernels/kernel_sample.h"

static ALWAYS_INLINE void NAME(plain)(const struct mmi__strip *strip, const unsigned char *source,
                                      unsigned char *target, size_t count, struct variant variant)
{
    const SAMPLE *gain = strip->table[0], *amount = strip->table[1], *low = strip->table[2], *high = strip->table[3];
    BITS *below = strip->low, *above = strip->high;

    while (count > 0) {
        size_t part = count < strip->lanes ? count : strip->lanes;
#pragma omp simd
        for (size_t j = 0; j < part; j++) {
            STORED stored = ((const STORED *)source)[j];
            SAMPLE sample = NAME(decode)(stored, variant.swapped);
            SAMPLE value = sample * gain[j];
            value = value + amount[j];
            if (variant.counting) {
                below[j] = (BITS)(below[j] - MASK(value < low[j]));
                above[j] = (BITS)(above[j] - MASK(value > high[j]));
            }
            value = value < low[j] ? low[j] : value;
            value = value > high[j] ? high[j] : value;
            value = MADE_NAN(SAMPLE, value);
            ((STORED *)target)[j] = sample != sample ? stored : NAME(encode)(value, variant.swapped);
        }
        count -= part;
        source += part * sizeof(STORED);
        target += part * sizeof(STORED);
    }
}

#include "kernels/kernel_variants.h"

#undef BITS
#undef STORED
#undef SWAP
#undef NAME
#undef KIND
#undef SAMPLE
#undef WIDTH
#undef FROM_BITS
#undef TO_BITS
