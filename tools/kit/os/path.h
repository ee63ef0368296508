/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_PATH_H
#define TOOLS_OS_PATH_H

/* path: the parts of a name. Win32: '\\' and the colon behind a drive separate, too. */

#include <limits.h>
#include <stdbool.h>

/* path_base() - the last part; "" behind a separator at the end. */
const char *path_base(const char *path);

/* path_ending() - from the last point of the last part on, or the end: a point that begins a name begins no ending. */
const char *path_ending(const char *path);

/* path_has_ending() - whether it ends so, whatever the case of the letters (ASCII). */
bool path_has_ending(const char *path, const char *ending);

/* path_folder() - all but the last part, as a path that can be opened. 'path' is shorter than PATH_MAX. */
void path_folder(const char *path, char folder[PATH_MAX]);

/* path_real() - without links; false = there is nothing, or it is too long. Win32: GetFinalPathNameByHandle(). */
bool path_real(const char *path, char real[PATH_MAX]);

#endif
