/* SPDX-License-Identifier: MIT */
/* test_budget.c - hard numbers from what was asked for and what the machine allows. */

#include "check.h"

#include "lease/budget.h"
#include "os/machine.h"

#include <unistd.h>

static mmv__os_limits no_limits(void)
{
    mmv__os_limits limits;
    memset(&limits, 0xff, sizeof limits);
    limits.address_space_used = 0;
    limits.thread_stack = 8 * MMV_MIB;
    return limits;
}

static uint64_t most(void)
{
    return sizeof(void *) == 4 ? 256 * MMV_MIB : MMV_GIB;
}

static void test_the_default_is_the_least_of_the_limits(void **state)
{
    mmv__os_limits limits = no_limits();
    (void)state;
    assert_true(mmv__budget_of(0, 0, &limits).bytes == most());
    limits.address_space = 256 * MMV_MIB;
    assert_true(mmv__budget_of(0, 0, &limits).bytes == 64 * MMV_MIB);
    assert_true(mmv__budget_of(0, 0, &limits).addresses == 64 * MMV_MIB);
    limits.memory = 100 * MMV_MIB;
    assert_true(mmv__budget_of(0, 0, &limits).bytes == 25 * MMV_MIB);
}

static void test_what_was_asked_for_counts_inside_the_hard_limits(void **state)
{
    mmv__os_limits limits = no_limits();
    (void)state;
    assert_true(mmv__budget_of(12345, 7, &limits).bytes == 12345);
    assert_true(mmv__budget_of(12345, 7, &limits).maps == 7);
    assert_true(mmv__budget_of(UINT64_MAX, 0, &limits).bytes <= SIZE_MAX / 2);
    limits.maps = 65530;
    assert_true(mmv__budget_of(0, 0, &limits).maps == 65530 / 4);
    assert_true(mmv__budget_of(0, UINT32_MAX, &limits).maps == 65530 / 4);
    limits.maps = 1;
    assert_true(mmv__budget_of(0, 0, &limits).maps == 1);
}

static void test_threads_fit_the_address_space(void **state)
{
    mmv__os_limits limits = no_limits();
    (void)state;
    assert_int_equal(mmv__budget_threads(8, MMV_MIB, &limits), 8);
    limits.new_threads = 6;
    assert_int_equal(mmv__budget_threads(8, MMV_MIB, &limits), 3);
    limits.new_threads = 0;
    assert_int_equal(mmv__budget_threads(8, MMV_MIB, &limits), 1);
    limits = no_limits();
    limits.address_space = 90 * MMV_MIB;
    assert_int_equal(mmv__budget_threads(8, 2 * MMV_MIB, &limits), 4);
    limits.address_space_used = 50 * MMV_MIB;
    assert_int_equal(mmv__budget_threads(8, 2 * MMV_MIB, &limits), 2);
    limits.address_space_used = 900 * MMV_MIB;
    assert_int_equal(mmv__budget_threads(8, 2 * MMV_MIB, &limits), 1);
    limits.thread_stack = 0;
    limits.address_space_used = 0;
    assert_int_equal(mmv__budget_threads(8, 0, &limits), 8);
}

static void test_the_machine_answers_sensibly(void **state)
{
    mmv__os_limits limits;
    (void)state;
    mmv__os_get_limits(&limits);
    assert_true(limits.memory_available >= MMV_MIB && limits.thread_stack >= 4096 && limits.maps >= 1);
    assert_true(mmv_default_max_mapped() >= 4096 && mmv_default_max_mapped() <= most());
    assert_true(mmv_default_threads() >= 1);
    assert_true((long)mmv_default_threads() <= sysconf(_SC_NPROCESSORS_CONF));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_default_is_the_least_of_the_limits),
        cmocka_unit_test(test_what_was_asked_for_counts_inside_the_hard_limits),
        cmocka_unit_test(test_threads_fit_the_address_space),
        cmocka_unit_test(test_the_machine_answers_sensibly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
