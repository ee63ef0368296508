/* SPDX-License-Identifier: MIT */
/* test_sums.c - sums of groups of lanes on every processor generation against the plain ones, and numbers of 128 bits.
 */

#include "support.h"

#include "check.h"
#include "naive.h"
#include "stats/sums.h"
#include "samples/wide.h"

#include <stdlib.h>

/* ---- sums of groups ---------------------------------------------------------------------------------------------- */

static void test_groups_on_every_processor(void **state)
{
    static unsigned char data[3000 * 48];
    static const size_t rows[] = {1, 2, 3, 4, 5, 100, 3000};
    struct dice dice = {8};
    (void)state;
    for (unsigned k = 0; k < 8; k++) {
        mmi_type type = {(mmi_kind)(k / 2), k % 2};
        size_t stride = 24 * mmi_type_size(type);
        dice_samples(&dice, type, data, 3000 * 24);
        const mmi__summing *best = mmi__sum_of(type);
        const mmi__summing *base = &mmi__sums_base[type.kind][!mmi_type_is_native(type)];
        for (size_t r = 0; r < COUNT(rows); r++) {
            struct mmi__sums a, b;
            struct mmi__ends c, d;
            best->sum(data, rows[r], stride, &a);
            base->sum(data, rows[r], stride, &b);
            assert_memory_equal(a.min, b.min, sizeof a.min + sizeof a.max + sizeof a.sum);
            /* How the halves share the sum is theirs. */
            for (int j = 0; j < MMI__GROUP; j++)
                assert_true((uint64_t)a.square_low[j] + ((uint64_t)a.square_high[j] << 16) ==
                            (uint64_t)b.square_low[j] + ((uint64_t)b.square_high[j] << 16));
            best->end(data, rows[r], stride, &c);
            base->end(data, rows[r], stride, &d);
            assert_memory_equal(&c, &d, sizeof c);
        }
    }
    assert_null(mmi__sum_of((mmi_type){MMI_F32, false}));
}

/* As large as sums may become: every sample the lowest. */
static void test_groups_at_their_limit(void **state)
{
    const size_t rows = MMI__SUM_ROWS;
    int16_t *data = malloc(rows * 32);
    struct mmi__sums sums;
    mmi_type type;
    (void)state;
    assert_non_null(data);
    for (size_t i = 0; i < rows * 16; i++)
        data[i] = INT16_MIN;
    assert_true(mmi_type_parse("i16", &type));
    mmi__sum_of(type)->sum((unsigned char *)data, rows, 32, &sums);
    for (int j = 0; j < MMI__GROUP; j++) {
        assert_true(sums.sum[j] == (int64_t)INT16_MIN * (int64_t)rows);
        assert_true((uint64_t)sums.square_low[j] + ((uint64_t)sums.square_high[j] << 16) == ((uint64_t)1 << 30) * rows);
    }
    free(data);
}

static void test_wide_numbers(void **state)
{
    (void)state;
    mmi__wide a = mmi__wide_product(UINT64_MAX, UINT64_MAX);
    assert_true(a.low == 1 && a.high == UINT64_MAX - 1);
    mmi__wide minus = mmi__wide_times(mmi__wide_of(-3), 7);
    assert_true(mmi__wide_is_negative(minus) && mmi__wide_double(minus) == -21);
    assert_true(mmi__wide_double(mmi__wide_times(minus, -1000000007)) == 21000000147.0);
    mmi__wide sum = mmi__wide_sum((mmi__wide){UINT64_MAX, 0}, mmi__wide_of(1));
    assert_true(sum.low == 0 && sum.high == 1);
    assert_true(mmi__wide_double(sum) == 0x1p64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups_on_every_processor),
        cmocka_unit_test(test_groups_at_their_limit),
        cmocka_unit_test(test_wide_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
