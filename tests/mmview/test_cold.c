/* SPDX-License-Identifier: MIT */
/* What counts as not in memory, from looks at units. */

#include "check.h"

#include "walk/cold.h"

#include <mmview/range.h>

static void what_is_in_memory_is_looked_at_now_and_then(void **state)
{
    mmv__cold cold = {0};
    (void)state;
    assert_true(mmv__cold_asks(&cold, 0));
    assert_false(mmv__cold_learn(&cold, 0, MMV_MIB, false));
    assert_int_equal(mmv__cold_size(&cold, MMV_MIB), 0);
    assert_false(mmv__cold_asks(&cold, MMV_MIB));
    assert_false(mmv__cold_asks(&cold, 9 * MMV_MIB - 1));
    assert_true(mmv__cold_asks(&cold, 9 * MMV_MIB));
    assert_int_equal(cold.length, 0);
}

static void what_is_not_comes_in_long_units_each_looked_at(void **state)
{
    mmv__cold cold = {0};
    (void)state;
    assert_true(mmv__cold_learn(&cold, 0, MMV_MIB, true));
    assert_true(mmv__cold_size(&cold, MMV_MIB) >= 16 * MMV_MIB);
    assert_true(mmv__cold_asks(&cold, MMV_MIB));
    assert_int_equal(cold.length, MMV_MIB);
}

/* What read-ahead brought looks warm. */
static void it_counts_for_a_while(void **state)
{
    mmv__cold cold = {0};
    (void)state;
    assert_true(mmv__cold_learn(&cold, 0, MMV_MIB, true));
    assert_true(mmv__cold_learn(&cold, MMV_MIB, 20 * MMV_MIB, false));
    assert_true(mmv__cold_learn(&cold, 20 * MMV_MIB, 64 * MMV_MIB, false));
    assert_int_equal(mmv__cold_size(&cold, 64 * MMV_MIB), 0);
    assert_false(mmv__cold_asks(&cold, 64 * MMV_MIB));
    assert_false(mmv__cold_learn(&cold, 72 * MMV_MIB, 80 * MMV_MIB, false));
    assert_int_equal(cold.length, 64 * MMV_MIB);
    /* And again. */
    assert_true(mmv__cold_learn(&cold, 90 * MMV_MIB, 91 * MMV_MIB, true));
    assert_true(mmv__cold_size(&cold, 91 * MMV_MIB) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_in_memory_is_looked_at_now_and_then),
        cmocka_unit_test(what_is_not_comes_in_long_units_each_looked_at),
        cmocka_unit_test(it_counts_for_a_while),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
