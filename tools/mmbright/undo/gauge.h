/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_GAUGE_H
#define MMBRIGHT_GAUGE_H

/* gauge: how large an undo file would get, found without making one. */

#include <mmview/walk.h>

#include "mmbright/plan/plan.h"

struct gauge;

/* gauge_create() - NULL when there is no memory. gauge_destroy() - NULL is fine. */
struct gauge *gauge_create(const struct bright_plan *plan, unsigned threads);
void gauge_destroy(struct gauge *gauge);

/*
 * gauge_chunk() - records of 'record' bytes, in chunk->source, that would change.
 * Threads: any, each with its own chunk->thread.
 * Errors:  MMV_ENOMEM.
 */
mmv_status gauge_chunk(struct gauge *gauge, const mmv_chunk *chunk, size_t record);

/* gauge_bytes() - what all of them take, about: it depends on how a run cuts its records, too. */
uint64_t gauge_bytes(const struct gauge *gauge);

#endif
