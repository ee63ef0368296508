/* SPDX-License-Identifier: MIT */
/*
 * tally: see tally.h.
 *
 * 1. Gaps of integers of up to 32 bits are below 2^33: TALLY_STRIP of them add up in 64 bits. add_small() asserts it.
 */
#include "mmdiff/tally.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* The power of two that is not above it; of numbers below 2^-1022 some lower one than they have. */
static int real_exponent(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (int)(bits >> 52 & 2047) - 1023;
}

static int whole_exponent(uint64_t value)
{
    return 63 - __builtin_clzll(value);
}

static unsigned bin_at(int exponent)
{
    if (exponent < TALLY_LOWEST)
        return 0;
    return exponent > TALLY_HIGHEST ? TALLY_BINS - 1 : (unsigned)(exponent - TALLY_LOWEST) + 1;
}

static unsigned bin_of(const struct gap *gap)
{
    if (gap->kind == GAP_REAL)
        return bin_at(real_exponent(gap->real));
    return bin_at(gap->carry ? 64 : whole_exponent(gap->whole));
}

static bool is_larger(const struct gap *a, const struct gap *b)
{
    if (b->kind == GAP_NONE || a->kind == GAP_NONE)
        return a->kind != GAP_NONE;
    if (a->kind == GAP_REAL)
        return a->real > b->real;
    return a->carry != b->carry ? a->carry : a->whole > b->whole;
}

/* Its size alone: two of the same size may differ in direction, and which comes first is chance. */
static void keep_larger(struct gap *largest, const struct gap *gap)
{
    if (!is_larger(gap, largest))
        return;
    *largest = *gap;
    largest->is_up = false;
}

static void add_number(struct tally *tally, const struct gap *gap)
{
    tally->up += gap->is_up;
    tally->down += !gap->is_up;
    keep_larger(&tally->largest, gap);
    tally->bins[bin_of(gap)]++;
    if (gap->kind == GAP_REAL) {
        sum_add_real(&tally->sum, gap->real);
        return;
    }
    sum_add_whole(&tally->sum, gap->whole);
    if (gap->carry)
        sum_add_real(&tally->sum, 0x1p64);
}

bool tally_add(struct tally *tally, const struct gap *gap, const struct tolerance *tolerance)
{
    bool within = gap_is_within(gap, tolerance);
    if (gap->kind == GAP_NONE)
        return false;
    tally->differing += !within;
    tally->within += within;
    if (gap->kind == GAP_UNKNOWN)
        tally->unknown++;
    else
        add_number(tally, gap);
    return !within;
}

/* ---- strips ------------------------------------------------------------------------------------------------------ */

static void keep_largest(struct tally *tally, const struct gap *gap)
{
    if (gap->kind != GAP_NONE)
        keep_larger(&tally->largest, gap);
}

/* A value and the next as integers of up to 32 bits: how far it is, and in which direction. */
static size_t add_small(struct tally *tally, const struct tally_strip *strip, uint64_t most)
{
    uint64_t sum = 0, largest = 0, up = 0, down = 0, beyond = 0;
    assert(strip->count <= TALLY_STRIP); /* 1 */
    for (size_t i = 0; i < strip->count; i++) {
        int64_t gap = (int64_t)(strip->b[i] - strip->a[i]);
        uint64_t size = gap < 0 ? 0 - (uint64_t)gap : (uint64_t)gap;
        up += gap > 0;
        down += gap < 0;
        beyond += size > most;
        sum += size;
        largest = size > largest ? size : largest;
    }
    for (size_t i = 0; i < strip->count && largest > 0; i++) {
        int64_t gap = (int64_t)(strip->b[i] - strip->a[i]);
        if (gap != 0)
            tally->bins[bin_at(whole_exponent(gap < 0 ? 0 - (uint64_t)gap : (uint64_t)gap))]++;
    }
    tally->up += up;
    tally->down += down;
    tally->differing += beyond;
    tally->within += up + down - beyond;
    if (sum > 0)
        sum_add_whole(&tally->sum, sum);
    keep_largest(tally, &(struct gap){.kind = largest ? GAP_WHOLE : GAP_NONE, .whole = largest});
    return (size_t)beyond;
}

static double real_at(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The same of doubles. */
static size_t add_reals(struct tally *tally, const struct tally_strip *strip, double most)
{
    uint64_t beyond = 0;
    double largest = 0;
    for (size_t i = 0; i < strip->count; i++) {
        double a = real_at(strip->a[i]), b = real_at(strip->b[i]), size = fabs(b - a);
        if (a == b || (isnan(a) && isnan(b)))
            continue;
        bool is_number = isfinite(size), is_within = is_number && size <= most;
        beyond += !is_within;
        tally->within += is_within;
        tally->unknown += !is_number;
        if (!is_number)
            continue;
        tally->up += b > a;
        tally->down += b < a;
        tally->bins[bin_at(real_exponent(size))]++;
        sum_add_real(&tally->sum, size);
        largest = size > largest ? size : largest;
    }
    tally->differing += beyond;
    keep_largest(tally, &(struct gap){.kind = largest > 0 ? GAP_REAL : GAP_NONE, .real = largest});
    return (size_t)beyond;
}

size_t tally_add_strip(struct tally *tally, const struct gap_rule *rule, const struct tally_strip *strip,
                       const struct tolerance *tolerance)
{
    size_t beyond = 0;
    if (rule->a_real && rule->b_real)
        return add_reals(tally, strip, tolerance->real);
    if (!gap_is_real(rule) && mmi_type_size(rule->a) <= 4 && mmi_type_size(rule->b) <= 4)
        return add_small(tally, strip, tolerance->whole);
    for (size_t i = 0; i < strip->count; i++) {
        const struct gap gap = gap_of(rule, strip->a[i], strip->b[i]);
        beyond += tally_add(tally, &gap, tolerance);
    }
    return beyond;
}

void tally_merge(struct tally *tally, struct tally *more)
{
    tally->compared += more->compared;
    tally->differing += more->differing;
    tally->within += more->within;
    tally->unknown += more->unknown;
    tally->no_data += more->no_data;
    tally->up += more->up;
    tally->down += more->down;
    keep_larger(&tally->largest, &more->largest);
    sum_merge(&tally->sum, &more->sum);
    for (unsigned i = 0; i < TALLY_BINS; i++)
        tally->bins[i] += more->bins[i];
}

double tally_mean(struct tally *tally)
{
    uint64_t numbers = tally->compared - tally->unknown;
    return numbers ? sum_mean(&tally->sum, numbers) : NAN;
}
