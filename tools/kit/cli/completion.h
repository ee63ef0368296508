/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_COMPLETION_H
#define TOOLS_COMPLETION_H

/* completion: an option table as a script that makes a shell complete the tool's options and their values. */

#include "kit/cli/options.h"

/* completion_print() - on stdout, for "bash", "zsh" or "fish"; false for any other shell. */
bool completion_print(const struct option_table *table, const char *tool, const char *shell);

#endif
