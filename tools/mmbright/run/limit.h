/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_LIMIT_H
#define MMBRIGHT_LIMIT_H

/* limit: how many samples a change would saturate, and whether that is more than --max-saturated allows. */

#include "mmbright/run/work.h"

/*
 * limit_count() - see what the change would do to the samples, and change none.
 * Shape:   outcome->tally and reached of work_do() are filled in; with ranks they are those of all. Returns an exit
 *          status; what failed was said.
 */
int limit_count(struct bright_work *work, struct outcome *outcome);

/* limit_judge() - whether what was counted is allowed. Returns TOOL_FAILED when not, and says it. */
int limit_judge(const struct bright_work *work, const struct outcome *outcome);

/*
 * limit_check() - both, before anything of FILE changes; with ranks all come to the same. What an unfinished run of the
 * same command has begun is not counted again: it was, before that run changed anything.
 */
int limit_check(struct bright_work *work, struct outcome *outcome);

/* limit_saturated() - samples that saturated, of so many that the change reaches. */
uint64_t limit_saturated(const struct bright_work *work, const struct outcome *outcome, uint64_t *of_ret);

#endif
