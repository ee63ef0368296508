/* SPDX-License-Identifier: MIT */
/* Places: layouts, regions, channels and cuts of an image, all at random; the values are test_kernel's subject. */
#include "support.h"

#include "naive.h"

#include <stdlib.h>
#include <string.h>

struct case_data {
    double add[9], gain[9];
    bool channels[9];
};

static mmi_region random_region(struct dice *dice, const mmi_image *image)
{
    mmi_region region = {0};
    if (image->width == 0)
        return region;
    if (dice_below(dice, 2)) {
        region.x = dice_below(dice, image->width);
        region.width = dice_below(dice, image->width - region.x + 1);
    }
    uint64_t height = image->height != 0 ? image->height : 20;
    if (dice_below(dice, 2)) {
        region.y = dice_below(dice, height);
        region.height = dice_below(dice, height - region.y + 1);
    }
    return region;
}

static mmi_image random_image(struct dice *dice)
{
    mmi_image image = {.type = {(mmi_kind)dice_below(dice, MMI_KINDS), dice_below(dice, 2)},
                       .samples = 1 + (uint32_t)dice_below(dice, 9),
                       .width = 1 + dice_below(dice, dice_below(dice, 4) ? 40 : 900),
                       .height = 1 + dice_below(dice, 30),
                       .layout = (mmi_layout)dice_below(dice, 3)};
    if (image.layout != MMI_BSQ && dice_below(dice, 3) == 0)
        image.height = 0;
    if (image.layout == MMI_BIP && image.height == 0 && dice_below(dice, 2))
        image.width = 0;
    return image;
}

static mmi_adjust_options random_options(struct dice *dice, const mmi_image *image, struct case_data *data)
{
    mmi_adjust_options options = {.region = random_region(dice, image), .add = data->add, .gain = data->gain};
    options.add_count = dice_below(dice, 2) ? image->samples : dice_below(dice, 2);
    if (dice_below(dice, 3) == 0)
        options.gain_count = dice_below(dice, 2) ? image->samples : 1;
    if (dice_below(dice, 2))
        options.channels = data->channels;
    options.clamp = dice_below(dice, 3) == 0;
    options.low = 2;
    options.high = 90;
    for (size_t c = 0; c < 9; c++) {
        data->add[c] = (double)dice_below(dice, 400) - 200;
        if (dice_below(dice, 9) == 0)
            data->add[c] *= 1e8;
        data->gain[c] = (double)dice_below(dice, 12) / 4 - 1;
        data->channels[c] = dice_below(dice, 2);
    }
    return options;
}

static void test_random(void **state)
{
    (void)state;
    struct dice dice = {5};
    for (int i = 0; i < 1500; i++) {
        struct case_data given;
        mmi_image image = random_image(&dice);
        mmi_adjust_options options = random_options(&dice, &image, &given);
        uint64_t pixels = image.height != 0 ? image.width * image.height : 900;
        if (image.width != 0 && image.height == 0)
            pixels = pixels / image.width * image.width;
        /* Behind an image of known height lie bytes that are nobody's. */
        size_t bytes = (size_t)pixels * mmi_image_pixel(&image) + (image.height != 0) * 3 * mmi_type_size(image.type);
        unsigned char *data = malloc(bytes + 1);
        assert_non_null(data);
        for (size_t b = 0; b < bytes; b++)
            data[b] = (unsigned char)dice_roll(&dice);
        naive_check(&image, &options, data, bytes);
        free(data);
    }
}

static void test_empty_run(void **state)
{
    (void)state;
    mmi_image image = {.type = {MMI_U8, false}, .samples = 3};
    mmi_adjust *adjust;
    unsigned char byte = 7;
    assert_int_equal(mmi_adjust_create(&image, &(mmi_adjust_options){0}, &adjust), MMV_OK);
    mmi_adjust_run(adjust, &(mmi_batch){0, &byte, &byte, 0}, NULL);
    mmi_adjust_run(adjust, &(mmi_batch){.offset = UINT64_MAX}, NULL);
    assert_int_equal(byte, 7);
    mmi_adjust_destroy(&adjust);
}

/* Offsets beyond 4 GiB: the phase of the channels and the row come from all 64 bits. */
static void test_far_offset(void **state)
{
    (void)state;
    const uint64_t row = UINT64_C(3) * 1000003, far = row * 4999;
    mmi_image image = {.type = {MMI_U8, false}, .samples = 3, .width = 1000003, .height = 5000};
    double add[3] = {1, 2, 3};
    mmi_adjust_options options = {.add = add, .add_count = 3, .region = {1, 4999, 2, 1}};
    mmi_adjust *adjust;
    unsigned char data[15] = {0}, scalar[15] = {0};
    static const unsigned char want[15] = {0, 0, 0, 0, 1, 2, 3, 1, 2, 3};
    assert_int_equal(mmi_adjust_create(&image, &options, &adjust), MMV_OK);
    mmi_adjust_run(adjust, &(mmi_batch){far - 1, data, data, sizeof data}, NULL);
    mmi_adjust_run_scalar(adjust, &(mmi_batch){far - 1, scalar, scalar, sizeof scalar}, NULL);
    assert_memory_equal(data, want, sizeof data);
    assert_memory_equal(scalar, want, sizeof scalar);
    mmi_adjust_destroy(&adjust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_empty_run),
        cmocka_unit_test(test_far_offset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
