/* SPDX-License-Identifier: MIT */
/*
 * kernel: which of the kernels that were built this processor can run.
 *
 * 1. A file of kernels is compiled for exactly the features that are asked for here, never for an -march that has
 *    more.
 * 2. Chosen by hand and not by target_clones: that needs ifunc, which musl and clang -m32 lack, and its resolver runs
 *    before a sanitizer is ready for it.
 *
 * Both are choices, not states: there is nothing to assert.
 */

#include "kernels/kernel.h"

#if defined(MMV_CLONES_X86)

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}

static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

const struct mmi__kernels *mmi__kernels_at(size_t index)
{
    if (has_avx512() && index-- == 0)
        return &mmi__kernels_avx512;
    if (has_avx2() && index-- == 0)
        return &mmi__kernels_avx2;
    return index == 0 ? &mmi__kernels_base : NULL;
}

#else

const struct mmi__kernels *mmi__kernels_at(size_t index)
{
    return index == 0 ? &mmi__kernels_base : NULL;
}

#endif
