/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <mmimage/sample.h>

#include <math.h>
#include <string.h>

static const char *const names[] = {"u8",    "i8",    "u16le", "u16be", "i16le", "i16be", "u32le",
                                    "u32be", "i32le", "i32be", "f32le", "f32be", "f64le", "f64be"};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static mmi_type type_of(const char *text)
{
    mmi_type type;
    assert_true(mmi_type_parse(text, &type));
    return type;
}

static void test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        assert_string_equal(mmi_type_name(type_of(names[i])), names[i]);
    assert_true(mmi_type_is_native(type_of("i16")));
    assert_true(mmi_type_is_native(type_of("f64")));
    assert_true(mmi_type_is_native(type_of("u8be")));
    assert_string_equal(mmi_type_name(type_of("i8be")), "i8");
    assert_int_not_equal(mmi_type_is_native(type_of("u32le")), mmi_type_is_native(type_of("u32be")));
}

static void test_parse_refuses(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",     "u",      "u7",     "U8",  "i64", "f16",
                                        "i16l", "i16bee", "i16 le", " u8", "le",  "u88"};
    mmi_type type = {MMI_F64, true};
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(mmi_type_parse(wrong[i], &type));
    assert_true(type.kind == MMI_F64 && type.big_endian);
}

static void test_properties(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t size;
        bool is_float;
        double minimum, maximum;
    } want[] = {
        {"u8", 1, false, 0, 255},
        {"i8", 1, false, -128, 127},
        {"u16", 2, false, 0, 65535},
        {"i16", 2, false, -32768, 32767},
        {"u32", 4, false, 0, 4294967295.0},
        {"i32", 4, false, -2147483648.0, 2147483647},
        {"f32", 4, true, -INFINITY, INFINITY},
        {"f64", 8, true, -INFINITY, INFINITY},
    };
    for (size_t i = 0; i < COUNT(want); i++) {
        mmi_type type = type_of(want[i].name);
        assert_int_equal(mmi_type_size(type), want[i].size);
        assert_int_equal(mmi_type_is_float(type), want[i].is_float);
        assert_true(mmi_type_minimum(type) == want[i].minimum && mmi_type_maximum(type) == want[i].maximum);
    }
}

static void check_stored(const char *name, double value, const char *bytes)
{
    mmi_type type = type_of(name);
    unsigned char stored[9];
    memset(stored, 0xee, sizeof stored);
    mmi_sample_set(type, stored + 1, value); /* unaligned */
    assert_memory_equal(stored + 1, bytes, mmi_type_size(type));
    assert_int_equal(stored[0], 0xee);
    double back = mmi_sample_get(type, stored + 1);
    assert_true(back == value && signbit(back) == signbit(value));
}

static void test_stored_bytes(void **state)
{
    (void)state;
    check_stored("u8", 255, "\xff");
    check_stored("i8", -128, "\x80");
    check_stored("i8", 127, "\x7f");
    check_stored("u16le", 0x1234, "\x34\x12");
    check_stored("u16be", 0x1234, "\x12\x34");
    check_stored("i16be", -2, "\xff\xfe");
    check_stored("i16le", -32768, "\x00\x80");
    check_stored("u32le", 4294967295.0, "\xff\xff\xff\xff");
    check_stored("u32be", 0x12345678, "\x12\x34\x56\x78");
    check_stored("i32le", -2147483648.0, "\x00\x00\x00\x80");
    check_stored("f32le", 1.5, "\x00\x00\xc0\x3f");
    check_stored("f32be", -0.0, "\x80\x00\x00\x00");
    check_stored("f32be", 0x1p-149, "\x00\x00\x00\x01");
    check_stored("f64be", -2.0, "\xc0\x00\x00\x00\x00\x00\x00\x00");
    check_stored("f64le", INFINITY, "\x00\x00\x00\x00\x00\x00\xf0\x7f");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_properties),
        cmocka_unit_test(test_stored_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
