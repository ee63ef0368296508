/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_SRC_COUNTERS_H
#define MMIMAGE_SRC_COUNTERS_H

/* counters: the lane counters of a strip, unsigned integers as wide as a sample, and their sums. */

#include <mmview/base.h>

/*
 * mmi__counters_fold() - add up counters of the same channel, as far as their own width allows.
 * Shape:   counters[0..lanes), each at most 'rows'; returns how many are left in front: a multiple of 'channels'.
 */
size_t mmi__counters_fold(void *counters, size_t size, size_t lanes, size_t channels, size_t rows);

uint64_t mmi__counters_get(const void *counters, size_t size, size_t lane);

#endif
