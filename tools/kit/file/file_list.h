/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_FILE_LIST_H
#define TOOLS_FILE_LIST_H

/* file_list: names from the command line, and more from a file. */

#include <stdbool.h>
#include <stddef.h>

#include "kit/cli/console.h"

struct file_list {
    char **names; /* names[0..count), and behind them those that were left out: they are the tools' own files */
    size_t count, left_out;
    const char *from; /* where more names are; NULL = nowhere */
    char *text;       /* what these are in. NULL = none was read, and 'names' is not the list's own */
};

/*
 * file_list_read() - add the names in list->from ("-": stdin), one per line, or each ended by a NUL when there is one
 * in it; empty lines are none. Lines may end with CR LF, which is said.
 * Shape:   list->names may begin as argv's, and 'text' as NULL. Returns an exit status; what is wrong was said.
 * Owner:   the list, for file_list_free(); names of argv stay argv's.
 */
int file_list_read(struct file_list *list, const struct console *console);

/*
 * file_list_complete() - the FILEs of a command: those that were typed, and those of list->from or of an earlier report
 * ('retry', NULL = none), without the tools' own ones.
 * Shape:   as file_list_read(). What is left out stands behind the others. Returns an exit status; what is wrong was
 *          said.
 */
int file_list_complete(struct file_list *list, const struct console *console, const char *retry);

/*
 * file_list_add() - names in text[0..length), behind which there is room for one byte: lines, or each ended by a NUL
 * when there is one in it. file_list_text() - all of a file ("-": stdin), with a NUL behind it; NULL when that cannot
 * be, which is said.
 * Owner:   of the text the list, when add returns true; of that of file_list_text() the caller, for free(3).
 */
bool file_list_add(struct file_list *list, char *text, size_t length);
char *file_list_text(const struct console *console, const char *path, size_t *length_ret);

void file_list_free(struct file_list *list);

#endif
