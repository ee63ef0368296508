/* SPDX-License-Identifier: MIT */
/*
 * sample: the number types, their names, and one stored sample to double and back.
 *
 * 1. A double holds every value of every kind exactly, but for integers of 64 bits. No assert: it follows from the
 *    widths.
 * 2. Stored bytes are put together by shifting: no alignment, and the machine's own byte order plays no part. The code
 *    is like that; there is nothing to assert.
 */

#include <mmimage/sample.h>

#include "samples/half.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const struct {
    const char *name, *little, *big;
    size_t size;
    double minimum, maximum;
} kinds[MMI_KINDS] = {
    [MMI_U8] = {"u8", "u8", "u8", 1, 0, UINT8_MAX},
    [MMI_I8] = {"i8", "i8", "i8", 1, INT8_MIN, INT8_MAX},
    [MMI_U16] = {"u16", "u16le", "u16be", 2, 0, UINT16_MAX},
    [MMI_I16] = {"i16", "i16le", "i16be", 2, INT16_MIN, INT16_MAX},
    [MMI_U32] = {"u32", "u32le", "u32be", 4, 0, UINT32_MAX},
    [MMI_I32] = {"i32", "i32le", "i32be", 4, INT32_MIN, INT32_MAX},
    [MMI_F32] = {"f32", "f32le", "f32be", 4, -INFINITY, INFINITY},
    [MMI_F64] = {"f64", "f64le", "f64be", 8, -INFINITY, INFINITY},
    [MMI_U64] = {"u64", "u64le", "u64be", 8, 0, 0x1p64},
    [MMI_I64] = {"i64", "i64le", "i64be", 8, -0x1p63, 0x1p63},
    [MMI_F16] = {"f16", "f16le", "f16be", 2, -INFINITY, INFINITY},
};

static bool machine_is_big_endian(void)
{
    const uint16_t probe = 1;
    unsigned char first;
    memcpy(&first, &probe, 1);
    return first == 0;
}

static bool parse_order(const char *text, bool *big_endian_ret)
{
    if (strcmp(text, "") == 0)
        *big_endian_ret = machine_is_big_endian();
    else if (strcmp(text, "le") == 0)
        *big_endian_ret = false;
    else if (strcmp(text, "be") == 0)
        *big_endian_ret = true;
    else
        return false;
    return true;
}

bool mmi_type_parse(const char *text, mmi_type *type_ret)
{
    for (int kind = 0; kind < MMI_KINDS; kind++) {
        size_t length = strlen(kinds[kind].name);
        bool big_endian;
        if (strncmp(text, kinds[kind].name, length) != 0 || !parse_order(text + length, &big_endian))
            continue;
        *type_ret = (mmi_type){.kind = (mmi_kind)kind, .big_endian = big_endian};
        return true;
    }
    return false;
}

const char *mmi_type_name(mmi_type type)
{
    return type.big_endian ? kinds[type.kind].big : kinds[type.kind].little;
}

size_t mmi_type_size(mmi_type type)
{
    return kinds[type.kind].size;
}

bool mmi_type_is_float(mmi_type type)
{
    return type.kind == MMI_F16 || type.kind == MMI_F32 || type.kind == MMI_F64;
}

bool mmi_type_is_signed(mmi_type type)
{
    return !mmi_type_is_float(type) && kinds[type.kind].minimum < 0;
}

bool mmi_type_is_native(mmi_type type)
{
    return mmi_type_size(type) == 1 || type.big_endian == machine_is_big_endian();
}

double mmi_type_minimum(mmi_type type)
{
    return kinds[type.kind].minimum;
}

double mmi_type_maximum(mmi_type type)
{
    return kinds[type.kind].maximum;
}

static uint64_t get_bits(mmi_type type, const unsigned char *stored)
{
    size_t size = mmi_type_size(type);
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++)
        bits = bits << 8 | stored[type.big_endian ? i : size - 1 - i];
    return bits;
}

static void set_bits(mmi_type type, unsigned char *stored, uint64_t bits)
{
    size_t size = mmi_type_size(type);
    for (size_t i = 0; i < size; i++)
        stored[type.big_endian ? size - 1 - i : i] = (unsigned char)(bits >> 8 * i);
}

static float float_from(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double double_from(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

uint64_t mmi_sample_bits(mmi_type type, const void *stored)
{
    uint64_t bits = get_bits(type, stored), sign = (uint64_t)1 << (8 * mmi_type_size(type) - 1);
    return mmi_type_is_signed(type) ? (bits ^ sign) - sign : bits;
}

void mmi_sample_set_bits(mmi_type type, void *stored, uint64_t bits)
{
    set_bits(type, stored, bits);
}

double mmi_sample_get(mmi_type type, const void *stored)
{
    uint64_t bits = mmi_sample_bits(type, stored);
    switch (type.kind) {
    case MMI_F16:
        return mmi__half_float((uint16_t)bits);
    case MMI_F32:
        return float_from((uint32_t)bits);
    case MMI_F64:
        return double_from(bits);
    default:
        return mmi_type_is_signed(type) ? (double)(int64_t)bits : (double)bits;
    }
}

/* What is at or above 2^63 or 2^64 stands for the end of its type: a cast of it has no result. */
static uint64_t integer_bits(mmi_type type, double value)
{
    assert(value >= mmi_type_minimum(type) && value <= mmi_type_maximum(type) && value == trunc(value));
    if (type.kind == MMI_U64)
        return value >= 0x1p64 ? UINT64_MAX : (uint64_t)value;
    return value >= 0x1p63 ? INT64_MAX : (uint64_t)(int64_t)value;
}

static uint64_t bits_of(mmi_type type, double value)
{
    uint64_t bits = 0;
    if (type.kind == MMI_F64) {
        memcpy(&bits, &value, sizeof value);
    } else if (type.kind == MMI_F32) {
        float narrow = mmi__narrow(value);
        uint32_t narrow_bits;
        memcpy(&narrow_bits, &narrow, sizeof narrow);
        bits = narrow_bits;
    } else if (type.kind == MMI_F16) {
        bits = mmi__half_of_double(value);
    } else {
        bits = integer_bits(type, value);
    }
    return bits;
}

double mmi_type_round(mmi_type type, double value)
{
    if (type.kind == MMI_F64)
        return value;
    if (type.kind == MMI_F32)
        return (float)value;
    if (type.kind == MMI_F16)
        return mmi__half_float(mmi__half_of_double(value));
    if (isnan(value))
        return 0;
    return fmin(fmax(nearbyint(value), mmi_type_minimum(type)), mmi_type_maximum(type));
}

void mmi_sample_set(mmi_type type, void *stored, double value)
{
    set_bits(type, stored, bits_of(type, value));
}
