/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_CLAIMS_H
#define MMBRIGHT_CLAIMS_H

/*
 * claims: files that --status or --discard-journal name beside --journal-file. Each must be of the run that the journal
 * is of. A file that was moved has a name that the journal does not know, and keeps its mark when the journal goes.
 *
 *     claims_look()     before anything is done: each file that has a mark has it from this run
 *     claims_unmark()   behind it: the marks that are still there are taken off
 */

#include <mmview/journal.h>

#include "mmbright/command/command.h"

struct claimed_file {
    mmv_map *map;
    mmv_journal_found found; /* MMV_JOURNAL_NONE = the file has no mark */
};

struct claims {
    const struct command *command;
    const struct console *console;
    struct claimed_file *files; /* one for each name of the command */
};

/* Both return an exit status. What claims_look() has opened is closed by claims_drop(), whatever it returned. */
int claims_look(struct claims *claims, const struct command *command, const struct console *console);
int claims_unmark(const struct claims *claims);
void claims_drop(struct claims *claims);

#endif
