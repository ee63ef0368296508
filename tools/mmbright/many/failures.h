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
    bool *failed; /* a place for each FILE; NULL = there is only one */
    size_t count;
    int worst; /* exit status */
};

/* failures_begin() - false when there is no memory. failures_drop() in any case. */
bool failures_begin(struct failures *failures, const struct bright_run *run);
void failures_drop(struct failures *failures);

/* failures_note() - a FILE failed and has said so: it gets a line in the report, and a place in the list at the end. */
void failures_note(struct failures *failures, size_t index, int status);

/* failures_worsen() - an exit status for the whole run, if it is worse than what there was. */
void failures_worsen(struct failures *failures, int status);

/* failures_has() - whether this FILE has failed before. */
bool failures_has(const struct failures *failures, size_t index);

/* failures_end_all() - whether nothing more may be done after such an end of one FILE. */
bool failures_end_all(const struct failures *failures, int status);

/* failures_list() - all of several FILEs: among thousands of lines the reasons are far above. */
void failures_list(const struct failures *failures);

#endif
