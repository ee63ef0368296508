/* SPDX-License-Identifier: MIT */
#ifndef MMREC_PRINT_H
#define MMREC_PRINT_H

/* print: values of records as text. */

#include "mmrec/subject.h"

/* print_do() - the command's work. Returns an exit status; what is wrong was said. */
int print_do(struct subject *subject);

#endif
