/* SPDX-License-Identifier: MIT */
/* sums_lines_base: see sums_lines.h. */
#define SUMS_LINES sums_lines_base
#define WIDTH 16
#include "kit/undo/sums_lines_loop.h"
