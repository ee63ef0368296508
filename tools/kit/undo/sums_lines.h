/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_UNDO_SUMS_LINES_H
#define TOOLS_UNDO_SUMS_LINES_H

/*
 * sums_lines: two plain sums of each of eight lanes, the second one of the first: so places count.
 *
 *     line   8 words of 8 bytes: lane 0 .. 7       once[i] += word ^ word >> 32, again[i] += once[i]
 *
 * The upper half of a word is taken into its lower one before: the sums of many words forget their highest bits, which
 * are the signs of doubles.
 */

#include <stddef.h>
#include <stdint.h>

#define SUMS_LINE 64

struct sums_lanes {
    uint64_t once[8], again[8];
};

/* Lines that lie one behind the other, at any alignment, are added to the sums. */
typedef void sums_lines_fn(struct sums_lanes *lanes, const unsigned char *bytes, size_t lines);

/* One per processor generation; CMake decides which are built. */
sums_lines_fn sums_lines_base, sums_lines_avx2;

#endif
