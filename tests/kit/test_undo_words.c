/* SPDX-License-Identifier: MIT */
/* Words as few bytes and back, and bytes that others may have made of them. */

#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "kit/undo/squeeze.h"
#include "kit/undo/words.h"
#include "some_recipes.h"

static void test_words_come_back(void **unused)
{
    (void)unused;
    struct words_packer packer = {0};
    bool can = squeeze_can();
    for (size_t round = 0; can && round < 600; round++) {
        static const size_t sizes[] = {1, 2, 4, 8};
        unsigned char bytes[2048] = {0}, back[2048];
        struct words words = {bytes, 0, sizes[roll(4)]}, got = {back, 0, words.size};
        struct words_packed packed;
        words.count = got.count = 1 + (size_t)roll(sizeof bytes / words.size);
        uint64_t share = 1 + roll(200);
        size_t kept = 0;
        for (size_t i = 0; i < words.count; i++) {
            unsigned char byte = roll(share) ? 0 : (unsigned char)(1 + roll(255));
            bytes[i * words.size + roll(words.size)] = byte;
            kept += byte != 0;
        }
        if (kept == 0)
            continue;
        assert_true(words_pack(&packer, &words, kept, &packed));
        assert_true(words_unpack(&packed, &got));
        assert_memory_equal(back, bytes, words.count * words.size);
    }
    words_drop(&packer);
    if (!can)
        skip();
}

/* Any bytes: refused, or words, but never one more than there are. */
static void test_words_of_others(void **unused)
{
    (void)unused;
    size_t taken = 0;
    squeeze_can();
    for (size_t round = 0; round < 20000; round++) {
        unsigned char bytes[64], words[40 + 8];
        static const unsigned forms[] = {WORDS_LIST, WORDS_PLANES, WORDS_LIST | WORDS_SQUEEZED, 0, 77};
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (unsigned char)roll(roll(2) ? 9 : 256);
        memset(words, 0xa5, sizeof words);
        struct words_packed packed = {forms[roll(5)], bytes, (size_t)roll(sizeof bytes + 1), 0};
        packed.plain = roll(8) ? packed.length : (size_t)roll(1u << 30);
        taken += words_unpack(&packed, &(struct words){words, 20, 2});
        for (size_t i = 40; i < sizeof words; i++)
            assert_int_equal(words[i], 0xa5);
    }
    assert_in_range(taken, 100, 19000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_come_back),
        cmocka_unit_test(test_words_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
