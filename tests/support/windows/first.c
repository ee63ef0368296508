/* SPDX-License-Identifier: MIT */
/* first.c - see marks.h. */

#include "marks.h"

char test_first_data[16] = "first";
char test_first_zeros[16];
