/* SPDX-License-Identifier: MIT */
/* Which bytes of a span are samples: against a map of all bytes, for pieces at random and those that others made up. */

#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "scratch.h"

#include "kit/undo/meant.h"
#include "kit/undo/sums.h"

#define SIZE ((size_t)2048) /* of FILE, all of which is one span */
#define CHANNELS 3
#define PLANE 256 /* pixels */

static uint64_t state = 9;

static uint64_t roll(uint64_t sides)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % sides;
}

/* What is wanted of each sample of FILE: which channel it is of; -1 = it is none. */
static int channel_at[SIZE / 2];

static const double add[] = {70, -70, 3};
static mmi_span spans[] = {{0, 2, 2, SIZE / 2}};

static struct recipe recipe_with(struct recipe_piece *pieces, mmi_layout layout)
{
    const mmi_image planes = {{MMI_U16, false}, CHANNELS, PLANE, 1, MMI_BSQ},
                    pixels = {{MMI_U16, false}, CHANNELS, 0, 0, MMI_BIP};
    return (struct recipe){.image = layout == MMI_BSQ ? planes : pixels,
                           .options = {.add = add, .add_count = CHANNELS},
                           .spans = spans,
                           .span_count = 1,
                           .pieces = pieces};
}

/* Some pieces, one behind the other, and what they make of the map. */
static size_t make_pieces(struct recipe_piece pieces[16], bool is_planar)
{
    size_t count = 0, at = 2 * roll(20), pixel = is_planar ? 2 : 2 * CHANNELS;
    for (size_t i = 0; i < SIZE / 2; i++)
        channel_at[i] = -1;
    for (; count < 16; count++) {
        struct recipe_piece *piece = &pieces[count];
        *piece = (struct recipe_piece){.bytes = {at, pixel * (1 + roll(9)), 0, 1 + roll(5)}};
        piece->bytes.stride = piece->bytes.record + (roll(2) ? 0 : 2 * roll(9));
        piece->channel = is_planar ? (uint32_t)roll(CHANNELS) : 0;
        piece->step = is_planar ? (uint32_t)roll(CHANNELS) : 0;
        at = (size_t)recipe_span_end(&piece->bytes);
        if (at > SIZE)
            break;
        for (uint64_t r = 0; r < piece->bytes.count; r++)
            for (uint64_t k = 0; k < piece->bytes.record; k += 2) {
                uint64_t channel = is_planar ? (piece->channel + r * piece->step) % CHANNELS : k / 2 % CHANNELS;
                channel_at[(piece->bytes.offset + r * piece->bytes.stride + k) / 2] = (int)channel;
            }
        at += roll(3) ? 0 : 2 * (size_t)roll(30);
    }
    return count;
}

/* Records from anywhere on: what is said of each sample is what the map has. */
static void check_parts(const struct recipe *recipe)
{
    static unsigned char bytes[SIZE];
    size_t first = roll(SIZE / 2), count = 1 + roll(SIZE / 2 - first);
    const struct meant_records records = {bytes, 2 * first, 2, 2, 2, count};
    struct meant meant = meant_begin(recipe, &records);
    struct meant_part part;
    size_t at = 0;
    while (meant_next(&meant, &part)) {
        for (; at < part.at; at += 2)
            assert_int_equal(channel_at[first + at / 2], -1);
        for (; at < part.at + part.length; at += 2) {
            uint64_t sample = (part.place + (at - part.at)) / 2;
            uint64_t channel = recipe->image.layout == MMI_BSQ ? sample / PLANE : sample % CHANNELS;
            assert_int_equal(channel_at[first + at / 2], channel);
        }
        assert_int_equal(part.at, part.apart);
    }
    for (; at < 2 * count; at += 2)
        assert_int_equal(channel_at[first + at / 2], -1);
}

/* Bytes that are no samples: they are not kept, their sums are those of any others, and they stay. */
static void check_way_back(const struct recipe *recipe, size_t *kept_ret)
{
    static unsigned char before[SIZE], after[SIZE], words[SIZE], old[SIZE];
    mmi_adjust *adjust;
    mmi_inverse *inverse;
    assert_int_equal(mmi_adjust_create(&recipe->image, &recipe->options, &adjust), MMV_OK);
    assert_int_equal(mmi_inverse_create(adjust, &inverse), MMV_OK);
    fill(before, SIZE, (unsigned)roll(1000));
    /* Many are near an end, on either byte order. */
    for (size_t i = 0; i < SIZE; i += 2)
        if (roll(2)) {
            memset(before + i, roll(2) ? 0xff : 0, 2);
            before[i + i / 2 % 2] = (unsigned char)roll(256);
        }
    memcpy(after, before, SIZE);
    const struct meant_records records = {before, 0, 2, 2, 2, SIZE / 2}, changed = {after, 0, 2, 2, 2, SIZE / 2};
    struct meant meant = meant_begin(recipe, &records);
    for (struct meant_part part; meant_next(&meant, &part);)
        mmi_adjust_run(adjust, &(mmi_batch){part.place, before + part.at, after + part.at, part.length}, NULL);
    memset(words, 0xa5, SIZE);
    size_t kept = meant_keep(recipe, inverse, &records, words), others = 0;
    for (size_t i = 0; kept > 0 && i < SIZE / 2; i++) {
        others += words[2 * i] || words[2 * i + 1];
        assert_true(channel_at[i] >= 0 || (words[2 * i] == 0 && words[2 * i + 1] == 0));
    }
    assert_int_equal(others, kept);
    *kept_ret += kept;
    uint64_t sum = sums_of(recipe, &changed);
    for (size_t i = roll(40); i < SIZE; i += 1 + roll(40)) {
        after[i] ^= 16;
        assert_int_equal(sums_of(recipe, &changed) == sum, channel_at[i / 2] < 0);
        if (channel_at[i / 2] < 0)
            before[i] ^= 16;
        else
            after[i] ^= 16;
    }
    const struct meant_back back = {(char *)after, old, kept ? words : NULL};
    assert_true(meant_restore(recipe, inverse, &changed, &back));
    assert_memory_equal(after, before, SIZE);
    mmi_inverse_destroy(&inverse);
    mmi_adjust_destroy(&adjust);
}

static void test_samples_of_pieces(void **unused)
{
    (void)unused;
    size_t kept = 0;
    for (size_t round = 0; round < 120; round++) {
        struct recipe_piece pieces[16];
        bool is_planar = round % 2;
        struct recipe recipe = recipe_with(pieces, is_planar ? MMI_BSQ : MMI_BIP), back;
        size_t length;
        recipe.piece_count = make_pieces(pieces, is_planar);
        if (recipe.piece_count == 0)
            continue;
        for (size_t i = 0; i < 20; i++)
            check_parts(&recipe);
        check_way_back(&recipe, &kept);
        unsigned char *bytes = recipe_pack(&recipe, &length);
        assert_non_null(bytes);
        assert_true(recipe_read(&back, bytes, length, SIZE));
        assert_memory_equal(back.pieces, pieces, recipe.piece_count * sizeof *pieces);
        assert_int_equal(recipe_bytes(&back), recipe_bytes(&recipe));
        assert_int_equal(recipe_walked(&back), SIZE);
        recipe_drop(&back);
        free(bytes);
    }
    assert_in_range(kept, 300, 300000);
}

/* Records with gaps, all of which are samples: those of one range. */
static void test_samples_of_a_range(void **unused)
{
    (void)unused;
    static const unsigned char bytes[100];
    const struct recipe recipe = {.image = {.type = {MMI_U16, false}, .samples = 1}, .offset = 10};
    const struct meant_records records = {bytes, 30, 6, 8, 20, 3};
    struct meant meant = meant_begin(&recipe, &records);
    struct meant_part part;
    for (size_t i = 0; i < 3; i++) {
        assert_true(meant_next(&meant, &part));
        assert_true(part.place == 20 + 20 * i && part.at == 6 * i && part.apart == 8 * i && part.length == 6);
    }
    assert_false(meant_next(&meant, &part));
}

/* Of pieces that anybody may have written: each lies in a span, whole samples from its start, behind the one before. */
static void test_pieces_of_others(void **unused)
{
    (void)unused;
    mmi_span two[] = {{10, 2, 2, 100}, {301, 2, 2, 100}};
    const struct recipe_piece fine[] = {{{12, 8, 10, 3}, 0, 1}, {{50, 4, 4, 40}, 2, 0}, {{303, 2, 2, 1}, 1, 0}};
    struct {
        size_t piece;
        struct recipe_piece other;
    } const wrong[] = {
        {0, {{8, 8, 10, 3}, 0, 1}},           /* in front of the first span */
        {0, {{13, 8, 10, 3}, 0, 1}},          /* half a sample from its start */
        {0, {{12, 7, 10, 3}, 0, 1}},          /* half a sample long */
        {0, {{12, 8, 9, 3}, 0, 1}},           /* half a sample apart */
        {0, {{12, 8, 6, 3}, 0, 1}},           /* records over each other */
        {0, {{12, 8, 10, 5}, 0, 1}},          /* over the next */
        {0, {{12, 8, 10, 0}, 0, 1}},          /* none */
        {0, {{12, 0, 10, 3}, 0, 1}},          /* of nothing */
        {0, {{12, 8, 10, 3}, 3, 1}},          /* of no channel */
        {0, {{12, 8, 10, 3}, 0, 3}},          /* of none further on */
        {1, {{50, 4, 4, 41}, 2, 0}},          /* beyond its span */
        {1, {{50, 4, 4, UINT64_MAX}, 2, 0}},  /* beyond all numbers */
        {1, {{220, 4, 4, 1}, 2, 0}},          /* between spans */
        {2, {{302, 2, 2, 1}, 1, 0}},          /* half a sample from the second one's start */
        {2, {{303, 2, 2, UINT32_MAX}, 1, 0}}, /* beyond FILE */
        {2, {{600, 2, 2, 1}, 1, 0}},          /* behind all spans */
    };
    for (size_t i = 0; i <= sizeof wrong / sizeof *wrong; i++) {
        struct recipe_piece pieces[3];
        struct recipe recipe = recipe_with(pieces, MMI_BSQ), back;
        size_t length;
        memcpy(pieces, fine, sizeof fine);
        if (i > 0)
            pieces[wrong[i - 1].piece] = wrong[i - 1].other;
        recipe.spans = two;
        recipe.span_count = 2;
        recipe.piece_count = 3;
        unsigned char *bytes = recipe_pack(&recipe, &length);
        assert_non_null(bytes);
        if (recipe_read(&back, bytes, length, SIZE) != (i == 0))
            fail_msg("piece %zu is %s", i, i == 0 ? "refused" : "taken");
        recipe_drop(&back);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples_of_pieces),
        cmocka_unit_test(test_samples_of_a_range),
        cmocka_unit_test(test_pieces_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
