/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_TELL_H
#define MMBRIGHT_TELL_H

/* tell: what is said of a FILE that was done, and of one that failed: --json, --report, the summary, --dry-run. */

#include "mmbright/run/work.h"

/* tell_done() - after work_do(). By the first rank alone. Returns an exit status. */
int tell_done(struct bright_work *work);

/* tell_notes() - of a FILE that is alone what there is to note so far: once its work begins. By the first rank alone.
 */
void tell_notes(struct bright_work *work);

/* tell_is_wanted() - whether anything is said of a FILE that was done. */
bool tell_is_wanted(const struct bright_run *run);

/* tell_left_out() - which FILEs were none, once it is known which rank this is, and the report is open. */
void tell_left_out(const struct bright_run *run);

/* tell_open_report() - run->report, where one is wanted of this process. Returns an exit status. */
int tell_open_report(struct bright_run *run);

/* tell_close_report() - what was written to it is there. Returns an exit status. */
int tell_close_report(struct bright_run *run);

/* tell_is_report_file(), tell_is_report() - whether this file, or one of these, is the one of --report. */
bool tell_is_report_file(const struct bright_run *run, const struct file_facts *file);
bool tell_is_report(const struct bright_run *run, const struct inputs *inputs);

/* How a FILE has failed: with which status, and how much of it is changed. */
struct told_failure {
    int status;
    const char *changed; /* "none", "part", "all"; "resumable": the same command goes on */
};

/* tell_failed() - a line in the report for a FILE that failed for a reason that has been said. */
void tell_failed(const struct bright_run *run, const char *file, const struct console_fault *fault,
                 const struct told_failure *failure);

#endif
