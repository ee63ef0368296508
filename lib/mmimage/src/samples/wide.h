/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_SRC_WIDE_H
#define MMIMAGE_SRC_WIDE_H

/* wide: integers of 128 bits, two's complement, also where the compiler has no such type (i386). */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct mmi__wide {
    uint64_t low, high;
} mmi__wide;

static inline mmi__wide mmi__wide_sum(mmi__wide a, mmi__wide b)
{
    mmi__wide sum = {a.low + b.low, a.high + b.high};
    sum.high += sum.low < a.low;
    return sum;
}

static inline mmi__wide mmi__wide_of(int64_t value)
{
    return (mmi__wide){(uint64_t)value, value < 0 ? UINT64_MAX : 0};
}

static inline mmi__wide mmi__wide_of_unsigned(uint64_t value)
{
    return (mmi__wide){value, 0};
}

static inline mmi__wide mmi__wide_negative(mmi__wide a)
{
    return mmi__wide_sum((mmi__wide){~a.low, ~a.high}, (mmi__wide){1, 0});
}

static inline bool mmi__wide_is_negative(mmi__wide a)
{
    return a.high >> 63;
}

static inline mmi__wide mmi__wide_product(uint64_t a, uint64_t b)
{
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t low = a0 * b0, middle = a1 * b0 + (low >> 32), other = a0 * b1 + (uint32_t)middle;
    return (mmi__wide){other << 32 | (uint32_t)low, a1 * b1 + (middle >> 32) + (other >> 32)};
}

/* a * b, modulo 2^128. */
static inline mmi__wide mmi__wide_times(mmi__wide a, int64_t b)
{
    uint64_t size = b < 0 ? 0 - (uint64_t)b : (uint64_t)b;
    mmi__wide product = mmi__wide_product(a.low, size);
    product.high += a.high * size;
    return b < 0 ? mmi__wide_negative(product) : product;
}

static inline mmi__wide mmi__wide_difference(mmi__wide a, mmi__wide b)
{
    return (mmi__wide){a.low - b.low, a.high - b.high - (a.low < b.low)};
}

static inline bool mmi__wide_is_less(mmi__wide a, mmi__wide b)
{
    return a.high != b.high ? (int64_t)a.high < (int64_t)b.high : a.low < b.low;
}

/* A whole number up to 2^64 either way. */
static inline mmi__wide mmi__wide_of_double(double value)
{
    double size = value < 0 ? -value : value;
    mmi__wide wide = size >= 0x1p64 ? (mmi__wide){0, 1} : mmi__wide_of_unsigned((uint64_t)size);
    return value < 0 ? mmi__wide_negative(wide) : wide;
}

/* Bits that leave at either end are lost; 'bits' is less than 128. */
static inline mmi__wide mmi__wide_left(mmi__wide a, unsigned bits)
{
    if (bits >= 64)
        return (mmi__wide){0, a.low << (bits - 64)};
    return bits == 0 ? a : (mmi__wide){a.low << bits, a.high << bits | a.low >> (64 - bits)};
}

static inline mmi__wide mmi__wide_right(mmi__wide a, unsigned bits)
{
    if (bits >= 64)
        return (mmi__wide){a.high >> (bits - 64), 0};
    return bits == 0 ? a : (mmi__wide){a.low >> bits | a.high << (64 - bits), a.high >> bits};
}

/* a / 2^bits, to the nearest whole number, halves to the even one; a is not negative and less than 2^127. */
static inline mmi__wide mmi__wide_halved(mmi__wide a, unsigned bits)
{
    if (bits == 0 || bits >= 128)
        return bits == 0 ? a : (mmi__wide){0, 0};
    mmi__wide quotient = mmi__wide_right(a, bits), half = mmi__wide_left((mmi__wide){1, 0}, bits - 1);
    mmi__wide rest = mmi__wide_difference(a, mmi__wide_left(quotient, bits));
    bool up = mmi__wide_is_less(half, rest) || (rest.low == half.low && rest.high == half.high && (quotient.low & 1));
    return mmi__wide_sum(quotient, (mmi__wide){up, 0});
}

/*
 * value * gain, exactly, then rounded to a whole number, halves to the even one. 'value' is less than 2^66 in size,
 * gain is finite; a result beyond 2^72 is only known to be that.
 */
static inline mmi__wide mmi__wide_scaled(mmi__wide value, double gain)
{
    uint64_t bits;
    memcpy(&bits, &gain, sizeof bits);
    bool negative = mmi__wide_is_negative(value) != (bool)(bits >> 63);
    int field = (int)(bits >> 52 & 0x7ff), exponent = (field ? field : 1) - 1075;
    uint64_t mantissa = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)(field != 0) << 52;
    mmi__wide size = mmi__wide_is_negative(value) ? mmi__wide_negative(value) : value;
    mmi__wide product = mmi__wide_product(size.low, mantissa); /* the whole of it is less than 2^119 */
    product.high += size.high * mantissa;
    if (exponent <= 0) {
        product = mmi__wide_halved(product, (unsigned)-exponent);
    } else if (product.low || product.high) {
        mmi__wide above = exponent < 72 ? mmi__wide_right(product, 120 - (unsigned)exponent) : product;
        bool fits = above.low == 0 && above.high == 0;
        product = fits ? mmi__wide_left(product, (unsigned)exponent) : mmi__wide_left((mmi__wide){1, 0}, 120);
    }
    return negative ? mmi__wide_negative(product) : product;
}

static inline double mmi__wide_double(mmi__wide a)
{
    if (mmi__wide_is_negative(a)) {
        a = mmi__wide_negative(a);
        return -((double)a.high * 0x1p64 + (double)a.low);
    }
    return (double)a.high * 0x1p64 + (double)a.low;
}

#endif
