/* SPDX-License-Identifier: MIT */
#ifndef TESTS_BIG_H
#define TESTS_BIG_H

/* big: tests of walks and leases in a sparse file of more than 8 GiB. */

#include "walks.h"

#define BIG_SIZE (8 * MMV_GIB + 3 * MMV_MIB + 5)

extern char big_path[512];
int big_make(void **state); /* set-up of a group of tests */

void big_across_the_borders_in_place(void **state);
void big_rows_far_apart(void **state);
void big_leases_all_over(void **state);

#endif
