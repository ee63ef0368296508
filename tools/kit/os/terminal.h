/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_TERMINAL_H
#define TOOLS_OS_TERMINAL_H

/* terminal: whether a person sits at a descriptor, and how much that person sees. */

#include <stdbool.h>

bool terminal_is(int descriptor); /* Win32: _isatty() */

/* Columns of the terminal; 80 when nobody knows. Win32: GetConsoleScreenBufferInfo(). */
int terminal_columns(int descriptor);

#endif
