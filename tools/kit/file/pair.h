/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_PAIR_H
#define TOOLS_PAIR_H

/*
 * pair: samples and their header are two files and one output: both are the old ones, or both the new ones.
 *
 * No system call gives two files their names at once. So a record stands beside both while that lasts, and every tool
 * that opens or replaces one of the two looks for it. See pair.c.
 */

#include "kit/file/output.h"

/*
 * pair_publish() - give two complete files their names. The header's comes second, and decides: after any failure
 * before it the old ones are there.
 * Shape:   both were planned, created and completed, in one folder. With 'sync' the names are on the device then.
 *          Returns an exit status.
 */
int pair_publish(struct output *samples, struct output *header, const struct console *console, bool sync);

/*
 * pair_settle() - before the file 'name' in 'folder' is used: end what a run that is no more has left of a pair. The
 * old pair is back then, or what was begun is gone; of a pair that is being published the end is waited for.
 * Shape:   'path' is for messages. Returns an exit status: TOOL_FAILED when this user may not do that.
 */
int pair_settle(const struct console *console, int folder, const char *name, const char *path);

/* pair_settle_path() - the same for a file that will be opened, links followed. */
int pair_settle_path(const struct console *console, const char *path);

#endif
