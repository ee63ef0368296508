/* SPDX-License-Identifier: MIT */
#ifndef MMSTAT_BINS_H
#define MMSTAT_BINS_H

/* bins: the histogram of each channel, from its least sample to its greatest. */

#include "mmstat/pass.h"

/*
 * bins_take() - result->bins, after the pass that has found the extremes; narrow samples' digits are gathered. Returns
 * an exit status; what failed was said.
 */
int bins_take(struct scan *scan);

/* bins_passes() - how many passes that takes. */
uint64_t bins_passes(const struct scan *scan);

#endif
