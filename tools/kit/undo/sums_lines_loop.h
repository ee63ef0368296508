/* SPDX-License-Identifier: MIT */
/*
 * sums_lines_loop: the loop of sums_lines.h. Included once by a file for each processor generation, with SUMS_LINES and
 * WIDTH, the bytes of a register.
 */

#include "kit/undo/sums_lines.h"

#include <string.h>

typedef uint64_t part __attribute__((vector_size(WIDTH)));

enum { PARTS = SUMS_LINE / WIDTH };

void SUMS_LINES(struct sums_lanes *lanes, const unsigned char *bytes, size_t lines)
{
    part once[PARTS], again[PARTS];
    memcpy(once, lanes->once, sizeof once);
    memcpy(again, lanes->again, sizeof again);
    for (size_t i = 0; i < lines; i++, bytes += SUMS_LINE) {
        for (size_t k = 0; k < PARTS; k++) {
            part words;
            memcpy(&words, bytes + k * WIDTH, WIDTH);
            once[k] += words ^ words >> 32;
            again[k] += once[k];
        }
    }
    memcpy(lanes->once, once, sizeof once);
    memcpy(lanes->again, again, sizeof again);
}
