/* SPDX-License-Identifier: MIT */
/* kernel_avx512: the kernels for x86 with AVX-512 F, BW, DQ and VL (2017 and later). */

#define MMI_LEVEL avx512
#include "kernels/kernel_level.h"
