/* SPDX-License-Identifier: MIT */
/* Values: every sample of the small types and the edges of the large ones, against all amounts, gains and ends that
 * matter. */
#include "support.h"

#include "adjust/adjust.h"
#include "naive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const double amounts[] = {
    0,      1,     -1,     10,    -10, 127,        -128,          255,          -256,          32767,  -32768, 65535,
    -65535, 70000, -70000, 65536, 1e9, 2147483647, -2147483648.0, 4294967295.0, -4294967296.0, 0x1p40, -0x1p40};
static const double gains[] = {0, 0.5, 1, 1.5, -1, -0.5, 1e-3, 3, 1e30, -1e300, 5e-324, 2.5};
static const double ends[][2] = {{0, 0}, {0, 100}, {-5, 100}, {-INFINITY, 7}, {3, INFINITY}};

static mmi_image row_of(const char *type, uint32_t samples)
{
    mmi_image image = {.samples = samples};
    assert_true(mmi_type_parse(type, &image.type));
    return image;
}

/* All values of a type of 8 or 16 bits, in its byte order. */
static size_t all_values(mmi_type type, unsigned char *data)
{
    size_t size = mmi_type_size(type), count = size == 1 ? 256 : 65536;
    for (size_t i = 0; i < count; i++)
        for (size_t b = 0; b < size; b++)
            data[i * size + b] = (unsigned char)(i >> 8 * (type.big_endian ? size - 1 - b : b));
    return count * size;
}

static const char *const small_types[] = {"u8", "i8", "u16le", "u16be", "i16le", "i16be", "f16le", "f16be"};

static void test_small_amounts(void **state)
{
    (void)state;
    static unsigned char data[131072];
    for (size_t t = 0; t < COUNT(small_types); t++) {
        mmi_image image = row_of(small_types[t], 1);
        size_t bytes = all_values(image.type, data);
        for (size_t a = 0; a < COUNT(amounts); a++)
            naive_check(&image, &(mmi_adjust_options){.add = &amounts[a], .add_count = 1}, data, bytes);
    }
}

static void test_small_gains(void **state)
{
    (void)state;
    static unsigned char data[131072];
    for (size_t t = 0; t < COUNT(small_types); t++) {
        mmi_image image = row_of(small_types[t], 1);
        size_t bytes = all_values(image.type, data);
        for (size_t g = 0; g < COUNT(gains); g++)
            naive_check(&image,
                        &(mmi_adjust_options){.add = &amounts[g],
                                              .add_count = 1,
                                              .gain = &gains[g],
                                              .gain_count = mmi_type_is_float(image.type) ? fabs(gains[g]) < 1e38 : 1},
                        data, bytes);
    }
}

static void test_small_ends(void **state)
{
    (void)state;
    static unsigned char data[131072];
    for (size_t t = 0; t < COUNT(small_types); t++) {
        mmi_image image = row_of(small_types[t], 1);
        size_t bytes = all_values(image.type, data);
        for (size_t e = 0; e < COUNT(ends); e++)
            for (size_t a = 0; a < COUNT(amounts); a += 4)
                naive_check(&image,
                            &(mmi_adjust_options){.add = &amounts[a],
                                                  .add_count = 1,
                                                  .gain = &gains[e],
                                                  .gain_count = a % 8 == 0,
                                                  .clamp = true,
                                                  .low = ends[e][0],
                                                  .high = ends[e][1]},
                            data, bytes);
    }
}

/* What lies at the edges of the type, then anything. */
static size_t edge_values(mmi_type type, unsigned char *data, size_t count)
{
    static const double integers[] = {0,
                                      1,
                                      2,
                                      3,
                                      5,
                                      127,
                                      128,
                                      255,
                                      32767,
                                      32768,
                                      65535,
                                      65536,
                                      1e9,
                                      -1,
                                      -2,
                                      -3,
                                      -128,
                                      -32768,
                                      -32769,
                                      -1e9,
                                      4294967295.0,
                                      4294967294.0,
                                      2147483647,
                                      2147483648.0,
                                      2147483646,
                                      -2147483647,
                                      -2147483648.0,
                                      0x1p53,
                                      0x1p53 + 2,
                                      -0x1p53,
                                      0x1p62,
                                      0x1p63 - 1024,
                                      0x1p63,
                                      -0x1p63,
                                      0x1p63 + 2048,
                                      0x1p64 - 2048,
                                      0x1p64};
    static const double floats[] = {
        0.0,       -0.0,     1,      -1,      0.5,    -0.5,    NAN, INFINITY, -INFINITY, 0x1p-149,
        -0x1p-149, 0x1p-126, 3.4e38, -3.4e38, 1e-310, 1.7e308, 0.1, 100,      16777216,  9007199254740992.0};
    struct dice dice = {7};
    size_t size = mmi_type_size(type), n = 0;
    bool is_float = mmi_type_is_float(type);
    size_t known = is_float ? COUNT(floats) : COUNT(integers);
    for (size_t i = 0; i < known; i++) {
        double value = is_float ? floats[i] : integers[i];
        if (is_float || (value >= mmi_type_minimum(type) && value <= mmi_type_maximum(type)))
            mmi_sample_set(type, data + n++ * size, value);
    }
    for (size_t i = n * size; i < count * size; i++)
        data[i] = (unsigned char)dice_roll(&dice);
    if (is_float) /* a signalling NaN with a payload: stays bit by bit */
        memset(data + (n + 1) * size, 0x7f, size), data[(n + 1) * size + (type.big_endian ? 1 : size - 2)] = 0xa5;
    return count * size;
}

static const char *const large_types[] = {"u32le", "u32be", "i32le", "i32be", "f32le", "f32be", "f64le",
                                          "f64be", "u64le", "u64be", "i64le", "i64be", "f16le", "f16be"};

static void test_large(void **state)
{
    (void)state;
    static unsigned char data[3000 * 8];
    for (size_t t = 0; t < COUNT(large_types); t++) {
        mmi_image image = row_of(large_types[t], 1);
        /* The plain definition of 64 bits is slow. */
        bool is_slow = mmi_type_size(image.type) == 8 && !mmi_type_is_float(image.type);
        size_t bytes = edge_values(image.type, data, is_slow ? 80 : 500);
        for (size_t a = 0; a < COUNT(amounts); a++)
            for (size_t g = 0; g < COUNT(gains); g++) {
                mmi_adjust_options options = {.add = &amounts[a], .add_count = 1, .gain = &gains[g], .gain_count = 1};
                bool is_single = image.type.kind == MMI_F32 || image.type.kind == MMI_F16;
                if (is_single && fabs(gains[g]) > 1e38)
                    continue;
                options.clamp = (a + g) % 3 == 0;
                options.low = ends[g % COUNT(ends)][0];
                options.high = ends[g % COUNT(ends)][1];
                naive_check(&image, &options, data, bytes);
            }
    }
}

/* Samples that are stored with an offset, as FITS stores unsigned ones: a gain multiplies what they mean. */
static void test_bias(void **state)
{
    (void)state;
    static const double biases[] = {32768, -128, 1, 2147483648.0, 0x1p63, -0x1p63};
    static unsigned char data[6000 * 8];
    for (size_t t = 0; t < 2 * MMI_KINDS; t++)
        for (size_t b = 0; b < COUNT(biases); b++)
            for (size_t g = 0; g < COUNT(gains); g++) {
                mmi_image image = row_of(mmi_type_name((mmi_type){(mmi_kind)(t / 2), t % 2}), 3);
                if (mmi_type_is_float(image.type) || (mmi_type_size(image.type) < 8 && fabs(biases[b]) > 0x1p40))
                    continue;
                static const bool channels[] = {true, false, true};
                size_t bytes = edge_values(image.type, data, 300);
                mmi_adjust_options options = {.add = &amounts[g % COUNT(amounts)],
                                              .add_count = 1,
                                              .gain = &gains[g],
                                              .gain_count = 1,
                                              .bias = biases[b],
                                              .channels = channels};
                naive_check(&image, &options, data, bytes);
            }
    mmi_adjust *adjust;
    mmi_image image = row_of("f32le", 1);
    mmi_adjust_options options = {.bias = 1};
    assert_int_equal(mmi_adjust_create(&image, &options, &adjust), MMV_EINVAL);
    image = row_of("i16le", 1);
    options.bias = 0.5;
    assert_int_equal(mmi_adjust_create(&image, &options, &adjust), MMV_EINVAL);
}

static void test_channels(void **state)
{
    (void)state;
    static const uint32_t counts[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 33, 100, 1023, 1024};
    static unsigned char data[6000 * 8];
    static double add[1024], gain[1024];
    static bool channels[1024];
    struct dice dice = {11};
    for (size_t k = 0; k < 2 * MMI_KINDS * COUNT(counts); k++) {
        mmi_image image = {.type = {(mmi_kind)(k % MMI_KINDS), k % 2}, .samples = counts[k / 2 / MMI_KINDS]};
        size_t bytes = edge_values(image.type, data, 6000);
        for (size_t c = 0; c < image.samples; c++) {
            add[c] = (double)dice_below(&dice, 2000) - 1000;
            gain[c] = (double)dice_below(&dice, 8) / 4;
            channels[c] = dice_below(&dice, 3) != 0;
        }
        mmi_adjust_options options = {.add = add, .add_count = image.samples, .channels = channels};
        naive_check(&image, &options, data, bytes);
        options.gain = gain;
        options.gain_count = image.samples;
        naive_check(&image, &options, data, bytes);
        options.clamp = true;
        options.high = 100;
        naive_check(&image, &options, data, bytes);
    }
}

/* Every sample of 64 bits counts: what goes through a double loses the last ones. */
static void test_exact(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        uint64_t sample, result;
        double add, gain, low, high;
        int clamped;
    } cases[] = {
        {"u64", UINT64_MAX - 1, UINT64_MAX, 1, 1, -INFINITY, INFINITY, 0},
        {"u64", UINT64_MAX - 1, UINT64_MAX, 2, 1, -INFINITY, INFINITY, 1},
        {"u64", (UINT64_C(1) << 63) + 1, (UINT64_C(1) << 63) + 11, 10, 1, -INFINITY, INFINITY, 0},
        {"u64", 9, 0, -10, 1, -INFINITY, INFINITY, 1},
        {"u64", 10, 0, -10, 1, -INFINITY, INFINITY, 0},
        {"u64", (UINT64_C(1) << 53) + 1, (UINT64_C(1) << 53) + 1, 0, 1, 0, 0x1p63, 0},
        {"u64", (UINT64_C(1) << 53) + 1, (UINT64_C(1) << 53), 0, 1, 0, 0x1p53, 1},
        {"i64", (uint64_t)INT64_MIN, (uint64_t)(INT64_MIN + 1), 1, 1, -INFINITY, INFINITY, 0},
        {"i64", (uint64_t)(INT64_MIN + 1), (uint64_t)INT64_MIN, -2, 1, -INFINITY, INFINITY, 1},
        {"i64", INT64_MAX, INT64_MAX, 0x1p40, 1, -INFINITY, INFINITY, 1},
        {"i64", (uint64_t)-5, 7, 12, 1, -INFINITY, INFINITY, 0},
        /* (2^53 + 1) * 3 is no double; halves go to the even one. */
        {"i64", (UINT64_C(1) << 53) + 1, 3 * (UINT64_C(1) << 53) + 3, 0, 3, -INFINITY, INFINITY, 0},
        {"i64", (UINT64_C(1) << 60) + 1, (UINT64_C(1) << 59), 0, 0.5, -INFINITY, INFINITY, 0},
        {"i64", (UINT64_C(1) << 60) + 3, (UINT64_C(1) << 59) + 2, 0, 0.5, -INFINITY, INFINITY, 0},
        {"u64", UINT64_MAX, UINT64_MAX, -1, 2, -INFINITY, INFINITY, 1},
        {"u64", UINT64_MAX, UINT64_MAX - 1, -1, 1, -INFINITY, INFINITY, 0},
        {"i64", INT64_MAX, (uint64_t)INT64_MIN + 1, 0, -1, -INFINITY, INFINITY, 0},
        {"i64", (uint64_t)INT64_MIN, INT64_MAX, 0, -1, -INFINITY, INFINITY, 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        mmi_image image = row_of(cases[i].type, 1);
        mmi_adjust_options options = {.add = &cases[i].add,
                                      .add_count = 1,
                                      .gain = &cases[i].gain,
                                      .gain_count = 1,
                                      .clamp = true,
                                      .low = cases[i].low,
                                      .high = cases[i].high};
        mmi_adjust *adjust;
        mmi_tally tally = {0};
        uint64_t sample;
        assert_int_equal(mmi_adjust_create(&image, &options, &adjust), MMV_OK);
        mmi_adjust_run(adjust, &(mmi_batch){0, &cases[i].sample, &sample, sizeof sample}, &tally);
        if (sample != cases[i].result || tally.low + tally.high != (uint64_t)cases[i].clamped)
            fail_msg("case %zu: %llu", i, (unsigned long long)sample);
        naive_check(&image, &options, (const unsigned char *)&cases[i].sample, sizeof sample);
        mmi_adjust_destroy(&adjust);
    }
}

/* Samples that stand for no data stay; what they would have saturated is not counted, what becomes one is. */
static void test_no_data(void **state)
{
    (void)state;
    static const double values[][3] = {{0, 127, -128}, {255, NAN, 5}, {-32768, 0.5, 100}, {65535, INFINITY, 1}};
    static const uint32_t samples[] = {1, 3, 40};
    static unsigned char data[3000 * 8];
    struct dice dice = {21};
    for (size_t t = 0; t < 2 * MMI_KINDS; t++)
        for (size_t n = 0; n < 3 * COUNT(values); n++) {
            mmi_image image = {.type = {(mmi_kind)(t / 2), t % 2}, .samples = samples[n % 3]};
            size_t bytes = edge_values(image.type, data, 1200), size = mmi_type_size(image.type);
            static const bool channels[40] = {true, false, true, true};
            double add = n % 4 == 0 ? 200 : n % 4 == 1 ? -70000 : n % 4 == 2 ? 1 : 5e9, gain = 1.5;
            for (size_t i = 100; i < 1200; i++)
                if (i % 7 < 3 && i / 300 % 2)
                    mmi_sample_set(image.type, data + i * size, mmi_type_round(image.type, values[n / 3][i % 3]));
                else if (i / 300 % 2 == 0 && n % 2) /* values near to those, which become them */
                    mmi_sample_set(image.type, data + i * size, (double)dice_below(&dice, 127));
            mmi_adjust_options options = {.add = &add,
                                          .add_count = 1,
                                          .gain = &gain,
                                          .gain_count = n % 5 == 0,
                                          .channels = n % 2 ? channels : NULL,
                                          .no_data = values[n / 3],
                                          .no_data_count = 1 + n % 3};
            options.clamp = n % 4 == 3;
            options.high = 100;
            naive_check(&image, &options, data, bytes);
        }
}

/* Whoever looks while the work is on finds them as they are: nothing is put back, since nothing was changed. */
static void test_no_data_is_not_touched(void **state)
{
    (void)state;
    enum { PIXELS = 4096 };
    mmi_image image = row_of("i16", 1);
    static int16_t data[PIXELS];
    double add = 10, hole = -9999;
    mmi_adjust_options options = {.add = &add, .add_count = 1, .no_data = &hole, .no_data_count = 1};
    mmi_adjust *adjust;
    mmi_tally tally = {0};
    for (size_t i = 0; i < PIXELS; i++)
        data[i] = i % 2 ? -9999 : i % 4 ? -10009 : 7;
    assert_int_equal(mmi_adjust_create(&image, &options, &adjust), MMV_OK);
    mmi_adjust_run(adjust, &(mmi_batch){0, data, data, sizeof data}, &tally);
    assert_true(tally.no_data == PIXELS / 2 && tally.became_no_data == PIXELS / 4 && tally.low + tally.high == 0);
    for (size_t i = 0; i < PIXELS; i++)
        assert_int_equal(data[i], i % 2 ? -9999 : i % 4 ? -9999 : 17);
    mmi_adjust_destroy(&adjust);
}

/* More clamped samples than a lane counter can hold. */
static void check_counters(const char *type, size_t count)
{
    mmi_image image = row_of(type, 1);
    size_t bytes = count * mmi_type_size(image.type);
    unsigned char *data = malloc(bytes);
    double one = 1;
    mmi_adjust *adjust;
    assert_non_null(data);
    assert_int_equal(mmi_adjust_create(&image, &(mmi_adjust_options){.add = &one, .add_count = 1}, &adjust), MMV_OK);
    for (size_t level = 0; mmi__kernels_at(level); level++) {
        mmi_tally tally = {.low = 3, .high = 5};
        adjust->kernels = mmi__kernels_at(level);
        memset(data, 0xff, bytes);
        mmi_adjust_run(adjust, &(mmi_batch){0, data, data, bytes}, &tally);
        assert_true(tally.low == 3 && tally.high == 5 + count);
        assert_true(data[0] == 0xff && memcmp(data, data + 1, bytes - 1) == 0);
    }
    mmi_adjust_destroy(&adjust);
    free(data);
}

static void test_counters(void **state)
{
    (void)state;
    check_counters("u8", 1000003);
    check_counters("u16le", 65535 * 256 + 70001);
    check_counters("u64le", 65535 * 64 + 70001);
}

/* The processor decides which kernels the tests above have run: say so. */
static void test_levels(void **state)
{
    (void)state;
    size_t level = 0;
    for (; mmi__kernels_at(level); level++)
        print_message("tested: kernels for %s\n", mmi__kernels_at(level)->name);
    assert_true(level >= 1);
    assert_string_equal(mmi__kernels_at(level - 1)->name, "base");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_amounts),
        cmocka_unit_test(test_small_gains),
        cmocka_unit_test(test_small_ends),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_bias),
        cmocka_unit_test(test_channels),
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_no_data),
        cmocka_unit_test(test_no_data_is_not_touched),
        cmocka_unit_test(test_counters),
        cmocka_unit_test(test_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
