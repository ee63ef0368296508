/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_DESCRIBE_H
#define MMBRIGHT_DESCRIBE_H

/* describe: a plan in words: before it runs (--dry-run), and what is left of it when it was stopped. */

#include "mmbright/plan/plan.h"

/* describe_plan() - the plan on stdout. */
void describe_plan(const struct bright_plan *plan);

/*
 * describe_rest() - where a run in place stands, on stderr, and the options that would do the rest.
 * Shape:   passes before 'pass' are done, and of that one 'done' bytes of records from its start. With 'exact'
 *          nothing behind that changed; without it some may have. 'why' is what ended the run.
 */
void describe_rest(const struct bright_plan *plan, size_t pass, uint64_t done, bool exact, const char *why);

#endif
