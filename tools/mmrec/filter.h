/* SPDX-License-Identifier: MIT */
#ifndef MMREC_FILTER_H
#define MMREC_FILTER_H

/* filter: records that --where keeps, into a new file. */

#include "kit/file/output.h"
#include "mmrec/subject.h"

/*
 * filter_plan() - whether the new file may be written, and what it will be called; nothing is touched. Returns an exit
 * status, the same for all processes; what is wrong was said. output_discard() in any case.
 */
int filter_plan(const struct subject *subject, struct output *output);

/* filter_do() - the command's work. Returns an exit status; what is wrong was said. */
int filter_do(struct subject *subject);

#endif
