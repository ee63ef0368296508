/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_STALE_H
#define MMBRIGHT_STALE_H

/* stale: statistics in a header, which a change of the samples makes wrong. */

#include "mmbright/run/work.h"

/* stale_note() - which there are in the header, unless they were corrected, and in files beside what was changed. */
void stale_note(struct bright_work *work);

/*
 * stale_fix() - compute them anew, and write them where they stand.
 * Shape:   'descriptor' has the changed samples, where the input has its own, and the header when it is in the same
 *          file. A header of its own is the input's in place, and plan->to->apart of a copy. Returns an exit status;
 *          what cannot be corrected is said, and is no failure.
 */
int stale_fix(const struct bright_work *work, int descriptor);

#endif
