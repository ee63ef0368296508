/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_LEFTOVER_H
#define TOOLS_LEFTOVER_H

/* leftover: what is said of the journal of a run that is not finished, and what can be done with it. */

#include <mmview/journal.h>
#include <mmview/status.h>

#include "kit/cli/console.h"

/*
 * leftover_advise() - "mmbright: TEXT OPTION'NAME'": advice that is safe when it is followed word for word, also with
 * an unusual NAME. leftover_advise_run() - what can be done with the journal at 'path'; 'file': of its run, or NULL.
 */
void leftover_advise(const struct console *console, const char *text, const char *option, const char *name);
void leftover_advise_run(const struct console *console, const char *path, const char *file);

/* leftover_keeps_undo() - whether a run, or a job, was started with --keep-undo. */
bool leftover_keeps_undo(const mmv_journal_info *info);

/* leftover_is_lost() - whether a journal's bytes were lost with the machine: no command goes on with it. */
bool leftover_is_lost(const char *path);

/* leftover_is_same() - whether two names are of one journal. */
bool leftover_is_same(const char *one, const char *other);

/* leftover_refuse() - after MMV_EJOURNAL: the error, and that advice. Returns TOOL_FAILED. */
int leftover_refuse(const struct console *console);

/* leftover_explain() - why mmv_journal_open() of 'path' failed, and what can be done. Returns TOOL_FAILED. */
int leftover_explain(const struct console *console, const char *path, mmv_status status);

#endif
