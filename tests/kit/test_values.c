/* SPDX-License-Identifier: MIT */
/* test_values.c - samples as text, and which numbers a double can say. */

#include "check.h"

#include "kit/image/values.h"

#include <math.h>

static mmi_type type_of(const char *name)
{
    mmi_type type;
    assert_true(mmi_type_parse(name, &type));
    return type;
}

static void test_text(void **state)
{
    char text[VALUES_TEXT];
    static const unsigned char stored[] = {0x80, 0, 0, 0, 0, 0, 0, 1};
    (void)state;
    assert_string_equal(values_text(type_of("u64be"), stored, text), "9223372036854775809");
    assert_string_equal(values_text(type_of("i64be"), stored, text), "-9223372036854775807");
    assert_string_equal(values_text(type_of("u8"), stored, text), "128");
    assert_string_equal(values_text(type_of("i8"), stored, text), "-128");
    assert_string_equal(values_text(type_of("f16le"), stored, text), "7.6294e-06");
    assert_string_equal(values_bits_text(type_of("i16"), (uint64_t)-5, text), "-5");
    assert_string_equal(values_bits_text(type_of("f32"), 0x7f800000, text), "inf");
    assert_string_equal(values_bits_text(type_of("f16be"), 0xfe00, text), "nan");
}

static void test_exact(void **state)
{
    (void)state;
    assert_true(values_are_exact(type_of("u64"), 0x1p53) && !values_are_exact(type_of("u64"), 0x1p53 + 2));
    assert_true(values_are_exact(type_of("u64"), 0x1p64) && values_are_exact(type_of("i64"), -0x1p63));
    assert_false(values_are_exact(type_of("u64"), 0x1p63));
    assert_true(values_are_exact(type_of("i64"), NAN));
    assert_true(values_are_exact(type_of("f32"), 1e300) && values_are_exact(type_of("u32"), 4294967295));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
