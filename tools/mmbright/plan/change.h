/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_CHANGE_H
#define MMBRIGHT_CHANGE_H

/*
 * change: what a plan makes of bytes of FILE, wherever they lie: in one range, or in pieces with other bytes between
 * them. Whoever computes it, the kernels or the scalar definition, gets batches of samples.
 */

#include "mmbright/plan/plan.h"

/* Adjusts a batch, whose offset is a place in change_image(). */
typedef void change_fn(void *user, const mmi_batch *batch);

/* What is done with which bytes. */
struct change_work {
    const struct bright_plan *plan;
    mmi_scout *scout; /* the caller's; NULL unless the plan has pieces */
    change_fn *fn;
    void *user;
};

/* change_image() - the image that the plan's adjustment is for: pieces have one without edges. */
mmi_image change_image(const struct bright_plan *plan);

/* change_scout() - for a plan with pieces, of the file in hand; else zero bytes. */
mmi_scout change_scout(const struct bright_plan *plan);

/*
 * change_bytes() - target[0..length) becomes what the change makes of source[0..length), which lie at byte 'offset' of
 * FILE.
 * Shape:   whole samples of the range, or of pieces and what is between them. What is not meant is copied; where source
 *          and target are the same it is not touched.
 */
void change_bytes(const struct change_work *work, uint64_t offset, const void *source, void *target, uint64_t length);

/* change_once() - the same by the kernels, uncounted. */
void change_once(const struct bright_plan *plan, uint64_t offset, const void *source, void *target, uint64_t length);

/* change_once_in() - the same of any file of several, where the bytes are. */
void change_once_in(const struct bright_plan *plan, uint32_t file, uint64_t offset, void *bytes, uint64_t length);

#endif
