/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_PATH_H
#define TOOLS_OS_PATH_H

/* path: the parts of a name. Win32: '\\' and the colon behind a drive separate, too. */

#include <limits.h>
#include <stdbool.h>

/* path_separates() - whether a letter stands between the parts of a path. */
bool path_separates(char letter);

/* path_is_absolute() - whether it leads to one place wherever it is asked for. Win32: or to another drive's folder. */
bool path_is_absolute(const char *path);

/* path_is_name() - whether a text can only be one part of a path: "" is one, . and .. are none. Win32: nor is a colon.
 */
bool path_is_name(const char *text);

/*
 * path_refusal() - why no file of such a name shall be made; NULL = it may. The name is a path's last part. Win32:
 * names of devices, and letters that the system takes away, refuses, or finds a stream of another file behind.
 */
const char *path_refusal(const char *name);

/* path_base() - the last part; "" behind a separator at the end. */
const char *path_base(const char *path);

/* path_ending() - from the last point of the last part on, or the end: a point that begins a name begins no ending. */
const char *path_ending(const char *path);

/* path_has_ending() - whether it ends so, whatever the case of the letters (ASCII). */
bool path_has_ending(const char *path, const char *ending);

/* path_folder() - all but the last part, as a path that can be opened. 'path' is shorter than PATH_MAX. */
void path_folder(const char *path, char folder[PATH_MAX]);

/* path_of_stdin() - one that leads to the file that stdin is. Win32: GetFinalPathNameByHandle(). */
void path_of_stdin(char path[PATH_MAX]);

/* path_real() - without links; false = there is nothing, or it is too long. Win32: GetFinalPathNameByHandle(). */
bool path_real(const char *path, char real[PATH_MAX]);

#endif
