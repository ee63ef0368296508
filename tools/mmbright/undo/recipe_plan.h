/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_RECIPE_PLAN_H
#define MMBRIGHT_RECIPE_PLAN_H

/* recipe_plan: the recipe of a plan, whose samples lie in one range or in pieces of one file. */

#include "kit/undo/recipe.h"
#include "mmbright/plan/plan.h"

/*
 * recipe_plan() - for what only uses it. False = no memory; recipe_plan_drop() in any case.
 * Owner:   all but the pieces is the plan's.
 */
bool recipe_plan(const struct bright_plan *plan, struct recipe *recipe_ret);
void recipe_plan_drop(struct recipe *recipe);

/* recipe_plan_pieces() - how many pieces it has; 0 = all of its spans is meant. */
size_t recipe_plan_pieces(const struct bright_plan *plan);

#endif
