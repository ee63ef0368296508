/* SPDX-License-Identifier: MIT */
/* kernel_avx2: the kernels for x86 with AVX2 (2013 and later). */

#define MMI_LEVEL avx2
#include "kernels/kernel_level.h"
