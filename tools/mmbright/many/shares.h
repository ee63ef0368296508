/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_SHARES_H
#define MMBRIGHT_SHARES_H

/* shares: what the processes of a job do together around the work of each: a new file of parts. */

#include "mmbright/many/one_file.h"
#include "mmbright/many/members.h"

/* shares_are_parts() - whether the ranks of this run write one new file. The next two are for these alone. */
bool shares_are_parts(const struct bright_run *run);

/*
 * shares_prepare() - the new file is planned as a whole, so that nothing is made when it cannot be; then the first rank
 * makes what all write to. Returns an exit status, the same for all.
 * Shape:   *made_ret is OUT, for free(3), when there was nothing of it before; else NULL.
 */
int shares_prepare(struct member *member, char **made_ret);

/* shares_finish() - give it its name. Returns an exit status, the same for all. */
int shares_finish(const struct bright_run *run, const struct one_file *file);

#endif
