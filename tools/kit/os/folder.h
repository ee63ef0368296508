/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_FOLDER_H
#define TOOLS_OS_FOLDER_H

/*
 * folder: an open folder, and names in it. What is opened by way of it is in that folder, wherever its path leads
 * meanwhile.
 *
 * Functions that can fail return 0 or an errno value. Win32: CreateFile() FILE_FLAG_BACKUP_SEMANTICS gives the folder,
 * NtCreateFile() with RootDirectory what is in it.
 */

#include "kit/os/file.h"

/* ELOOP or ENOTDIR = the path is a link, and 'follow' is false. file_close() closes it. */
int folder_open(const char *path, bool follow, int *folder_ret);

int folder_make(const char *path, unsigned permissions); /* EEXIST = something is there. Win32: CreateDirectory() */
int folder_remove(const char *path);                     /* an empty one. Win32: RemoveDirectory() */

/* All names in it but . and .., until 'see' returns false. Win32: FILE_ID_BOTH_DIR_INFO. */
typedef bool folder_see_fn(void *user, const char *name);
int folder_list(int folder, folder_see_fn *see, void *user);

/* ENOENT = there is nothing of this name. */
int folder_look(int folder, const char *name, bool follow, struct file_facts *facts_ret);

/* A file that is there, never through a link in the last place of the name. */
int folder_open_file(int folder, const char *name, enum file_access access, int *descriptor_ret);

/*
 * The same to write to it; 'follow': also through a link; 'wait': for the reader of a FIFO. ELOOP = it is a link, ENXIO
 * = a FIFO without reader.
 */
int folder_open_writing(int folder, const char *name, bool follow, bool wait, int *descriptor_ret);

/* A new one for reading and writing: EEXIST = the name is taken. Win32: EINVAL = see path_refusal(). */
int folder_create_file(int folder, const char *name, unsigned permissions, int *descriptor_ret);

/*
 * A new one without a name, which ends with its descriptor; ENOTSUP = there are none, or they cannot get a name later.
 * Win32: FILE_FLAG_DELETE_ON_CLOSE, with a name that nobody looks for.
 */
int folder_create_nameless(int folder, int *descriptor_ret);

/* Another name for a file; whoever opens 'to' sees the old file or the new one. Win32: FILE_RENAME_INFO. */
int folder_replace(int folder, const char *from, const char *to);

/* A second name for a file, or for a link itself; EEXIST = the name is taken. Win32: CreateHardLink(). */
int folder_link(int folder, const char *from, const char *to);

int folder_remove_file(int folder, const char *name); /* Win32: FILE_DISPOSITION_INFO */
int folder_sync(int folder);                          /* its names are on the device. Win32: nothing to do */

/*
 * Whether 'name' leads to a file in the folder 'path' or below it, whatever links are on the way. Win32:
 * GetFinalPathNameByHandle().
 */
bool folder_leads_inside(const char *path, const char *name, struct file_facts *facts_ret);

#endif
