/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_PRECHECK_H
#define MMBRIGHT_PRECHECK_H

/* precheck: all FILEs are planned once before the first is touched. */

#include "mmbright/many/members.h"

/*
 * precheck_all() - several FILEs: fills in files->large and notes failures. Returns whether anything may be changed.
 * What is wrong is said in the order of the FILEs, up to the first that ends it all: see failures_end_all().
 */
bool precheck_all(struct files *files, const struct members *members);

#endif
