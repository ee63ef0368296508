/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_PLACE_H
#define MMBRIGHT_PLACE_H

/* place: where the journal of a run lies, or the record of a job. */

#include "mmbright/plan/plan.h"

/*
 * place_find() - beside the first file that changes, or where an interrupted run has left it, or where --journal-file
 * says. Of shards the record of their job: of several files beside the first that any shard changes.
 * Owner:   *path_ret is the caller's, for free(3). Returns an exit status; what is wrong was said.
 */
int place_find(const struct bright_plan *plan, char **path_ret);

#endif
