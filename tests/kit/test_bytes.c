/* SPDX-License-Identifier: MIT */
/* The words of records of which nothing is known: they come back, and bytes that others made reach no other memory. */

#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "kit/undo/bytes.h"
#include "kit/undo/squeeze.h"

static uint64_t state = 11;

static uint64_t roll(uint64_t sides)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % sides;
}

/* zstd has to be there for what packs more than a few bytes. */
static bool can;

/* Some records change, and of these some bytes. Returns how many have. */
static size_t fill_words(struct words *words)
{
    uint64_t records = 1 + roll(30), columns = 1 + roll(6), from = roll(words->size);
    size_t changed = 0;
    memset(words->bytes, 0, words->count * words->size);
    for (size_t i = 0; i < words->count; i++) {
        bool any = false;
        for (size_t k = (size_t)from; roll(records) == 0 && k < words->size && k < from + columns; k++) {
            words->bytes[i * words->size + k] = (unsigned char)roll(roll(2) ? 3 : 256);
            any = any || words->bytes[i * words->size + k];
        }
        changed += any;
    }
    return changed;
}

static void test_records_come_back(void **unused)
{
    (void)unused;
    static unsigned char bytes[40000], back[40000];
    struct words_packer packer = {.turn = 0};
    unsigned seen = 0;
    if (!can)
        skip();
    for (size_t round = 0; round < 2000; round++) {
        struct words words = {bytes, 0, 1 + (size_t)roll(roll(20) ? 60 : 20000)}, got = {back, 0, words.size};
        words.count = got.count = 1 + (size_t)roll(sizeof bytes / words.size);
        size_t wanted = fill_words(&words), changed;
        struct words_packed packed;
        assert_true(bytes_pack(&packer, &words, &changed, &packed));
        assert_int_equal(changed, wanted);
        for (size_t i = 0; i < words.count; i++) {
            bool any = false;
            for (size_t k = 0; k < words.size; k++)
                any = any || bytes[i * words.size + k];
            assert_int_equal(bytes_changed(&packer)[i], any);
        }
        seen |= 1u << packed.form;
        memset(back, 0xa5, sizeof back);
        assert_true(words_unpack(&packed, &got));
        assert_memory_equal(back, bytes, words.count * words.size);
    }
    words_drop(&packer);
    unsigned squeezed = 1u << (WORDS_ROWS + WORDS_SQUEEZED) | 1u << (WORDS_COLUMNS + WORDS_SQUEEZED);
    assert_int_equal(seen & squeezed, squeezed);
    assert_true(seen & 1u << WORDS_ROWS);
}

/* Records that have not changed, and bytes that have changed in none, take next to nothing. */
static void test_only_what_changed(void **unused)
{
    (void)unused;
    static unsigned char bytes[24 * 1000];
    struct words_packer packer = {.turn = 0};
    struct words words = {bytes, 1000, 24};
    struct words_packed packed;
    size_t changed;
    assert_true(bytes_pack(&packer, &words, &changed, &packed));
    assert_int_equal(changed, 0);
    assert_in_range(packed.length, 1, 8);
    for (size_t i = 0; i < 10; i++)
        for (size_t k = 8; k < 16; k++)
            bytes[(i * 100 + 7) * 24 + k] = (unsigned char)(1 + roll(255));
    assert_true(bytes_pack(&packer, &words, &changed, &packed));
    assert_int_equal(changed, 10);
    assert_in_range(packed.length, 80, 80 + 32);
    words_drop(&packer);
}

/* Numbers are shorter by columns, text by rows; what was shorter is taken without a trial each time. */
static unsigned pack_pattern(struct words_packer *packer, bool is_text)
{
    static unsigned char bytes[16 * 500];
    static const char texts[3][17] = {"north of the rio", "a river's estuar", "mountains and su"};
    struct words words = {bytes, 500, 16};
    struct words_packed packed;
    size_t changed;
    for (size_t i = 0; i < 500; i++) {
        const char *text = texts[roll(3)];
        for (size_t k = 0; k < 16; k++)
            bytes[i * 16 + k] = is_text ? (unsigned char)text[k] : k % 8 < 6 ? (unsigned char)roll(256) : 0x3f;
    }
    assert_true(bytes_pack(packer, &words, &changed, &packed));
    return packed.form;
}

static void test_rows_or_columns(void **unused)
{
    (void)unused;
    struct words_packer packer = {.turn = 0};
    unsigned form = 0;
    if (!can)
        skip();
    for (size_t i = 0; i < 40; i++) {
        form = pack_pattern(&packer, false);
        assert_int_equal(form, WORDS_COLUMNS | WORDS_SQUEEZED);
    }
    for (size_t i = 0; i < 40; i++)
        form = pack_pattern(&packer, true);
    assert_int_equal(form, WORDS_ROWS | WORDS_SQUEEZED);
    for (size_t i = 0; i < 40; i++)
        form = pack_pattern(&packer, false);
    assert_int_equal(form, WORDS_COLUMNS | WORDS_SQUEEZED);
    words_drop(&packer);
}

/* Any bytes: refused, or words, but never one more than there are. */
static void test_records_of_others(void **unused)
{
    (void)unused;
    enum { WORDS = 60, BEHIND = 16 };
    size_t taken = 0;
    for (size_t round = 0; round < 100000; round++) {
        unsigned char bytes[48], words[WORDS + BEHIND];
        static const unsigned forms[] = {WORDS_ROWS, WORDS_COLUMNS, WORDS_LIST, WORDS_ROWS | WORDS_SQUEEZED};
        static const size_t sizes[] = {1, 3, 12, 20};
        size_t size = sizes[roll(4)];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (unsigned char)roll(roll(3) ? 6 : 256);
        memset(words, 0xa5, sizeof words);
        struct words_packed packed = {forms[roll(roll(4) ? 2 : 4)], bytes, (size_t)roll(sizeof bytes + 1), 0};
        packed.plain = packed.length;
        taken += words_unpack(&packed, &(struct words){words, WORDS / size, size});
        for (size_t i = WORDS / size * size; i < sizeof words; i++)
            assert_int_equal(words[i], 0xa5);
    }
    assert_in_range(taken, 50, 90000);
}

/* Turns that go too far, or that say nothing; too few bytes, and too many. */
static void test_wrong_turns(void **unused)
{
    (void)unused;
    static const struct {
        unsigned char bytes[8];
        size_t length;
        bool is_right;
    } rows[] = {
        {{1, 1, 0, 2, 7, 8}, 6, true},
        {{1, 1, 1, 1, 8}, 5, true},
        {{2, 2}, 2, true},
        {{2, 1, 1}, 3, true},
        {{1, 2, 0, 2, 7, 8}, 6, false},
        {{1, 0, 1, 0, 2}, 5, false},
        {{1, 1, 0, 2, 7}, 5, false},
        {{1, 1, 0, 2, 7, 8, 9}, 7, false},
        {{1, 1, 0, 3, 7, 8}, 6, false},
        {{255, 255, 255, 255, 255}, 5, false},
        {{1}, 1, false},
        {{2}, 1, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned char words[4];
        const struct words_packed packed = {WORDS_ROWS, rows[i].bytes, rows[i].length, rows[i].length};
        assert_int_equal(words_unpack(&packed, &(struct words){words, 2, 2}), rows[i].is_right);
    }
    unsigned char words[4];
    const struct words_packed packed = {WORDS_ROWS, rows[0].bytes, rows[0].length, rows[0].length};
    assert_true(words_unpack(&packed, &(struct words){words, 2, 2}));
    assert_memory_equal(words, ((const unsigned char[]){0, 0, 7, 8}), 4);
}

int main(void)
{
    can = squeeze_can();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_come_back), cmocka_unit_test(test_only_what_changed),
        cmocka_unit_test(test_rows_or_columns),   cmocka_unit_test(test_records_of_others),
        cmocka_unit_test(test_wrong_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
