/* SPDX-License-Identifier: MIT */
#ifndef MMBRIGHT_FILE_LIST_H
#define MMBRIGHT_FILE_LIST_H

/* file_list: names from the command line, and more from a file. */

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
 * in it; empty lines are none.
 * Shape:   list->names may begin as argv's, and 'text' as NULL. Returns an exit status; what is wrong was said.
 * Owner:   the list, for file_list_free(); names of argv stay argv's.
 */
int file_list_read(struct file_list *list, const struct console *console);

void file_list_free(struct file_list *list);

#endif
