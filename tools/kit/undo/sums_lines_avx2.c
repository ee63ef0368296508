/* SPDX-License-Identifier: MIT */
/* sums_lines_avx2: compiled for AVX2, and called only where the processor has it. */
#define SUMS_LINES sums_lines_avx2
#define WIDTH 32
#include "kit/undo/sums_lines_loop.h"
