/* SPDX-License-Identifier: MIT */
#ifndef MMREC_FILTER_H
#define MMREC_FILTER_H

/* filter: records that --where keeps, into a new file. */

#include "mmrec/subject.h"

/* filter_do() - the command's work. Returns an exit status; what is wrong was said. */
int filter_do(struct subject *subject);

#endif
