/* SPDX-License-Identifier: MIT */
/*
 * tables: the tables of a strip, from the rules of the channels.
 *
 * 1. Plain integers are clamped before the amount is added, so the ends move by the amount: a result in [low, high]
 *    comes from a sample in [low - amount, high - amount], cut to the type. The sum then lies in the type, and modulo
 *    its width is enough.
 * 2. When that interval misses the type, every sample becomes the same end: a flood. Both ends of the clamp are then
 *    one end of the type, and the amount leads from there. The kernel's compare would not count samples that are that
 *    end already: adjuster.c counts the samples of such a channel instead.
 * 3. Adding -0 changes no float, adding +0 turns -0 into +0: an amount of zero is stored as -0. It is where it is
 *    stored: an assert would say the same line twice.
 */

#include "adjust/adjust.h"
#include "samples/divisor.h"

#include <assert.h>
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

static int64_t clip(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

enum mmi__flood mmi__flood_of(const mmi_adjust *adjust, size_t channel)
{
    const struct mmi__rule *rule = &adjust->rules[channel];
    if (adjust->scale || mmi_type_is_float(adjust->image.type))
        return MMI__NO_FLOOD;
    if (rule->low - rule->amount > mmi_type_maximum(adjust->image.type))
        return MMI__FLOOD_LOW;
    return rule->high - rule->amount < mmi_type_minimum(adjust->image.type) ? MMI__FLOOD_HIGH : MMI__NO_FLOOD;
}

static void store_integer(unsigned char *cell, size_t size, int64_t value)
{
    uint8_t bits8 = (uint8_t)value;
    uint16_t bits16 = (uint16_t)value;
    uint32_t bits32 = (uint32_t)value;
    memcpy(cell, size == 1 ? (void *)&bits8 : size == 2 ? (void *)&bits16 : (void *)&bits32, size);
}

static void fill_integer(const mmi_adjust *adjust, const struct mmi__rule *rule, unsigned char *cells[MMI__TABLES])
{
    int64_t minimum = (int64_t)mmi_type_minimum(adjust->image.type);
    int64_t maximum = (int64_t)mmi_type_maximum(adjust->image.type);
    int64_t amount = (int64_t)rule->amount;
    int64_t low = (int64_t)rule->low - amount, high = (int64_t)rule->high - amount;
    if (low > maximum)
        amount = (int64_t)rule->low - maximum;
    if (high < minimum)
        amount = (int64_t)rule->high - minimum;
    low = clip(low, minimum, maximum);
    high = clip(high, minimum, maximum);
    assert(low <= high && low + amount >= minimum && high + amount <= maximum); /* 1., 2. */
    store_integer(cells[0], adjust->cell, low);
    store_integer(cells[1], adjust->cell, high);
    store_integer(cells[2], adjust->cell, amount);
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
        if (real)
            fill_real(adjust, &adjust->rules[channel + j], cells);
        else
            fill_integer(adjust, &adjust->rules[channel + j], cells);
    }
    for (size_t k = 0; k < MMI__TABLES; k++)
        repeat(tables.cells + k * tables.size, channels * adjust->cell, tables.count * adjust->cell);
}
