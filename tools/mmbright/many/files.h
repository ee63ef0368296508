/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_FILES_H
#define MMBRIGHT_FILES_H

/* files: all FILEs of a run, one after the other or, where they are small and need no journal, several at a time. */

#include "mmbright/run/run.h"

/*
 * files_run() - plan all FILEs, then work on each. Returns an exit status: the worst of all, TOOL_RESUMABLE when a
 * signal ended it and the same command would go on. run->journal is what has to be finished as the very last: NULL =
 * nothing.
 *
 * With run->ranks each process has its share of the one FILE there is then. They may be left already when it returns.
 *
 * Nothing is touched before every FILE was looked at. Those that fail are left out, as by cp(1), and listed at the end;
 * with --all-or-nothing nothing is done then. With a journal the run ends where a FILE fails that was changed in part,
 * and the same command goes on there.
 */
int files_run(struct bright_run *run);

#endif
