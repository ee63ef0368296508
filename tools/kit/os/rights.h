/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_RIGHTS_H
#define TOOLS_OS_RIGHTS_H

/*
 * rights: who may do what with a new file that nobody has opened yet.
 *
 * Where it has a model, nobody may do with it what he may not do with the model, and nothing that the umask takes away.
 * A right that cannot be kept exactly is left out. Owners stay as they are.
 *
 * Functions that can fail return 0 or an errno value. Win32: GetSecurityInfo(), SetSecurityInfo().
 */

#include <stdbool.h>

/*
 * rights_set() - the permissions (rwxrwxrwx), narrowed by the umask, and nothing else: what the folder gave the file
 * beside them is gone. A file system with fixed permissions is no failure.
 */
int rights_set(int descriptor, unsigned permissions);

/* rights_add() - the same, but what the folder gives to each new file stays. For a file that has no model. */
int rights_add(int descriptor, unsigned permissions);

/* rights_copy() - those of the model: its group where this process may give that, its ACL, its permissions. */
int rights_copy(int model, int descriptor);

/* rights_narrow() - at most 'permissions', and at most those of the model. It has no ACL then. */
int rights_narrow(int model, int descriptor, unsigned permissions);

/*
 * rights_plain() - what permissions without an ACL would allow nobody more than the model does, if the group of
 * 'descriptor' is the one that they are for; its group becomes the model's where this process may give that.
 */
int rights_plain(int model, int descriptor, unsigned *permissions_ret);

/* rights_are_alike() - whether two files have one owner and group, the same permissions and the same ACL. */
bool rights_are_alike(int a, int b);

/*
 * rights_copy_notes() - what users have noted on the model (user.* attributes), but not what mmview has. A wish: file
 * systems differ in what they take.
 */
void rights_copy_notes(int model, int descriptor);

#endif
