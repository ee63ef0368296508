/* SPDX-License-Identifier: MIT */
#ifndef TESTS_TYPED_H
#define TESTS_TYPED_H

/* typed: a command line of mmbright as people type it, parsed. */

#include "mmbright/command/command.h"

/*
 * typed() - parse a line of words with one blank between them, without the tool's name.
 * Shape:   returns what command_parse() returns. What is said goes to stderr. command_drop() in any case.
 */
int typed(struct command *command, struct console *console, const char *line);

/* typed_fine() - the same where the line is right: the test fails when it is not. */
void typed_fine(struct command *command, struct console *console, const char *line);

#endif
