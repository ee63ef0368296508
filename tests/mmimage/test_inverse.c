/* SPDX-License-Identifier: MIT */
/* The way back: any adjustment of any samples, with the words that were kept, gives the bytes that were there. */
#include "support.h"

#include <mmimage/inverse.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "naive.h"

#define SAMPLES 9

struct amounts {
    double add[SAMPLES], gain[SAMPLES], no_data[3];
    bool channels[SAMPLES];
};

static mmi_image draw_image(struct dice *dice)
{
    mmi_image image = {.type = {(mmi_kind)dice_below(dice, MMI_KINDS), dice_below(dice, 2)},
                       .samples = 1 + (uint32_t)dice_below(dice, SAMPLES),
                       .width = 1 + dice_below(dice, 60),
                       .height = 1 + dice_below(dice, 9),
                       .layout = (mmi_layout)dice_below(dice, 3)};
    return image;
}

static mmi_adjust_options draw_options(struct dice *dice, const mmi_image *image, struct amounts *amounts)
{
    bool is_many = dice_below(dice, 2);
    mmi_adjust_options options = {.add = amounts->add,
                                  .gain = amounts->gain,
                                  .add_count = is_many ? image->samples : 1,
                                  .gain_count = dice_below(dice, 2) ? (is_many ? image->samples : 1) : 0,
                                  .channels = dice_below(dice, 2) ? amounts->channels : NULL,
                                  .clamp = dice_below(dice, 3) == 0,
                                  .low = 3,
                                  .high = 99,
                                  .no_data = amounts->no_data,
                                  .no_data_count = dice_below(dice, 4)};
    if (dice_below(dice, 2))
        options.region = (mmi_region){dice_below(dice, image->width), dice_below(dice, image->height), 0, 0};
    for (size_t c = 0; c < SAMPLES; c++) {
        amounts->add[c] = (double)dice_below(dice, 300) - 150;
        amounts->gain[c] = (double)dice_below(dice, 40) / 8 - 1;
        amounts->channels[c] = dice_below(dice, 4) != 0;
    }
    amounts->no_data[0] = 0;
    amounts->no_data[1] = 7;
    amounts->no_data[2] = 101;
    return options;
}

/* Half of them small numbers, which saturate and are special; the others any bytes. */
static void draw_samples(struct dice *dice, mmi_type type, unsigned char *samples, size_t length)
{
    size_t size = mmi_type_size(type);
    for (size_t i = 0; i < length; i++)
        samples[i] = (unsigned char)dice_below(dice, 256);
    for (size_t i = 0; i < length; i += size)
        if (dice_below(dice, 2))
            mmi_sample_set(type, samples + i, (double)dice_below(dice, 120));
}

/* The adjustment of a batch, and back; in place where 'in_place'. */
static size_t there_and_back(const mmi_adjust *adjust, const mmi_inverse *inverse, const mmi_batch *batch)
{
    unsigned char *words = calloc(1, batch->length), *changed = malloc(batch->length), *back = malloc(batch->length);
    assert_true(words && changed && back);
    size_t kept = mmi_inverse_keep(inverse, &(mmi_batch){batch->offset, batch->source, words, batch->length});
    mmi_adjust_run(adjust, &(mmi_batch){batch->offset, batch->source, changed, batch->length}, NULL);
    const void *given = kept ? words : NULL;
    assert_true(mmi_inverse_restore(inverse, &(mmi_batch){batch->offset, changed, back, batch->length}, given));
    assert_memory_equal(back, batch->source, batch->length);
    assert_true(mmi_inverse_restore(inverse, &(mmi_batch){batch->offset, changed, changed, batch->length}, given));
    assert_memory_equal(changed, batch->source, batch->length);
    free(words);
    free(changed);
    free(back);
    return kept;
}

static void test_any_adjustment(void **state)
{
    (void)state;
    struct dice dice = {7};
    for (size_t round = 0; round < 1500; round++) {
        struct amounts amounts;
        mmi_adjust *adjust;
        mmi_inverse *inverse;
        uint64_t bytes;
        mmi_image image = draw_image(&dice);
        mmi_adjust_options options = draw_options(&dice, &image, &amounts);
        size_t size = mmi_type_size(image.type);
        /* Maps of 65,536 values are made of a few only. */
        if (size == 2 && round % 64 != 0)
            continue;
        assert_true(mmi_image_bytes(&image, &bytes));
        unsigned char *samples = malloc((size_t)bytes);
        assert_non_null(samples);
        draw_samples(&dice, image.type, samples, (size_t)bytes);
        assert_int_equal(mmi_adjust_create(&image, &options, &adjust), MMV_OK);
        assert_int_equal(mmi_inverse_create(adjust, &inverse), MMV_OK);
        size_t from = (size_t)dice_below(&dice, bytes / size) * size;
        size_t length = (size_t)dice_below(&dice, (bytes - from) / size + 1) * size;
        there_and_back(adjust, inverse, &(mmi_batch){from, samples + from, NULL, length});
        mmi_inverse_destroy(&inverse);
        mmi_adjust_destroy(&adjust);
        free(samples);
    }
}

/* All values of 16 bits in both orders of bytes. Words are kept of those alone that saturate and were not at the end.
 */
static void test_every_value(void **state)
{
    (void)state;
    static const double add[] = {1000};
    uint16_t values[65536];
    for (int big = 0; big < 2; big++) {
        const mmi_image image = {.type = {MMI_I16, big}, .samples = 1};
        mmi_adjust *adjust;
        mmi_inverse *inverse;
        for (size_t i = 0; i < 65536; i++)
            values[i] = (uint16_t)i;
        const mmi_adjust_options options = {.add = add, .add_count = 1};
        assert_int_equal(mmi_adjust_create(&image, &options, &adjust), MMV_OK);
        assert_int_equal(mmi_inverse_create(adjust, &inverse), MMV_OK);
        assert_int_equal(there_and_back(adjust, inverse, &(mmi_batch){0, values, NULL, sizeof values}), 1000);
        mmi_inverse_destroy(&inverse);
        mmi_adjust_destroy(&adjust);
    }
}

/* Each value of 8 bits alone: nothing beside it makes anybody look at it. Both ends lose something. */
static void test_single_values(void **state)
{
    (void)state;
    static const double add[] = {9}, gain[] = {0.5, 1.5, 1};
    for (size_t g = 0; g < 3; g++) {
        const mmi_image image = {.type = {MMI_U8, false}, .samples = 1};
        const mmi_adjust_options options = {
            .add = add, .add_count = 1, .gain = gain + g, .gain_count = 1, .clamp = true, .low = 40, .high = 190};
        mmi_adjust *adjust;
        mmi_inverse *inverse;
        assert_int_equal(mmi_adjust_create(&image, &options, &adjust), MMV_OK);
        assert_int_equal(mmi_inverse_create(adjust, &inverse), MMV_OK);
        for (unsigned value = 0; value < 256; value++) {
            unsigned char sample = (unsigned char)value;
            there_and_back(adjust, inverse, &(mmi_batch){0, &sample, NULL, 1});
        }
        mmi_inverse_destroy(&inverse);
        mmi_adjust_destroy(&adjust);
    }
}

#define PIXELS 700

/* Nearly all of these samples go back by a subtraction, and the last channel is full already. */
static void draw_row(struct dice *dice, mmi_type type, uint16_t row[4 * PIXELS])
{
    double most = mmi_type_maximum(type);
    for (size_t i = 0; i < 4 * PIXELS; i++)
        mmi_sample_set(type, &row[i], i % 4 == 3 ? most : (double)dice_below(dice, 20000));
    for (uint64_t i = dice_below(dice, 9); i > 0; i--)
        mmi_sample_set(type, &row[dice_below(dice, 4 * PIXELS)], most - 3);
}

/* There and back; and what nothing becomes is seen wherever it stands. */
static void try_row(const mmi_adjust *adjust, const mmi_inverse *inverse, mmi_type type, struct dice *dice)
{
    uint16_t row[4 * PIXELS], old[4 * PIXELS], forged[4 * PIXELS];
    draw_row(dice, type, row);
    size_t from = (size_t)dice_below(dice, PIXELS), length = 2 * (1 + (size_t)dice_below(dice, 4 * PIXELS - from));
    there_and_back(adjust, inverse, &(mmi_batch){2 * from, row + from, NULL, length});
    mmi_adjust_run(adjust, &(mmi_batch){0, row, forged, sizeof row}, NULL);
    assert_true(mmi_inverse_restore(inverse, &(mmi_batch){0, forged, old, sizeof forged}, NULL));
    mmi_sample_set(type, &forged[4 * dice_below(dice, PIXELS)], mmi_type_minimum(type) + 5);
    assert_false(mmi_inverse_restore(inverse, &(mmi_batch){0, forged, old, sizeof forged}, NULL));
}

/* Many samples in a row, from any place on, with an amount for each channel or one for all. */
static void test_rows_of_plain_samples(void **state)
{
    (void)state;
    static const double add[] = {1000, -70, 9, 5000};
    static const bool channels[] = {true, true, false, true};
    struct dice dice = {3};
    for (int round = 0; round < 4; round++) {
        const mmi_image image = {.type = {round % 2 ? MMI_U16 : MMI_I16, round > 1}, .samples = 4};
        const mmi_adjust_options options = {.add = add, .add_count = round ? 4 : 1, .channels = channels};
        mmi_adjust *adjust;
        mmi_inverse *inverse;
        assert_int_equal(mmi_adjust_create(&image, &options, &adjust), MMV_OK);
        assert_int_equal(mmi_inverse_create(adjust, &inverse), MMV_OK);
        for (int i = 0; i < 30; i++)
            try_row(adjust, inverse, image.type, &dice);
        mmi_inverse_destroy(&inverse);
        mmi_adjust_destroy(&adjust);
    }
}

/* Integers of 32 bits cost nothing where they do not saturate. */
static void test_guesses_hold(void **state)
{
    (void)state;
    static const double add[] = {5};
    mmi_image image = {.samples = 1};
    uint32_t values[] = {0, 1, 77, 1u << 31, UINT32_MAX - 6, UINT32_MAX - 3, UINT32_MAX};
    mmi_adjust *adjust;
    mmi_inverse *inverse;
    const mmi_adjust_options options = {.add = add, .add_count = 1};
    assert_true(mmi_type_parse("u32", &image.type));
    assert_int_equal(mmi_adjust_create(&image, &options, &adjust), MMV_OK);
    assert_int_equal(mmi_inverse_create(adjust, &inverse), MMV_OK);
    assert_int_equal(there_and_back(adjust, inverse, &(mmi_batch){0, values, NULL, sizeof values}), 1);
    mmi_inverse_destroy(&inverse);
    mmi_adjust_destroy(&adjust);
}

/* Words of somebody else, and samples that no change makes: refused, or else old samples that become what is there. */
static void test_forged(void **state)
{
    (void)state;
    static const double add[] = {40};
    struct dice dice = {11};
    static const mmi_kind kinds[] = {MMI_U8, MMI_I16, MMI_U32, MMI_F32, MMI_I64};
    size_t refused = 0;
    for (size_t round = 0; round < 400; round++) {
        const mmi_image image = {.type = {kinds[round % 5], false}, .samples = 1};
        const mmi_adjust_options options = {.add = add, .add_count = 1};
        unsigned char changed[64], words[64], old[64], again[64];
        mmi_adjust *adjust;
        mmi_inverse *inverse;
        assert_int_equal(mmi_adjust_create(&image, &options, &adjust), MMV_OK);
        assert_int_equal(mmi_inverse_create(adjust, &inverse), MMV_OK);
        for (size_t i = 0; i < sizeof words; i++) {
            changed[i] = (unsigned char)dice_below(&dice, 256);
            words[i] = dice_below(&dice, 16) ? 0 : (unsigned char)dice_below(&dice, 256);
        }
        bool fine = mmi_inverse_restore(inverse, &(mmi_batch){0, changed, old, sizeof old}, words);
        refused += !fine;
        mmi_adjust_run(adjust, &(mmi_batch){0, old, again, sizeof old}, NULL);
        if (fine)
            assert_memory_equal(again, changed, sizeof again);
        mmi_inverse_destroy(&inverse);
        mmi_adjust_destroy(&adjust);
    }
    assert_in_range(refused, 100, 399);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_adjustment), cmocka_unit_test(test_every_value),
        cmocka_unit_test(test_single_values),  cmocka_unit_test(test_rows_of_plain_samples),
        cmocka_unit_test(test_guesses_hold),   cmocka_unit_test(test_forged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
