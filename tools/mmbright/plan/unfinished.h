/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_UNFINISHED_H
#define MMBRIGHT_UNFINISHED_H

/* unfinished: journals that runs before this one have left, and the commands about them. */

#include "mmbright/plan/plan.h"

/* unfinished_is_asked_later() - a copy waits for who is at work on FILE, and asks then what he has left: copy_hold().
 */
bool unfinished_is_asked_later(const struct bright_plan *plan);

/*
 * unfinished_check() - whether FILE may be read as a whole, or changed without a journal: an unfinished run's bytes are
 * a mixture. With a journal the library looks: it may be this very run. Returns an exit status.
 */
int unfinished_check(const struct bright_plan *plan, mmv_journal_cache **neighbours);

/*
 * unfinished_check_turn() - the same of one file of several, also with a journal: no file may change before it is known
 * that all can. 'journal' is the caller's, from turn to turn, for free(3); NULL before the first.
 */
int unfinished_check_turn(const struct bright_plan *plan, mmv_journal_cache **neighbours, char **journal);

/* unfinished_explain() - the same of a plan, whose file may bear a mark of another kind. */
int unfinished_explain(const struct bright_plan *plan);

/* unfinished_command() - --status or --discard-journal. Returns an exit status. */
int unfinished_command(const struct command *command, const struct console *console);

#endif
