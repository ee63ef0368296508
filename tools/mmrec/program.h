/* SPDX-License-Identifier: MIT */
#ifndef MMREC_PROGRAM_H
#define MMREC_PROGRAM_H

/* program: the user's code as functions that can be called. */

#include "mmrec/code.h"

struct program {
    code_run_fn *run; /* NULL, as 'attempt', when other records are made */
    code_try_fn *attempt;
    code_keep_fn *keep;
    code_fold_fn *fold;       /* NULL = there are no figures, or groups of them */
    code_group_fn *group;     /* NULL = there are no groups */
    code_show_fn *show;       /* NULL = there are no columns */
    code_compare_fn *compare; /* NULL = there is no key */
    bool divides;             /* they may return 1 */
};

/*
 * program_make() - from the cache, or else by the compiler. The code was checked. Returns an exit status; what is wrong
 * was said, errors in the code by the compiler.
 */
int program_make(struct program *program, const struct console *console, const struct code *code);

#endif
