/* SPDX-License-Identifier: MIT */
/* test_checksum.c - the sums of journals: the same on every processor, other when a bit is. */

#include "check.h"
#include "scratch.h"

#include "base/checksum.h"

enum { SIZE = 8192 + 77 };

static unsigned char data[SIZE], copy[SIZE];

static bool is_known_to_the_processor(mmv__sum_lines *lines)
{
#if defined(MMV_CLONES_X86)
    return lines != mmv__sum_lines_avx2 || __builtin_cpu_supports("avx2");
#else
    return lines == mmv__sum_lines_base;
#endif
}

static void test_generations_agree(void **state)
{
    static mmv__sum_lines *const generations[] = {
        mmv__sum_lines_base,
#if defined(MMV_CLONES_X86)
        mmv__sum_lines_avx2,
#endif
    };
    (void)state;
    fill(data, SIZE, 1);
    for (size_t g = 0; g < COUNT(generations); g++) {
        if (!is_known_to_the_processor(generations[g]))
            continue;
        for (size_t count = 0; count < 9; count++)
            for (size_t apart = 64; apart <= 1024; apart *= 2) {
                mmv__lanes lanes, wanted = {{0}, {0}};
                memset(copy, 0xee, SIZE);
                generations[g](&lanes, (char *)copy, (char *)data + 3, count, apart);
                for (size_t line = 0; line < count; line++)
                    for (size_t i = 0; i < 8; i++) {
                        uint64_t word;
                        memcpy(&word, data + 3 + line * apart + 8 * i, sizeof word);
                        wanted.once[i] += word;
                        wanted.again[i] += wanted.once[i];
                    }
                assert_memory_equal(&lanes, &wanted, sizeof lanes);
                for (size_t line = 0; line < count; line++)
                    assert_memory_equal(copy + line * 64, data + 3 + line * apart, 64);
                assert_int_equal(copy[count * 64], 0xee);
            }
    }
}

static void test_a_copy_is_whole_and_has_the_sum_of_what_it_copies(void **state)
{
    static const size_t sizes[] = {0, 1, 7, 8, 63, 64, 65, 127, 128, 4096, SIZE - 1};
    (void)state;
    fill(data, SIZE, 2);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        memset(copy, 0xee, SIZE);
        assert_true(mmv__copy_sum(copy, data, sizes[i]) == mmv__sum(data, sizes[i]));
        assert_memory_equal(copy, data, sizes[i]);
        assert_int_equal(copy[sizes[i]], 0xee);
    }
}

static void test_every_flipped_bit_changes_the_sum(void **state)
{
    enum { SOME = 64 * 5 + 9 };
    (void)state;
    fill(data, SIZE, 3);
    uint64_t sum = mmv__sum(data, SOME);
    for (size_t bit = 0; bit < SOME * 8; bit++) {
        data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_true(mmv__sum(data, SOME) != sum);
        data[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generations_agree),
        cmocka_unit_test(test_a_copy_is_whole_and_has_the_sum_of_what_it_copies),
        cmocka_unit_test(test_every_flipped_bit_changes_the_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
