/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_NUMBER_H
#define TOOLS_UNDO_NUMBER_H

/* number: one of up to 64 bits in bytes of 7 bits, the lowest first; 128 is added to each but the last. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that one takes at most. */
#define NUMBER_MAX 10

/* number_put() - returns how many bytes it takes. */
static inline size_t number_put(unsigned char *to, uint64_t number)
{
    size_t length = 0;
    for (; number >= 128; number >>= 7)
        to[length++] = (unsigned char)(number | 128);
    to[length++] = (unsigned char)number;
    return length;
}

/* number_take() - the one at *from, which is behind it then. False: there is none in front of 'end'. */
static inline bool number_take(const unsigned char **from, const unsigned char *end, uint64_t *number_ret)
{
    uint64_t number = 0;
    for (unsigned shift = 0; *from < end && shift < 64; shift += 7) {
        unsigned char byte = *(*from)++;
        number |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *number_ret = number;
            return true;
        }
    }
    return false;
}

#endif
