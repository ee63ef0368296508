/* SPDX-License-Identifier: MIT */
/*
 * test_walk_big.c - a sparse file of more than 8 GiB: walks across 2, 4 and 8 GiB, with all the address space there is.
 * test_walk_limit.c has the same with little of it.
 */

#include "big.h"

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(big_across_the_borders_in_place),
        cmocka_unit_test(big_rows_far_apart),
        cmocka_unit_test(big_leases_all_over),
    };
    return cmocka_run_group_tests(tests, big_make, NULL);
}
