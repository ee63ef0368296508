/* SPDX-License-Identifier: MIT */
/* test_fields.c - records in words: where their fields lie, and what is no record. */

#include "check.h"

#include "capture.h"
#include "kit/image/fields.h"

static const struct console console = {.tool = "test"};

static void check_offsets(const char *text, bool aligned, const uint32_t *offsets, size_t size)
{
    struct fields fields;
    assert_true(fields_parse(&fields, &console, &(struct fields_wish){"record", text, aligned}));
    for (size_t i = 0; i < fields.count; i++)
        assert_int_equal(fields.list[i].offset, offsets[i]);
    assert_int_equal(fields.size, size);
    fields_drop(&fields);
}

static void test_fields_lie_behind_each_other(void **state)
{
    (void)state;
    check_offsets("u8 a, u64be b, gap[3], i16 c[2], bool d, char e[5]", false, (uint32_t[]){0, 1, 12, 16, 17}, 22);
    check_offsets(" u8\ta ,\n u8 b ", false, (uint32_t[]){0, 1}, 2);
    check_offsets("gap[7]", false, (uint32_t[]){0}, 7);
}

static void test_c_lays_them_out(void **state)
{
    struct in_c {
        uint8_t a;
        float b;
        int16_t c[3];
        uint32_t d;
        bool e;
    };
    (void)state;
    const uint32_t offsets[] = {offsetof(struct in_c, a), offsetof(struct in_c, b), offsetof(struct in_c, c),
                                offsetof(struct in_c, d), offsetof(struct in_c, e)};
    check_offsets("u8 a, f32 b, i16 c[3], u32 d, bool e", true, offsets, sizeof(struct in_c));
    check_offsets("u8 a, u64 b, u8 c", true, (uint32_t[]){0, 8, 16}, 24);
    check_offsets("u8 a, gap[2], u16 b", true, (uint32_t[]){0, 4}, 6);
}

static void test_kinds(void **state)
{
    struct fields fields;
    (void)state;
    assert_true(fields_parse(&fields, &console,
                             &(struct fields_wish){"record", "bool yes, char text[8], f16be half, u8 one[1]", false}));
    assert_int_equal(fields.list[0].kind, FIELD_BOOL);
    assert_int_equal(fields.list[1].kind, FIELD_TEXT);
    assert_int_equal(fields.list[1].elements, 8);
    assert_int_equal(fields.list[2].type.kind, MMI_F16);
    assert_true(fields.list[2].type.big_endian);
    assert_false(fields.list[2].is_array);
    assert_true(fields.list[3].is_array);
    assert_int_equal(field_element(&fields.list[2]), 2);
    fields_drop(&fields);
}

static void check_refused(const char *text, const char *said)
{
    struct fields fields;
    capture_begin(stderr);
    bool taken = fields_parse(&fields, &console, &(struct fields_wish){"map", text, false});
    const char *words = capture_end();
    assert_false(taken);
    assert_null(fields.list);
    if (!strstr(words, said))
        fail_msg("'%s' instead of '%s'", words, said);
}

static void test_what_is_no_record(void **state)
{
    (void)state;
    check_refused("", "goes wrong at ''");
    check_refused("u8", "goes wrong at 'u8'");
    check_refused("u8 a,", "goes wrong at ''");
    check_refused("u8 a b", "goes wrong at 'b'");
    check_refused("u8 a; u8 b", "goes wrong at '; u8 b'");
    check_refused("u9 a", "types are");
    check_refused("gap", "goes wrong at 'gap'");
    check_refused("gap a", "goes wrong at 'gap a'");
    check_refused("gap[0]", "goes wrong");
    check_refused("u8 a[0]", "goes wrong");
    check_refused("u8 a[-1]", "goes wrong");
    check_refused("u8 a[-18446744073709551615]", "goes wrong");
    check_refused("u8 a[+5]", "goes wrong");
    check_refused("u8 a[2", "goes wrong");
    check_refused("u8 a[]", "goes wrong");
    check_refused("u64 a[8193]", "goes wrong at 'u64 a[8193]'");
    check_refused("gap[1048576], u8 a", "at most 1 MiB");
    check_refused("gap[18446744073709551617]", "goes wrong");
    check_refused("u8 a23456789012345678901234567890123456789012345678901234567890", "goes wrong");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_lie_behind_each_other),
        cmocka_unit_test(test_c_lays_them_out),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_what_is_no_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
