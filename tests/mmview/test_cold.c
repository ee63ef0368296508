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

/* Where the system reads far ahead: one stream, in a short unit first, as long as the device sets the pace. */
static void one_stream_while_the_device_sets_the_pace(void **state)
{
    mmv__cold cold = {0};
    (void)state;
    mmv__cold_begin(&cold, 128 * MMV_KIB);
    cold.busy = 1;
    assert_false(mmv__cold_waits(&cold));
    mmv__cold_begin(&cold, 8 * MMV_MIB);
    assert_true(mmv__cold_waits(&cold));
    cold.busy = 0;
    assert_false(mmv__cold_waits(&cold));
    cold.busy = 1;
    assert_true(mmv__cold_learn(&cold, 0, 0, true));
    assert_in_range(mmv__cold_size(&cold, 0), 1, 8 * MMV_MIB);
    /* Too little to tell. */
    mmv__cold_paced(&cold, 2 * MMV_MIB, 1, 0);
    assert_true(mmv__cold_waits(&cold));
    mmv__cold_paced(&cold, 6 * MMV_MIB, 3, 1.4);
    assert_true(mmv__cold_waits(&cold));
    assert_true(mmv__cold_size(&cold, 0) > 8 * MMV_MIB);
    mmv__cold_paced(&cold, 8 * MMV_MIB, 4, 0.2);
    assert_false(mmv__cold_waits(&cold));
    /* For good. */
    mmv__cold_paced(&cold, 8 * MMV_MIB, 40, 40);
    assert_false(mmv__cold_waits(&cold));
}

static void more_streams_over_a_long_way(void **state)
{
    mmv__cold cold = {.busy = 1};
    uint64_t bytes = 0;
    (void)state;
    mmv__cold_begin(&cold, 8 * MMV_MIB);
    for (; mmv__cold_waits(&cold) && bytes < 1024 * MMV_MIB; bytes += 8 * MMV_MIB)
        mmv__cold_paced(&cold, 8 * MMV_MIB, 1, 1);
    assert_int_equal(bytes, 64 * MMV_MIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_in_memory_is_looked_at_now_and_then),
        cmocka_unit_test(what_is_not_comes_in_long_units_each_looked_at),
        cmocka_unit_test(it_counts_for_a_while),
        cmocka_unit_test(one_stream_while_the_device_sets_the_pace),
        cmocka_unit_test(more_streams_over_a_long_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
