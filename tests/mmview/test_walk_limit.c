/* SPDX-License-Identifier: MIT */
/*
 * test_walk_limit.c - the walks and leases of test_walk_big.c in a process that has 256 MiB of address space.
 *
 * The program sets the limit and starts itself once more, so that it has never had more.
 */

#include "big.h"

#include <sys/resource.h>
#include <unistd.h>

#define LIMIT (256 * MMV_MIB)
#define LIMITED "limited"

/* An 8 GiB allocation must be beyond reach, or the limit is not in force. */
static void test_the_limit_is_in_force(void **state)
{
    struct rlimit limit;
    mmv_view view;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_AS, &limit), 0);
    assert_true(limit.rlim_cur == LIMIT);
    mmv_map *map = open_map(big_path, MMV_READ);
    assert_at(mmv_view_open(map, 0, LIMIT, &view), MMV_ENOMEM, "big");
    assert_true(mmv_default_max_mapped() <= 64 * MMV_MIB);
    mmv_map_close(&map);
}

static int start_limited(void)
{
    const struct rlimit limit = {LIMIT, LIMIT};
    if (setrlimit(RLIMIT_AS, &limit) == 0)
        execl("/proc/self/exe", "test_walk_limit", LIMITED, (char *)NULL);
    perror("cannot start anew with little address space");
    return 1;
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_limit_is_in_force),
        cmocka_unit_test(big_across_the_borders_in_place),
        cmocka_unit_test(big_rows_far_apart),
        cmocka_unit_test(big_leases_all_over),
    };
    if (CHECK_SANITIZED) {
        fprintf(stderr, "SKIPPED: a sanitizer needs the address space for itself\n");
        return SKIP_WHOLE_TEST;
    }
    if (count < 2 || strcmp(arguments[1], LIMITED) != 0)
        return start_limited();
    return cmocka_run_group_tests(tests, big_make, NULL);
}
