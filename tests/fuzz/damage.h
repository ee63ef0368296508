/* SPDX-License-Identifier: MIT */
#ifndef TESTS_DAMAGE_H
#define TESTS_DAMAGE_H

/* damage: an input as what is done to bytes that are right, so that a fuzzer need not find out what these are. */

#include <string.h>

#include "fuzz.h"

/*
 * damage_patch() - patches of 4 to 11 bytes in bytes[0..size): how many (1 to 8), where (16 bits, from the front; with
 * the next bit of the first byte from the end), and which.
 */
static inline void damage_patch(unsigned char *bytes, size_t size, const uint8_t *data, size_t length)
{
    while (length >= 4 && size > 0) {
        size_t count = 1 + data[0] % 8, at = (data[1] | (size_t)data[2] << 8) % size;
        at = data[0] & 8 ? size - 1 - at : at;
        data += 3, length -= 3;
        count = count < length ? count : length;
        if (count <= size - at)
            memcpy(bytes + at, data, count);
        data += count, length -= count;
    }
}

/* damage_cut() - how many of 'size' bytes are left, by the input's first two bytes, which are used up. */
static inline size_t damage_cut(size_t size, const uint8_t **data, size_t *length)
{
    if (*length < 2)
        return size;
    size_t left = ((*data)[0] | (size_t)(*data)[1] << 8) % (size + 1);
    *data += 2, *length -= 2;
    return left;
}

#endif
