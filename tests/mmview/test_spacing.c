/* SPDX-License-Identifier: MIT */
/* Which pages are populated, from the faults there were. */

#include "check.h"

#include "walk/spacing.h"

#define STEP (2 * MMV_MIB)

static void many_faults_teach_nothing(void **state)
{
    mmv__spacing spacing = {0};
    (void)state;
    mmv__spacing_learn(&spacing, STEP, 512, 0);
    assert_int_equal(spacing.apart, 0);
    /* Just below 64 KiB per fault. */
    mmv__spacing_learn(&spacing, STEP, 33, 0);
    assert_int_equal(spacing.apart, 0);
}

static void few_faults_teach_the_stretch(void **state)
{
    static const struct {
        uint64_t faults;
        size_t apart;
    } rows[] = {{32, 64 << 10}, {17, 64 << 10}, {16, 128 << 10}, {9, 128 << 10}, {8, 256 << 10},
                {5, 256 << 10}, {4, 512 << 10}, {3, 512 << 10},  {2, 1 << 20},   {1, 1 << 20}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        mmv__spacing spacing = {0};
        mmv__spacing_learn(&spacing, STEP, rows[i].faults, 0);
        assert_int_equal(spacing.apart, rows[i].apart);
    }
}

static void short_steps_and_no_faults_teach_nothing(void **state)
{
    mmv__spacing spacing = {0};
    (void)state;
    mmv__spacing_learn(&spacing, MMV_MIB - 1, 1, 0);
    mmv__spacing_learn(&spacing, STEP, 0, 0);
    assert_int_equal(spacing.apart, 0);
}

/* Whoever takes faults in the work itself, with every page populated, cannot be told from pages that were missed. */
static void a_function_with_faults_of_its_own_teaches_nothing(void **state)
{
    mmv__spacing spacing = {0};
    (void)state;
    mmv__spacing_learn(&spacing, STEP, 2, 9);
    assert_int_equal(spacing.apart, 0);
}

static void missed_pages_end_it_for_twice_as_long_each_time(void **state)
{
    mmv__spacing spacing = {0};
    (void)state;
    for (unsigned wait = 1; wait <= 8; wait *= 2) {
        mmv__spacing_learn(&spacing, STEP, 2, 0);
        assert_int_equal(spacing.apart, 1 << 20);
        mmv__spacing_learn(&spacing, STEP, 2, 8);
        assert_int_equal(spacing.apart, 1 << 20);
        mmv__spacing_learn(&spacing, STEP, 2, 9);
        for (unsigned i = 0; i < wait; i++) {
            assert_int_equal(spacing.apart, 0);
            mmv__spacing_learn(&spacing, STEP, 2, 0);
        }
        assert_int_equal(spacing.apart, 0);
    }
}

static void the_wait_is_bounded(void **state)
{
    mmv__spacing spacing = {0};
    (void)state;
    for (unsigned failure = 0; failure < 100; failure++) {
        unsigned steps = 0;
        for (; spacing.apart == 0; steps++)
            mmv__spacing_learn(&spacing, STEP, 1, 0);
        assert_true(steps <= 1025);
        mmv__spacing_learn(&spacing, STEP, 1, 512);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_faults_teach_nothing),
        cmocka_unit_test(few_faults_teach_the_stretch),
        cmocka_unit_test(short_steps_and_no_faults_teach_nothing),
        cmocka_unit_test(a_function_with_faults_of_its_own_teaches_nothing),
        cmocka_unit_test(missed_pages_end_it_for_twice_as_long_each_time),
        cmocka_unit_test(the_wait_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
