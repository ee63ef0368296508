/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_IN_PLACE_H
#define MMBRIGHT_IN_PLACE_H

/* in_place: a plan that changes FILE itself. */

#include "mmbright/run/work.h"

/* in_place_do() - Returns an exit status; what failed was said, and what state it left. Sets work->changed. */
int in_place_do(struct bright_work *work);

#endif
