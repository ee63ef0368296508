/* SPDX-License-Identifier: MIT */
/* test_tally.c - figures of differences: of a strip of values the same as one by one. */

#include "check.h"

#include <math.h>

#include "mmdiff/tally.h"
#include "scratch.h"

enum { VALUES = 512 };

static const char *const types[] = {"u8", "i8", "u16be", "i16", "u32", "i32", "u64", "i64", "f16", "f32", "f64"};

/* Bytes of which many are equal, and some stand for the ends of a type. */
static void make(unsigned char *a, unsigned char *b, size_t size, uint64_t seed)
{
    static const unsigned char ends[] = {0x00, 0x7f, 0x80, 0xff, 0x01, 0x7c, 0xfe};
    fill(a, VALUES * size, seed);
    fill(b, VALUES * size, seed + 1);
    for (size_t i = 0; i < VALUES; i++) {
        if (i % 5 == 0)
            memcpy(b + i * size, a + i * size, size);
        if (i % 7 == 0)
            memset(a + i * size, ends[i / 7 % COUNT(ends)], size);
        if (i % 11 == 0)
            memset(b + i * size, ends[i / 11 % COUNT(ends)], size);
    }
}

static void one_by_one(struct tally *tally, const struct gap_rule *rule, const struct tally_strip *strip,
                       const struct tolerance *tolerance, size_t *beyond_ret)
{
    *beyond_ret = 0;
    for (size_t i = 0; i < strip->count; i++) {
        const struct gap gap = gap_of(rule, strip->a[i], strip->b[i]);
        *beyond_ret += tally_add(tally, &gap, tolerance);
    }
}

static void check_same(struct tally *got, struct tally *wanted)
{
    char a[GAP_TEXT], b[GAP_TEXT];
    assert_true(got->differing == wanted->differing && got->within == wanted->within);
    assert_true(got->unknown == wanted->unknown && got->up == wanted->up && got->down == wanted->down);
    assert_int_equal(got->largest.kind, wanted->largest.kind);
    assert_string_equal(gap_text(&got->largest, a), gap_text(&wanted->largest, b));
    assert_memory_equal(got->bins, wanted->bins, sizeof got->bins);
    got->compared = wanted->compared = 2 * VALUES;
    double x = tally_mean(got), y = tally_mean(wanted);
    assert_memory_equal(&x, &y, sizeof x);
}

static void check_types(mmi_type a, mmi_type b, const struct tolerance *tolerance)
{
    static unsigned char a_bytes[8 * VALUES], b_bytes[8 * VALUES];
    uint64_t a_values[VALUES], b_values[VALUES];
    const struct gap_rule rule = gap_rule(a, b);
    struct tally got = {0}, wanted = {0};
    for (uint64_t seed = 1; seed < 3; seed++) {
        size_t beyond, size_a = mmi_type_size(a), size_b = mmi_type_size(b);
        make(a_bytes, b_bytes, size_a > size_b ? size_a : size_b, seed);
        gap_load(a, rule.a_real, (struct gap_samples){a_bytes, size_a}, a_values, VALUES);
        gap_load(b, rule.b_real, (struct gap_samples){b_bytes, size_b}, b_values, VALUES);
        const struct tally_strip strip = {a_values, b_values, VALUES};
        one_by_one(&wanted, &rule, &strip, tolerance, &beyond);
        assert_int_equal(tally_add_strip(&got, &rule, &strip, tolerance), beyond);
    }
    check_same(&got, &wanted);
}

static void test_a_strip_is_its_values(void **state)
{
    static const struct tolerance tolerances[] = {{0, 0}, {3.5, 3}, {1e6, 1000000}, {INFINITY, UINT64_MAX}};
    (void)state;
    for (size_t i = 0; i < COUNT(types); i++)
        for (size_t k = 0; k < COUNT(types); k++)
            for (size_t t = 0; t < COUNT(tolerances); t++) {
                mmi_type a, b;
                assert_true(mmi_type_parse(types[i], &a));
                assert_true(mmi_type_parse(types[k], &b));
                check_types(a, b, &tolerances[t]);
            }
}

static void test_equal_values_count_nothing(void **state)
{
    uint64_t values[VALUES] = {1, 2, 3};
    mmi_type type;
    struct tally tally = {0}, none = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(types); i++) {
        assert_true(mmi_type_parse(types[i], &type));
        const struct gap_rule rule = gap_rule(type, type);
        const struct tally_strip strip = {values, values, VALUES};
        assert_int_equal(tally_add_strip(&tally, &rule, &strip, &(struct tolerance){0, 0}), 0);
    }
    assert_memory_equal(&tally.bins, &none.bins, sizeof tally.bins);
    assert_true(tally.differing == 0 && tally.within == 0 && tally.largest.kind == GAP_NONE);
}

/* Bins are powers of two, and all beyond the ends is in the last ones. */
static void test_bins(void **state)
{
    static const struct {
        double gap;
        int exponent;
    } gaps[] = {{1, 0}, {1.99, 0}, {2, 1}, {0x1p-149, -149}, {0x1.8p-148, -148}, {0x1p127, 127}, {0x1p128, 128}};
    mmi_type type;
    (void)state;
    assert_true(mmi_type_parse("f64", &type));
    const struct gap_rule rule = gap_rule(type, type);
    for (size_t i = 0; i < COUNT(gaps); i++) {
        struct tally tally = {0};
        uint64_t a = 0, b;
        memcpy(&b, &gaps[i].gap, sizeof b);
        tally_add_strip(&tally, &rule, &(struct tally_strip){&a, &b, 1}, &(struct tolerance){0, 0});
        assert_int_equal(tally.bins[gaps[i].exponent - TALLY_LOWEST + 1], 1);
    }
    static const double ends[] = {0x1p-150, 5e-324, 0x1p129, 1e308};
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct tally tally = {0};
        uint64_t a = 0, b;
        memcpy(&b, &ends[i], sizeof b);
        tally_add_strip(&tally, &rule, &(struct tally_strip){&a, &b, 1}, &(struct tolerance){0, 0});
        assert_int_equal(tally.bins[i < 2 ? 0 : TALLY_BINS - 1], 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_strip_is_its_values),
        cmocka_unit_test(test_equal_values_count_nothing),
        cmocka_unit_test(test_bins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
