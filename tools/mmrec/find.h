/* SPDX-License-Identifier: MIT */
#ifndef MMREC_FIND_H
#define MMREC_FIND_H

/* find: where the records with a key are, in a sorted file. */

#include "mmrec/subject.h"

/* find_do() - the command's work. Returns an exit status; TOOL_FAILED also when there is no such record. */
int find_do(struct subject *subject);

#endif
