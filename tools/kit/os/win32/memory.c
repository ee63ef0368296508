/* SPDX-License-Identifier: MIT */
/* memory: see kit/os/memory.h. */
#include "kit/os/memory.h"

#include <malloc.h>

void *memory_aligned(size_t alignment, size_t size)
{
    return _aligned_malloc(size, alignment);
}

void memory_aligned_free(void *memory)
{
    _aligned_free(memory);
}
