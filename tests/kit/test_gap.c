/* SPDX-License-Identifier: MIT */
/* Tests of mmdiff/gap.c: what numpy has no type for. diff_oracle.py has the rest. */
#include "check.h"

#include "mmdiff/gap.h"

#include <math.h>
#include <string.h>

static mmi_type type_of(const char *name)
{
    mmi_type type;
    assert_true(mmi_type_parse(name, &type));
    return type;
}

/* Of two integers as stored bits. */
static struct gap whole(const char *a_type, uint64_t a, const char *b_type, uint64_t b)
{
    const struct gap_rule rule = gap_rule(type_of(a_type), type_of(b_type));
    return gap_of(&rule, a, b);
}

static void check_text(struct gap gap, const char *wanted, bool is_up)
{
    char text[GAP_TEXT];
    assert_string_equal(gap_text(&gap, text), wanted);
    assert_int_equal(gap.is_up, is_up);
}

static void the_farthest_integers(void **state)
{
    (void)state;
    check_text(whole("i64", (uint64_t)INT64_MIN, "u64", UINT64_MAX), "27670116110564327423", true);
    check_text(whole("u64", UINT64_MAX, "i64", (uint64_t)INT64_MIN), "27670116110564327423", false);
    check_text(whole("i64", (uint64_t)-1, "u64", UINT64_MAX), "18446744073709551616", true);
    check_text(whole("i64", (uint64_t)-2, "u64", UINT64_MAX), "18446744073709551617", true);
    check_text(whole("i64", (uint64_t)INT64_MIN, "u64", UINT64_C(10776627963145224192)), "20000000000000000000", true);
    check_text(whole("i64", (uint64_t)INT64_MIN, "i64", INT64_MAX), "18446744073709551615", true);
    check_text(whole("i8", (uint64_t)-1, "i8", (uint64_t)-3), "2", false);
    check_text(whole("i64", 0, "u64", 0), "", false);
    check_text(whole("i64", (uint64_t)-1, "i64", (uint64_t)-1), "", false);
}

static struct gap wide(const char *type, uint64_t integer, double real)
{
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    return whole(type, integer, "f64", bits);
}

static void integers_that_no_double_is(void **state)
{
    (void)state;
    check_text(wide("i64", (UINT64_C(1) << 53) + 1, 0x1p53), "1", false);
    check_text(wide("u64", UINT64_MAX, 0x1p63), "9.2233720368547758e+18", false);
    check_text(wide("u64", UINT64_MAX, 0x1p64), "1", true);
    check_text(wide("i64", (uint64_t)INT64_MIN, -0x1p64), "9.2233720368547758e+18", false);
    check_text(wide("u64", 0, 0x1p64), "1.8446744073709552e+19", true);
    check_text(wide("i64", (uint64_t)-1, 0x1p64), "1.8446744073709552e+19", true);
    check_text(wide("u64", UINT64_MAX, 0x1p65), "1.8446744073709552e+19", true);
    check_text(wide("i64", (uint64_t)INT64_MIN, -0x1p63), "", false);
    check_text(wide("i64", 3, 3.25), "0.25", true);
    check_text(wide("i64", (uint64_t)-3, -3.25), "0.25", false);
    assert_int_equal(wide("i64", 3, NAN).kind, GAP_UNKNOWN);
    assert_int_equal(wide("i64", 3, INFINITY).kind, GAP_UNKNOWN);
    assert_int_equal(wide("u64", 0, -0.0).kind, GAP_NONE);
}

static void the_tolerance_of_a_carry(void **state)
{
    (void)state;
    const struct tolerance all = {0x1p65, UINT64_MAX}, endless = {INFINITY, UINT64_MAX};
    const struct tolerance exactly = {0x1p64, UINT64_MAX}, most = {0x1.fffffffffffffp63, UINT64_MAX};
    const struct tolerance more = {0x1.8p64, UINT64_MAX};
    struct gap far = whole("i64", (uint64_t)-1, "u64", UINT64_MAX), near = whole("u64", 0, "u64", UINT64_MAX);
    struct gap farther = whole("i64", (uint64_t)-2, "u64", UINT64_MAX);
    struct gap farthest = whole("i64", (uint64_t)INT64_MIN, "u64", UINT64_MAX);
    assert_true(gap_is_within(&far, &all) && gap_is_within(&near, &all) && gap_is_within(&farthest, &all));
    assert_true(gap_is_within(&farthest, &endless));
    assert_true(gap_is_within(&far, &exactly));
    assert_false(gap_is_within(&farther, &exactly));
    assert_false(gap_is_within(&far, &most));
    /* 2^64 + 2^63 - 1 of 2^64 + 2^63. */
    assert_true(gap_is_within(&farthest, &more));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_farthest_integers),
        cmocka_unit_test(integers_that_no_double_is),
        cmocka_unit_test(the_tolerance_of_a_carry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
