/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_FNV_H
#define TOOLS_FNV_H

/*
 * fnv: a sum of bytes that tells one list from another. It is quick for few bytes, and no defence against who makes up
 * bytes on purpose.
 */

#include <stddef.h>
#include <stdint.h>

/* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
#define FNV_BEGIN UINT64_C(0xcbf29ce484222325)

/* fnv_add() - more bytes to a sum, which began as FNV_BEGIN. */
static inline uint64_t fnv_add(uint64_t sum, const void *bytes, size_t length)
{
    const unsigned char *byte = (const unsigned char *)bytes;
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ byte[i]) * UINT64_C(0x100000001b3);
    return sum;
}

#endif
