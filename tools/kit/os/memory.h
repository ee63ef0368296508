/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_MEMORY_H
#define TOOLS_OS_MEMORY_H

/* memory: some that begins where a line of the cache does. */

#include <stddef.h>

/* At a multiple of 'alignment', a power of two that divides 'size'; NULL = no memory. Win32: _aligned_malloc(). */
void *memory_aligned(size_t alignment, size_t size);
void memory_aligned_free(void *memory); /* NULL is fine */

#endif
