/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_OPERATION_H
#define MMBRIGHT_OPERATION_H

/*
 * operation: every setting that decides which bytes become what, in words. Settings that only decide how (--io,
 * --window, -j, --verify, --sync) are left out: work that was begun may be finished with others.
 */

#include "mmbright/plan/plan.h"

/*
 * operation_text() - for free(3); NULL when there is no memory. 'with_shards': into how many
 * shards, too. Of the plan it
 * needs command, meaning and input.
 */
char *operation_text(const struct bright_plan *plan, bool with_shards);

#endif
