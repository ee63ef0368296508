/* SPDX-License-Identifier: MIT */
/* test_fits_sum.c - the checksums of FITS: by their definition, and that a CHECKSUM does what it is for. */

#include "check.h"

#include <mmimage/fits_sum.h>

static void test_words_are_big_endian_and_carries_come_in_at_the_bottom(void **state)
{
    static const unsigned char words[] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 2, 0x80};
    (void)state;
    assert_true(mmi_fits_fold(mmi_fits_sum(words, 0)) == 0);
    assert_true(mmi_fits_fold(mmi_fits_sum(words, 4)) == 0xffffffff);
    assert_true(mmi_fits_fold(mmi_fits_sum(words, 8)) == 2);
    assert_true(mmi_fits_fold(mmi_fits_sum(words, 9)) == 0x80000002);
    assert_true(mmi_fits_fold(UINT64_MAX) == 0xffffffff);
    assert_true(mmi_fits_fold(mmi_fits_sum(words + 1, 6)) == mmi_fits_fold(UINT64_C(0xffffff00) + 0x00000000));
}

/* The value stands in a header where its first character is the last byte of a word, as behind "CHECKSUM= '". */
static void check_value(uint32_t sum)
{
    char header[80], value[MMI_FITS_CHECKSUM];
    memset(header, ' ', sizeof header);
    memcpy(header, "CHECKSUM= '0000000000000000'", 28);
    uint32_t before = mmi_fits_fold(mmi_fits_sum(header, sizeof header) + sum);
    mmi_fits_checksum(before, value);
    for (int i = 0; i < MMI_FITS_CHECKSUM; i++)
        assert_true((value[i] >= '0' && value[i] <= '9') || (value[i] >= 'A' && value[i] <= 'Z') ||
                    (value[i] >= 'a' && value[i] <= 'z'));
    memcpy(header + 11, value, sizeof value);
    assert_true(mmi_fits_fold(mmi_fits_sum(header, sizeof header) + sum) == 0xffffffff);
}

static void test_a_checksum_makes_the_whole_all_ones(void **state)
{
    (void)state;
    for (uint32_t byte = 0; byte < 256; byte++)
        for (int place = 0; place < 32; place += 8)
            check_value(byte << place);
    for (uint32_t i = 1, sum = 1; i < 100000; i++, sum = sum * 1664525 + 1013904223)
        check_value(sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_are_big_endian_and_carries_come_in_at_the_bottom),
        cmocka_unit_test(test_a_checksum_makes_the_whole_all_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
