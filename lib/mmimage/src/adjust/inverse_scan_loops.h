/* SPDX-License-Identifier: MIT */
/*
 * inverse_scan_loops: the loops of inverse_scan.c. Included once by a file for each processor generation, which says
 * what they are called: MMI__SCAN_LOOPS. With AVX2 they take a quarter of the time (127 and 33 ms a GiB, 2026-11).
 */

#include "adjust/inverse.h"

#include <string.h>

#define SAME(sample) (sample)
#define SWAPPED(sample) (uint16_t)((sample) << 8 | (sample) >> 8)

#define SAMPLE uint8_t
#define ORDER SAME
#define CLEAN clean_byte
#define SHIFT shift_byte
#include "adjust/inverse_scan_type.h"

#define SAMPLE uint16_t
#define ORDER SAME
#define CLEAN clean_plain
#define SHIFT shift_plain
#include "adjust/inverse_scan_type.h"

#define SAMPLE uint16_t
#define ORDER SWAPPED
#define CLEAN clean_swapped
#define SHIFT shift_swapped
#include "adjust/inverse_scan_type.h"

const struct mmi__scan_loops MMI__SCAN_LOOPS = {clean_byte, clean_plain, clean_swapped,
                                                shift_byte, shift_plain, shift_swapped};
