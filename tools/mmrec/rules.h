/* SPDX-License-Identifier: MIT */
#ifndef MMREC_RULES_H
#define MMREC_RULES_H

/* rules: which options of mmrec go together. */

#include "mmrec/command.h"

/* rules_refuse() - why they do not, for people; NULL = they do. */
const char *rules_refuse(const struct command *command);

/* rules_divide() - whether an option says that this process has a shard. */
bool rules_divide(const struct command *command);

#endif
