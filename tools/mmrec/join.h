/* SPDX-License-Identifier: MIT */
#ifndef MMREC_JOIN_H
#define MMREC_JOIN_H

/* join: the figures of all parts, from the files that --partial has written. */

#include "mmrec/command.h"

/* join_do() - the command's work. Returns an exit status; what is wrong was said. */
int join_do(const struct command *command);

#endif
