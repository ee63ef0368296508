/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_BATCH_H
#define MMBRIGHT_BATCH_H

/* batch: one FILE after the other. */

#include "mmbright/plan.h"

/*
 * batch_run() - plan all FILEs, then 'work' on each. Returns an exit status: the worst of all, TOOL_RESUMABLE when a signal
 * ended it and the same command would go on. *journal_ret is what has to be finished as the very last: NULL = nothing.
 *
 * Nothing is touched before every FILE was looked at. With a journal the run ends at the first FILE that fails, and the same
 * command goes on there; without one, as with cp(1), the others are still done.
 */
int batch_run(const struct bright_settings *settings, const struct console *console, int (*work)(struct bright_plan *),
              mmv_journal **journal_ret);

#endif
