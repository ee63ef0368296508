/* SPDX-License-Identifier: MIT */
/* memory: see kit/os/memory.h. */
#include "kit/os/memory.h"

#include <stdlib.h>

void *memory_aligned(size_t alignment, size_t size)
{
    return aligned_alloc(alignment, size);
}

void memory_aligned_free(void *memory)
{
    free(memory);
}
