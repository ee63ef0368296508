/* SPDX-License-Identifier: MIT */
#ifndef TESTS_WINDOWS_MARKS_H
#define TESTS_WINDOWS_MARKS_H

/*
 * marks: variables of first.c and last.c, which every test program is linked with in front of all its own objects, and
 * behind them. The variables of the tests lie in between, and no others: see children.c.
 */

extern char test_first_data[16], test_first_zeros[16], test_last_data[16], test_last_zeros[16];

#endif
