/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_DESCRIBE_H
#define MMBRIGHT_DESCRIBE_H

/* describe: a plan in words, before it runs (--dry-run). */

#include <stdio.h>

#include "mmbright/plan/plan.h"

/* describe_plan() - the plan on stdout. */
void describe_plan(const struct bright_plan *plan);

/* describe_channels() - as --channels takes them, those of [first, end) that change. */
void describe_channels(FILE *file, const struct bright_plan *plan, uint32_t first, uint32_t end);

#endif
