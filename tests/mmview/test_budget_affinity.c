/* SPDX-License-Identifier: MIT */
/* test_budget_affinity.c - threads keep to the processors that the process may use. */

#include "check.h"

#include "os/machine.h"

#include <sched.h>

/* What the build for Windows has of POSIX alone are files. */
#if !MMV_POSIX_ONLY || defined(_WIN32)
#define HAS_MASKS 1
#else
#define HAS_MASKS 0
#endif

static void test_threads_obey_the_affinity_mask(void **state)
{
    (void)state;
#if !HAS_MASKS
    skip_because("POSIX has no affinity");
#else
    cpu_set_t before, one;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    int cpu = 0;
    while (!CPU_ISSET(cpu, &before))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    unsigned threads = mmv_default_threads();
    sched_setaffinity(0, sizeof before, &before);
    assert_int_equal(threads, 1);
#endif
}

/* Where the threads of a team begin is all that is asked for: not where they stay. */
static void test_spreading_leaves_the_affinity_mask(void **state)
{
    (void)state;
#if !HAS_MASKS
    skip_because("POSIX has no affinity");
#else
    cpu_set_t before, after;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    unsigned count = (unsigned)CPU_COUNT(&before);
    for (unsigned index = 1; index < count + 2; index++) {
        mmv__os_spread(index % count, count, mmv__os_processor());
        mmv__os_spread(index, count + 1, 0);
        mmv__os_spread(index % count, count, UINT32_MAX);
        assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
        assert_true(CPU_EQUAL(&before, &after));
    }
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_obey_the_affinity_mask),
        cmocka_unit_test(test_spreading_leaves_the_affinity_mask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
