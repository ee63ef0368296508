/* SPDX-License-Identifier: MIT */
#ifndef MMREC_DESCRIBE_H
#define MMREC_DESCRIBE_H

/* describe: what --dry-run prints. */

#include "mmrec/subject.h"

/* describe_plan() - on stdout; 'output' is the new file's path, or NULL in place. Returns an exit status. */
int describe_plan(const struct subject *subject, const char *output);

#endif
