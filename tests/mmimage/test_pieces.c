/* SPDX-License-Identifier: MIT */
/* test_pieces.c - where samples lie, against a table that is filled sample by sample; and lists that make no sense. */

#include "support.h"

#include "samples/pieces.h"

#include <stdlib.h>
#include <string.h>

#define SIZE 8192 /* of the files that are tried */

/* A list of frames of 7 x 5 pixels of two bytes, and for each byte of the file the sample that it belongs to, from 1.
 */
struct trial {
    mmi_image frame;
    mmi__cut cuts[3];
    size_t frames;
    uint64_t gap;
    bool backwards;
    uint16_t bytes[SIZE];
    mmi_pieces *pieces;
};

static uint64_t samples_of(const struct trial *trial)
{
    return trial->frame.width * trial->frame.height * trial->frame.samples;
}

/* The sample's number: frame, row, column, channel. */
static uint64_t number_at(const struct trial *trial, uint64_t frame, const uint64_t place[3])
{
    return frame * samples_of(trial) + (place[1] * trial->frame.width + place[0]) * trial->frame.samples + place[2];
}

static void fill(struct trial *trial, uint64_t offset, uint64_t frame, uint64_t x, uint64_t y, uint32_t plane)
{
    const mmi__cut *cut = &trial->cuts[frame];
    size_t size = mmi_type_size(trial->frame.type);
    bool planar = trial->frame.layout == MMI_BSQ;
    uint32_t together = planar ? 1 : trial->frame.samples;
    for (uint64_t row = y; row < mmv_min(y + cut->height, trial->frame.height); row++)
        for (uint64_t column = x; column < mmv_min(x + cut->width, trial->frame.width); column++)
            for (uint32_t k = 0; k < together; k++) {
                const uint64_t place[3] = {column, row, planar ? plane : k};
                uint64_t at = offset + (((row - y) * cut->width + column - x) * together + k) * size;
                for (size_t i = 0; i < size; i++)
                    trial->bytes[at + i] = (uint16_t)(1 + number_at(trial, frame, place));
            }
}

/* Piece after piece into the file, or the last one first. */
static void make(struct trial *trial)
{
    uint64_t at = trial->gap, end = SIZE - 16;
    mmi__pieces_fault fault;
    memset(trial->bytes, 0, sizeof trial->bytes);
    trial->pieces = mmi__pieces_begin(&trial->frame);
    assert_non_null(trial->pieces);
    for (uint64_t frame = 0; frame < trial->frames; frame++) {
        const mmi__cut *cut = &trial->cuts[frame];
        uint64_t *offsets, next = 0, count;
        uint32_t planes = trial->frame.layout == MMI_BSQ ? trial->frame.samples : 1;
        assert_true(mmi__cut_count(&trial->frame, cut, &count));
        assert_int_equal(mmi__pieces_add(trial->pieces, cut, &offsets), MMV_OK);
        for (uint32_t plane = 0; plane < planes; plane++)
            for (uint64_t y = 0; y < trial->frame.height; y += cut->height)
                for (uint64_t x = 0; x < trial->frame.width; x += cut->width) {
                    uint64_t rows = cut->is_padded ? cut->height : mmv_min(cut->height, trial->frame.height - y);
                    uint64_t length = rows * cut->width * mmi_image_record(&trial->frame);
                    end -= trial->backwards ? length + trial->gap : 0;
                    offsets[next] = trial->backwards ? end : at;
                    fill(trial, offsets[next], frame, x, y, plane);
                    at += length + trial->gap;
                    next++;
                }
        assert_int_equal(next, count);
    }
    assert_int_equal(mmi__pieces_end(trial->pieces, SIZE, &fault), MMV_OK);
}

static struct trial trial_of(unsigned number)
{
    static const mmi__cut cuts[] = {
        {7, 2, 0, false}, {4, 2, 0, true}, {3, 5, 0, true}, {16, 16, 0, true}, {7, 5, 0, false}};
    struct trial trial = {.frame = {.type = {.kind = MMI_U16}, .samples = 1 + number % 3, .width = 7, .height = 5}};
    trial.frame.layout = number / 3 % 2 && trial.frame.samples > 1 ? MMI_BSQ : MMI_BIP;
    trial.frames = 1 + number / 6 % 3;
    trial.gap = number / 18 % 2 * 6;
    trial.backwards = number / 36 % 2;
    for (size_t i = 0; i < trial.frames; i++)
        trial.cuts[i] = cuts[(number / 72 + i * (number % 2)) % (sizeof cuts / sizeof *cuts)];
    return trial;
}

#define TRIALS (72 * 5)

/* Whether a sample is in the rectangle and the channels. */
static bool is_meant(const struct trial *trial, uint64_t number, const mmi_selection *selection)
{
    uint64_t samples = trial->frame.samples, pixel = number / samples;
    uint64_t x = pixel % trial->frame.width, y = pixel / trial->frame.width;
    const mmi_region *region = &selection->region;
    bool in = !region->width ||
              (x >= region->x && x < region->x + region->width && y >= region->y && y < region->y + region->height);
    /* Of pixels whose samples lie together the channels do not matter here. */
    return in && (trial->frame.layout == MMI_BIP || !selection->channels || selection->channels[number % samples]);
}

static void compare_scout(const struct trial *trial, const mmi_selection *selection)
{
    mmi_scout scout = mmi_scout_begin(trial->pieces, selection);
    bool found[SIZE] = {false};
    for (uint64_t at = 0; at < SIZE;) {
        mmi_stretch stretch = mmi_scout_look(&scout, at);
        assert_true(stretch.length > 0);
        uint64_t part = mmv_min(stretch.length, SIZE - at);
        for (uint64_t i = 0; i < part && stretch.is_meant; i++)
            found[at + i] = true;
        if (stretch.is_meant) {
            /* Of its place the channel follows. */
            uint64_t number = trial->bytes[at] - 1;
            uint64_t channel =
                trial->frame.layout == MMI_BSQ ? stretch.channel : stretch.place / 2 % trial->frame.samples;
            assert_int_equal(channel, number % trial->frame.samples);
        }
        at += part;
    }
    for (uint64_t at = 0; at < SIZE; at++) {
        bool wanted = trial->bytes[at] && is_meant(trial, trial->bytes[at] - 1, selection);
        if (found[at] != wanted)
            fail_msg("byte %llu is %s", (unsigned long long)at, wanted ? "left out" : "taken");
    }
}

/* Also from bytes at random, with a scout that was elsewhere. */
static void compare_jumps(const struct trial *trial)
{
    const mmi_selection all = {0};
    mmi_scout scout = mmi_scout_begin(trial->pieces, &all);
    uint64_t at = 1;
    for (int i = 0; i < 500; i++) {
        at = (at * 2862933555777941757 + 3037000493) % SIZE;
        mmi_stretch stretch = mmi_scout_look(&scout, at);
        assert_int_equal(stretch.is_meant, trial->bytes[at] != 0);
        uint64_t last = at + mmv_min(stretch.length, SIZE - at) - 1;
        assert_int_equal(stretch.is_meant, trial->bytes[last] != 0);
    }
}

static void compare_pieces(const struct trial *trial)
{
    const mmi_image *image = mmi_pieces_image(trial->pieces);
    uint64_t end = 0;
    assert_int_equal(image->height, trial->frame.height * trial->frames);
    for (uint64_t rank = 0; rank < mmi_pieces_count(trial->pieces); rank++) {
        mmi_piece piece = mmi_pieces_get_placed(trial->pieces, rank);
        assert_true(piece.offset >= end && piece.width > 0 && piece.height > 0);
        end = piece.offset + piece.length;
    }
    mmv_range reach = mmi_pieces_reach(trial->pieces, 0);
    assert_int_equal(mmv_range_end(reach), end);
    for (uint64_t y = 0; y < image->height; y++)
        for (uint64_t x = 0; x < image->width; x++)
            for (uint32_t c = 0; c < image->samples; c++) {
                mmi_piece piece = mmi_pieces_get(trial->pieces, mmi_pieces_find(trial->pieces, x, y, c));
                uint64_t at = piece.offset + (y - piece.y) * piece.stride +
                              ((x - piece.x) * piece.samples + c - piece.channel) * 2;
                assert_true(x >= piece.x && x - piece.x < piece.width && y >= piece.y && y - piece.y < piece.height);
                assert_int_equal(trial->bytes[at], 1 + (y * image->width + x) * image->samples + c);
            }
}

static void test_layouts(void **state)
{
    static const bool second[] = {false, true, 0, false};
    static const mmi_selection selections[] = {
        {{0}, NULL}, {{2, 1, 3, 3}, NULL}, {{0, 0, 7, 1}, second}, {{6, 4, 1, 1}, NULL}, {{0}, second}};
    (void)state;
    for (unsigned number = 0; number < TRIALS; number++) {
        struct trial trial = trial_of(number);
        make(&trial);
        compare_pieces(&trial);
        compare_jumps(&trial);
        for (size_t i = 0; i < sizeof selections / sizeof *selections; i++)
            if (!selections[i].channels || trial.frame.samples == 3)
                compare_scout(&trial, &selections[i]);
        mmi_pieces_destroy(&trial.pieces);
        assert_null(trial.pieces);
        mmi_pieces_destroy(&trial.pieces);
    }
}

/* Whether a list is one range is what its bytes say: each sample behind the one before. */
static void test_one_range(void **state)
{
    unsigned ones = 0;
    (void)state;
    for (unsigned number = 0; number < TRIALS; number++) {
        struct trial trial = trial_of(number);
        uint64_t offset = 0, count = samples_of(&trial) * trial.frames, plane = count / trial.frame.samples;
        make(&trial);
        bool is_one = mmi__pieces_are_one(trial.pieces, &offset);
        bool wanted = true;
        for (uint64_t i = 0; i < count && wanted; i++) {
            uint64_t number_ = trial.frame.layout == MMI_BSQ ? i % plane * trial.frame.samples + i / plane : i;
            wanted = trial.bytes[offset + 2 * i] == 1 + number_;
        }
        assert_int_equal(is_one, wanted);
        ones += is_one;
        mmi_pieces_destroy(&trial.pieces);
    }
    assert_true(ones > 5 && ones < TRIALS / 2);
}

static mmv_status end_with(const mmi_image *frame, const mmi__cut *cut, const uint64_t *places, uint64_t size,
                           mmi__pieces_fault *fault)
{
    uint64_t *offsets, count;
    mmi_pieces *pieces = mmi__pieces_begin(frame);
    assert_true(mmi__cut_count(frame, cut, &count));
    assert_int_equal(mmi__pieces_add(pieces, cut, &offsets), MMV_OK);
    memcpy(offsets, places, (size_t)count * sizeof *offsets);
    mmv_status status = mmi__pieces_end(pieces, size, fault);
    mmi_pieces_destroy(&pieces);
    return status;
}

static void test_faults(void **state)
{
    const mmi_image frame = {.type = {.kind = MMI_U8}, .samples = 1, .width = 4, .height = 4};
    const mmi__cut rows = {4, 1, 0, false}, none = {0, 1, 0, false};
    mmi__pieces_fault fault = {0};
    uint64_t count;
    (void)state;
    assert_int_equal(end_with(&frame, &rows, (uint64_t[]){12, 0, 8, 4}, 16, &fault), MMV_OK);
    assert_int_equal(end_with(&frame, &rows, (uint64_t[]){13, 0, 8, 4}, 16, &fault), MMV_ETRUNC);
    assert_true(fault.number == 0 && fault.other == 0);
    assert_int_equal(end_with(&frame, &rows, (uint64_t[]){12, 0, UINT64_MAX - 1, 4}, 16, &fault), MMV_ETRUNC);
    assert_int_equal(fault.number, 2);
    assert_int_equal(end_with(&frame, &rows, (uint64_t[]){12, 0, 7, 4}, 16, &fault), MMV_EINVAL);
    assert_true(fault.number == 2 && fault.other == 3);
    assert_int_equal(end_with(&frame, &rows, (uint64_t[]){4, 4, 8, 12}, 16, &fault), MMV_EINVAL);
    assert_false(mmi__cut_count(&frame, &none, &count));
    const mmi_image large = {.type = {.kind = MMI_U8}, .samples = 1, .width = 1 << 20, .height = 1 << 20};
    assert_false(mmi__cut_count(&large, &(mmi__cut){16, 16, 0, true}, &count));
    assert_true(mmi__cut_count(&large, &(mmi__cut){1024, 1024, 0, true}, &count) && count == 1 << 20);
    assert_false(mmi__cut_count(&frame, &(mmi__cut){UINT64_MAX, UINT64_MAX, 0, true}, &count));
    mmi_pieces *pieces = mmi__pieces_begin(&large);
    uint64_t *offsets;
    assert_int_equal(mmi__pieces_add(pieces, &(mmi__cut){16, 16, 0, true}, &offsets), MMV_EINVAL);
    mmi_pieces_destroy(&pieces);
}

/* ---- slabs in a file each ---------------------------------------------------------------------------------------- */

#define BASE 3 /* where slabs begin in their files; 1 more in the second */

static uint64_t place_of(const mmi_image *image, mmi_layout layout, uint64_t x, uint64_t y, uint32_t c)
{
    if (layout == MMI_BIL)
        return (y * image->samples + c) * image->width + x;
    return layout == MMI_BSQ ? (c * image->height + y) * image->width + x : (y * image->width + x) * image->samples + c;
}

static void check_slabs(const mmi_image *image, mmi_layout layout, uint32_t files, const mmi_pieces *pieces)
{
    uint64_t slab = image->width * image->height * image->samples * 2 / files;
    for (uint64_t y = 0; y < image->height; y++)
        for (uint64_t x = 0; x < image->width; x++)
            for (uint32_t c = 0; c < image->samples; c++) {
                mmi_piece piece = mmi_pieces_get(pieces, mmi_pieces_find(pieces, x, y, c));
                uint64_t at = piece.offset + (y - piece.y) * piece.stride +
                              ((x - piece.x) * piece.samples + c - piece.channel) * 2;
                uint64_t place = place_of(image, layout, x, y, c) * 2;
                assert_int_equal(piece.file, place / slab);
                assert_int_equal(at, BASE + (piece.file == 1) + place % slab);
            }
}

/* Each file has its own bytes, and a scout of it nothing of the others. */
static void check_files(const mmi_pieces *pieces, uint64_t slab)
{
    const mmi_selection all = {0};
    uint64_t ranks = 0;
    for (uint32_t file = 0; file < mmi_pieces_files(pieces); file++) {
        uint64_t base = BASE + (file == 1), at = 0;
        mmv_range reach = mmi_pieces_reach(pieces, file), own = mmi_pieces_ranks(pieces, file);
        assert_true(reach.offset == base && reach.length == slab && own.offset == ranks && own.length > 0);
        ranks += own.length;
        mmi_scout scout = mmi_scout_begin(pieces, &all);
        scout.file = file;
        while (at < base + slab) {
            mmi_stretch stretch = mmi_scout_look(&scout, at);
            assert_int_equal(stretch.is_meant, at >= base);
            assert_true(stretch.length <= (at < base ? base : base + slab) - at);
            at += stretch.length;
        }
        assert_true(mmi_scout_look(&scout, at).length == UINT64_MAX);
    }
    assert_int_equal(ranks, mmi_pieces_count(pieces));
}

static void test_slabs(void **state)
{
    unsigned made = 0;
    (void)state;
    for (unsigned i = 0; i < 3 * 3 * 40; i++) {
        mmi_layout layout = (mmi_layout)(i % 3);
        const mmi_image image = {
            .type = {.kind = MMI_U16}, .samples = 1 + i / 3 % 3, .width = 7, .height = 12, .layout = layout};
        uint32_t files = 1 + i / 9;
        mmi_pieces *pieces = NULL;
        mmv_status status = mmi__pieces_of_slabs(&image, files, BASE, &pieces);
        uint64_t lines = image.height * (layout == MMI_BIP ? 1 : image.samples);
        assert_int_equal(status, lines % files == 0 ? MMV_OK : MMV_EINVAL);
        if (status != MMV_OK)
            continue;
        made++;
        if (files > 1)
            mmi__pieces_rebase(pieces, 1, BASE + 1);
        check_slabs(&image, layout, files, pieces);
        check_files(pieces, image.width * image.height * image.samples * 2 / files);
        mmi_pieces_destroy(&pieces);
    }
    assert_true(made > 60);
}

/* 64 TiB that nobody has cut: memory does not follow from what a header says. */
static void test_as_large_as_a_header_says(void **state)
{
    const mmi_image image = {
        .type = {.kind = MMI_U8}, .samples = 1, .width = 1 << 20, .height = 1 << 26, .layout = MMI_BIP};
    mmi_pieces *pieces = NULL;
    (void)state;
    assert_int_equal(mmi_pieces_of_rows(&image, 0, 1 << 20, UINT64_C(1) << 46, &pieces), MMV_OK);
    assert_true(mmi_pieces_count(pieces) <= 1 << 20);
    mmi_piece last = mmi_pieces_get(pieces, mmi_pieces_count(pieces) - 1);
    assert_true(last.offset + last.length == UINT64_C(1) << 46);
    mmi_pieces_destroy(&pieces);
    assert_int_equal(mmi__pieces_of_slabs(&image, 64, 0, &pieces), MMV_OK);
    assert_true(mmi_pieces_count(pieces) <= 1 << 20);
    mmi_pieces_destroy(&pieces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layouts),
        cmocka_unit_test(test_one_range),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_slabs),
        cmocka_unit_test(test_as_large_as_a_header_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
