/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_UNDO_H
#define MMBRIGHT_UNDO_H

/* undo: what kit/undo has to know of a command and its plan. */

#include "kit/undo/keep.h"
#include "mmbright/plan/plan.h"

/*
 * undo_check() - whether a run with this plan can be taken back. Returns an exit status; what is in the way was said.
 * undo_could() - the same, and nothing is said.
 */
int undo_check(const struct bright_plan *plan);
bool undo_could(const struct bright_plan *plan);

/*
 * undo_begin() - keep_begin() for a run with this plan; the journal and the threads are those of 'of'. Of samples in
 * several files for the one in hand: 'group' is 0 for the first one, and what keep_group() says of that for the others.
 */
int undo_begin(const struct bright_plan *plan, struct keep_run of, uint64_t group, struct keep **keep_ret);

/* undo_note_earlier() - a note about each file of the plan whose earlier run --undo cannot take back after this one. */
void undo_note_earlier(struct bright_plan *plan);

/* undo_command() - --undo of the command's one FILE. Returns an exit status; what failed was said. */
int undo_command(const struct command *command, struct console *console);

#endif
