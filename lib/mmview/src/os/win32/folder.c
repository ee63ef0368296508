/* SPDX-License-Identifier: MIT */
/*
 * win32/folder.c - files in an open folder.
 *
 * 1. An open folder keeps its name: it is opened without FILE_SHARE_DELETE, and then neither it nor a folder above can
 *    be renamed. So FOLDER\NAME is the same file until the folder is closed. No assert: the system sees to it
 *    (NOT-IN-WINE).
 */

#include "os/file.h"
#include "os/name.h"
#include "os/win32/win32.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int mmv__os_open_folder_of(const char *path, int *folder_ret, const char **last_ret)
{
    size_t front = mmv__os_front_of(path);
    wchar_t *wide;
    char *folder = malloc(front + 2);
    if (!folder)
        return ENOMEM;
    memcpy(folder, path, front);
    strcpy(folder + front, front ? "" : ".");
    int error = mmv__win32_wide(folder, &wide);
    free(folder);
    if (error)
        return error;
    HANDLE handle = CreateFileW(wide, FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    error = handle == INVALID_HANDLE_VALUE ? mmv__win32_last() : 0;
    free(wide);
    *last_ret = path + front;
    return error ? error : mmv__win32_add(handle, false, folder_ret);
}

/* For free(3). */
static int path_in(int folder, const char *name, char **path_ret)
{
    wchar_t *wide;
    char *front;
    HANDLE handle = mmv__win32_handle(folder);
    if (handle == INVALID_HANDLE_VALUE)
        return EBADF;
    int error = mmv__win32_path_of(handle, &wide);
    if (error)
        return error;
    error = mmv__win32_narrow(wide, &front);
    free(wide);
    if (error)
        return error;
    size_t length = strlen(front);
    *path_ret = malloc(length + strlen(name) + 2);
    if (*path_ret) {
        memcpy(*path_ret, front, length);
        strcpy(*path_ret + length, length && front[length - 1] == '/' ? "" : "/");
        strcat(*path_ret + length, name);
    }
    free(front);
    return *path_ret ? 0 : ENOMEM;
}

static int wide_in(int folder, const char *name, wchar_t **wide_ret)
{
    char *path;
    int error = path_in(folder, name, &path);
    if (error)
        return error;
    /* The prefix of long paths wants '\' alone. */
    for (char *at = path; *at; at++)
        if (*at == '/')
            *at = '\\';
    error = mmv__win32_wide(path, wide_ret);
    free(path);
    return error;
}

static int rename_in(int folder, const char *from, const char *to, DWORD flags)
{
    wchar_t *old, *new;
    int error = wide_in(folder, from, &old);
    if (error)
        return error;
    error = wide_in(folder, to, &new);
    if (error == 0) {
        error = MoveFileExW(old, new, flags) ? 0 : mmv__win32_last();
        free(new);
    }
    free(old);
    return error;
}

/* NOT-IN-WINE. Of Windows 10 1709: the file stays when its last handle is closed. */
static bool keep_file(HANDLE handle)
{
    enum { ON_CLOSE = 8, INFO_EX = 21 }; /* FILE_DISPOSITION_ON_CLOSE, FileDispositionInfoEx */
    DWORD flags = ON_CLOSE;
    return SetFileInformationByHandle(handle, (FILE_INFO_BY_HANDLE_CLASS)INFO_EX, &flags, sizeof flags);
}

/*
 * A file that ends with its last handle gets a second name, which stays. Nothing says that this works on each file
 * system that has hard links: else the file is kept, and renamed.
 */
int mmv__os_name_file(int folder, int descriptor, const char *name)
{
    wchar_t *from, *to;
    HANDLE handle = mmv__win32_handle(descriptor);
    int error = handle == INVALID_HANDLE_VALUE ? EBADF : mmv__win32_path_of(handle, &from);
    if (error)
        return error;
    error = wide_in(folder, name, &to);
    if (error == 0) {
        error = CreateHardLinkW(to, from, NULL) ? 0 : mmv__win32_last();
        if (error && error != EEXIST && keep_file(handle))
            error = MoveFileExW(from, to, 0) ? 0 : mmv__win32_last();
        free(to);
    }
    free(from);
    return error;
}

int mmv__os_rename_hidden(int folder, const char *hidden, const char *name)
{
    return rename_in(folder, hidden, name, 0);
}

int mmv__os_replace_in(int folder, const char *from, const char *to)
{
    return rename_in(folder, from, to, MOVEFILE_REPLACE_EXISTING);
}

int mmv__os_look_in(int folder, const char *name, mmv__os_kind *kind_ret)
{
    wchar_t *wide;
    int error = wide_in(folder, name, &wide);
    if (error)
        return error;
    DWORD attributes = GetFileAttributesW(wide);
    error = attributes == INVALID_FILE_ATTRIBUTES ? mmv__win32_last() : 0;
    free(wide);
    *kind_ret = error == 0 && attributes & FILE_ATTRIBUTE_DIRECTORY ? MMV__OTHER : MMV__FILE;
    return error;
}

int mmv__os_create_in(int folder, const char *name, unsigned permissions, int *descriptor_ret)
{
    char *path;
    bool created;
    int error = path_in(folder, name, &path);
    if (error)
        return error;
    error = mmv__os_open(path, MMV_READ_WRITE, &(mmv__os_creation){.mode = MMV_CREATE_NEW, .permissions = permissions},
                         descriptor_ret, &created);
    free(path);
    return error;
}

int mmv__os_create_nameless_in(int folder, unsigned permissions, int *descriptor_ret)
{
    (void)folder, (void)permissions;
    *descriptor_ret = -1;
    return EOPNOTSUPP;
}

int mmv__os_remove_in(int folder, const char *name)
{
    wchar_t *wide;
    int error = wide_in(folder, name, &wide);
    if (error)
        return error;
    error = DeleteFileW(wide) ? 0 : mmv__win32_last();
    free(wide);
    return error;
}

int mmv__os_sync_folder(int folder)
{
    (void)folder;
    return 0;
}
