/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_RECIPE_PLAN_H
#define MMBRIGHT_RECIPE_PLAN_H

/* recipe_plan: the recipe of a plan. */

#include "kit/undo/recipe.h"
#include "mmbright/plan/plan.h"

/* recipe_of() - that of a plan that has neither pieces nor several files; its lists are the plan's. */
struct recipe recipe_of(const struct bright_plan *plan);

#endif
