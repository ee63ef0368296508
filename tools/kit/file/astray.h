/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_ASTRAY_H
#define TOOLS_ASTRAY_H

/* astray: paths that another user has laid, in folders where everybody may write. */

#include "kit/os/file.h"

/* astray_is_shared() - whether everybody may write in this folder, as in /tmp. */
bool astray_is_shared(const struct file_facts *folder);

/*
 * astray_is() - whether a link on the way to this name, before its last part, is another user's and in such a folder.
 * What is not there leads nowhere. Linux may refuse these links itself (fs.protected_symlinks), or not.
 */
bool astray_is(const char *path);

#endif
