/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_JOURNAL_H
#define MMBRIGHT_JOURNAL_H

/* journal: the journal of a run in place, and the commands about one. */

#include "mmbright/plan/plan.h"

/*
 * journal_begin() - open the run's journal, which lies beside the first plan's file or where --journal-file says.
 * Returns an exit status; a refusal was said, with what to do about it. *journal_ret is NULL with --journal=off.
 */
int journal_begin(const struct bright_plan *first, mmv_journal **journal_ret);

/*
 * journal_keep() - a shard is done: its journal stays until those of all shards do, and whoever is last finishes them.
 * Closes *journal. Returns an exit status.
 */
int journal_keep(const struct bright_plan *plan, mmv_journal **journal);

/* journal_refuse() - say the latest error, which is MMV_EJOURNAL, and what can be done. Returns TOOL_FAILED. */
int journal_refuse(const struct console *console);

/* journal_command() - --status or --discard-journal. Returns an exit status. */
int journal_command(const struct bright_settings *settings, const struct console *console);

#endif
