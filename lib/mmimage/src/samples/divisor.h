/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_SRC_DIVISOR_H
#define MMIMAGE_SRC_DIVISOR_H

/* divisor: the greatest common one of two numbers: how lanes and channels meet. */

#include <stddef.h>

static inline size_t mmi__common_divisor(size_t a, size_t b)
{
    while (b != 0) {
        size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

#endif
