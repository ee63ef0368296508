/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_FILE_LIST_H
#define TOOLS_FILE_LIST_H

/* file_list: names from the command line, and more from a file. */

#include <stddef.h>

#include "common/console.h"

struct file_list {
    char **names; /* ended by NULL */
    size_t count;
};

/*
 * file_list_read() - add the names in 'path' ("-": stdin), one per line, or each ended by a NUL when there is one in it; empty lines are none.
 * Shape:   list->names may begin as argv's; the new list is never freed. Returns an exit status; what is wrong was said.
 */
int file_list_read(struct file_list *list, const struct console *console, const char *path);

#endif
