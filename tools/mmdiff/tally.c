/* SPDX-License-Identifier: MIT */
/* tally: see tally.h. */
#include "mmdiff/tally.h"

#include <math.h>

/* The power of two that is not above it. */
static int exponent_of(const struct gap *gap)
{
    if (gap->kind == GAP_REAL)
        return ilogb(gap->real);
    int exponent = -1;
    for (uint64_t rest = gap->whole; rest > 0; rest >>= 1)
        exponent++;
    return gap->carry ? 64 : exponent;
}

static unsigned bin_of(const struct gap *gap)
{
    int exponent = exponent_of(gap);
    if (exponent < TALLY_LOWEST)
        return 0;
    return exponent > TALLY_HIGHEST ? TALLY_BINS - 1 : (unsigned)(exponent - TALLY_LOWEST) + 1;
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
