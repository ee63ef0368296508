/* SPDX-License-Identifier: MIT */
/* test_digits.c - keys grow with the samples, and each value is counted once. */

#include "support.h"

#include "check.h"
#include "naive.h"

#include <mmimage/stats.h>

#include <math.h>
#include <stdlib.h>

/* ---- digits ------------------------------------------------------------------------------------------------------ */

static void test_keys(void **state)
{
    (void)state;
    for (int kind = 0; kind < MMI_KINDS; kind++) {
        mmi_type type = {(mmi_kind)kind, false};
        unsigned bits = mmi_key_bits(type);
        uint64_t top = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
        if (!mmi_type_is_float(type)) {
            assert_true(mmi_key_value(type, 0) == mmi_type_minimum(type));
            assert_true(mmi_key_value(type, top) == mmi_type_maximum(type));
        }
    }
}

/* A digit's only value. */
static uint64_t value_of(mmi_digits *digits)
{
    const uint64_t *counts = mmi_digits_counts(digits, 0);
    uint64_t value = 0;
    while (value < MMI_DIGITS - 1 && counts[value] == 0)
        value++;
    assert_true(counts[value] == 1);
    return value;
}

/* Following a value through its digits gives it back. */
static void test_values_are_followed(void **state)
{
    static const double values[] = {-1e30, -4, -1, -0.5, 0, 0.25, 1, 1e30};
    (void)state;
    for (int kind = MMI_U32; kind < MMI_KINDS; kind++) {
        mmi_type type = {(mmi_kind)kind, true};
        double before = -INFINITY;
        for (size_t v = 0; v < COUNT(values); v++) {
            unsigned char stored[8];
            uint64_t key = 0;
            double value = fmin(fmax(trunc(values[v]), mmi_type_minimum(type)), mmi_type_maximum(type));
            value = mmi_type_is_float(type) ? values[v] : value;
            mmi_sample_set(type, stored, value);
            for (unsigned shift = mmi_key_bits(type); shift > 0;) {
                mmi_digits *digits;
                shift -= 16;
                assert_int_equal(mmi_digits_create(type, 1, &(mmi_digit){0, shift, key}, 1, &digits), MMV_OK);
                mmi_digits_add(digits, &(mmi_block){MMI_ALL_CHANNELS, 0, stored, 1});
                key = key << 16 | value_of(digits);
                mmi_digits_destroy(&digits);
                assert_null(digits);
            }
            double got = mmi_key_value(type, key);
            assert_true(got == mmi_type_round(type, value));
            assert_true(mmi_key_sample(type, key) == mmi_sample_bits(type, stored));
            assert_true(got >= before);
            before = got;
        }
    }
}

/* How often each value is there, in pixels of three channels, in a channel that lies apart, and by two threads. */
static void test_counts_of_values(void **state)
{
    enum { SAMPLES = 9 * 5000 };
    static const mmi_digit each[] = {{.channel = 0}, {.channel = 1}, {.channel = 2}};
    static unsigned char data[SAMPLES * 2];
    struct dice dice = {9};
    uint64_t *wanted = malloc(3 * MMI_DIGITS * sizeof *wanted);
    (void)state;
    assert_non_null(wanted);
    for (unsigned k = 0; k < 8; k++) {
        mmi_type type = {(mmi_kind)(k / 2), k % 2};
        size_t size = mmi_type_size(type);
        mmi_digits *digits, *other;
        dice_samples(&dice, type, data, SAMPLES);
        memset(wanted, 0, 3 * MMI_DIGITS * sizeof *wanted);
        for (size_t i = 0; i < SAMPLES; i++)
            wanted[i % 3 * MMI_DIGITS + (size_t)(mmi_sample_get(type, data + i * size) - mmi_type_minimum(type))]++;
        assert_int_equal(mmi_digits_create(type, 3, each, 3, &digits), MMV_OK);
        assert_int_equal(mmi_digits_create(type, 3, each, 3, &other), MMV_OK);
        mmi_digits_add(digits, &(mmi_block){MMI_ALL_CHANNELS, 0, data, SAMPLES / 3 - 7});
        mmi_digits_add(other, &(mmi_block){MMI_ALL_CHANNELS, 0, data + (SAMPLES - 21) * size, 7});
        mmi_digits_merge(digits, other);
        for (uint32_t c = 0; c < 3; c++)
            assert_memory_equal(mmi_digits_counts(digits, c), wanted + c * MMI_DIGITS, MMI_DIGITS * sizeof *wanted);
        mmi_digits_destroy(&digits);
        mmi_digits_destroy(&other);
        /* The same samples as one channel that lies apart, the middle one of three. */
        assert_int_equal(mmi_digits_create(type, 3, each, 3, &digits), MMV_OK);
        mmi_digits_add(digits, &(mmi_block){1, 0, data, SAMPLES});
        const uint64_t *counts = mmi_digits_counts(digits, 1);
        for (size_t i = 0; i < MMI_DIGITS; i++)
            assert_true(counts[i] == wanted[i] + wanted[MMI_DIGITS + i] + wanted[2 * MMI_DIGITS + i]);
        mmi_digits_destroy(&digits);
    }
    free(wanted);
}

/* Some channels only, one of them twice: not the way of one table for each channel. */
static void test_some_channels(void **state)
{
    static const mmi_digit some[] = {{.channel = 1}, {.channel = 1}, {.channel = 2}};
    static const unsigned char data[] = {1, 2, 3, 4, 5, 6, 7, 2, 3};
    const mmi_type type = {MMI_U8, false};
    mmi_digits *digits;
    (void)state;
    assert_int_equal(mmi_digits_create(type, 3, some, 3, &digits), MMV_OK);
    mmi_digits_add(digits, &(mmi_block){MMI_ALL_CHANNELS, 0, data, 3});
    for (size_t i = 0; i < 2; i++)
        assert_true(mmi_digits_counts(digits, i)[2] == 2 && mmi_digits_counts(digits, i)[5] == 1);
    assert_true(mmi_digits_counts(digits, 2)[3] == 2 && mmi_digits_counts(digits, 2)[6] == 1);
    mmi_digits_add(digits, &(mmi_block){2, 0, data, 3});
    assert_true(mmi_digits_counts(digits, 2)[3] == 3 && mmi_digits_counts(digits, 0)[2] == 2);
    /* Both of the channel that has two. */
    mmi_digits_add(digits, &(mmi_block){1, 0, data, 2});
    for (size_t i = 0; i < 2; i++)
        assert_true(mmi_digits_counts(digits, i)[1] == 1 && mmi_digits_counts(digits, i)[2] == 3);
    mmi_digits_destroy(&digits);
    mmi_digits_destroy(&digits);
}

/* What is left out is not counted, in pixels and in channels that lie apart, narrow and wide. */
static void test_no_data(void **state)
{
    static const mmi_digit each[] = {{.channel = 0}, {.channel = 1}};
    static const double values[] = {7, -9999, 300};
    (void)state;
    for (int kind = 0; kind < MMI_KINDS; kind++) {
        mmi_type type = {(mmi_kind)kind, kind % 2};
        unsigned char data[2000 * 8];
        uint64_t all = 0, seven = 0, high = mmi_key_bits(type) > 16 ? mmi_key_bits(type) - 16 : 0;
        size_t size = mmi_type_size(type);
        mmi_digits *digits;
        for (size_t i = 0; i < 2000; i++) {
            mmi_sample_set(type, data + i * size, (double)(i % 10));
            seven += i % 10 == 7;
        }
        const mmi_digit tops[] = {{0, (unsigned)high, 0}, {1, (unsigned)high, 0}};
        assert_int_equal(mmi_digits_create(type, 2, high ? tops : each, 2, &digits), MMV_OK);
        assert_int_equal(mmi_digits_set_no_data(digits, values, COUNT(values)), MMV_OK);
        mmi_digits_add(digits, &(mmi_block){MMI_ALL_CHANNELS, 0, data, 1000});
        mmi_digits_add(digits, &(mmi_block){1, 0, data, 2000});
        for (size_t i = 0; i < 2 * (size_t)MMI_DIGITS; i++)
            all += mmi_digits_counts(digits, i / MMI_DIGITS)[i % MMI_DIGITS];
        assert_true(all == 4000 - 2 * seven);
        double many[17] = {0};
        assert_int_equal(mmi_digits_set_no_data(digits, many, 17), MMV_EINVAL);
        mmi_digits_destroy(&digits);
    }
}

static void test_no_number_has_no_key(void **state)
{
    const float data[] = {(float)NAN, 1, (float)INFINITY};
    mmi_type type;
    mmi_digits *digits;
    uint64_t all = 0;
    (void)state;
    assert_true(mmi_type_parse("f32", &type));
    assert_int_equal(mmi_digits_create(type, 1, &(mmi_digit){0, 16, 0}, 1, &digits), MMV_OK);
    mmi_digits_add(digits, &(mmi_block){0, 0, data, 3});
    for (size_t i = 0; i < MMI_DIGITS; i++)
        all += mmi_digits_counts(digits, 0)[i];
    assert_true(all == 2);
    mmi_digits_destroy(&digits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_values_are_followed),
        cmocka_unit_test(test_counts_of_values),
        cmocka_unit_test(test_some_channels),
        cmocka_unit_test(test_no_data),
        cmocka_unit_test(test_no_number_has_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
