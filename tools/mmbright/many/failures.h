/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_FAILURES_H
#define MMBRIGHT_FAILURES_H

/*
 * failures: which FILEs have failed. Once several threads are at work, what changes them is called by who is in its
 * turn alone.
 */

#include "mmbright/run/run.h"

struct failures {
    const struct bright_run *run;
    bool *failed;     /* a place for each FILE; NULL = there is only one */
    size_t count;     /* of FILEs that failed */
    size_t untouched; /* of these: nothing of them was changed */
    size_t changed;   /* of these: all of them was */
    int worst;        /* exit status */
};

/* How a FILE has failed. */
struct failure {
    int status;
    bool touched;                      /* some of it may be changed ... */
    bool changed;                      /* ... and all of it is */
    const struct console_fault *fault; /* what was said */
};

/* failures_begin() - false when there is no memory. failures_drop() in any case. */
bool failures_begin(struct failures *failures, const struct bright_run *run);
void failures_drop(struct failures *failures);

/* failures_note() - a FILE failed and has said so: it gets a line in the report, and a place in the list at the end. */
void failures_note(struct failures *failures, size_t index, const struct failure *failure);

/* failures_worsen() - an exit status for the whole run, if it is worse than what there was. */
void failures_worsen(struct failures *failures, int status);

/* failures_has() - whether this FILE has failed before. */
bool failures_has(const struct failures *failures, size_t index);

/*
 * failures_end_all() - whether nothing is done because of a FILE that cannot be used: with --all-or-nothing, or when
 * the report is one of the images.
 */
bool failures_end_all(const struct failures *failures, int status);

/*
 * failures_list() - all of several FILEs: among thousands of lines the reasons are far above. 'done' is how many others
 * are, and 'is_over' whether the same command would do these again.
 */
void failures_list(const struct failures *failures, size_t done, bool is_over);

#endif
