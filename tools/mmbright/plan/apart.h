/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_APART_H
#define MMBRIGHT_APART_H

/* apart: a copy of an image whose header lies in a file of its own has such a header, too. */

#include "mmbright/plan/plan.h"

/*
 * apart_plan() - what the two files of the copy will be called, and what the header will say: plan->to->apart, of which
 * 'samples' is where OUT without a header would be. Returns an exit status.
 */
int apart_plan(struct bright_plan *plan);

#endif
