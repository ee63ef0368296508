/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_RECIPE_PLAN_H
#define MMBRIGHT_RECIPE_PLAN_H

/* recipe_plan: the recipe of a plan. */

#include "kit/undo/recipe.h"
#include "mmbright/plan/plan.h"

/* recipe_write() - that of a plan that has neither pieces nor several files. NULL = no memory; else for free(3). */
unsigned char *recipe_write(const struct bright_plan *plan, size_t *length_ret);

#endif
