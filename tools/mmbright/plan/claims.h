/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_CLAIMS_H
#define MMBRIGHT_CLAIMS_H

/*
 * claims: files that --discard-journal names beside --journal-file. Each must be of the run that the journal is of. A
 * file that was moved has a name that the journal does not know, and would keep its mark when the journal goes.
 *
 *     claims_look()     before anything is done: no file has marks of other runs alone
 *     claims_unmark()   after the journal is gone: the run's marks that lead nowhere now are taken off
 */

#include <stdint.h>

#include <mmview/range.h>

#include "mmbright/command/command.h"

struct claims {
    const struct command *command;
    const struct console *console;
    uint64_t run;     /* of the journal; 0 = the journal cannot be read */
    mmv_range *where; /* for each file: the bytes of the mark, or all */
};

/* Both return an exit status. claims_drop() comes last, whatever claims_look() returned. */
int claims_look(struct claims *claims, const struct command *command, const struct console *console);
int claims_unmark(const struct claims *claims);
void claims_drop(struct claims *claims);

#endif
