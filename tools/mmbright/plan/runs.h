/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_RUNS_H
#define MMBRIGHT_RUNS_H

/* runs: the bytes of an image in pieces that walks go over, in the order of the file. */

#include "mmbright/plan/plan.h"

/*
 * runs_find() - of all shards together, and of several files that in hand: spans without gaps, whose records are
 * samples, from the first byte that is meant to the last; what lies between pieces is in them where going over it costs
 * less than another walk.
 * Owner:   runs_ret->list is the caller's, for free(3). Returns an exit status; what is wrong was said.
 */
int runs_find(const struct bright_plan *plan, struct spans *runs_ret);

/* runs_border() - the first byte at 'offset' or behind it that is not inside of a record. */
uint64_t runs_border(const struct spans *runs, uint64_t offset);

/* runs_bytes() - bytes of samples that are meant in a range of the file; of several files that in hand. */
uint64_t runs_bytes(const struct bright_plan *plan, mmv_range range);

#endif
