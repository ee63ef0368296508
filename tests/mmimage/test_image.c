/* SPDX-License-Identifier: MIT */
#include "support.h"

#include "naive.h"

#include <mmimage/image.h>

#include <string.h>

#define I16                                                                                                            \
    {                                                                                                                  \
        .kind = MMI_I16                                                                                                \
    }

static void test_layout_names(void **state)
{
    (void)state;
    mmi_layout layout = MMI_BSQ;
    assert_true(mmi_layout_parse("bip", &layout) && layout == MMI_BIP);
    assert_true(mmi_layout_parse("bil", &layout) && layout == MMI_BIL);
    assert_true(mmi_layout_parse("bsq", &layout) && layout == MMI_BSQ);
    assert_false(mmi_layout_parse("BIP", &layout) || mmi_layout_parse("", &layout) ||
                 mmi_layout_parse("bips", &layout));
    assert_int_equal(layout, MMI_BSQ);
    assert_string_equal(mmi_layout_name(MMI_BIP), "bip");
    assert_string_equal(mmi_layout_name(MMI_BIL), "bil");
    assert_string_equal(mmi_layout_name(MMI_BSQ), "bsq");
}

static void test_sizes(void **state)
{
    (void)state;
    mmi_image image = {.type = I16, .samples = 4, .width = 1000, .height = 3};
    uint64_t bytes = 1;
    assert_int_equal(mmi_image_pixel(&image), 8);
    assert_int_equal(mmi_image_record(&image), 8);
    for (image.layout = MMI_BIL; image.layout <= MMI_BSQ; image.layout++)
        assert_int_equal(mmi_image_record(&image), 2);
    image.layout = MMI_BIP;
    assert_true(mmi_image_row(&image, &bytes) && bytes == 8000);
    assert_true(mmi_image_bytes(&image, &bytes) && bytes == 24000);
    image.height = 0;
    assert_true(mmi_image_bytes(&image, &bytes) && bytes == 0);
    image.width = 0;
    assert_true(mmi_image_row(&image, &bytes) && bytes == 0);
    image.width = UINT64_MAX / 8 + 1;
    bytes = 1;
    assert_false(mmi_image_row(&image, &bytes) || mmi_image_bytes(&image, &bytes));
    image.width = UINT64_MAX / 8;
    image.height = 2;
    assert_true(mmi_image_row(&image, &bytes));
    assert_false(mmi_image_bytes(&image, &bytes));
}

static void refuse(mmi_image image, mmi_region region, mmv_status status, const char *parameter)
{
    assert_int_equal(mmi_image_check(&image, &region), status);
    assert_int_equal(mmv_last_error()->status, status);
    assert_string_equal(mmv_last_error()->parameter, parameter);
}

static void accept(mmi_image image, mmi_region region)
{
    assert_int_equal(mmi_image_check(&image, &region), MMV_OK);
}

static void test_check_image(void **state)
{
    (void)state;
    const mmi_region all = {0};
    accept((mmi_image){.type = I16, .samples = 1}, all);
    accept((mmi_image){.type = I16, .samples = MMI_SAMPLES_MAX}, all);
    accept((mmi_image){.type = I16, .samples = 1, .width = 5}, all);
    accept((mmi_image){.type = I16, .samples = 1, .width = 5, .layout = MMI_BIL}, all);
    accept((mmi_image){.type = I16, .samples = 1, .width = 5, .height = 5, .layout = MMI_BSQ}, all);
    assert_int_equal(mmi_image_check(&(mmi_image){.samples = 1}, NULL), MMV_OK);
    refuse((mmi_image){.type = I16}, all, MMV_EINVAL, "samples");
    refuse((mmi_image){.type = I16, .samples = MMI_SAMPLES_MAX + 1}, all, MMV_EINVAL, "samples");
    refuse((mmi_image){.type = I16, .samples = 1, .layout = (mmi_layout)3}, all, MMV_EINVAL, "layout");
    refuse((mmi_image){.type = I16, .samples = 1, .height = 5}, all, MMV_EINVAL, "width");
    refuse((mmi_image){.type = I16, .samples = 1, .layout = MMI_BIL}, all, MMV_EINVAL, "width");
    refuse((mmi_image){.type = I16, .samples = 1, .layout = MMI_BSQ}, all, MMV_EINVAL, "width");
    refuse((mmi_image){.type = I16, .samples = 1, .width = 5, .layout = MMI_BSQ}, all, MMV_EINVAL, "height");
    refuse((mmi_image){.type = I16, .samples = 1, .width = UINT64_MAX}, all, MMV_EINVAL, "width");
    refuse((mmi_image){.type = I16, .samples = 1, .width = 1000, .height = UINT64_MAX / 1000}, all, MMV_EINVAL,
           "height");
}

static void test_check_region(void **state)
{
    (void)state;
    const mmi_image image = {.type = I16, .samples = 3, .width = 10, .height = 20};
    const mmi_image endless = {.type = I16, .samples = 3, .width = 10};
    accept(image, (mmi_region){0, 0, 10, 20});
    accept(image, (mmi_region){9, 19, 1, 1});
    accept(image, (mmi_region){9, 19, 0, 0});
    accept(image, (mmi_region){0, 0, 0, 5});
    accept(endless, (mmi_region){0, 1000000, 10, 5});
    refuse(image, (mmi_region){10, 0, 0, 0}, MMV_ERANGE, "region");
    refuse(image, (mmi_region){0, 20, 0, 0}, MMV_ERANGE, "region");
    refuse(image, (mmi_region){5, 0, 6, 1}, MMV_ERANGE, "region");
    refuse(image, (mmi_region){0, 5, 1, 16}, MMV_ERANGE, "region");
    refuse(image, (mmi_region){1, 1, UINT64_MAX, 1}, MMV_ERANGE, "region");
    refuse(image, (mmi_region){1, 1, 1, UINT64_MAX}, MMV_ERANGE, "region");
    refuse(endless, (mmi_region){0, 2, 1, UINT64_MAX - 1}, MMV_ERANGE, "region");
    refuse((mmi_image){.type = I16, .samples = 3}, (mmi_region){0, 0, 1, 1}, MMV_EINVAL, "width");
}

static void check_span(mmi_image image, mmi_region region, const bool *channels, uint64_t bytes, mmi_span want)
{
    mmi_span span = {0};
    assert_int_equal(mmi_image_spans(&image, &(mmi_selection){region, channels}, bytes, &span, 1), 1);
    assert_memory_equal(&span, &want, sizeof want);
}

static void test_single_spans(void **state)
{
    (void)state;
    const mmi_image bip = {.type = I16, .samples = 4, .width = 100, .height = 50};
    const mmi_image bil = {.type = I16, .samples = 4, .width = 100, .height = 50, .layout = MMI_BIL};
    const mmi_image bsq = {.type = I16, .samples = 4, .width = 100, .height = 50, .layout = MMI_BSQ};
    const mmi_image flat = {.type = I16, .samples = 4};
    const bool middle[] = {false, true, true, false};
    const uint64_t bytes = 40000;
    check_span(flat, (mmi_region){0}, NULL, bytes + 7, (mmi_span){0, 8, 8, 5000});
    check_span(bip, (mmi_region){0}, NULL, bytes, (mmi_span){0, 8, 8, 5000});
    check_span(bip, (mmi_region){0, 10, 100, 5}, middle, bytes, (mmi_span){8000, 8, 8, 500});
    check_span(bip, (mmi_region){10, 10, 20, 5}, NULL, bytes, (mmi_span){8080, 160, 800, 5});
    check_span(bip, (mmi_region){10, 10, 20, 1}, NULL, bytes, (mmi_span){8080, 8, 8, 20});
    check_span(bil, (mmi_region){0}, NULL, bytes, (mmi_span){0, 2, 2, 20000});
    check_span(bil, (mmi_region){0, 10, 100, 5}, middle, bytes, (mmi_span){8200, 400, 800, 5});
    check_span(bsq, (mmi_region){0}, NULL, bytes, (mmi_span){0, 2, 2, 20000});
    check_span(bsq, (mmi_region){0}, middle, bytes, (mmi_span){10000, 2, 2, 10000});
    check_span(bsq, (mmi_region){10, 0, 20, 50}, middle, bytes, (mmi_span){10020, 40, 200, 100});
}

static void test_spans_of_unknown_height(void **state)
{
    (void)state;
    const mmi_image bip = {.type = I16, .samples = 4, .width = 100};
    const mmi_image bil = {.type = I16, .samples = 4, .width = 100, .layout = MMI_BIL};
    mmi_span spans[4];
    check_span(bip, (mmi_region){0}, NULL, 8000, (mmi_span){0, 8, 8, 1000});
    check_span(bip, (mmi_region){10, 2, 20, 0}, NULL, 8000, (mmi_span){1680, 160, 800, 8});
    check_span(bip, (mmi_region){10, 2, 20, 3}, NULL, 8000, (mmi_span){1680, 160, 800, 3});
    check_span(bip, (mmi_region){10, 2, 20, 0}, NULL, 7200 + 239, (mmi_span){1680, 160, 800, 7});
    check_span(bil, (mmi_region){0}, NULL, 8000, (mmi_span){0, 2, 2, 4000});
    assert_int_equal(mmi_image_spans(&bil, &(mmi_selection){.region = {10, 2, 20, 0}}, 8000, spans, 4), 4);
    assert_true(spans[3].offset == 1600 + 620 && spans[3].count == 8);
    assert_int_equal(mmi_image_spans(&bip, &(mmi_selection){.region = {0, 10, 0, 0}}, 8000, spans, 4), 0);
    assert_int_equal(mmi_image_spans(&bip, &(mmi_selection){.region = {0, UINT64_MAX / 2, 0, 0}}, 8000, spans, 4), 0);
    assert_int_equal(mmi_image_spans(&bip, &(mmi_selection){.region = {1, 10, 0, 0}}, 8100, spans, 4), 0);
}

static void test_capacity(void **state)
{
    (void)state;
    const mmi_image bil = {.type = I16, .samples = 4, .width = 100, .height = 50, .layout = MMI_BIL};
    const bool none[4] = {false};
    mmi_span spans[4];
    memset(spans, 0x5a, sizeof spans);
    assert_int_equal(mmi_image_spans(&bil, &(mmi_selection){.region = {1, 0, 5, 0}}, 40000, NULL, 0), 4);
    assert_int_equal(mmi_image_spans(&bil, &(mmi_selection){.region = {1, 0, 5, 0}}, 40000, spans, 2), 4);
    assert_true(spans[1].offset == 202 && spans[2].offset == 0x5a5a5a5a5a5a5a5a);
    assert_int_equal(mmi_image_spans(&bil, &(mmi_selection){.channels = none}, 40000, spans, 4), 0);
    assert_int_equal(mmi_image_spans(&(mmi_image){.samples = 4}, &(mmi_selection){.channels = none}, 40000, spans, 4),
                     0);
}

/* Random rectangles: exactly the bytes of the region, wherever the file ends. */
static void test_spans_cover(void **state)
{
    (void)state;
    struct dice dice = {3};
    for (int i = 0; i < 3000; i++) {
        mmi_image image = {.type = {(mmi_kind)dice_below(&dice, MMI_KINDS), false},
                           .samples = 1 + (uint32_t)dice_below(&dice, 6),
                           .width = 1 + dice_below(&dice, 12),
                           .height = 1 + dice_below(&dice, 9),
                           .layout = (mmi_layout)dice_below(&dice, 3)};
        mmi_region region = {dice_below(&dice, image.width), dice_below(&dice, image.height), 0, 0};
        bool channels[6], some = false;
        uint64_t bytes;
        assert_true(mmi_image_bytes(&image, &bytes));
        region.x = dice_below(&dice, 2) * region.x;
        region.y = dice_below(&dice, 2) * region.y;
        region.width = dice_below(&dice, image.width - region.x + 1);
        region.height = dice_below(&dice, image.height - region.y + 1);
        for (size_t c = 0; c < 6; c++)
            some |= channels[c] = dice_below(&dice, 3) != 0 && c < image.samples;
        if (image.layout != MMI_BSQ && dice_below(&dice, 3) == 0)
            image.height = 0;
        naive_spans(&image, &region, some && image.layout != MMI_BIP ? channels : NULL, bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout_names), cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_check_image),  cmocka_unit_test(test_check_region),
        cmocka_unit_test(test_single_spans), cmocka_unit_test(test_spans_of_unknown_height),
        cmocka_unit_test(test_capacity),     cmocka_unit_test(test_spans_cover),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
