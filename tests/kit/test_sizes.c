/* SPDX-License-Identifier: MIT */
/* test_sizes.c - sizes as people type them: each unit, nothing that wraps, nothing half understood; and back. */

#include "check.h"

#include "capture.h"
#include "kit/cli/sizes.h"

#include <math.h>

static const struct console console = {.tool = "test"};
static const struct size_units units = {8, 800};

static void check_parse(const char *text, enum size_result wanted, uint64_t value)
{
    uint64_t got = 4711;
    enum size_result result = sizes_parse(text, &units, &got);
    if (result != wanted || got != (wanted == SIZE_OK ? value : 4711))
        fail_msg("'%s': %d, %llu", text, result, (unsigned long long)got);
}

static void test_each_unit_is_what_it_is_called(void **state)
{
    (void)state;
    check_parse("0", SIZE_OK, 0);
    check_parse("4096", SIZE_OK, 4096);
    check_parse("0x1000", SIZE_OK, 4096);
    check_parse("0XfF", SIZE_OK, 255);
    check_parse("64K", SIZE_OK, 65536);
    check_parse("64k", SIZE_OK, 65536);
    check_parse("64KiB", SIZE_OK, 65536);
    check_parse("10kB", SIZE_OK, 10000);
    check_parse("10KB", SIZE_OK, 10000);
    check_parse("10MB", SIZE_OK, 10000000);
    check_parse("2M", SIZE_OK, 2 * 1024 * 1024);
    check_parse("3G", SIZE_OK, 3 * UINT64_C(1073741824));
    check_parse("1T", SIZE_OK, UINT64_C(1) << 40);
    check_parse("1PiB", SIZE_OK, UINT64_C(1) << 50);
    check_parse("15E", SIZE_OK, UINT64_C(15) << 60);
    check_parse("3px", SIZE_OK, 24);
    check_parse("1row", SIZE_OK, 800);
    check_parse("2rows", SIZE_OK, 1600);
}

static void test_nothing_wraps(void **state)
{
    (void)state;
    check_parse("18446744073709551615", SIZE_OK, UINT64_MAX);
    check_parse("18446744073709551616", SIZE_TOO_LARGE, 0);
    check_parse("99999999999999999999999999", SIZE_TOO_LARGE, 0);
    check_parse("0x10000000000000000", SIZE_TOO_LARGE, 0);
    check_parse("16E", SIZE_TOO_LARGE, 0);
    check_parse("18446744073709551615px", SIZE_TOO_LARGE, 0);
}

static void test_what_is_not_wholly_understood_is_none(void **state)
{
    static const char *const bad[] = {"",      " 1",     "1 ", "-1", "+1", "1.5K", "K",     "0x", "0xg", "1kiB", "1Ki",
                                      "1KiBs", "1pixel", "1b", "1p", "1Z", "1mB",  "1rowz", "٣",  "1e3", "0b1"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        check_parse(bad[i], SIZE_BAD, 0);
}

static void test_units_that_are_not_known_are_said(void **state)
{
    const struct size_units none = {0, 0};
    uint64_t value;
    (void)state;
    assert_int_equal(sizes_parse("1px", &none, &value), SIZE_NO_PIXEL);
    assert_int_equal(sizes_parse("1row", &none, &value), SIZE_NO_ROW);
    assert_int_equal(sizes_parse("1px", NULL, &value), SIZE_BAD);
    capture_begin(stderr);
    assert_false(sizes_take(&console, "offset", "3rows", &none, &value));
    assert_non_null(strstr(capture_end(), "--offset=3rows: rows need --width"));
}

static void test_a_count_keeps_within_its_limits(void **state)
{
    uint64_t value = 0;
    (void)state;
    assert_true(sizes_take_count(&console, "level", "0", (struct size_limits){0, 9}, &value) && value == 0);
    assert_true(sizes_take_count(&console, "level", "9", (struct size_limits){0, 9}, &value) && value == 9);
    capture_begin(stderr);
    assert_false(sizes_take_count(&console, "level", "10", (struct size_limits){0, 9}, &value));
    assert_non_null(strstr(capture_end(), "--level=10: must be from 0 to 9"));
    capture_begin(stderr);
    assert_false(sizes_take_count(&console, "level", "0", (struct size_limits){1, 9}, &value));
    assert_false(sizes_take_count(&console, "level", "1K", (struct size_limits){0, 9}, &value));
    assert_false(
        sizes_take_count(&console, "level", "18446744073709551616", (struct size_limits){0, UINT64_MAX}, &value));
    capture_end();
    assert_int_equal(value, 9);
}

static void test_digits_move_the_text_behind_their_end(void **state)
{
    const char *text = "12,345x";
    uint64_t value;
    (void)state;
    assert_true(sizes_take_digits(&text, ',', &value) && value == 12);
    assert_string_equal(text, "345x");
    assert_false(sizes_take_digits(&text, ',', &value));
    assert_string_equal(text, "345x");
    assert_true(sizes_take_digits(&text, 'x', &value) && value == 345);
    assert_string_equal(text, "");
    assert_false(sizes_take_digits(&text, '\0', &value));
    text = "7";
    assert_true(sizes_take_digits(&text, '\0', &value) && value == 7);
    assert_string_equal(text, "");
    text = "18446744073709551616";
    assert_false(sizes_take_digits(&text, '\0', &value));
}

static void test_a_real_number_is_finite_and_begins_at_once(void **state)
{
    const char *end;
    double value;
    (void)state;
    assert_true(sizes_take_real("-1.5e2,", &end, &value) && value == -150 && *end == ',');
    assert_false(sizes_take_real(" 1", &end, &value));
    assert_false(sizes_take_real("", &end, &value));
    assert_false(sizes_take_real("inf", &end, &value));
    assert_false(sizes_take_real("nan", &end, &value));
    assert_false(sizes_take_real("1e999", &end, &value));
}

static void test_sizes_and_rates_as_people_read_them(void **state)
{
    char text[SIZES_TEXT];
    (void)state;
    assert_string_equal(sizes_text(0, text), "0 bytes");
    assert_string_equal(sizes_text(1, text), "1 byte");
    assert_string_equal(sizes_text(1023, text), "1023 bytes");
    assert_string_equal(sizes_text(1024, text), "1 KiB");
    assert_string_equal(sizes_text(1536, text), "1.5 KiB");
    assert_string_equal(sizes_text(UINT64_C(512) << 20, text), "512 MiB");
    assert_string_equal(sizes_text(UINT64_MAX, text), "16 EiB");
    assert_string_equal(sizes_rate(0, text), "0.0 B/s");
    assert_string_equal(sizes_rate(11.24e9, text), "11.2 GB/s");
    assert_string_equal(sizes_rate(123456, text), "123 kB/s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_unit_is_what_it_is_called),
        cmocka_unit_test(test_nothing_wraps),
        cmocka_unit_test(test_what_is_not_wholly_understood_is_none),
        cmocka_unit_test(test_units_that_are_not_known_are_said),
        cmocka_unit_test(test_a_count_keeps_within_its_limits),
        cmocka_unit_test(test_digits_move_the_text_behind_their_end),
        cmocka_unit_test(test_a_real_number_is_finite_and_begins_at_once),
        cmocka_unit_test(test_sizes_and_rates_as_people_read_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
