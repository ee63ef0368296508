/* SPDX-License-Identifier: MIT */
#ifndef MMREC_DESCRIBE_H
#define MMREC_DESCRIBE_H

/* describe: what --dry-run prints. */

#include "mmrec/count.h"
#include "mmrec/subject.h"

/* describe_plan() - on stdout; 'output' is the new file's path, or NULL in place. Returns an exit status. */
int describe_plan(const struct subject *subject, const char *output);

/* describe_counted() - with --count, behind the plan. Returns an exit status. */
int describe_counted(const struct subject *subject, const struct counted *counted);

#endif
