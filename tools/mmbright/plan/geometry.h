/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_GEOMETRY_H
#define MMBRIGHT_GEOMETRY_H

/* geometry: which bytes of FILE are the image, and how many pixels of it change. */

#include "mmbright/plan/plan.h"

/* geometry_plan() - plan->range, image, region and pixels. Returns an exit status; what is wrong was said. */
int geometry_plan(struct bright_plan *plan);

#endif
