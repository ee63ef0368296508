/* SPDX-License-Identifier: MIT */
#ifndef SEQUENCES_JUDGES_H
#define SEQUENCES_JUDGES_H

/*
 * judges: what oracle_judge() asks, a file for each kind of command. A judge returns false when something was not
 * allowed; the oracle has the fault then.
 */

#include "runs.h"

/* oracle.c */
bool is_touched(const struct object *object);
const char *name_of(const struct world *world, int object);
/* Outside of the targets everything is as it was. */
bool judge_rest(struct oracle *oracle, const struct world *world, const struct run *run);
/* A symbolic link leads to whatever has the name. */
bool judge_names(struct oracle *oracle, const struct world *world, int except);
bool judge_nothing(struct oracle *oracle, const struct world *world, int status, const char *why);

/* in_place.c, new_file.c, given_up.c, others.c */
bool judge_in_place(struct oracle *oracle, struct world *world, const struct command *command, int status,
                    const struct page *page);
bool judge_output(struct oracle *oracle, struct world *world, const struct command *command, int status);
bool judge_discard(struct oracle *oracle, struct world *world, const struct command *command, int status);
void judge_other(struct oracle *oracle, struct world *world, const struct command *command, int status);

#endif
