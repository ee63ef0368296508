/* SPDX-License-Identifier: MIT */
#ifndef TESTS_LEFT_OUT_H
#define TESTS_LEFT_OUT_H

/*
 * left_out: in builds whose tests do not all run (tests/left_out.cmake), a program leaves out the tests that the
 * environment names, and says how many of the others it has skipped. It is linked in front of cmocka's own calls.
 */

#include <stdbool.h>

/* To the file that the environment names. IS_WHOLE: the program has skipped everything. */
void test_say_skipped(bool is_whole);

#endif
