/* SPDX-License-Identifier: MIT */
/* checksum_avx2: compiled for AVX2, and called only where the processor has it. */

#define NAME mmv__sum_lines_avx2
#define WIDTH 32
#include "base/checksum_lines.h"
