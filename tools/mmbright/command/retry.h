/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_RETRY_H
#define MMBRIGHT_RETRY_H

/* retry: the FILEs that have failed according to a report. */

#include "mmbright/command/file_list.h"

/*
 * retry_read() - add the FILEs whose last line in the report has another status than 0, in the order of their first
 * lines.
 * Shape:   those that are changed all the same are left out, with a note; one that is changed in part is an error,
 *          unless a journal knows which. What is no line of mmbright's, as one that was cut off, is an error. Returns
 *          an exit status; what is wrong was said.
 */
int retry_read(struct file_list *list, const struct console *console, const char *path);

#endif
