/* SPDX-License-Identifier: MIT */
/*
 * tables: the tables of a strip, from the rules of the channels.
 *
 * 1. Plain integers, as keys from 0 on, are clamped before the amount is added, so the ends move by the amount: a
 * result in [low, high] comes from a sample in [low - amount, high - amount], cut to the type. The sum then lies in the
 * type, and modulo its width is enough.
 * 2. When that interval misses the type, every sample becomes the same end: a flood. Both ends of the clamp are then
 *    one end of the type, and the amount leads from there. The kernel's compare would not count samples that are that
 *    end already: adjuster.c counts the samples of such a channel instead.
 * 3. Adding -0 changes no float, adding +0 turns -0 into +0: an amount of zero is stored as -0. It is where it is
 *    stored: an assert would say the same line twice.
 */

#include "adjust/adjust.h"
#include "samples/divisor.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Long enough to hide the overhead of a row of lanes, short enough for tables and counters to stay in L1. */
#define ROW_BYTES MMI__UNIFORM_TABLE
#define ROW_BYTES_MAX 2048
#define LINE 64

size_t mmi__tables_lanes(const mmi_adjust *adjust, size_t channels)
{
    size_t vector = LINE / mmi_type_size(adjust->image.type);
    size_t lanes = channels / mmi__common_divisor(channels, vector) * vector;
    if (lanes * adjust->cell > ROW_BYTES_MAX)
        lanes = channels;
    while (lanes * adjust->cell < ROW_BYTES)
        lanes *= 2;
    return lanes;
}

/* The highest key of an integer type. */
static uint64_t key_most(mmi_type type)
{
    return UINT64_MAX >> (64 - 8 * mmi_type_size(type));
}

/* An integer's place among those of its type, from 0: its bits, with the sign's turned. */
static uint64_t key_of(mmi_type type, double value)
{
    uint64_t most = key_most(type), sign = mmi_type_is_signed(type) ? most / 2 + 1 : 0;
    unsigned char stored[8];
    mmi_sample_set(type, stored, value);
    return (mmi_sample_bits(type, stored) & most) ^ sign;
}

/* Which samples stay within the ends when the amount is added, as keys; 2. */
struct interval {
    enum mmi__flood flood;
    uint64_t low, high, amount; /* the amount modulo the width */
};

static struct interval interval_of(mmi_type type, const struct mmi__rule *rule)
{
    uint64_t most = key_most(type), low = key_of(type, rule->low), high = key_of(type, rule->high);
    uint64_t move = (uint64_t)fabs(rule->amount);
    if (rule->amount >= 0) {
        if (high < move)
            return (struct interval){MMI__FLOOD_HIGH, 0, 0, high};
        return (struct interval){MMI__NO_FLOOD, low > move ? low - move : 0, high - move, move};
    }
    if (most - low < move)
        return (struct interval){MMI__FLOOD_LOW, most, most, low - most};
    return (struct interval){MMI__NO_FLOOD, low + move, most - high > move ? high + move : most, 0 - move};
}

enum mmi__flood mmi__flood_of(const mmi_adjust *adjust, size_t channel)
{
    if (adjust->scale || mmi_type_is_float(adjust->image.type))
        return MMI__NO_FLOOD;
    return interval_of(adjust->image.type, &adjust->rules[channel]).flood;
}

static void store_integer(unsigned char *cell, size_t size, uint64_t value)
{
    uint8_t bits8 = (uint8_t)value;
    uint16_t bits16 = (uint16_t)value;
    uint32_t bits32 = (uint32_t)value;
    memcpy(cell,
           size == 1   ? (void *)&bits8
           : size == 2 ? (void *)&bits16
           : size == 4 ? (void *)&bits32
                       : (void *)&value,
           size);
}

static void fill_integer(const mmi_adjust *adjust, const struct mmi__rule *rule, unsigned char *cells[MMI__TABLES])
{
    mmi_type type = adjust->image.type;
    uint64_t most = key_most(type), sign = mmi_type_is_signed(type) ? most / 2 + 1 : 0;
    const struct interval interval = interval_of(type, rule);
    assert(interval.low <= interval.high); /* 1., 2. */
    assert(((interval.low + interval.amount) & most) >= key_of(type, rule->low));
    assert(((interval.high + interval.amount) & most) <= key_of(type, rule->high));
    store_integer(cells[0], adjust->cell, interval.low ^ sign);
    store_integer(cells[1], adjust->cell, interval.high ^ sign);
    store_integer(cells[2], adjust->cell, interval.amount);
}

static void fill_scaled_64(const mmi_adjust *adjust, const struct mmi__rule *rule, unsigned char *cells[MMI__TABLES])
{
    mmi_type native = {adjust->image.type.kind, false};
    native.big_endian = !mmi_type_is_native(native);
    int64_t amount = (int64_t)rule->amount;
    memcpy(cells[0], &rule->gain, sizeof rule->gain);
    memcpy(cells[1], &amount, sizeof amount);
    mmi_sample_set(native, cells[2], rule->low);
    mmi_sample_set(native, cells[3], rule->high);
}

static void fill_real(const mmi_adjust *adjust, const struct mmi__rule *rule, unsigned char *cells[MMI__TABLES])
{
    double amount = rule->amount - adjust->bias;
    const double values[MMI__TABLES] = {rule->gain, amount == 0 ? -0.0 : amount, rule->low, rule->high}; /* 3. */
    for (int k = 0; k < MMI__TABLES; k++) {
        float narrow = (float)values[k];
        if (adjust->cell == sizeof narrow)
            memcpy(cells[k], &narrow, sizeof narrow);
        else
            memcpy(cells[k], &values[k], sizeof values[k]);
    }
}

static void repeat(unsigned char *table, size_t have, size_t want)
{
    for (; have < want; have *= 2)
        memcpy(table + have, table, have < want - have ? have : want - have);
}

void mmi__tables_fill(const mmi_adjust *adjust, struct mmi__tables tables, size_t channel, size_t channels)
{
    bool real = adjust->scale || mmi_type_is_float(adjust->image.type);
    assert(channel + channels <= adjust->image.samples && tables.count * adjust->cell <= tables.size);
    for (size_t j = 0; j < channels; j++) {
        unsigned char *cells[MMI__TABLES];
        for (size_t k = 0; k < MMI__TABLES; k++)
            cells[k] = tables.cells + k * tables.size + j * adjust->cell;
        if (adjust->scale && mmi_type_size(adjust->image.type) == 8)
            fill_scaled_64(adjust, &adjust->rules[channel + j], cells);
        else if (real)
            fill_real(adjust, &adjust->rules[channel + j], cells);
        else
            fill_integer(adjust, &adjust->rules[channel + j], cells);
    }
    for (size_t k = 0; k < MMI__TABLES; k++)
        repeat(tables.cells + k * tables.size, channels * adjust->cell, tables.count * adjust->cell);
}
