/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_WALKS_H
#define MMBRIGHT_WALKS_H

/* walks: what walks in place and those of a copy share: the functions that get chunks, and what is said of an end. */

#include "mmbright/run/work.h"

/* How long another run over the same bytes is waited for: its last window. */
#define WALKS_LOCK_WAIT_MS 3000

/* What a function is told: the record size is not in the chunk. */
struct walk_user {
    struct bright_work *work;
    size_t record;
    uint32_t span; /* in place: which of the plan's */
};

/* An mmv_walk_fn each, with a struct walk_user: the change, and a copy whose bytes are to be verified. */
mmv_status walks_adjust(const mmv_chunk *chunk, void *user);
mmv_status walks_copy(const mmv_chunk *chunk, void *user);

/*
 * walks_prepare() - what each thread needs for them; false when there is no memory. walks_settle() - in any case, once
 * or twice: all walks are over, and what they counted is in the outcome.
 */
bool walks_prepare(struct bright_work *work);
void walks_settle(struct bright_work *work);

/* walks_over() - the options of a walk over one span. */
mmv_walk_options walks_over(const struct bright_work *work, const mmi_span *span);

/* walks_count() - after each walk: add its figures to the outcome. */
void walks_count(struct bright_work *work, const mmv_walk_stats *stats);

/* walks_explain() - why one ended, on stderr. Returns TOOL_FAILED or, when nothing was touched, TOOL_USAGE. */
int walks_explain(struct bright_work *work, mmv_status status, const char *file);

/* walks_verify() - for --verify: the change computed a second time, by the scalar definition; NULL = no memory. */
struct verify *walks_verify(struct bright_work *work);

/* walks_compare() - with --verify: read the result back. Returns an exit status. */
int walks_compare(struct bright_work *work, int descriptor, const char *file);

#endif
