/* SPDX-License-Identifier: MIT */
#ifndef MMREC_REDUCE_H
#define MMREC_REDUCE_H

/* reduce: figures of all records. */

#include "mmrec/subject.h"

/* reduce_do() - the command's work. Returns an exit status; what is wrong was said. */
int reduce_do(struct subject *subject);

#endif
