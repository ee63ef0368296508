/* SPDX-License-Identifier: MIT */
/*
 * inverse_scan_loops: the loops of inverse_scan.c. Included once by a file for each processor generation, which says
 * what they are called: MMI__SCAN_LOOPS. With AVX2 they take a quarter of the time (127 and 33 ms a GiB, 2026-11).
 */

#include "adjust/inverse.h"

#include <string.h>

static bool any_byte(struct mmi__columns in, const unsigned char *samples, size_t count)
{
    unsigned char any = 0;
    for (size_t i = 0; i < count; i++)
        any |= (uint16_t)((uint8_t)(samples[i] - in.start[i])) < in.count[i];
    return any != 0;
}

static bool any_word(struct mmi__columns in, const unsigned char *samples, size_t count)
{
    uint16_t any = 0;
    for (size_t i = 0; i < count; i++) {
        uint16_t sample;
        memcpy(&sample, samples + i * sizeof sample, sizeof sample);
        any |= (uint16_t)(sample - in.start[i]) < in.count[i];
    }
    return any != 0;
}

static bool any_swapped(struct mmi__columns in, const unsigned char *samples, size_t count)
{
    uint16_t any = 0;
    for (size_t i = 0; i < count; i++) {
        uint16_t sample;
        memcpy(&sample, samples + i * sizeof sample, sizeof sample);
        any |= (uint16_t)((uint16_t)(sample << 8 | sample >> 8) - in.start[i]) < in.count[i];
    }
    return any != 0;
}

const struct mmi__scan_loops MMI__SCAN_LOOPS = {any_byte, any_word, any_swapped};
