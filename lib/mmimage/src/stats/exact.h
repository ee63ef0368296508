/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_STATS_EXACT_H
#define MMIMAGE_STATS_EXACT_H

/* exact: mean and deviation of integers of 64 bits, from sums that are exact. */

#include "stats/tally.h"

/* mmi__exact_mean() - of samples that were moved down by 'moved', 0 or 2^63; there is at least one. */
double mmi__exact_mean(const mmi__tally *tally, uint64_t moved);

/* mmi__exact_sd() - the deviation of the population. */
double mmi__exact_sd(const mmi__tally *tally);

#endif
