/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_RULES_H
#define MMBRIGHT_RULES_H

/* rules: which options go together, and what follows from them. */

#include "mmbright/command/command.h"

/* What was typed and is needed only until it is known what the command is. */
struct typed {
    bool in_place, status, discard, undo;
    bool journal; /* --journal, whatever its argument */
};

/*
 * rules_settle() - find out what the command is to do and where its result goes.
 * Shape:   everything that was typed is in 'typed' or in the command; task, target.kind and safety.journal become what
 *          follows from it. Returns what does not go together, NULL = nothing.
 */
const char *rules_settle(struct command *command, const struct typed *typed);

/* rules_divided() - what of a command that was settled does not go with its new share; NULL = nothing. */
const char *rules_divided(struct command *command);

#endif
