/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_SAMPLES_H
#define MMBENCH_SAMPLES_H

/* samples: a handful of measured times, and what may be concluded from them. No system call. */

#include <stdbool.h>
#include <stddef.h>

#define SAMPLES_MAX 16

struct samples {
    double values[SAMPLES_MAX]; /* in ascending order */
    size_t count;
};

/* samples_add() - take another one; more than SAMPLES_MAX are ignored. */
void samples_add(struct samples *samples, double value);

double samples_median(const struct samples *samples);

/* samples_spread() - (largest - smallest) / median; 0 of fewer than two. */
double samples_spread(const struct samples *samples);

/*
 * samples_faster() - whether a is less than b beyond doubt: its median by more than a twentieth, and the middle halves
 * of the two do not overlap.
 */
bool samples_faster(const struct samples *a, const struct samples *b);

#endif
