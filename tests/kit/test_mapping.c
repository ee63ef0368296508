/* SPDX-License-Identifier: MIT */
/* test_mapping.c - samples as those of a picture and back: what goes there and back is what it was. */

#include "check.h"

#include <math.h>

#include "kit/picture/mapping.h"

static mmi_type type_of(const char *name)
{
    mmi_type type;
    assert_true(mmi_type_parse(name, &type));
    return type;
}

static void check_there_and_back(const char *name, unsigned depth)
{
    const struct mapping mapping = {.type = type_of(name), .depth = depth};
    size_t size = mmi_type_size(mapping.type);
    unsigned char samples[4096], picture[8192], back[4096];
    for (size_t i = 0; i < sizeof samples; i++)
        samples[i] = (unsigned char)(i * 37 + i / 256);
    mapping_to_picture(&mapping, samples, picture, sizeof samples / size);
    mapping_from_picture(&mapping, picture, back, sizeof samples / size);
    assert_memory_equal(samples, back, sizeof samples);
}

static void test_pictures_that_lose_nothing(void **state)
{
    (void)state;
    check_there_and_back("u8", 8);
    check_there_and_back("i8", 8);
    check_there_and_back("u8", 16);
    check_there_and_back("i8", 16);
    check_there_and_back("u16le", 16);
    check_there_and_back("u16be", 16);
    check_there_and_back("i16le", 16);
    check_there_and_back("i16be", 16);
}

static void test_the_order_of_samples_is_that_of_the_picture(void **state)
{
    const struct mapping mapping = {.type = type_of("i16be"), .depth = 16};
    static const unsigned char samples[] = {0x80, 0, 0, 0, 0x7f, 0xff};
    static const unsigned char wanted[] = {0, 0, 0x80, 0, 0xff, 0xff};
    unsigned char picture[6];
    (void)state;
    mapping_to_picture(&mapping, samples, picture, 3);
    assert_memory_equal(picture, wanted, 6);
}

static void test_sixteen_bits_in_eight_are_the_upper_half(void **state)
{
    const struct mapping mapping = {.type = type_of("u16le"), .depth = 8};
    static const unsigned char samples[] = {0xff, 0x12, 0x01, 0xfe};
    unsigned char picture[2];
    (void)state;
    mapping_to_picture(&mapping, samples, picture, 2);
    assert_int_equal(picture[0], 0x12);
    assert_int_equal(picture[1], 0xfe);
}

static void test_a_range_is_spread_over_the_picture(void **state)
{
    const struct mapping mapping = {.type = type_of("f64"), .depth = 8, .scaled = true, .low = -1, .high = 1};
    const double samples[] = {-7, -1, 0, 1, 7, 0.0 / 0.0};
    static const unsigned char wanted[] = {0, 0, 128, 255, 255, 0};
    unsigned char picture[COUNT(samples)];
    double back[COUNT(samples)];
    (void)state;
    mapping_to_picture(&mapping, (const unsigned char *)samples, picture, COUNT(samples));
    assert_memory_equal(picture, wanted, sizeof wanted);
    mapping_from_picture(&mapping, picture, (unsigned char *)back, COUNT(samples));
    assert_true(back[0] == -1 && back[3] == 1);
}

/* The distance of the two ends is more than any double. */
static void test_the_widest_range_there_is(void **state)
{
    const struct mapping mapping = {
        .type = type_of("f64"), .depth = 16, .scaled = true, .low = -1.7e308, .high = 1.7e308};
    const double samples[] = {-1.7e308, 0, 1.7e308};
    static const unsigned char wanted[] = {0, 0, 0x80, 0, 0xff, 0xff};
    unsigned char picture[6];
    (void)state;
    mapping_to_picture(&mapping, (const unsigned char *)samples, picture, 3);
    assert_memory_equal(picture, wanted, 6);
}

static void check_text(const struct mapping *mapping, const char *wanted)
{
    char text[MAPPING_TEXT];
    struct mapping back;
    mapping_write(mapping, text);
    assert_string_equal(text, wanted);
    if (wanted[0] == '\0')
        return;
    assert_true(mapping_read(text, mapping->depth, &back));
    assert_true(back.type.kind == mapping->type.kind && back.type.big_endian == mapping->type.big_endian);
    assert_true(back.depth == mapping->depth && back.scaled == mapping->scaled && back.low == mapping->low &&
                back.high == mapping->high);
}

static void test_the_text_says_it(void **state)
{
    (void)state;
    check_text(&(struct mapping){.type = type_of("u8"), .depth = 8}, "");
    check_text(&(struct mapping){.type = type_of("u16le"), .depth = 16}, "");
    check_text(&(struct mapping){.type = type_of("u16be"), .depth = 16}, "type=u16be depth=16");
    check_text(&(struct mapping){.type = type_of("i8"), .depth = 16}, "type=i8 depth=16");
    check_text(&(struct mapping){.type = type_of("f32be"), .depth = 8, .scaled = true, .low = 0.1, .high = 2},
               "type=f32be depth=8 low=0.10000000000000001 high=2");
}

static void test_texts_that_say_something_else_are_none(void **state)
{
    static const char *const bad[] = {
        "",
        "type=i16",
        "type=i16 depth=8",
        "type=i17 depth=16",
        "type=f32 depth=16",
        "type=i16 depth=16 ",
        "type=i16 depth=16 low=1",
        "type=i16 depth=16 low=1 high=1",
        "type=i16 depth=16 low=2 high=1",
        "type=i16 depth=16 low=nan high=1",
        "type=i16 depth=16 low=0 high=inf",
        "type=i16 depth=16 low=0 high=1 more",
    };
    struct mapping mapping;
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (mapping_read(bad[i], 16, &mapping))
            fail_msg("'%s' is taken", bad[i]);
}

/* Wide integers and f16 are scaled; the ends come back. */
static void test_scaled_types(void **state)
{
    static const char *const names[] = {"f16le", "f16be", "u64le", "i64be"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct mapping mapping = {.type = type_of(names[i]), .depth = 16, .scaled = true, .low = 0, .high = 1000};
        unsigned char samples[3][8], picture[2], back[8];
        size_t size = mmi_type_size(mapping.type);
        assert_true(mapping_needs_range(mapping.type));
        for (unsigned k = 0; k < 3; k++) {
            mmi_sample_set(mapping.type, samples[k], k * 500.0);
            mapping_to_picture(&mapping, samples[k], picture, 1);
            assert_int_equal(picture[0] << 8 | picture[1], k == 0 ? 0 : k == 1 ? 32768 : 65535);
            mapping_from_picture(&mapping, picture, back, 1);
            assert_memory_equal(back, samples[k], size);
        }
    }
    assert_false(mapping_needs_range(type_of("i16")));
}

static void test_turned_is_white_for_black_but_no_number_is_black(void **state)
{
    const struct mapping narrow = {.type = type_of("u8"), .depth = 8}, wide = {.type = type_of("u16be"), .depth = 16},
                         floats = {.type = type_of("f32"), .depth = 8, .scaled = true, .low = 0, .high = 1};
    unsigned char sample[4] = {0x10, 0x20}, picture[2] = {0x10, 0x20};
    (void)state;
    mapping_turn(&narrow, sample, picture);
    assert_true(picture[0] == 0xef && picture[1] == 0x20);
    picture[0] = 0x10;
    mapping_turn(&wide, sample, picture);
    assert_true(picture[0] == 0xef && picture[1] == 0xdf);
    mmi_sample_set(floats.type, sample, NAN);
    picture[0] = 0;
    mapping_turn(&floats, sample, picture);
    assert_int_equal(picture[0], 0);
    mmi_sample_set(floats.type, sample, 0.0);
    mapping_turn(&floats, sample, picture);
    assert_int_equal(picture[0], 255);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures_that_lose_nothing),
        cmocka_unit_test(test_the_order_of_samples_is_that_of_the_picture),
        cmocka_unit_test(test_sixteen_bits_in_eight_are_the_upper_half),
        cmocka_unit_test(test_a_range_is_spread_over_the_picture),
        cmocka_unit_test(test_the_widest_range_there_is),
        cmocka_unit_test(test_the_text_says_it),
        cmocka_unit_test(test_texts_that_say_something_else_are_none),
        cmocka_unit_test(test_scaled_types),
        cmocka_unit_test(test_turned_is_white_for_black_but_no_number_is_black),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
