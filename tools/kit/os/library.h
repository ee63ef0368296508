/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_LIBRARY_H
#define TOOLS_OS_LIBRARY_H

/* library: one that is loaded while the program runs. It stays loaded. */

#include <stdbool.h>
#include <stddef.h>

/*
 * library_open() - by its name, where the system's loader looks. 'global': what it loads itself finds its names, too.
 * NULL = it is not there, or cannot be used. Win32: LoadLibrary(); there is nothing global.
 */
void *library_open(const char *name, bool global);

/* library_open_beside() - by its place as seen from the folder of this program. Win32: GetModuleFileName(). */
void *library_open_beside(const char *place, bool global);

/*
 * library_open_bytes() - one whose file these bytes are: from memory that nobody can change, and without a file system
 * that might forbid it. NULL = as above. Win32: LoadLibrary() of a temporary file.
 */
void *library_open_bytes(const void *bytes, size_t length);

/*
 * library_find() - the address of one of its functions goes to *pointer_ret, which is a pointer to such a function.
 * False when it has none of this name. Win32: GetProcAddress().
 */
bool library_find(void *library, const char *name, void *pointer_ret);

/* library_problem() - why the latest call of these failed, in words. Win32: FormatMessage(). */
const char *library_problem(void);

#endif
