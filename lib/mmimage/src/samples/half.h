/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_SRC_HALF_H
#define MMIMAGE_SRC_HALF_H

/*
 * half: IEEE 754 binary16 to float and back, without branches, so that a loop of it vectorises on any processor.
 *
 *     binary16   s eeeee ffffffffff          the exponent is 15 more than that of 1.f
 *     float      s eeeeeeee fffffffffffffffffffffff      127 more
 *
 * 1. Subnormal numbers are whole multiples of 2^-24: an integer to float conversion, and no float is subnormal on the
 *    way, which some processors are slow at.
 * 2. To binary16 means to the nearest, of two the even one; from 65520 on that is infinity.
 *
 * No asserts: they would be branches. The tests of samples compare with the plain definition.
 */

#include <math.h>
#include <stdint.h>
#include <string.h>

#define MMI__HALF_INFINITY 0x7c00u
#define MMI__HALF_SIGN 0x8000u

static inline uint32_t mmi__float_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float mmi__float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* mmi__half_float() - exactly; a NaN keeps its payload. */
static inline float mmi__half_float(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & MMI__HALF_SIGN) << 16, size = half & ~MMI__HALF_SIGN & 0xffffu;
    uint32_t normal = (size << 13) + ((size >= MMI__HALF_INFINITY ? 224u : 112u) << 23);
    uint32_t subnormal = mmi__float_bits((float)(int32_t)size * 0x1p-24f);
    return mmi__float_of_bits(sign | (size < 0x400u ? subnormal : normal));
}

/* mmi__half_of() - the nearest one; a NaN stays one, quiet, with the upper bits of its payload. */
static inline uint16_t mmi__half_of(float value)
{
    uint32_t bits = mmi__float_bits(value), sign = bits >> 16 & MMI__HALF_SIGN, size = bits & 0x7fffffffu;
    /* The lowest bit that stays decides a tie. */
    uint32_t normal = (size - (112u << 23) + 0xfffu + (size >> 13 & 1)) >> 13;
    /* Behind 0.5 a float has steps of 2^-24: the processor rounds. */
    uint32_t subnormal = mmi__float_bits(mmi__float_of_bits(size) + 0.5f) - 0x3f000000u;
    uint32_t nan = MMI__HALF_INFINITY | 0x200u | (size >> 13 & 0x3ffu);
    uint32_t half = size < 0x38800000u ? subnormal : normal;
    half = size >= 0x477ff000u ? MMI__HALF_INFINITY : half;
    half = size > 0x7f800000u ? nan : half;
    return (uint16_t)(sign | half);
}

/* mmi__narrow() - the nearest float. A NaN keeps its sign, which RISC-V leaves out of a conversion. */
static inline float mmi__narrow(double value)
{
    float narrow = fabsf((float)value);
    return signbit(value) ? -narrow : narrow;
}

/*
 * mmi__half_of_double() - the nearest one, rounded once: a float on the way that is not exact is made odd, which keeps
 * on which side of a tie the double is.
 */
static inline uint16_t mmi__half_of_double(double value)
{
    float narrow = mmi__narrow(value);
    uint32_t bits = mmi__float_bits(narrow);
    if ((double)narrow != value && !isnan(value) && !isinf(narrow) && !(bits & 1)) {
        /* The neighbour on the side of the double. */
        int towards_zero = fabs((double)narrow) > fabs(value);
        narrow = mmi__float_of_bits(towards_zero ? bits - 1 : bits + 1);
    }
    return mmi__half_of(narrow);
}

#endif
