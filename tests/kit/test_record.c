/* SPDX-License-Identifier: MIT */
/* test_record.c - what a --record means, field by field, and values as text that tells them apart. */

#include "check.h"

#include "capture.h"
#include "mmdump/record.h"

static const struct console console = {.tool = "test"};

static void test_fields_lie_one_behind_the_other(void **state)
{
    struct record record;
    (void)state;
    assert_true(record_parse(&record, &console, " i16 red,u8 flags[3] , f64be x"));
    assert_true(record.count == 5 && record.size == 13);
    assert_string_equal(record.fields[0].name, "red");
    assert_string_equal(record.fields[1].name, "flags0");
    assert_string_equal(record.fields[3].name, "flags2");
    assert_true(record.fields[3].offset == 4 && record.fields[4].offset == 5 && record.fields[4].type.big_endian);
    record_drop(&record);
    assert_true(record_parse(&record, &console, "u8 one[1]"));
    assert_string_equal(record.fields[0].name, "one0");
    record_drop(&record);
}

static void check_refused(const char *text, const char *where)
{
    char said[128];
    struct record record;
    capture_begin(stderr);
    bool fine = record_parse(&record, &console, text);
    const char *got = capture_end();
    snprintf(said, sizeof said, "it goes wrong at '%s'", where);
    assert_false(fine);
    if (!strstr(got, said))
        fail_msg("'%s' instead of '%s'", got, said);
    assert_null(record.fields);
}

static void test_what_is_no_field_is_shown(void **state)
{
    (void)state;
    check_refused("", "");
    check_refused("i16", "i16");
    check_refused("i17 red", "i17 red");
    check_refused("i16 red,", "");
    check_refused("u8 a, u8 b[0]", "u8 b[0]");
    check_refused("u8 b[65537]", "u8 b[65537]");
    check_refused("u8 b[2", "u8 b[2");
}

static void test_so_many_values_are_shown(void **state)
{
    struct record record;
    (void)state;
    assert_true(record_parse(&record, &console, "u8 a[4000], gap[9], u8 b[96]"));
    assert_true(record.count == 4096 && record.size == 4105 && record.fields[4000].offset == 4009);
    record_drop(&record);
    capture_begin(stderr);
    bool fine = record_parse(&record, &console, "u8 a[4000], u8 b[97]");
    assert_non_null(strstr(capture_end(), "more than 4096 values"));
    assert_false(fine);
    assert_null(record.fields);
}

static void test_unknown_types_name_the_known(void **state)
{
    struct record record;
    (void)state;
    capture_begin(stderr);
    bool fine = record_parse(&record, &console, "i16 a, u128 b");
    assert_non_null(strstr(capture_end(), "'u128 b': no type; types are u8 i8 u16 i16 u32 i32 u64 i64 f16 f32 f64"));
    assert_false(fine);
}

static void test_pixels_have_names(void **state)
{
    static const char *const four[] = {"red", "green", "blue", "alpha"};
    struct record record;
    (void)state;
    assert_true(record_of_pixel(&record, (mmi_type){MMI_U16, false}, 4));
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(record.fields[i].name, four[i]);
    assert_int_equal(record.size, 8);
    record_drop(&record);
    assert_true(record_of_pixel(&record, (mmi_type){MMI_U16, false}, 5));
    assert_string_equal(record.fields[4].name, "c4");
    record_drop(&record);
}

static void check_value(const char *type, double value, const char *wanted)
{
    unsigned char bytes[8];
    char text[RECORD_VALUE];
    struct record_field field = {.offset = 0};
    assert_true(mmi_type_parse(type, &field.type));
    mmi_sample_set(field.type, bytes, value);
    record_value(&field, bytes, text);
    assert_string_equal(text, wanted);
}

static void test_values_as_text(void **state)
{
    (void)state;
    check_value("i8", -128, "-128");
    check_value("u32be", 4294967295, "4294967295");
    check_value("f64", 0.1, "0.10000000000000001");
    check_value("f32", (double)0.1f, "0.100000001");
    check_value("f64", 1.0 / 0.0, "inf");
    check_value("f64", -1.0 / 0.0, "-inf");
    check_value("f32", 0.0 / 0.0, "nan");
    check_value("f16", 0.1, "0.099976");
    check_value("u64be", 0x1p64, "18446744073709551615");
    check_value("i64le", -0x1p63, "-9223372036854775808");
    check_value("i64le", 0x1p63, "9223372036854775807");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_lie_one_behind_the_other),
        cmocka_unit_test(test_what_is_no_field_is_shown),
        cmocka_unit_test(test_so_many_values_are_shown),
        cmocka_unit_test(test_unknown_types_name_the_known),
        cmocka_unit_test(test_pixels_have_names),
        cmocka_unit_test(test_values_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
