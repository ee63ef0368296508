/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_SRC_WIDE_H
#define MMIMAGE_SRC_WIDE_H

/* wide: sums of 128 bits, two's complement, also where the compiler has no such type (i386). */

#include <stdbool.h>
#include <stdint.h>

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

static inline double mmi__wide_double(mmi__wide a)
{
    if (mmi__wide_is_negative(a)) {
        a = mmi__wide_negative(a);
        return -((double)a.high * 0x1p64 + (double)a.low);
    }
    return (double)a.high * 0x1p64 + (double)a.low;
}

#endif
