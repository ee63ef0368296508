/* SPDX-License-Identifier: MIT */
/* last.c - see marks.h. */

#include "marks.h"

char test_last_data[16] = "last";
char test_last_zeros[16];
