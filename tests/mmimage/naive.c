/* SPDX-License-Identifier: MIT */
#include "support.h"

#include "adjust/adjust.h"
#include "naive.h"
#include "samples/wide.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define IS_BIG (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

uint64_t dice_roll(struct dice *dice)
{
    uint64_t z = dice->state += 0x9e3779b97f4a7c15; /* splitmix64 */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

uint64_t dice_below(struct dice *dice, uint64_t sides)
{
    return dice_roll(dice) % sides;
}

void dice_samples(struct dice *dice, mmi_type type, unsigned char *data, size_t samples)
{
    size_t size = mmi_type_size(type);
    for (size_t i = 0; i < samples; i++) {
        uint64_t value = size == 8 && !mmi_type_is_float(type) ? dice_roll(dice) : dice_below(dice, UINT64_C(1) << 32);
        if (type.kind == MMI_F16)
            mmi_sample_set(type, data + i * size, (double)value / 1e5 - 2e4);
        else if (type.kind == MMI_F32 || type.kind == MMI_F64)
            mmi_sample_set(type, data + i * size, (double)(float)((double)value / 1e3 - 1e6));
        else if (i % 97 == 0)
            mmi_sample_set(type, data + i * size, value % 2 ? mmi_type_minimum(type) : mmi_type_maximum(type));
        else
            for (size_t b = 0; b < size; b++)
                data[i * size + b] = (unsigned char)(value >> 8 * b);
    }
}

uint64_t naive_place(const mmi_image *image, uint64_t x, uint64_t y, uint64_t channel)
{
    static const unsigned char sizes[] = {1, 1, 2, 2, 4, 4, 4, 8, 8, 8, 2};
    uint64_t width = image->width, index;
    if (image->layout == MMI_BIP)
        index = (y * width + x) * image->samples + channel;
    else if (image->layout == MMI_BIL)
        index = (y * image->samples + channel) * width + x;
    else
        index = (channel * image->height + y) * width + x;
    return index * sizes[image->type.kind];
}

/* The stored bytes in this machine's order. */
static void turn(mmi_type type, const unsigned char *from, unsigned char *to)
{
    size_t size = mmi_type_size(type);
    for (size_t i = 0; i < size; i++)
        to[i] = from[type.big_endian != IS_BIG ? size - 1 - i : i];
}

/* Where the lowest 'size' bytes of a number of 64 bits lie. */
static unsigned char *lowest(int64_t *value, size_t size)
{
    return (unsigned char *)value + (IS_BIG ? sizeof *value - size : 0);
}

static int64_t half_even(double value)
{
    double down = floor(value), rest = value - down;
    int64_t whole = (int64_t)down;
    if (rest > 0.5 || (rest == 0.5 && whole % 2 != 0))
        whole++;
    return whole;
}

static void adjust_integer(mmi_type type, unsigned char *native, double gain, double add, double low, double high,
                           double bias, mmi_tally *tally)
{
    static const int64_t lows[] = {0, -128, 0, -32768, 0, INT32_MIN};
    static const int64_t highs[] = {255, 127, 65535, 32767, UINT32_MAX, INT32_MAX};
    int64_t value = 0, bottom = lows[type.kind], top = highs[type.kind];
    size_t size = mmi_type_size(type);
    bool is_signed = bottom < 0;
    memcpy(lowest(&value, size), native, size);
    if (is_signed && value > top)
        value -= 2 * (top + 1);
    if (low > (double)bottom)
        bottom = (int64_t)low;
    if (high < (double)top)
        top = (int64_t)high;
    double product = ((double)value + bias) * gain;
    value = half_even(product > 1e15 ? 1e15 : product < -1e15 ? -1e15 : product) + (int64_t)add - (int64_t)bias;
    if (value < bottom) {
        tally->low++;
        value = bottom;
    } else if (value > top) {
        tally->high++;
        value = top;
    }
    memcpy(native, lowest(&value, size), size);
}

/* ---- 64 bits ----------------------------------------------------------------------------------------------------- */

/* A number of 384 bits, of which 160 are behind the point; the lowest limb first. */
#define LIMBS 12
#define FRACTION 5

/* Adds what * 2^at. */
static void add_at(uint32_t *limbs, uint32_t what, unsigned at)
{
    uint64_t carry = (uint64_t)what << at % 32;
    for (unsigned i = at / 32; i < LIMBS && carry > 0; i++) {
        carry += limbs[i];
        limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

/* size * gain, rounded half to even; what is larger than 2^90 is 2^90. Neither is negative. */
static mmi__wide scaled(mmi__wide size, double gain)
{
    const uint32_t parts[3] = {(uint32_t)size.low, (uint32_t)(size.low >> 32), (uint32_t)size.high};
    uint32_t limbs[LIMBS] = {0};
    int exponent;
    uint64_t mantissa = (uint64_t)(frexp(gain, &exponent) * 0x1p53);
    exponent -= 53;
    if (mantissa == 0 || (size.low == 0 && size.high == 0) || exponent < -150)
        return (mmi__wide){0, 0};
    if (exponent > 90)
        return (mmi__wide){0, UINT64_C(1) << 26};
    for (unsigned i = 0; i < 3; i++)
        for (unsigned j = 0; j < 2; j++) {
            uint64_t part = (uint64_t)parts[i] * (uint32_t)(mantissa >> 32 * j);
            unsigned at = (unsigned)(32 * FRACTION + exponent) + 32 * (i + j);
            add_at(limbs, (uint32_t)part, at);
            add_at(limbs, (uint32_t)(part >> 32), at + 32);
        }
    bool half = limbs[FRACTION - 1] >> 31, more = (limbs[FRACTION - 1] & 0x7fffffff) != 0;
    for (unsigned i = 0; i + 1 < FRACTION; i++)
        more |= limbs[i] != 0;
    if (half && (more || (limbs[FRACTION] & 1)))
        add_at(limbs, 1, 32 * FRACTION);
    for (unsigned i = FRACTION + 3; i < LIMBS; i++)
        if (limbs[i] || limbs[FRACTION + 2] >> 26)
            return (mmi__wide){0, UINT64_C(1) << 26};
    return (mmi__wide){limbs[FRACTION] | (uint64_t)limbs[FRACTION + 1] << 32, limbs[FRACTION + 2]};
}

static mmi__wide wide_end(bool is_signed, double end)
{
    if (is_signed)
        return mmi__wide_of(end >= 0x1p63 ? INT64_MAX : end <= -0x1p63 ? INT64_MIN : (int64_t)end);
    return mmi__wide_of_unsigned(end >= 0x1p64 ? UINT64_MAX : end <= 0 ? 0 : (uint64_t)end);
}

static void adjust_64(bool is_signed, unsigned char *native, double gain, double add, double low, double high,
                      double bias, mmi_tally *tally)
{
    mmi__wide lowest = wide_end(is_signed, low), highest = wide_end(is_signed, high);
    mmi__wide moved = mmi__wide_of_double(bias), value;
    uint64_t bits;
    memcpy(&bits, native, sizeof bits);
    value = mmi__wide_sum(is_signed ? mmi__wide_of((int64_t)bits) : mmi__wide_of_unsigned(bits), moved);
    bool minus = mmi__wide_is_negative(value);
    value = scaled(minus ? mmi__wide_negative(value) : value, fabs(gain));
    if (minus != (signbit(gain) != 0))
        value = mmi__wide_negative(value);
    value = mmi__wide_sum(mmi__wide_sum(value, mmi__wide_negative(moved)), mmi__wide_of((int64_t)add));
    if (mmi__wide_is_less(value, lowest)) {
        tally->low++;
        value = lowest;
    } else if (mmi__wide_is_less(highest, value)) {
        tally->high++;
        value = highest;
    }
    memcpy(native, &value.low, sizeof value.low);
}

/* ---- floats ------------------------------------------------------------------------------------------------------ */

static double half_value(unsigned bits)
{
    int exponent = (int)(bits >> 10 & 31), fraction = (int)(bits & 1023);
    double size = exponent == 31  ? (fraction ? (double)NAN : (double)INFINITY)
                  : exponent == 0 ? ldexp(fraction, -24)
                                  : ldexp(1024 + fraction, exponent - 25);
    return bits & 0x8000 ? -size : size;
}

/* The nearest one, by its distance in steps; no NaN. */
static unsigned half_bits(double value)
{
    unsigned sign = signbit(value) ? 0x8000 : 0;
    double size = fabs(value);
    int exponent;
    if (size >= 65520)
        return sign | 0x7c00;
    frexp(size, &exponent);
    exponent = size < 0x1p-14 ? -13 : exponent;
    int64_t steps = half_even(ldexp(size, 11 - exponent));
    return sign | (unsigned)((exponent + 13) * 1024 + steps);
}

static void adjust_f16(unsigned char *native, float gain, float add, double low, double high, mmi_tally *tally)
{
    uint16_t bits;
    memcpy(&bits, native, sizeof bits);
    float value = (float)half_value(bits);
    double lowest = isinf(low) ? low : half_value(half_bits(low));
    double highest = isinf(high) ? high : half_value(half_bits(high));
    if (isnan(value))
        return;
    if (gain != 1)
        value *= gain;
    if (add != 0)
        value += add;
    tally->low += value < lowest;
    tally->high += value > highest;
    double result = value < lowest ? lowest : value > highest ? highest : value;
    /* Infinity times 0. */
    bits = (uint16_t)(isnan(result) ? 0xfe00 : half_bits(result));
    memcpy(native, &bits, sizeof bits);
}

#define ADJUST_FLOAT(name, type)                                                                                       \
    static void name(unsigned char *native, type gain, type add, type low, type high, mmi_tally *tally)                \
    {                                                                                                                  \
        type value;                                                                                                    \
        memcpy(&value, native, sizeof value);                                                                          \
        if (isnan(value))                                                                                              \
            return;                                                                                                    \
        if (gain != 1)                                                                                                 \
            value *= gain;                                                                                             \
        if (add != 0)                                                                                                  \
            value += add;                                                                                              \
        if (value < low) {                                                                                             \
            tally->low++;                                                                                              \
            value = low;                                                                                               \
        } else if (value > high) {                                                                                     \
            tally->high++;                                                                                             \
            value = high;                                                                                              \
        } else if (isnan(value)) { /* infinity times 0 */                                                              \
            value = -(type)NAN;                                                                                        \
        }                                                                                                              \
        memcpy(native, &value, sizeof value);                                                                          \
    }

ADJUST_FLOAT(adjust_f32, float)
ADJUST_FLOAT(adjust_f64, double)

/* By value, not by pattern; the tests take values that doubles are. */
static bool is_no_data(mmi_type type, const unsigned char *native, const mmi_adjust_options *options)
{
    if (options->no_data_count == 0)
        return false;
    double value = mmi_sample_get((mmi_type){type.kind, IS_BIG}, native);
    for (size_t i = 0; i < options->no_data_count; i++)
        if (value == options->no_data[i] || (isnan(value) && isnan(options->no_data[i])))
            return true;
    return false;
}

static void adjust_sample(const mmi_image *image, const mmi_adjust_options *options, uint64_t channel,
                          unsigned char *stored, mmi_tally *tally)
{
    mmi_type type = image->type;
    double add = options->add_count == 0 ? 0 : options->add[options->add_count == 1 ? 0 : channel];
    double gain = options->gain_count == 0 ? 1 : options->gain[options->gain_count == 1 ? 0 : channel];
    double low = options->clamp ? options->low : -INFINITY, high = options->clamp ? options->high : INFINITY;
    unsigned char native[8] = {0};
    turn(type, stored, native);
    if (is_no_data(type, native, options)) {
        tally->no_data++;
        return;
    }
    if (type.kind == MMI_F32)
        adjust_f32(native, (float)gain, (float)add, (float)low, (float)high, tally);
    else if (type.kind == MMI_F64)
        adjust_f64(native, gain, add, low, high, tally);
    else if (type.kind == MMI_F16)
        adjust_f16(native, (float)gain, (float)add, low, high, tally);
    else if (type.kind == MMI_U64 || type.kind == MMI_I64)
        adjust_64(type.kind == MMI_I64, native, gain, add, low, high, options->bias, tally);
    else
        adjust_integer(type, native, gain, add, low, high, options->bias, tally);
    tally->became_no_data += is_no_data(type, native, options);
    turn(type, native, stored);
}

static void adjust_all(const mmi_image *given, const mmi_adjust_options *options, unsigned char *data, size_t bytes,
                       mmi_tally *tally)
{
    mmi_image known = *given;
    size_t size = mmi_type_size(known.type), pixel = known.samples * size;
    if (known.width == 0)
        known.width = bytes / pixel + 1;
    if (known.height == 0)
        known.height = bytes / (known.width * pixel) + 1;
    mmi_region region = options->region;
    if (region.width == 0)
        region.width = known.width - region.x;
    if (region.height == 0)
        region.height = known.height - region.y;
    for (uint64_t y = region.y; y < region.y + region.height && y < known.height; y++)
        for (uint64_t x = region.x; x < region.x + region.width; x++)
            for (uint64_t c = 0; c < known.samples; c++) {
                uint64_t at = naive_place(&known, x, y, c);
                if (at + size <= bytes && (!options->channels || options->channels[c]))
                    adjust_sample(&known, options, c, data + at, &tally[c]);
            }
}

/* cmocka goes from byte to byte: it is asked only for its message. */
static void check_same(const void *found, const void *want, size_t bytes)
{
    if (memcmp(found, want, bytes) != 0)
        assert_memory_equal(found, want, bytes);
}

struct expected {
    const unsigned char *data;
    const mmi_tally *tally;
    size_t bytes, tally_bytes;
};

typedef void run_function(const mmi_adjust *adjust, const mmi_batch *batch, mmi_tally *tally);

/* Runs pieces of at most 'piece' samples, of 'skew' bytes beyond alignment; in place when source_skew < 0. */
static void check_run(const mmi_adjust *adjust, run_function *run, const unsigned char *data,
                      const struct expected *expected, size_t piece, int source_skew, int target_skew)
{
    size_t size = mmi_type_size(adjust->image.type);
    struct dice dice = {piece};
    unsigned char *source = malloc(expected->bytes + 64), *target = malloc(expected->bytes + 64);
    mmi_tally *tally = calloc(1, expected->tally_bytes);
    assert_true(source && target && tally);
    unsigned char *to = target + target_skew, *from = source_skew < 0 ? to : source + source_skew;
    memset(target, 0x5a, expected->bytes + 64);
    memcpy(from, data, expected->bytes);
    for (size_t at = 0, part; at < expected->bytes; at += part) {
        part = piece == 0 ? expected->bytes : size * (1 + (size_t)dice_below(&dice, piece));
        if (part > expected->bytes - at)
            part = expected->bytes - at;
        run(adjust, &(mmi_batch){at, from + at, to + at, part}, tally);
    }
    check_same(to, expected->data, expected->bytes);
    check_same(tally, expected->tally, expected->tally_bytes);
    assert_int_equal(to[expected->bytes], 0x5a);
    if (piece == 0) { /* nobody counts: other kernels */
        memcpy(to, data, expected->bytes);
        run(adjust, &(mmi_batch){0, to, to, expected->bytes}, NULL);
        check_same(to, expected->data, expected->bytes);
    }
    free(source);
    free(target);
    free(tally);
}

void naive_check(const mmi_image *image, const mmi_adjust_options *options, const unsigned char *data, size_t bytes)
{
    size_t tally_bytes = image->samples * sizeof(mmi_tally);
    unsigned char *want = malloc(bytes);
    mmi_tally *tally = calloc(1, tally_bytes);
    mmi_adjust *adjust;
    assert_true(want && tally);
    memcpy(want, data, bytes);
    adjust_all(image, options, want, bytes, tally);
    struct expected expected = {want, tally, bytes, tally_bytes};
    assert_int_equal(mmi_adjust_create(image, options, &adjust), MMV_OK);
    check_run(adjust, mmi_adjust_run_scalar, data, &expected, 1000, 2, 1);
    for (size_t level = 0; mmi__kernels_at(level); level++) {
        adjust->kernels = mmi__kernels_at(level);
        check_run(adjust, mmi_adjust_run, data, &expected, 0, -1, 0);
        check_run(adjust, mmi_adjust_run, data, &expected, 0, 0, 0);
        check_run(adjust, mmi_adjust_run, data, &expected, 0, 1, 3);
        check_run(adjust, mmi_adjust_run, data, &expected, 50, -1, 5);
        check_run(adjust, mmi_adjust_run, data, &expected, 5000, 2, 7);
    }
    mmi_adjust_destroy(&adjust);
    assert_null(adjust);
    free(want);
    free(tally);
}

static void mark(unsigned char *bytes, uint64_t at, uint64_t length)
{
    for (uint64_t i = at; i < at + length; i++)
        bytes[i]++;
}

void naive_spans(const mmi_image *image, const mmi_region *region, const bool *channels, uint64_t bytes)
{
    mmi_span spans[16];
    uint64_t height = image->height != 0 ? image->height : bytes / naive_place(image, 0, 1, 0) + 1;
    uint64_t width = region->width != 0 ? region->width : image->width - region->x;
    uint64_t rows = region->height != 0 ? region->height : height - region->y;
    unsigned char *want = calloc(1, bytes + 1), *found = calloc(1, bytes + 1);
    assert_true(want && found);
    for (uint64_t y = region->y; y < region->y + rows; y++)
        for (uint64_t x = region->x; x < region->x + width; x++)
            for (uint32_t c = 0; c < image->samples; c++) {
                uint64_t at = naive_place(image, x, y, c);
                if (at + mmi_type_size(image->type) <= bytes && (!channels || channels[c]))
                    mark(want, at, mmi_type_size(image->type));
            }
    size_t count = mmi_image_spans(image, &(mmi_selection){*region, channels}, bytes, spans, 16);
    assert_true(count <= (image->layout == MMI_BIP ? 1 : image->samples));
    for (size_t i = 0; i < count; i++) {
        assert_true(spans[i].count > 0 && spans[i].record <= spans[i].stride);
        assert_true(i == 0 || spans[i].offset > spans[i - 1].offset);
        for (uint64_t j = 0; j < spans[i].count; j++)
            mark(found, spans[i].offset + j * spans[i].stride, spans[i].record);
    }
    assert_memory_equal(found, want, bytes);
    free(want);
    free(found);
}
