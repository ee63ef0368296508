/* SPDX-License-Identifier: MIT */
#ifndef MMREC_MANY_H
#define MMREC_MANY_H

/* many: CODE over the records of several FILEs, in place as one run, or into a new file each. */

#include "mmrec/change.h"

/*
 * many_do() - all FILEs are looked at, and code that divides is tried, before the first is changed. Those that cannot
 * be used are left out, as by cp(1), and listed at the end.
 * Shape:   returns an exit status, the worst of all. *is_over_ret: nothing is left that the same command would go on
 *          with, whatever the status; then comes change_finish(). change_leave() in any case.
 */
int many_do(struct change *change, const struct command *command, const struct program *program, bool *is_over_ret);

#endif
