/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_RESTORE_H
#define MMBRIGHT_RESTORE_H

/* restore: taking the latest run in place back, by what it has kept. */

#include "mmbright/command/command.h"

/* restore_command() - --undo of the command's one FILE. Returns an exit status; what failed was said. */
int restore_command(const struct command *command, struct console *console);

#endif
