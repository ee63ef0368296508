/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_BATCH_H
#define MMBRIGHT_BATCH_H

/* batch: all FILEs, one after the other or, where they are small and need no journal, several at a time. */

#include "kit/job/ranks.h"
#include "mmbright/run/run.h"

/* What is done with a planned FILE, and then said of it; both return an exit status. */
struct batch_work {
    int (*run)(struct bright_plan *plan, struct bright_result *result);
    int (*tell)(struct bright_plan *plan, const struct bright_result *result);
};

/*
 * batch_run() - plan all FILEs, then 'work' on each. Returns an exit status: the worst of all, TOOL_RESUMABLE when a
 * signal ended it and the same command would go on. *journal_ret is what has to be finished as the very last: NULL =
 * nothing.
 *
 * With *ranks each process has its share of the one FILE there is then; *ranks is NULL when they were left already.
 *
 * Nothing is touched before every FILE was looked at. With a journal the run ends at the first FILE that fails, and
 * the same command goes on there; without one, as with cp(1), the others are still done.
 */
int batch_run(const struct bright_settings *settings, const struct console *console, struct ranks **ranks,
              const struct batch_work *work, mmv_journal **journal_ret);

#endif
