/* SPDX-License-Identifier: MIT */
/*
 * kernel_integer: the kernels of one integer kind. Included by kernel_level.h once per kind, with KIND, SAMPLE and
 * WIDTH; WIDEN and NARROW convert to and from double, and for 64 bits TO_WIDE to 128 bits.
 *
 * 1. Plain: clamp first, then add in the sample's own width, which cannot overflow then; min, max and add are single
 *    instructions on 8, 16 and 32-bit lanes, where add-then-clamp needs lanes twice as wide.
 * 2. Scaled, up to 32 bits: a product may be anything up to infinity. Rounding is exact below 2^51, and what lies above
 * stays far outside of every type, whatever amount is added.
 * 3. Scaled, 64 bits: not every sample is a double, so products are integers of 128 bits, rounded once (wide.h).
 * 4. Four rows of lanes go through the loop together: tables and counters are loaded once for four samples.
 *
 * An assert in the loop would keep it from being vectorised; test_kernel.c compares every kernel with the definition.
 */

#define NAME(part) JOIN(JOIN(KIND, _), part)
#define BITS JOIN(JOIN(uint, WIDTH), _t)

static ALWAYS_INLINE SAMPLE NAME(from_bits)(BITS bits)
{
    return (SAMPLE)bits;
}

static ALWAYS_INLINE BITS NAME(to_bits)(SAMPLE sample)
{
    return (BITS)sample;
}

#include "kernels/kernel_sample.h"

static ALWAYS_INLINE SAMPLE NAME(add)(SAMPLE sample, SAMPLE low, SAMPLE high, BITS amount)
{
    sample = sample < low ? low : sample;
    sample = sample > high ? high : sample;
    return (SAMPLE)(BITS)((BITS)sample + amount);
}

static ALWAYS_INLINE void NAME(plain)(const struct mmi__strip *strip, const unsigned char *source,
                                      unsigned char *target, size_t count, struct variant variant)
{
    const SAMPLE *restrict low = strip->table[0], *restrict high = strip->table[1];
    const BITS *restrict amount = strip->table[2];
    BITS *restrict below = strip->low, *restrict above = strip->high;
    size_t lanes = strip->lanes;

    for (; count >= 4 * lanes;
         count -= 4 * lanes, source += 4 * lanes * sizeof(SAMPLE), target += 4 * lanes * sizeof(SAMPLE)) {
        const STORED *from0 = (const STORED *)source, *from1 = from0 + lanes, *from2 = from1 + lanes,
                     *from3 = from2 + lanes;
        PREFETCH(source, 4 * lanes * sizeof(SAMPLE));
        STORED *to0 = (STORED *)target, *to1 = to0 + lanes, *to2 = to1 + lanes, *to3 = to2 + lanes;
#pragma omp simd
        for (size_t j = 0; j < lanes; j++) {
            SAMPLE a = NAME(decode)(from0[j], variant.swapped), b = NAME(decode)(from1[j], variant.swapped);
            SAMPLE c = NAME(decode)(from2[j], variant.swapped), d = NAME(decode)(from3[j], variant.swapped);
            if (variant.counting) {
                below[j] =
                    (BITS)(below[j] - (MASK(a < low[j]) + MASK(b < low[j]) + MASK(c < low[j]) + MASK(d < low[j])));
                above[j] =
                    (BITS)(above[j] - (MASK(a > high[j]) + MASK(b > high[j]) + MASK(c > high[j]) + MASK(d > high[j])));
            }
            to0[j] = NAME(encode)(NAME(add)(a, low[j], high[j], amount[j]), variant.swapped);
            to1[j] = NAME(encode)(NAME(add)(b, low[j], high[j], amount[j]), variant.swapped);
            to2[j] = NAME(encode)(NAME(add)(c, low[j], high[j], amount[j]), variant.swapped);
            to3[j] = NAME(encode)(NAME(add)(d, low[j], high[j], amount[j]), variant.swapped);
        }
    }
    while (count > 0) {
        size_t part = count < lanes ? count : lanes;
        const STORED *from = (const STORED *)source;
        STORED *to = (STORED *)target;
#pragma omp simd
        for (size_t j = 0; j < part; j++) {
            SAMPLE sample = NAME(decode)(from[j], variant.swapped);
            if (variant.counting) {
                below[j] = (BITS)(below[j] - MASK(sample < low[j]));
                above[j] = (BITS)(above[j] - MASK(sample > high[j]));
            }
            to[j] = NAME(encode)(NAME(add)(sample, low[j], high[j], amount[j]), variant.swapped);
        }
        count -= part;
        source += part * sizeof(SAMPLE);
        target += part * sizeof(SAMPLE);
    }
}

#if WIDTH == 64
static ALWAYS_INLINE void NAME(scale)(const struct mmi__strip *strip, const unsigned char *source,
                                      unsigned char *target, size_t count, bool swapped)
{
    const double *gain = strip->table[0];
    const int64_t *amount = strip->table[1];
    const SAMPLE *low = strip->table[2], *high = strip->table[3];
    BITS *below = strip->low, *above = strip->high;
    mmi__wide bias = mmi__wide_of_double(strip->bias);

    while (count > 0) {
        size_t part = count < strip->lanes ? count : strip->lanes;
        for (size_t j = 0; j < part; j++) {
            mmi__wide value = TO_WIDE(NAME(decode)(((const STORED *)source)[j], swapped));
            value = mmi__wide_difference(mmi__wide_scaled(mmi__wide_sum(value, bias), gain[j]), bias);
            value = mmi__wide_sum(value, mmi__wide_of(amount[j]));
            bool is_below = mmi__wide_is_less(value, TO_WIDE(low[j]));
            bool is_above = mmi__wide_is_less(TO_WIDE(high[j]), value);
            below[j] += is_below;
            above[j] += is_above;
            SAMPLE result = is_below ? low[j] : is_above ? high[j] : (SAMPLE)value.low;
            ((STORED *)target)[j] = NAME(encode)(result, swapped);
        }
        count -= part;
        source += part * sizeof(SAMPLE);
        target += part * sizeof(SAMPLE);
    }
}
#else
static ALWAYS_INLINE void NAME(scale)(const struct mmi__strip *strip, const unsigned char *source,
                                      unsigned char *target, size_t count, bool swapped)
{
    const double *gain = strip->table[0], *amount = strip->table[1], *low = strip->table[2], *high = strip->table[3];
    BITS *restrict below = strip->low, *restrict above = strip->high;
    double bias = strip->bias;

    while (count > 0) {
        size_t part = count < strip->lanes ? count : strip->lanes;
#pragma omp simd
        for (size_t j = 0; j < part; j++) {
            double value = (WIDEN(NAME(decode)(((const STORED *)source)[j], swapped)) + bias) * gain[j];
            value = round_even(value) + amount[j];
            int32_t clamped = (int32_t)((value < low[j] ? 1.0 : 0.0) + (value > high[j] ? 2.0 : 0.0));
            below[j] = (BITS)(below[j] + (BITS)(clamped & 1));
            above[j] = (BITS)(above[j] + (BITS)(clamped >> 1));
            value = value < low[j] ? low[j] : value;
            value = value > high[j] ? high[j] : value;
            ((STORED *)target)[j] = NAME(encode)(NARROW(value), swapped);
        }
        count -= part;
        source += part * sizeof(SAMPLE);
        target += part * sizeof(SAMPLE);
    }
}

#endif

#include "kernels/kernel_variants.h"

static void NAME(scale_native)(const struct mmi__strip *strip, const unsigned char *source, unsigned char *target,
                               size_t count)
{
    NAME(scale)(strip, source, target, count, false);
}

#if WIDTH > 8
static void NAME(scale_swapped)(const struct mmi__strip *strip, const unsigned char *source, unsigned char *target,
                                size_t count)
{
    NAME(scale)(strip, source, target, count, true);
}
#endif

#undef BITS
#undef STORED
#undef SWAP
#undef NAME
#undef KIND
#undef SAMPLE
#undef WIDTH
