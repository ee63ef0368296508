/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_RUN_H
#define MMBRIGHT_RUN_H

/* run: a plan carried out, in place, into a new file, or to stdout. */

#include "kit/cli/report.h"
#include "mmbright/plan/plan.h"
#include "mmbright/run/verify.h"

/*
 * What comes out of it. 'low' and 'high' have one count per channel; run_reset() makes them those of a plan that has
 * not run.
 */
struct bright_result {
    struct report report;
    uint64_t low[MMI_SAMPLES_MAX];
    uint64_t high[MMI_SAMPLES_MAX];
};

void run_reset(struct bright_result *result, const struct bright_plan *plan);

/*
 * run_plan() - do it, verify and publish it. Returns an exit status; what failed was said. A signal that asked for the
 * end gives TOOL_FAILED: see signals_stop().
 */
int run_plan(struct bright_plan *plan, struct bright_result *result);

/* run_total() - with ranks, the result becomes that of all of them together, and plan->pixels those of all parts. */
void run_total(struct bright_plan *plan, struct bright_result *result);

#endif
