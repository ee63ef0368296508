/* SPDX-License-Identifier: MIT */
/* no_data: see no_data.h. */
#include "samples/no_data.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* The stored bytes of a sample as a number, the first one lowest: the same for a pattern and for a sample. */
static inline uint64_t load(const unsigned char *stored, size_t size)
{
    uint16_t bits16;
    uint32_t bits32;
    uint64_t bits64;
    switch (size) {
    case 1:
        return *stored;
    case 2:
        memcpy(&bits16, stored, sizeof bits16);
        return bits16;
    case 4:
        memcpy(&bits32, stored, sizeof bits32);
        return bits32;
    default:
        memcpy(&bits64, stored, sizeof bits64);
        return bits64;
    }
}

bool mmi_type_holds(mmi_type type, double value)
{
    if (mmi_type_is_float(type))
        return !isfinite(value) || isfinite(mmi_type_round(type, value));
    return value == trunc(value) && value >= mmi_type_minimum(type) && value <= mmi_type_maximum(type);
}

static void add(mmi_no_data *no_data, double value)
{
    unsigned char stored[8] = {0};
    mmi_sample_set(no_data->type, stored, value);
    no_data->patterns[no_data->count++] = load(stored, mmi_type_size(no_data->type));
}

bool mmi_no_data_make(mmi_type type, const double *values, size_t count, mmi_no_data *no_data_ret)
{
    *no_data_ret = (mmi_no_data){.type = type};
    if (count > MMI_NO_DATA_VALUES)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i])) {
            no_data_ret->nan = mmi_type_is_float(type);
            continue;
        }
        if (!mmi_type_holds(type, values[i]))
            continue;
        add(no_data_ret, values[i]);
        /* What is rounded to zero is zero, too. */
        if (mmi_type_is_float(type) && mmi_type_round(type, values[i]) == 0)
            add(no_data_ret, signbit(values[i]) ? 0.0 : -0.0);
    }
    return true;
}

void mmi__no_data_stored(const mmi_no_data *no_data, size_t index, unsigned char *stored)
{
    uint64_t bits = no_data->patterns[index];
    uint32_t bits32 = (uint32_t)bits;
    uint16_t bits16 = (uint16_t)bits;
    uint8_t bits8 = (uint8_t)bits;
    size_t size = mmi_type_size(no_data->type);
    memcpy(stored,
           size == 1   ? (void *)&bits8
           : size == 2 ? (void *)&bits16
           : size == 4 ? (void *)&bits32
                       : (void *)&bits,
           size);
}

static bool is_nan(mmi_type type, const unsigned char *stored)
{
    return isnan(mmi_sample_get(type, stored));
}

static inline bool matches(const mmi_no_data *no_data, const unsigned char *stored, size_t size)
{
    uint64_t bits = load(stored, size);
    bool found = false;
    for (size_t i = 0; i < no_data->count; i++)
        found |= no_data->patterns[i] == bits;
    return found || (no_data->nan && is_nan(no_data->type, stored));
}

int mmi__no_data_find(const mmi_no_data *no_data, const void *stored)
{
    uint64_t bits = load(stored, mmi_type_size(no_data->type));
    for (size_t i = 0; i < no_data->count; i++)
        if (no_data->patterns[i] == bits)
            return (int)i;
    return no_data->nan && is_nan(no_data->type, stored) ? (int)no_data->count : -1;
}

bool mmi_no_data_at(const mmi_no_data *no_data, const void *stored)
{
    return matches(no_data, stored, mmi_type_size(no_data->type));
}

/* ---- many samples, one pattern: loops that vectorise ------------------------------------------------------------- */

#define COUNT_EQUAL(width)                                                                                             \
    static size_t count_equal_##width(const unsigned char *samples, size_t count, uint64_t pattern)                    \
    {                                                                                                                  \
        uint##width##_t wanted = (uint##width##_t)pattern;                                                             \
        size_t equal = 0;                                                                                              \
        for (size_t i = 0; i < count; i++) {                                                                           \
            uint##width##_t bits;                                                                                      \
            memcpy(&bits, samples + i * sizeof bits, sizeof bits);                                                     \
            equal += bits == wanted;                                                                                   \
        }                                                                                                              \
        return equal;                                                                                                  \
    }

COUNT_EQUAL(8)
COUNT_EQUAL(16)
COUNT_EQUAL(32)
COUNT_EQUAL(64)

static size_t count_equal(const unsigned char *samples, size_t count, size_t size, uint64_t pattern)
{
    if (size == 1)
        return count_equal_8(samples, count, pattern);
    if (size == 2)
        return count_equal_16(samples, count, pattern);
    return size == 4 ? count_equal_32(samples, count, pattern) : count_equal_64(samples, count, pattern);
}

size_t mmi__no_data_count(const mmi_no_data *no_data, const void *samples, size_t count)
{
    size_t size = mmi_type_size(no_data->type), found = 0;
    if (!no_data->nan && no_data->count == 1)
        return count_equal(samples, count, size, no_data->patterns[0]);
    for (size_t i = 0; i < count; i++)
        found += matches(no_data, (const unsigned char *)samples + i * size, size);
    return found;
}

/* Samples of one channel, 'stride' bytes from one to the next. */
struct column {
    const unsigned char *samples;
    size_t count, stride;
};

/* 'size' is a constant wherever this is inlined. */
static inline size_t sieve(const mmi_no_data *no_data, const struct column *column, unsigned char *kept, size_t size)
{
    const unsigned char *sample = column->samples;
    unsigned char *to = kept;
    for (size_t i = 0; i < column->count; i++, sample += column->stride) {
        memcpy(to, sample, size);
        to += matches(no_data, sample, size) ? 0 : size;
    }
    return (size_t)(to - kept) / size;
}

size_t mmi__no_data_sieve(const mmi_no_data *no_data, const unsigned char *samples, size_t count, size_t stride,
                          unsigned char *kept)
{
    const struct column column = {samples, count, stride};
    switch (mmi_type_size(no_data->type)) {
    case 1:
        return sieve(no_data, &column, kept, 1);
    case 2:
        return sieve(no_data, &column, kept, 2);
    case 4:
        return sieve(no_data, &column, kept, 4);
    default:
        return sieve(no_data, &column, kept, 8);
    }
}

bool mmi__no_data_blank(const mmi_no_data *no_data, const unsigned char *source, unsigned char *target)
{
    size_t size = mmi_type_size(no_data->type);
    bool found = matches(no_data, source, size);
    assert(mmi_type_is_float(no_data->type));
    if (found)
        mmi_sample_set(no_data->type, target, NAN);
    else
        memcpy(target, source, size);
    return found;
}
