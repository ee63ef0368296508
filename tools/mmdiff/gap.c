/* SPDX-License-Identifier: MIT */
/* gap: see gap.h. */
#include "mmdiff/gap.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <mmview/range.h>

/* ---- loading ----------------------------------------------------------------------------------------------------- */

static inline uint16_t swap16(uint16_t v)
{
    return (uint16_t)(v << 8 | v >> 8);
}

static inline uint32_t swap32(uint32_t v)
{
    return (uint32_t)swap16((uint16_t)v) << 16 | swap16((uint16_t)(v >> 16));
}

static inline uint64_t swap64(uint64_t v)
{
    return (uint64_t)swap32((uint32_t)v) << 32 | swap32((uint32_t)(v >> 32));
}

/* A loop for each width and byte order, so that the compiler sees what is constant. */
#define LOAD_LOOP(stored, order)                                                                                       \
    for (size_t i = 0; i < count; i++) {                                                                               \
        stored value;                                                                                                  \
        memcpy(&value, samples.data + i * samples.stride, sizeof value);                                               \
        values[i] = order(value);                                                                                      \
    }
#define AS_IT_IS(value) (value)

static void load_stored(mmi_type type, struct gap_samples samples, uint64_t *values, size_t count)
{
    bool swap = !mmi_type_is_native(type);
    switch (mmi_type_size(type)) {
    case 1:
        LOAD_LOOP(uint8_t, AS_IT_IS)
        break;
    case 2:
        if (swap)
            LOAD_LOOP(uint16_t, swap16)
        else
            LOAD_LOOP(uint16_t, AS_IT_IS)
        break;
    case 4:
        if (swap)
            LOAD_LOOP(uint32_t, swap32)
        else
            LOAD_LOOP(uint32_t, AS_IT_IS)
        break;
    default:
        if (swap)
            LOAD_LOOP(uint64_t, swap64)
        else
            LOAD_LOOP(uint64_t, AS_IT_IS)
    }
}

static void extend_signs(mmi_type type, uint64_t *values, size_t count)
{
    unsigned unused = 64 - 8 * (unsigned)mmi_type_size(type);
    uint64_t sign = (uint64_t)1 << (63 - unused);
    for (size_t i = 0; i < count; i++)
        values[i] = (values[i] ^ sign) - sign;
}

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double real_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void make_real(mmi_type type, uint64_t *values, size_t count)
{
    if (type.kind == MMI_F64)
        return;
    if (type.kind == MMI_F32) {
        for (size_t i = 0; i < count; i++) {
            uint32_t bits = (uint32_t)values[i];
            float value;
            memcpy(&value, &bits, sizeof value);
            values[i] = bits_of(value);
        }
    } else if (mmi_type_is_signed(type)) {
        for (size_t i = 0; i < count; i++)
            values[i] = bits_of((double)(int64_t)values[i]);
    } else {
        for (size_t i = 0; i < count; i++)
            values[i] = bits_of((double)values[i]);
    }
}

void gap_load(mmi_type type, bool real, struct gap_samples samples, uint64_t *values, size_t count)
{
    if (type.kind == MMI_F16) {
        for (size_t i = 0; i < count; i++)
            values[i] = bits_of(mmi_sample_get(type, samples.data + i * samples.stride));
        return;
    }
    load_stored(type, samples, values, count);
    if (mmi_type_is_signed(type) && mmi_type_size(type) < 8)
        extend_signs(type, values, count);
    if (real)
        make_real(type, values, count);
}

/* ---- differences ------------------------------------------------------------------------------------------------- */

/* Whether doubles have all of its values. */
static bool fits_double(mmi_type type)
{
    return mmi_type_is_float(type) || mmi_type_size(type) < 8;
}

struct gap_rule gap_rule(mmi_type a, mmi_type b)
{
    bool real = mmi_type_is_float(a) || mmi_type_is_float(b);
    return (struct gap_rule){.a = a,
                             .b = b,
                             .a_real = real && fits_double(a),
                             .b_real = real && fits_double(b),
                             .a_signed = mmi_type_is_signed(a),
                             .b_signed = mmi_type_is_signed(b)};
}

/* A whole number: its sign, and how far it is from 0. */
struct whole {
    bool negative;
    uint64_t size;
};

static struct whole whole_of(uint64_t bits, bool is_signed)
{
    bool negative = is_signed && (int64_t)bits < 0;
    return (struct whole){negative, negative ? 0 - bits : bits};
}

static struct gap whole_gap(struct whole a, struct whole b)
{
    if (a.negative != b.negative) {
        uint64_t sum = a.size + b.size;
        bool is_none = a.size == 0 && b.size == 0;
        return (struct gap){is_none ? GAP_NONE : GAP_WHOLE, a.negative, sum < a.size, sum, 0};
    }
    if (a.size == b.size)
        return (struct gap){.kind = GAP_NONE};
    bool farther = b.size > a.size;
    return (struct gap){GAP_WHOLE, farther != b.negative, false, farther ? b.size - a.size : a.size - b.size, 0};
}

static struct gap real_gap(double a, double b)
{
    if (a == b || (isnan(a) && isnan(b)))
        return (struct gap){.kind = GAP_NONE};
    double size = fabs(b - a);
    if (!isfinite(size))
        return (struct gap){.kind = GAP_UNKNOWN};
    return (struct gap){.kind = GAP_REAL, .is_up = b > a, .real = size};
}

/* A double that is a whole number of 64 bits, and its sign. */
static bool take_whole(double value, struct whole *whole_ret)
{
    if (!(fabs(value) < 0x1p64) || value != floor(value))
        return false;
    *whole_ret = (struct whole){value < 0, (uint64_t)fabs(value)};
    return true;
}

/* To 2^64 or -2^64, which an integer of 64 bits may miss by less than a double shows. */
static struct gap gap_to_end(struct whole a, double end)
{
    bool is_same_side = a.negative == (end < 0), is_whole = a.size == 0 || !is_same_side;
    double size = is_whole ? 0x1p64 + (double)a.size : (double)(0 - a.size);
    return (struct gap){.kind = GAP_REAL, .is_up = end > 0, .real = size};
}

/* An integer of 64 bits and a double. A double that is not whole is far below 2^53, where integers are doubles. */
static struct gap wide_gap(struct whole a, double b)
{
    struct whole other;
    if (fabs(b) == 0x1p64)
        return gap_to_end(a, b);
    if (!take_whole(b, &other))
        return real_gap(a.negative ? -(double)a.size : (double)a.size, b);
    struct gap gap = whole_gap(a, other);
    if (gap.kind == GAP_WHOLE) {
        gap.kind = GAP_REAL;
        gap.real = (double)gap.whole + (gap.carry ? 0x1p64 : 0);
    }
    return gap;
}

struct gap gap_of(const struct gap_rule *rule, uint64_t a, uint64_t b)
{
    if (rule->a_real && rule->b_real)
        return real_gap(real_of(a), real_of(b));
    if (!rule->a_real && !rule->b_real)
        return whole_gap(whole_of(a, rule->a_signed), whole_of(b, rule->b_signed));
    if (rule->b_real)
        return wide_gap(whole_of(a, rule->a_signed), real_of(b));
    struct gap gap = wide_gap(whole_of(b, rule->b_signed), real_of(a));
    gap.is_up = !gap.is_up;
    return gap;
}

/* With a carry the gap is 2^64 and 'whole'; what a tolerance is more than 2^64 is exact. */
static bool is_within_whole(const struct gap *gap, const struct tolerance *tolerance)
{
    double more = tolerance->real - 0x1p64;
    if (!gap->carry)
        return gap->whole <= tolerance->whole;
    return more >= 0x1p64 || (more >= 0 && gap->whole <= (uint64_t)more);
}

bool gap_is_within(const struct gap *gap, const struct tolerance *tolerance)
{
    switch (gap->kind) {
    case GAP_NONE:
        return true;
    case GAP_WHOLE:
        return is_within_whole(gap, tolerance);
    case GAP_REAL:
        return gap->real <= tolerance->real;
    default:
        return false;
    }
}

const char *gap_text(const struct gap *gap, char text[GAP_TEXT])
{
    const uint64_t part = UINT64_C(10000000000000000000); /* 10^19 */
    text[0] = '\0';
    if (gap->kind == GAP_REAL)
        snprintf(text, GAP_TEXT, "%.17g", gap->real);
    else if (gap->kind == GAP_WHOLE && !gap->carry)
        snprintf(text, GAP_TEXT, "%" PRIu64, gap->whole);
    else if (gap->kind == GAP_WHOLE) {
        /* 2^64 is 10^19 and 8446744073709551616: with 19 digits more that still fits 64 bits. */
        uint64_t low = UINT64_C(8446744073709551616) + gap->whole % part;
        snprintf(text, GAP_TEXT, "%" PRIu64 "%019" PRIu64, 1 + gap->whole / part + low / part, low % part);
    }
    return text;
}
