/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_AMOUNTS_H
#define MMBRIGHT_AMOUNTS_H

/* amounts: what the options say of samples, as what the kernels do to stored ones. */

#include "mmbright/plan/plan.h"

/* amounts_plan() - plan->adjust and amounts. Returns an exit status; what is wrong was said. */
int amounts_plan(struct bright_plan *plan);

#endif
