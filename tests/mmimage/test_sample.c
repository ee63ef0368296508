/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <mmimage/sample.h>

#include <math.h>
#include <string.h>

static const char *const names[] = {"u8",    "i8",    "u16le", "u16be", "i16le", "i16be", "u32le",
                                    "u32be", "i32le", "i32be", "f32le", "f32be", "f64le", "f64be",
                                    "u64le", "u64be", "i64le", "i64be", "f16le", "f16be"};

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
    static const char *const wrong[] = {"",     "u",      "u7",     "U8",  "i65", "f17",
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
        {"u64", 8, false, 0, 0x1p64},
        {"i64", 8, false, -0x1p63, 0x1p63},
        {"f16", 2, true, -INFINITY, INFINITY},
    };
    for (size_t i = 0; i < COUNT(want); i++) {
        mmi_type type = type_of(want[i].name);
        assert_int_equal(mmi_type_size(type), want[i].size);
        assert_int_equal(mmi_type_is_float(type), want[i].is_float);
        assert_int_equal(mmi_type_is_signed(type), want[i].name[0] == 'i');
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
    check_stored("u64be", 0x1p63 + 2048, "\x80\x00\x00\x00\x00\x00\x08\x00");
    check_stored("u64le", 0x1p64, "\xff\xff\xff\xff\xff\xff\xff\xff");
    check_stored("i64le", 0x1p63, "\xff\xff\xff\xff\xff\xff\xff\x7f");
    check_stored("i64be", -2, "\xff\xff\xff\xff\xff\xff\xff\xfe");
    check_stored("f16le", 65504, "\xff\x7b");
    check_stored("f16be", -0.0, "\x80\x00");
    check_stored("f16be", 0x1p-24, "\x00\x01");
    check_stored("f16be", -INFINITY, "\xfc\x00");
}

static void test_bits(void **state)
{
    (void)state;
    static const unsigned char stored[8] = {0x80, 1, 2, 3, 4, 5, 6, 0xff};
    assert_true(mmi_sample_bits(type_of("u64be"), stored) == UINT64_C(0x80010203040506ff));
    assert_true((int64_t)mmi_sample_bits(type_of("i64le"), stored) == -(INT64_C(0xf9fafbfcfdfe80)));
    assert_true(mmi_sample_bits(type_of("u8"), stored) == 0x80);
    assert_true((int64_t)mmi_sample_bits(type_of("i8"), stored) == -128);
    assert_true((int64_t)mmi_sample_bits(type_of("i16be"), stored) == -32767);
    assert_true(mmi_sample_bits(type_of("f16le"), stored) == 0x0180);
    unsigned char back[8] = {0};
    mmi_sample_set_bits(type_of("i32be"), back, (uint64_t)-2);
    assert_memory_equal(back, "\xff\xff\xff\xfe\0\0\0\0", 8);
}

/* Every binary16, there and back; between two of them the nearer one, of equally near ones the even. */
static void test_half(void **state)
{
    (void)state;
    mmi_type type = type_of("f16le");
    for (unsigned bits = 0; bits < 0x10000; bits++) {
        unsigned char stored[2] = {(unsigned char)bits, (unsigned char)(bits >> 8)}, back[2];
        double value = mmi_sample_get(type, stored);
        int exponent = (int)(bits >> 10 & 31), fraction = (int)(bits & 1023);
        if (exponent == 31 && fraction) {
            assert_true(isnan(value));
            continue;
        }
        double size = exponent == 31  ? (double)INFINITY
                      : exponent == 0 ? ldexp(fraction, -24)
                                      : ldexp(1024 + fraction, exponent - 25);
        assert_true(value == (bits & 0x8000 ? -size : size) && (signbit(value) != 0) == (bits >> 15));
        mmi_sample_set(type, back, value);
        assert_memory_equal(back, stored, 2);
        if (exponent == 31)
            continue;
        double next = exponent == 30 && fraction == 1023 ? 65536 : size + ldexp(1, exponent ? exponent - 25 : -24);
        double middle = (size + next) / 2;
        double up = next == 65536 ? (double)INFINITY : next;
        assert_true(mmi_type_round(type, middle) == (fraction % 2 ? up : size));
        assert_true(mmi_type_round(type, nextafter(middle, 0)) == size);
        assert_true(mmi_type_round(type, nextafter(middle, INFINITY)) == up);
        assert_true(mmi_type_round(type, -middle) == -(fraction % 2 ? up : size));
    }
    assert_true(mmi_type_round(type, 1e300) == INFINITY && mmi_type_round(type, -1e300) == -INFINITY);
    assert_true(mmi_type_round(type, 5e-324) == 0 && isnan(mmi_type_round(type, NAN)));
}

static void test_round(void **state)
{
    (void)state;
    assert_true(mmi_type_round(type_of("u8"), 2.5) == 2 && mmi_type_round(type_of("u8"), 3.5) == 4);
    assert_true(mmi_type_round(type_of("i16"), -1e9) == -32768 && mmi_type_round(type_of("u8"), NAN) == 0);
    assert_true(mmi_type_round(type_of("u64"), INFINITY) == 0x1p64);
    assert_true(mmi_type_round(type_of("f32"), 0.1) == (double)0.1f);
}

static void test_holds(void **state)
{
    (void)state;
    assert_true(mmi_type_holds(type_of("i16"), -32768) && !mmi_type_holds(type_of("i16"), 32768));
    assert_false(mmi_type_holds(type_of("u8"), -1) || mmi_type_holds(type_of("u8"), 0.5));
    assert_false(mmi_type_holds(type_of("u64"), NAN) || mmi_type_holds(type_of("i32"), INFINITY));
    assert_true(mmi_type_holds(type_of("f32"), NAN) && mmi_type_holds(type_of("f32"), -9999.1));
    assert_true(mmi_type_holds(type_of("f32"), -3.40282346638528859e38) && !mmi_type_holds(type_of("f32"), 1e300));
    assert_true(mmi_type_holds(type_of("f16"), INFINITY) && !mmi_type_holds(type_of("f16"), 65520));
    assert_true(mmi_type_holds(type_of("u64"), 0x1p64));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),        cmocka_unit_test(test_parse_refuses), cmocka_unit_test(test_properties),
        cmocka_unit_test(test_stored_bytes), cmocka_unit_test(test_bits),          cmocka_unit_test(test_half),
        cmocka_unit_test(test_round),        cmocka_unit_test(test_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
