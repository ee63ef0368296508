/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_SPANS_H
#define MMBRIGHT_SPANS_H

/* spans: which bytes a plan changes, walk by walk, and which of them are a shard's. */

#include "mmbright/plan/plan.h"

/* spans_plan() - plan->spans and share. Returns an exit status; what is wrong was said. */
int spans_plan(struct bright_plan *plan);

/* spans_plan_empty() - the same for an image without bytes: nothing changes, but a copy has what is around the image.
 */
void spans_plan_empty(struct bright_plan *plan);

/* spans_reach() - what the index-th shard changes, from its first byte to its last; false when there is no memory. */
bool spans_reach(const struct bright_plan *plan, uint64_t index, mmv_range *reach_ret);

/*
 * spans_next_shard() - the first shard at 'from' or behind it that has records of the image; the count of shards when
 * there is none. So a loop over the shards takes as many turns as the image has shards with records, however many were
 * asked for.
 */
uint64_t spans_next_shard(const struct bright_plan *plan, uint64_t from);

/* spans_total() - bytes that all shards together change; false when there is no memory. */
bool spans_total(const struct bright_plan *plan, uint64_t *bytes_ret);

/* spans_own() - bytes of these that this plan changes. */
uint64_t spans_own(const struct bright_plan *plan);

/* spans_cut() - keep the records whose first byte lies in 'share'. spans_hull() - from the first byte to the last. */
void spans_cut(struct spans *spans, mmv_range share);
mmv_range spans_hull(const struct spans *spans);

/* spans_refuse_border() - on a network file system, that the border at a byte cuts a record. Returns TOOL_USAGE. */
int spans_refuse_border(const struct bright_plan *plan, const char *path, uint64_t offset);

/* spans_bytes() - bytes that a walk over a span changes. */
uint64_t spans_bytes(const mmi_span *span);

/* spans_end() - the byte behind its last record. */
uint64_t spans_end(const mmi_span *span);

#endif
