/* SPDX-License-Identifier: MIT */
/* The frames of undo files, torn, damaged, doubled, or made by others: what they say is believed only where it can be.
 */

#include "check.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

#include "scratch.h"

#include "kit/os/file.h"
#include "kit/undo/bytes.h"
#include "kit/undo/squeeze.h"
#include "kit/undo/units.h"
#include "some_recipes.h"

static void make_store(struct store *store, const char *path)
{
    size_t length;
    unsigned char *recipe = write_recipe(&length);
    int model;
    file_sparse(scratch("image"), SIZE);
    assert_int_equal(file_open(scratch("image"), FILE_READ, true, &model), 0);
    const struct store_begin begin = {path, model, recipe, length, 1, SIZE, 0};
    assert_int_equal(store_create(store, &begin), 0);
    file_close(model);
    free(recipe);
}

/* What a file with one frame gives, whose checksum is right. */
static int load_with(struct store_frame frame, const void *bytes)
{
    const char *path = scratch("image.mmu.1");
    struct store store;
    struct recipe recipe;
    struct units units;
    make_store(&store, path);
    assert_int_equal(store_append(&store, &frame, bytes), 0);
    store_close(&store);
    assert_int_equal(store_open(&store, path, true), 0);
    assert_int_equal(store.frames, 1);
    assert_true(recipe_read(&recipe, store.recipe, (size_t)store.header.recipe, SIZE));
    int error = units_load(&units, &store, &recipe);
    units_drop(&units);
    recipe_drop(&recipe);
    assert_int_equal(store_remove(&store), 0);
    store_close(&store);
    return error;
}

static void test_frames_of_others(void **unused)
{
    (void)unused;
    const unsigned char list[] = {3, 9};
    const struct store_frame fine = {
        .kind = STORE_WORDS, .form = WORDS_LIST, .length = 2, .plain = 2, .first = 90, .count = 10};
    struct store_frame frame = fine;
    assert_int_equal(load_with(frame, list), 0);
    frame.count = 11;
    assert_int_equal(load_with(frame, list), EILSEQ);
    frame.count = 0;
    assert_int_equal(load_with(frame, list), EILSEQ);
    frame.count = UINT64_MAX;
    assert_int_equal(load_with(frame, list), EILSEQ);
    frame = fine;
    frame.first = UINT64_MAX - 5;
    assert_int_equal(load_with(frame, list), EILSEQ);
    frame = fine;
    frame.span = 1;
    assert_int_equal(load_with(frame, list), EILSEQ);
    struct store_sum sum = {.first = 99, .count = 1};
    const struct store_frame sums = {.kind = STORE_SUMS, .length = sizeof sum, .plain = sizeof sum};
    assert_int_equal(load_with(sums, &sum), 0);
    sum.count = 2;
    assert_int_equal(load_with(sums, &sum), EILSEQ);
    sum = (struct store_sum){.first = UINT64_MAX, .count = 2};
    assert_int_equal(load_with(sums, &sum), EILSEQ);
    sum = (struct store_sum){.first = 0, .count = 1, .span = 1};
    assert_int_equal(load_with(sums, &sum), EILSEQ);
    frame = sums;
    frame.length = 5;
    assert_int_equal(load_with(frame, &sum), EILSEQ);
}

/* After a kill words of some records are there twice, and in pieces of another length. */
static void test_words_that_are_there_twice(void **unused)
{
    (void)unused;
    const unsigned char list[] = {40, 9}, piece[] = {2, 7};
    const char *path = scratch("image.mmu.1");
    struct store_frame whole = {.kind = STORE_WORDS, .form = WORDS_LIST, .length = 2, .plain = 2, .count = 100};
    struct store_frame part = {
        .kind = STORE_WORDS, .form = WORDS_LIST, .length = 2, .plain = 2, .first = 10, .count = 5};
    struct store store;
    struct recipe recipe;
    struct units units;
    struct unit_reader reader = {.room = 0};
    unsigned char words[40];
    bool any;
    make_store(&store, path);
    assert_int_equal(store_append(&store, &whole, list), 0);
    assert_int_equal(store_append(&store, &part, piece), 0);
    assert_true(recipe_read(&recipe, store.recipe, (size_t)store.header.recipe, SIZE));
    assert_int_equal(units_load(&units, &store, &recipe), 0);
    assert_int_equal(units_words(&units, &reader, &(struct unit_records){0, 30, 20}, words, &any), 0);
    assert_true(any && words[20] == 9 && words[18] == 0 && words[22] == 0);
    assert_int_equal(units_words(&units, &reader, &(struct unit_records){0, 8, 10}, words, &any), 0);
    assert_true(any && words[8] == 7 && words[6] == 0 && words[10] == 0);
    unit_reader_drop(&reader);
    units_drop(&units);
    recipe_drop(&recipe);
    assert_int_equal(store_remove(&store), 0);
    store_close(&store);
}

/* ---- records of which nothing is known --------------------------------------------------------------------------- */

/* 20 records of 5 bytes, from byte 16 on. */
static void make_bytes_store(struct store *store, const char *path)
{
    mmi_span span = {16, 5, 5, 20};
    const struct recipe recipe = {.is_bytes = true, .spans = &span, .span_count = 1};
    size_t length;
    unsigned char *bytes = recipe_pack(&recipe, &length);
    int model;
    assert_non_null(bytes);
    file_sparse(scratch("image"), SIZE);
    assert_int_equal(file_open(scratch("image"), FILE_READ, true, &model), 0);
    assert_int_equal(store_create(store, &(struct store_begin){path, model, bytes, length, 1, SIZE, 0}), 0);
    file_close(model);
    free(bytes);
}

/* Each byte of each of these records is 'word', or none has changed. */
static void append_records(struct store *store, uint64_t first, uint64_t count, unsigned char word)
{
    unsigned char bytes[100];
    struct words_packer packer = {.turn = 0};
    struct words words = {bytes, (size_t)count, 5};
    struct words_packed packed;
    size_t changed;
    memset(bytes, word, (size_t)count * 5);
    assert_true(bytes_pack(&packer, &words, &changed, &packed));
    struct store_frame frame = {.kind = STORE_WORDS,
                                .form = (uint16_t)packed.form,
                                .length = packed.length,
                                .plain = packed.plain,
                                .first = first,
                                .count = count};
    assert_int_equal(store_append(store, &frame, packed.bytes), 0);
    words_drop(&packer);
}

static int see_nothing(uint32_t span, uint64_t first, uint64_t count, void *user)
{
    (void)span;
    uint64_t *gaps = user;
    gaps[0] += first;
    gaps[1] += count;
    return 0;
}

/* Another compiler may have made the code that went on: what was stored later counts, in whichever cuts. */
static void test_later_words_count(void **unused)
{
    (void)unused;
    static const unsigned char wanted[20] = {1, 1, 1, 4, 4, 4, 4, 4, 3, 3, 3, 3, 0, 0, 5, 5, 2, 2, 0, 0};
    const char *path = scratch("image.mmu.1");
    struct store store;
    struct recipe recipe;
    struct units units;
    struct unit_reader reader = {.room = 0};
    make_bytes_store(&store, path);
    append_records(&store, 0, 10, 1);
    append_records(&store, 10, 8, 2);
    append_records(&store, 6, 6, 3);
    append_records(&store, 3, 5, 4);
    append_records(&store, 12, 4, 0);
    append_records(&store, 14, 2, 5);
    assert_true(recipe_read(&recipe, store.recipe, (size_t)store.header.recipe, SIZE));
    assert_true(recipe.is_bytes && recipe_count(&recipe) == 20 && recipe_bytes(&recipe) == 100);
    assert_int_equal(units_load(&units, &store, &recipe), 0);
    for (uint64_t first = 0; first < 20; first++)
        for (uint64_t count = 1; count <= 20 - first; count++) {
            unsigned char words[100];
            bool any;
            assert_int_equal(units_words(&units, &reader, &(struct unit_records){0, first, count}, words, &any), 0);
            for (size_t i = 0; i < count * 5 && any; i++)
                assert_int_equal(words[i], wanted[first + i / 5]);
            assert_true(any || first >= 18);
        }
    unit_reader_drop(&reader);
    units_drop(&units);
    recipe_drop(&recipe);
    assert_int_equal(store_remove(&store), 0);
    store_close(&store);
}

/* What the run before has taken for results is forgotten: code of another compiler may have made other ones since. */
static void test_sums_anew(void **unused)
{
    (void)unused;
    struct store store;
    struct recipe recipe;
    struct units units;
    uint64_t gaps[2] = {0, 0};
    struct store_sum old = {.count = 20, .hash = 1}, new = {.first = 8, .count = 12, .hash = 2};
    struct store_frame sums = {.kind = STORE_SUMS, .length = sizeof old},
                       anew = {.kind = STORE_SUMS, .form = SUMS_ANEW};
    make_bytes_store(&store, scratch("image.mmu.1"));
    assert_int_equal(store_append(&store, &sums, &old), 0);
    assert_int_equal(store_append(&store, &anew, NULL), 0);
    assert_int_equal(store_append(&store, &sums, &new), 0);
    assert_true(recipe_read(&recipe, store.recipe, (size_t)store.header.recipe, SIZE));
    assert_int_equal(units_load(&units, &store, &recipe), 0);
    assert_int_equal(units.sums.count, 1);
    assert_int_equal(units.sums.list[0].hash, 2);
    assert_int_equal(sums_gaps(&units.sums, &recipe, see_nothing, gaps), 0);
    assert_true(gaps[0] == 0 && gaps[1] == 8);
    units_drop(&units);
    recipe_drop(&recipe);
    assert_int_equal(store_remove(&store), 0);
    store_close(&store);
}

/* What a killed process has left in part is told from damage. */
static void test_damage_is_no_torn_tail(void **unused)
{
    static const struct {
        uint64_t frame, at; /* which byte of which frame differs */
        size_t count;
        bool is_damage;
    } cases[] = {{2, 0, 4, false}, {0, 70, 1, true}, {1, 0, 4, true}, {2, 20, 1, true}, {2, 75, 2, true}};
    const char *path = scratch("image.mmu.1");
    struct store_sum sum = {.first = 0, .count = 100, .hash = UINT64_MAX};
    struct store_frame frame = {.kind = STORE_SUMS, .length = sizeof sum};
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct store store;
        make_store(&store, path);
        uint64_t begin = store.end;
        for (int k = 0; k < 3; k++)
            assert_int_equal(store_append(&store, &frame, &sum), 0);
        uint64_t size = (store.end - begin) / 3;
        store_close(&store);
        assert_int_equal(store_open(&store, path, true), 0);
        assert_true(store.frames == 3 && !store_is_damaged(&store));
        store_close(&store);
        unsigned char other[4] = {0, 0, 0, 0};
        other[0] = cases[i].at ? 0x5a : 0;
        file_put_at(path, other, cases[i].count, begin + cases[i].frame * size + cases[i].at);
        assert_int_equal(store_open(&store, path, true), 0);
        assert_true(store.frames == cases[i].frame && store_is_damaged(&store) == cases[i].is_damage);
        assert_int_equal(store_remove(&store), 0);
        store_close(&store);
    }
}

/* A frame of which a part is missing, or differs, ends the file. What comes next takes its place. */
static void test_torn_tail(void **unused)
{
    (void)unused;
    const char *path = scratch("image.mmu.1");
    struct store store;
    struct store_sum sum = {.first = 0, .count = 100};
    struct store_frame frame = {.kind = STORE_SUMS, .length = sizeof sum}, end = {.kind = STORE_END};
    make_store(&store, path);
    assert_int_equal(store_append(&store, &frame, &sum), 0);
    uint64_t first = store.end;
    assert_int_equal(store_append(&store, &frame, &sum), 0);
    uint64_t whole = store.end;
    store_close(&store);
    for (uint64_t length = whole - 1; length >= first; length -= 5) {
        file_cut(path, length);
        assert_int_equal(store_open(&store, path, true), 0);
        assert_int_equal(store.frames, 1);
        assert_true(store.end == first && !store.is_complete);
        store_close(&store);
    }
    assert_int_equal(store_open(&store, path, true), 0);
    assert_int_equal(store_append(&store, &end, NULL), 0);
    store_close(&store);
    assert_int_equal(store_open(&store, path, true), 0);
    assert_true(store.frames == 2 && store.is_complete && !store.is_taken_back);
    /* Behind the end there may be what a loss of power has left: it is of no run. */
    uint64_t behind = store.end;
    assert_int_equal(store_append(&store, &frame, &sum), 0);
    store_close(&store);
    assert_int_equal(store_open(&store, path, true), 0);
    assert_true(store.frames == 2 && store.is_complete && store.end == behind);
    assert_int_equal(store_remove(&store), 0);
    store_close(&store);
}

/* ---- sums -------------------------------------------------------------------------------------------------------- */

/* What a change of all samples alike makes of them is something else: signs, powers of two, one place for another. */
static void test_sums_see_changes(void **unused)
{
    (void)unused;
    enum { MANY = 1024 };
    static double plain[MANY], changed[MANY];
    for (size_t i = 0; i < MANY; i++)
        plain[i] = (double)(1 + i % 7);
    uint64_t sum = sums_hash(plain, sizeof plain, sizeof plain, 1);
    for (int power = -256; power <= 256; power += 16) {
        for (size_t i = 0; i < MANY; i++)
            changed[i] = power == 0 ? -plain[i] : ldexp(plain[i], power);
        assert_true(sums_hash(changed, sizeof changed, sizeof changed, 1) != sum);
    }
    memcpy(changed, plain, sizeof changed);
    changed[0] = -changed[0];
    changed[128] = -changed[128];
    assert_true(sums_hash(changed, sizeof changed, sizeof changed, 1) != sum);
    memcpy(changed, plain + 8, sizeof changed - 64);
    memcpy(changed + MANY - 8, plain, 64);
    assert_true(sums_hash(changed, sizeof changed, sizeof changed, 1) != sum);
    /* The same bytes have the same sum, however they lie. */
    assert_true(sums_hash(plain, sizeof *plain, sizeof *plain, MANY) == sum);
    memset(changed, 0, sizeof changed);
    for (size_t i = 0; i < MANY / 2; i++)
        changed[2 * i] = plain[i];
    assert_true(sums_hash(changed, sizeof *plain, 2 * sizeof *plain, MANY / 2) ==
                sums_hash(plain, sizeof plain / 2, sizeof plain / 2, 1));
}

/* What was appended i-th: small frames, and now and then one that is not. */
static size_t frame_of(size_t i, unsigned char bytes[3000])
{
    size_t length = i % 7 == 6 ? 3000 : i % 50;
    for (size_t k = 0; k < length; k++)
        bytes[k] = (unsigned char)(i + k);
    return length;
}

static void append_many(struct store *store, size_t from, size_t to)
{
    unsigned char bytes[3000];
    for (size_t i = from; i < to; i++) {
        struct store_frame frame = {.kind = STORE_WORDS, .length = frame_of(i, bytes), .first = i};
        assert_int_equal(store_append(store, &frame, bytes), 0);
    }
}

static int see_frame(const struct store_frame *frame, uint64_t offset, const unsigned char *bytes, void *user)
{
    size_t *count = user;
    unsigned char wanted[3000];
    (void)offset;
    assert_int_equal(frame->length, frame_of(*count, wanted));
    assert_int_equal(frame->first, *count);
    assert_memory_equal(bytes, wanted, (size_t)frame->length);
    ++*count;
    return 0;
}

static void check_many(const struct store *store, size_t wanted)
{
    size_t count = 0;
    assert_int_equal(store->frames, wanted);
    assert_int_equal(store_each(store, see_frame, &count), 0);
    assert_int_equal(count, wanted);
}

/* More frames than a file is written by calls for, with a process that ends anywhere: those that were appended are
 * there. */
static void test_many_frames(void **unused)
{
    (void)unused;
    const char *path = scratch("image.mmu.1");
    struct store store;
    make_store(&store, path);
    append_many(&store, 0, 2000);
    check_many(&store, 2000);
    /* As a kill leaves it: zeros behind the last frame. */
    uint64_t end = store.end;
    assert_true(file_length(path) > end);
    store_close(&store);
    assert_int_equal(store_open(&store, path, true), 0);
    assert_true(store.end == end && !store.is_complete);
    append_many(&store, 2000, 4000);
    check_many(&store, 4000);
    assert_int_equal(store_end(&store), 0);
    assert_true(file_length(path) == store.end);
    append_many(&store, 4000, 4001);
    store_close(&store);
    assert_int_equal(store_open(&store, path, true), 0);
    check_many(&store, 4001);
    assert_int_equal(store_remove(&store), 0);
    store_close(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_of_others),  cmocka_unit_test(test_damage_is_no_torn_tail),
        cmocka_unit_test(test_torn_tail),         cmocka_unit_test(test_sums_see_changes),
        cmocka_unit_test(test_many_frames),       cmocka_unit_test(test_words_that_are_there_twice),
        cmocka_unit_test(test_later_words_count), cmocka_unit_test(test_sums_anew),
    };
    if (!scratch_use(NULL))
        return SKIP_WHOLE_TEST;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
