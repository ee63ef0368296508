/* SPDX-License-Identifier: MIT */
/* Options: what is refused, what the defaults do, and running out of memory. */
#include "support.h"

#include <mmimage/adjust.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The linker sends the library's allocations here (--wrap). */
static size_t allocations_left = SIZE_MAX;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_mmi__aligned(size_t alignment, size_t size);
void *__wrap_mmi__aligned(size_t alignment, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
    return allocations_left-- == 0 ? NULL : __real_calloc(count, size);
}

void *__wrap_mmi__aligned(size_t alignment, size_t size)
{
    return allocations_left-- == 0 ? NULL : __real_mmi__aligned(alignment, size);
}

static mmi_image image_of(const char *type)
{
    mmi_image image = {.samples = 3, .width = 4, .height = 2};
    assert_true(mmi_type_parse(type, &image.type));
    return image;
}

static void refuse(const char *type, mmi_adjust_options options, mmv_status status, const char *parameter)
{
    mmi_image image = image_of(type);
    mmi_adjust *const untouched = (mmi_adjust *)&image;
    mmi_adjust *adjust = untouched;
    assert_int_equal(mmi_adjust_create(&image, &options, &adjust), status);
    assert_ptr_equal(adjust, untouched);
    assert_int_equal(mmv_last_error()->status, status);
    assert_string_equal(mmv_last_error()->parameter, parameter);
}

static void accept(const char *type, mmi_adjust_options options)
{
    mmi_image image = image_of(type);
    mmi_adjust *adjust = NULL;
    assert_int_equal(mmi_adjust_create(&image, &options, &adjust), MMV_OK);
    mmi_adjust_destroy(&adjust);
}

#define ADD(count, ...)                                                                                                \
    (mmi_adjust_options)                                                                                               \
    {                                                                                                                  \
        .add = (const double[]){__VA_ARGS__}, .add_count = count                                                       \
    }
#define GAIN(count, ...)                                                                                               \
    (mmi_adjust_options)                                                                                               \
    {                                                                                                                  \
        .gain = (const double[]){__VA_ARGS__}, .gain_count = count                                                     \
    }
#define CLAMP(from, to)                                                                                                \
    (mmi_adjust_options)                                                                                               \
    {                                                                                                                  \
        .clamp = true, .low = from, .high = to                                                                         \
    }

static void test_add(void **state)
{
    (void)state;
    accept("i16", ADD(1, 70000));
    accept("i16", ADD(3, 1, 2, -0x1p40));
    accept("f32", ADD(1, 0.5));
    accept("f64", ADD(1, 1e300));
    refuse("i16", (mmi_adjust_options){.reserved_ = {0, 1}}, MMV_EINVAL, "reserved_");
    refuse("i16", ADD(2, 1, 2), MMV_EINVAL, "add");
    refuse("i16", ADD(4, 1, 2, 3, 4), MMV_EINVAL, "add");
    refuse("i16", ADD(1, 0.5), MMV_EINVAL, "add");
    refuse("u32", ADD(3, 0, 0, NAN), MMV_EINVAL, "add");
    refuse("f64", ADD(1, INFINITY), MMV_EINVAL, "add");
    refuse("i16", ADD(1, 0x1p41), MMV_ERANGE, "add");
    refuse("i16", ADD(1, -0x1p41), MMV_ERANGE, "add");
    refuse("f32", ADD(1, 1e300), MMV_ERANGE, "add");
}

static void test_gain(void **state)
{
    (void)state;
    accept("i16", GAIN(1, 1e300));
    accept("i16", GAIN(3, 0, -1, 0.001));
    refuse("i16", GAIN(2, 1, 2), MMV_EINVAL, "gain");
    refuse("i16", GAIN(1, NAN), MMV_EINVAL, "gain");
    refuse("f64", GAIN(1, -INFINITY), MMV_EINVAL, "gain");
    refuse("f32", GAIN(1, 1e300), MMV_ERANGE, "gain");
}

static void test_clamp(void **state)
{
    (void)state;
    accept("u8", CLAMP(0, 300));
    accept("u8", CLAMP(-INFINITY, 0));
    accept("u8", CLAMP(255, 255));
    accept("f32", CLAMP(0.1, 0.1));
    refuse("u8", CLAMP(2, 1), MMV_EINVAL, "clamp");
    refuse("u8", CLAMP(NAN, 1), MMV_EINVAL, "clamp");
    refuse("f64", CLAMP(1, NAN), MMV_EINVAL, "clamp");
    refuse("u8", CLAMP(0.5, 1), MMV_EINVAL, "clamp");
    refuse("u8", CLAMP(0, 1.5), MMV_EINVAL, "clamp");
    refuse("u8", CLAMP(256, 300), MMV_EINVAL, "clamp");
    refuse("u8", CLAMP(-5, -1), MMV_EINVAL, "clamp");
}

static void test_image(void **state)
{
    (void)state;
    mmi_image image = image_of("u8");
    mmi_adjust *adjust = NULL;
    refuse("u8", (mmi_adjust_options){.region = {4, 0, 1, 1}}, MMV_ERANGE, "region");
    image.samples = 0;
    assert_int_equal(mmi_adjust_create(&image, &(mmi_adjust_options){0}, &adjust), MMV_EINVAL);
    assert_string_equal(mmv_last_error()->parameter, "samples");
    assert_null(adjust);
}

static void test_options_are_copied(void **state)
{
    (void)state;
    mmi_image image = image_of("u8");
    double add[3] = {1, 2, 3};
    bool channels[3] = {true, false, true};
    unsigned char data[6] = {10, 10, 10, 255, 255, 255};
    mmi_tally tally[3] = {{0}};
    mmi_adjust *adjust;
    mmi_adjust_options options = {.add = add, .add_count = 3, .channels = channels};
    assert_int_equal(mmi_adjust_create(&image, &options, &adjust), MMV_OK);
    memset(add, 0, sizeof add);
    memset(channels, 0, sizeof channels);
    memset(&image, 0, sizeof image);
    mmi_adjust_run(adjust, &(mmi_batch){0, data, data, sizeof data}, tally);
    assert_memory_equal(data, ((unsigned char[]){11, 10, 13, 255, 255, 255}), sizeof data);
    assert_true(tally[0].high == 1 && tally[1].high == 0 && tally[2].high == 1 && tally[0].low == 0);
    mmi_adjust_destroy(&adjust);
    mmi_adjust_destroy(&adjust);
    mmi_adjust_destroy(NULL);
}

static void test_no_memory(void **state)
{
    (void)state;
    mmi_image image = image_of("i16");
    mmi_adjust *adjust = NULL;
    size_t granted = 0;
    mmv_status status;
    do {
        allocations_left = granted++;
        status = mmi_adjust_create(&image, &(mmi_adjust_options){0}, &adjust);
        allocations_left = SIZE_MAX;
        assert_true(status == MMV_OK || (status == MMV_ENOMEM && !adjust && mmv_last_error()->status == MMV_ENOMEM));
    } while (status);
    assert_int_equal(granted, 4);
    mmi_adjust_destroy(&adjust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_gain),
        cmocka_unit_test(test_clamp),
        cmocka_unit_test(test_image),
        cmocka_unit_test(test_options_are_copied),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
