/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_SPOOL_H
#define TOOLS_SPOOL_H

/*
 * spool: bytes that come once, or whose number the system does not tell, kept in a file without a name: a pipe, stdin,
 * files of /proc. Windows and several passes need a file.
 */

#include "kit/cli/console.h"

/*
 * spool_fill() - read 'descriptor' from where it stands to its end.
 * Shape:   *spool_ret is a regular file that goes when it is closed, in the folder for temporary files. A FIFO that
 *          nobody has opened for writing is waited for, some seconds. Returns an exit status; what failed was said of
 *          'name'.
 * Owner:   the caller closes both.
 */
int spool_fill(const struct console *console, const char *name, int descriptor, int *spool_ret);

#endif
