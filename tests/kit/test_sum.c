/* SPDX-License-Identifier: MIT */
/* Tests of mmdiff/sum.c: sums that doubles lose, and that the order does not matter. */
#include "check.h"

#include "mmdiff/sum.h"

#include <float.h>
#include <math.h>

static void small_ones_are_not_lost(void **state)
{
    struct sum sum = {0};
    (void)state;
    sum_add_real(&sum, 1e300);
    for (int i = 0; i < 1000; i++)
        sum_add_real(&sum, 0x1p-1074);
    sum_add_whole(&sum, 5);
    assert_true(sum_mean(&sum, 1) == 1e300);
    /* What is left when the large one is not there. */
    struct sum less = {0};
    for (int i = 0; i < 1000; i++)
        sum_add_real(&less, 0x1p-1074);
    assert_true(sum_mean(&less, 1000) == 0x1p-1074);
}

/* A half is rounded to the even neighbour, unless the least bit is beyond it. */
static void rounding_sees_all_bits(void **state)
{
    struct sum sum = {0};
    (void)state;
    sum_add_real(&sum, 0x1p53);
    sum_add_whole(&sum, 1);
    assert_true(sum_mean(&sum, 1) == 0x1p53);
    sum_add_real(&sum, 0x1p-1074);
    assert_true(sum_mean(&sum, 1) == 0x1p53 + 2);
}

static void the_mean_of_the_largest_is_finite(void **state)
{
    struct sum sum = {0}, other = {0};
    (void)state;
    for (int i = 0; i < 3; i++) {
        sum_add_real(&sum, DBL_MAX);
        sum_add_real(&other, DBL_MAX);
        sum_add_whole(&other, UINT64_MAX);
    }
    sum_merge(&sum, &other);
    assert_true(sum_mean(&sum, 6) == DBL_MAX);
}

static void the_order_does_not_matter(void **state)
{
    struct sum forth = {0}, back = {0}, half = {0};
    (void)state;
    for (int i = 0; i < 1000; i++)
        sum_add_real(&forth, ldexp(1.0 + i, i - 500));
    for (int i = 999; i >= 500; i--)
        sum_add_real(&back, ldexp(1.0 + i, i - 500));
    for (int i = 0; i < 500; i++)
        sum_add_real(&half, ldexp(1.0 + i, i - 500));
    sum_merge(&half, &back);
    assert_true(sum_mean(&forth, 1000) == sum_mean(&half, 1000));
    assert_memory_equal(&forth, &half, sizeof forth);
}

static void nothing_is_zero(void **state)
{
    struct sum sum = {0};
    (void)state;
    assert_true(sum_mean(&sum, 7) == 0);
    sum_add_real(&sum, 0);
    sum_add_whole(&sum, 0);
    assert_true(sum_mean(&sum, 7) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_ones_are_not_lost),
        cmocka_unit_test(rounding_sees_all_bits),
        cmocka_unit_test(the_mean_of_the_largest_is_finite),
        cmocka_unit_test(the_order_does_not_matter),
        cmocka_unit_test(nothing_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
