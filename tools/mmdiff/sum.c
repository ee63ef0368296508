/* SPDX-License-Identifier: MIT */
/*
 * sum: see sum.h.
 *
 * 1. A limb has less than 2^32 when it is settled, and grows by less than 2^34 with each number that is added: 2^29 of
 *    them fit.
 */
#include "mmdiff/sum.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define LOW UINT64_C(0xffffffff)
#define ONE 1074 /* the bit that is worth 1 */
#define ADDED_MOST ((uint32_t)1 << 29)

static void settle(struct sum *sum)
{
    uint64_t carry = 0;
    assert(sum->added <= ADDED_MOST); /* 1. */
    for (unsigned i = 0; i < SUM_LIMBS; i++) {
        carry += sum->limbs[i];
        sum->limbs[i] = carry & LOW;
        carry >>= 32;
    }
    assert(carry == 0);
    sum->added = 0;
}

/* So many times what this bit is worth. */
static void add_at(struct sum *sum, uint64_t value, unsigned bit)
{
    unsigned limb = bit / 32, shift = bit % 32;
    uint64_t low = (value & LOW) << shift, high = (value >> 32) << shift;
    assert(limb + 2 < SUM_LIMBS);
    if (sum->added == ADDED_MOST)
        settle(sum);
    sum->added++;
    sum->limbs[limb] += low & LOW;
    sum->limbs[limb + 1] += (low >> 32) + (high & LOW);
    sum->limbs[limb + 2] += high >> 32;
}

void sum_add_whole(struct sum *sum, uint64_t value)
{
    add_at(sum, value, ONE);
}

void sum_add_real(struct sum *sum, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    unsigned exponent = (unsigned)(bits >> 52);
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    assert(exponent < 2047);
    if (exponent == 0)
        add_at(sum, fraction, 0);
    else
        add_at(sum, fraction | UINT64_C(1) << 52, exponent - 1);
}

void sum_merge(struct sum *sum, struct sum *more)
{
    settle(sum);
    settle(more);
    for (unsigned i = 0; i < SUM_LIMBS; i++)
        sum->limbs[i] += more->limbs[i];
    settle(sum);
}

/* The limbs from 'top' down as 64 bits, of which the highest is 1; the last one is 1 when anything is below. */
static uint64_t take_bits(const struct sum *sum, unsigned top, unsigned *shift_ret)
{
    uint64_t bits = sum->limbs[top] << 32 | sum->limbs[top - 1];
    uint64_t next = top >= 2 ? sum->limbs[top - 2] : 0, rest = 0;
    unsigned shift = 0;
    while (!(bits >> 63)) {
        bits = bits << 1 | (next >> 31 & 1);
        next = next << 1 & LOW;
        shift++;
    }
    for (unsigned i = 0; i + 2 < top; i++)
        rest |= sum->limbs[i];
    *shift_ret = shift;
    return bits | ((next | rest) != 0);
}

double sum_mean(struct sum *sum, uint64_t count)
{
    unsigned top = SUM_LIMBS - 1, shift;
    settle(sum);
    while (top > 1 && sum->limbs[top] == 0)
        top--;
    if (sum->limbs[top] == 0 && sum->limbs[top - 1] == 0)
        return 0;
    uint64_t bits = take_bits(sum, top, &shift);
    return ldexp((double)bits / (double)count, 32 * (int)(top - 1) - ONE - (int)shift);
}
