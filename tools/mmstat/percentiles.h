/* SPDX-License-Identifier: MIT */
#ifndef MMSTAT_PERCENTILES_H
#define MMSTAT_PERCENTILES_H

/* percentiles: the samples below which so many of a hundred lie, exactly. */

#include "mmstat/pass.h"

/*
 * percentiles_take() - result->percentiles, after the pass that has counted the samples; narrow ones' digits are
 * gathered. Returns an exit status; what failed was said.
 */
int percentiles_take(struct scan *scan);

/* percentiles_passes() - how many passes that takes. */
uint64_t percentiles_passes(const struct scan *scan);

#endif
