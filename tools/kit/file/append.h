/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_APPEND_H
#define TOOLS_APPEND_H

/* append: a file that lines are added to, which may be there, be a FIFO or a device. */

#include <stdio.h>

#include "kit/cli/console.h"

/*
 * append_open() - open it, or make it.
 * Shape:   waits for the reader of a FIFO. What another user has prepared where everybody can write is refused. Returns
 *          an exit status; the fault was said. *stream_ret is for fclose(3).
 */
int append_open(const struct console *console, const char *path, FILE **stream_ret);

#endif
