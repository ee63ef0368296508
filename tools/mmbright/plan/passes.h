/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_PASSES_H
#define MMBRIGHT_PASSES_H

/* passes: which bytes a plan changes, walk by walk, and which of them are a shard's. */

#include "mmbright/plan/plan.h"

/* passes_make() - plan->passes, part, pixels, has_head and has_tail. Returns an exit status; what is wrong was said. */
int passes_make(struct bright_plan *plan);

/* passes_part() - the part of the index-th shard, in place; false when there is no memory. */
bool passes_part(const struct bright_plan *plan, uint64_t index, mmv_range *part_ret);

/* passes_are_outmost() - whether this shard is the first, or the last, that has anything of a copy. */
bool passes_are_outmost(const struct bright_plan *plan, bool last);

/* passes_bytes() - bytes that a pass changes. */
uint64_t passes_bytes(const struct bright_pass *pass);

#endif
