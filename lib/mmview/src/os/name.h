/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_OS_NAME_H
#define MMVIEW_OS_NAME_H

/*
 * name: paths, files that nobody sees yet, directories, and notes on files.
 *
 * Functions that can fail return 0 or an errno value. None prints, and none leaves memory for the caller to free unless
 * it says so. "Win32:" names what Windows is asked.
 */

#include "os/file.h"

#include <mmview/base.h>

/*
 * Where memory that has a name lives, as a path that ends in a separator. Win32: NULL; names are those of object.h, and
 * no files.
 */
const char *mmv__os_shared_directory(void);

/* Whether what has this path belongs to the process' user, following no link. Win32: none; names are no files. */
bool mmv__os_is_own(const char *path);

/*
 * Whether an open file belongs to the process' user, who seems to be 'user', its owner. In a user name space many users
 * have one number; there the system is asked. Win32: none.
 */
bool mmv__os_is_owned(int descriptor, uint32_t user);

/* Open a name in that directory, following no link. ELOOP = the name is a link. Win32: ENOTSUP. */
int mmv__os_open_shared(const char *path, bool writing, int *descriptor_ret);

/* Whether a path means the same from every folder. Win32: also C:/ and //server/. */
bool mmv__os_is_absolute(const char *path);

/* How much of a path lies before its last part. Win32: '/' or '\\', and C: */
size_t mmv__os_front_of(const char *path);

/* The path without symbolic links, for free(3). Win32: GetFinalPathNameByHandle(). */
int mmv__os_real_path(const char *path, char **real_ret);
/* A path that leads to an open file, for free(3); ENOENT = none is known. Win32: GetFinalPathNameByHandle(). */
int mmv__os_path_of(int descriptor, char **path_ret);

/* Whether a path's last part is a symbolic link. Win32: GetFileAttributes() FILE_ATTRIBUTE_REPARSE_POINT. */
int mmv__os_is_link(const char *path, bool *link_ret);

int mmv__os_remove(const char *path); /* Win32: DeleteFile() */

/*
 * A file that nobody sees before mmv__os_publish() gives it the name 'beside', or EEXIST when that is taken. Meanwhile
 * the file may have another name: *temporary_ret, for free(3), or NULL. 'named': it must have one. Win32:
 * FILE_RENAME_INFO.
 */
int mmv__os_create_hidden(const char *beside, bool named, int *descriptor_ret, char **temporary_ret);
int mmv__os_publish(int descriptor, const char *temporary, const char *path);

/*
 * The two ways to publish, in an open folder: a file without a name gets one, or a hidden file is renamed. When that
 * fails, the hidden name stays. EEXIST = the name is taken: nothing is ever replaced. Win32: FILE_RENAME_INFO,
 * ReplaceIfExists FALSE.
 */
int mmv__os_name_file(int folder, int descriptor, const char *name);
int mmv__os_rename_hidden(int folder, const char *hidden, const char *name);

/*
 * The folder that a path's last part is in; *last_ret is that part. Closed by mmv__os_close(). Win32: CreateFile()
 * FILE_FLAG_BACKUP_SEMANTICS.
 */
int mmv__os_open_folder_of(const char *path, int *folder_ret, const char **last_ret);

/* What a name in a folder is, following no link; a link counts as a file. ENOENT = nothing. Win32: NtOpenFile(). */
int mmv__os_look_in(int folder, const char *name, mmv__os_kind *kind_ret);

/*
 * A new file in a folder for reading and writing, its permissions narrowed by the umask; EEXIST = the name is taken.
 * Without a name it ends with its descriptor; EOPNOTSUPP = there are none, or they cannot get one later. Win32:
 * NtCreateFile() RootDirectory; EOPNOTSUPP.
 */
int mmv__os_create_in(int folder, const char *name, unsigned permissions, int *descriptor_ret);
int mmv__os_create_nameless_in(int folder, unsigned permissions, int *descriptor_ret);

/* Whoever opens 'to' sees the old file or the new one. Win32: FILE_RENAME_INFO, ReplaceIfExists TRUE. */
int mmv__os_replace_in(int folder, const char *from, const char *to);
int mmv__os_remove_in(int folder, const char *name); /* Win32: FILE_DISPOSITION_INFO */
int mmv__os_sync_folder(int folder);                 /* its names are on the device. Win32: nothing to do */

mmv__instance mmv__os_instance_beside(const char *path); /* of the directory of 'path' */
int mmv__os_sync_directory(const char *path);            /* of the file: its name is on the device. Win32: not needed */

/*
 * The names in the directory of 'path' that begin with its last part; stops when 'see' is false. An error
 * may come behind some of them. Win32: FindFirstFile().
 */
int mmv__os_list(const char *path, bool (*see)(const char *name, void *user), void *user);

/*
 * Notes on a file that stay with it under any name (user.*). ENOTSUP = the file system has none; ENODATA = no such
 * note. Win32: alternate data streams.
 */
int mmv__os_note_set(int descriptor, const char *name, const char *text); /* EEXIST = there is one */
int mmv__os_note_get(int descriptor, const char *name, char *text, size_t size);
int mmv__os_note_remove(int descriptor, const char *name);
int mmv__os_note_replace(int descriptor, const char *name, const char *text); /* ENODATA = there is none */
/* All their names, each ended by a zero, for free(3). */
int mmv__os_notes(int descriptor, char **names_ret, size_t *length_ret);

#endif
