/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_IN_PLACE_H
#define MMBRIGHT_IN_PLACE_H

/* in_place: a plan that changes FILE itself. */

#include "mmbright/run/work.h"

/* in_place_do() - change it. Returns an exit status; what failed was said, and which state it left. Sets work->changed.
 */
int in_place_do(struct bright_work *work);

#endif
