/* SPDX-License-Identifier: MIT */
/*
 * exact: see exact.h.
 *
 *     n * squares - sum^2        256 bits: n and each sample have 64, so no step can overflow
 *     its square root / n        in double
 */
#include "stats/exact.h"

#include <math.h>

#define WORDS 4

/* The lowest word first. */
struct number {
    uint64_t words[WORDS];
};

static struct number product(struct number a, struct number b)
{
    struct number result = {{0}};
    for (int i = 0; i < WORDS; i++) {
        uint64_t carry = 0;
        for (int j = 0; i + j < WORDS; j++) {
            mmi__wide part = mmi__wide_product(a.words[i], b.words[j]);
            part = mmi__wide_sum(part, mmi__wide_of_unsigned(result.words[i + j]));
            part = mmi__wide_sum(part, mmi__wide_of_unsigned(carry));
            result.words[i + j] = part.low;
            carry = part.high;
        }
    }
    return result;
}

static struct number difference(struct number a, struct number b)
{
    struct number result;
    uint64_t borrow = 0;
    for (int i = 0; i < WORDS; i++) {
        uint64_t less = a.words[i] - b.words[i];
        result.words[i] = less - borrow;
        borrow = (a.words[i] < b.words[i]) | (less < borrow);
    }
    return result;
}

double mmi__exact_mean(const mmi__tally *tally, uint64_t moved)
{
    mmi__wide back = mmi__wide_product(moved, tally->count), sum = mmi__wide_sum(tally->sum, back);
    /* Moved back, the sum is that of unsigned samples, and may have all 128 bits. */
    double whole = moved ? (double)sum.high * 0x1p64 + (double)sum.low : mmi__wide_double(sum);
    return whole / (double)tally->count;
}

double mmi__exact_sd(const mmi__tally *tally)
{
    mmi__wide sum = mmi__wide_is_negative(tally->sum) ? mmi__wide_negative(tally->sum) : tally->sum;
    struct number n = {{tally->count}}, size = {{sum.low, sum.high}};
    struct number squares = {{tally->squares.low, tally->squares.high, tally->squares_top}};
    struct number distance = difference(product(n, squares), product(size, size));
    double value = 0;
    for (int i = WORDS - 1; i >= 0; i--)
        value = value * 0x1p64 + (double)distance.words[i];
    return sqrt(value) / (double)tally->count;
}
