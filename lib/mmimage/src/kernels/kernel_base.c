/* SPDX-License-Identifier: MIT */
/* kernel_base: the kernels for whatever processor the whole build is for. */

#define MMI_LEVEL base
#include "kernels/kernel_level.h"
