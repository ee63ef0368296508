/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_RETRY_H
#define TOOLS_RETRY_H

/* retry: the FILEs that have failed according to a report. */

#include "kit/file/file_list.h"

/*
 * retry_read() - add the FILEs whose last line in the report has another status than 0, in the order of their first
 * lines.
 * Shape:   those that are changed all the same are left out, with a note; one that is changed in part is an error,
 *          unless a journal knows which. What is no line of this tool's, as one that was cut off, is an error. Returns
 *          an exit status; what is wrong was said.
 */
int retry_read(struct file_list *list, const struct console *console, const char *path);

/* How a run over several FILEs has ended, of which some have failed. */
struct retry_end {
    size_t count, failed, done; /* FILEs */
    const char *what;           /* the others "are changed" */
    const char *report;         /* that of this run; NULL = none */
    bool again;                 /* the same command would change the others once more */
};

/* retry_tell() - that on stderr, and what can be done. The list of those that failed comes next. */
void retry_tell(const struct console *console, const struct retry_end *end);

#endif
