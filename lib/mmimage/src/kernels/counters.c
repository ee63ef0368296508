/* SPDX-License-Identifier: MIT */
/*
 * counters: sums of lane counters.
 *
 * A batch may be a granule of 8 KiB, after which its counters go into the tally; a loop over all lanes would take as
 * long as the kernel. So the upper half of the lanes is added to the lower, several lanes an instruction, while no sum
 * can overflow.
 */

#include "kernels/counters.h"

#include <assert.h>

static void add_upper_8(uint8_t *counters, size_t half)
{
#pragma omp simd
    for (size_t j = 0; j < half; j++)
        counters[j] = (uint8_t)(counters[j] + counters[j + half]);
}

static void add_upper_16(uint16_t *counters, size_t half)
{
#pragma omp simd
    for (size_t j = 0; j < half; j++)
        counters[j] = (uint16_t)(counters[j] + counters[j + half]);
}

static void add_upper_32(uint32_t *counters, size_t half)
{
#pragma omp simd
    for (size_t j = 0; j < half; j++)
        counters[j] = (uint32_t)(counters[j] + counters[j + half]);
}

static void add_upper_64(uint64_t *counters, size_t half)
{
#pragma omp simd
    for (size_t j = 0; j < half; j++)
        counters[j] = (uint64_t)(counters[j] + counters[j + half]);
}

static void add_upper_half(void *counters, size_t size, size_t half)
{
    if (size == 1)
        add_upper_8(counters, half);
    else if (size == 2)
        add_upper_16(counters, half);
    else if (size == 4)
        add_upper_32(counters, half);
    else
        add_upper_64(counters, half);
}

size_t mmi__counters_fold(void *counters, size_t size, size_t lanes, size_t channels, size_t rows)
{
    size_t most = size == 1 ? UINT8_MAX : size == 2 ? UINT16_MAX : UINT32_MAX;
    assert(rows <= most && lanes % channels == 0);
    while (lanes % (2 * channels) == 0 && rows <= most / 2) {
        lanes /= 2;
        rows *= 2;
        add_upper_half(counters, size, lanes);
    }
    return lanes;
}

uint64_t mmi__counters_get(const void *counters, size_t size, size_t lane)
{
    switch (size) {
    case 1:
        return ((const uint8_t *)counters)[lane];
    case 2:
        return ((const uint16_t *)counters)[lane];
    case 4:
        return ((const uint32_t *)counters)[lane];
    default:
        return ((const uint64_t *)counters)[lane];
    }
}
