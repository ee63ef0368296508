/* SPDX-License-Identifier: MIT */
/*
 * win32/name.c - paths, and files that nobody sees yet.
 *
 * Parts of a path are parted by '/' or '\'; what leaves here has '/'. Sources: FILE_RENAME_INFO,
 * GetFinalPathNameByHandleW, FindFirstFileW. Reparse points are NOT-IN-WINE: links of the Unix below are followed,
 * and not seen.
 */

#include "os/name.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/win32/win32.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_separator(char letter)
{
    return letter == '/' || letter == '\\';
}

/* C:/, //server/, /: a path below the current drive is one, too. */
bool mmv__os_is_absolute(const char *path)
{
    bool drive = ((path[0] | 32) >= 'a' && (path[0] | 32) <= 'z') && path[1] == ':';
    return is_separator(path[0]) || (drive && is_separator(path[2]));
}

size_t mmv__os_front_of(const char *path)
{
    size_t front = path[0] && path[1] == ':' ? 2 : 0;
    for (size_t i = front; path[i]; i++)
        if (is_separator(path[i]))
            front = i + 1;
    return front;
}

/* Names are no files here: see os/object.h. */
const char *mmv__os_shared_directory(void)
{
    return NULL;
}

int mmv__os_open_shared(const char *path, bool writing, int *descriptor_ret)
{
    (void)path, (void)writing, (void)descriptor_ret;
    return ENOTSUP;
}

/* Without the prefix of long paths, which no user types. */
static int shown(const wchar_t *path, char **shown_ret)
{
    static const char server[] = "//?/UNC/";
    int error = mmv__win32_narrow(path, shown_ret);
    if (error)
        return error;
    char *text = *shown_ret;
    if (strncmp(text, server, sizeof server - 1) == 0)
        memmove(text + 2, text + sizeof server - 1, strlen(text + sizeof server - 1) + 1);
    else if (strncmp(text, server, 4) == 0)
        memmove(text, text + 4, strlen(text + 4) + 1);
    return 0;
}

static int open_name(const char *path, DWORD flags, HANDLE *handle_ret)
{
    wchar_t *wide;
    int error = mmv__win32_wide(path, &wide);
    if (error)
        return error;
    *handle_ret = CreateFileW(wide, FILE_READ_ATTRIBUTES, MMV__SHARE_ALL, NULL, OPEN_EXISTING,
                              FILE_FLAG_BACKUP_SEMANTICS | flags, NULL);
    error = *handle_ret == INVALID_HANDLE_VALUE ? mmv__win32_last() : 0;
    free(wide);
    return error;
}

int mmv__os_real_path(const char *path, char **real_ret)
{
    HANDLE handle;
    wchar_t *real;
    int error = open_name(path, 0, &handle);
    if (error)
        return error;
    error = mmv__win32_path_of(handle, &real);
    CloseHandle(handle);
    if (error)
        return error;
    error = shown(real, real_ret);
    free(real);
    return error;
}

int mmv__os_path_of(int descriptor, char **path_ret)
{
    wchar_t *real;
    HANDLE handle = mmv__win32_handle(descriptor);
    if (handle == INVALID_HANDLE_VALUE)
        return EBADF;
    int error = mmv__win32_path_of(handle, &real);
    if (error)
        return error;
    error = shown(real, path_ret);
    free(real);
    return error;
}

int mmv__os_is_link(const char *path, bool *link_ret)
{
    FILE_ATTRIBUTE_TAG_INFO tag;
    HANDLE handle;
    int error = open_name(path, FILE_FLAG_OPEN_REPARSE_POINT, &handle);
    if (error)
        return error;
    *link_ret = GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &tag, sizeof tag) &&
                tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT &&
                (tag.ReparseTag == IO_REPARSE_TAG_SYMLINK || tag.ReparseTag == IO_REPARSE_TAG_MOUNT_POINT);
    CloseHandle(handle);
    return 0;
}

int mmv__os_remove(const char *path)
{
    wchar_t *wide;
    int error = mmv__win32_wide(path, &wide);
    if (error)
        return error;
    error = DeleteFileW(wide) ? 0 : mmv__win32_last();
    free(wide);
    return error;
}

/* By its own handle: Wine opens a file once more by the name that its handle knows. */
static int rename_handle(HANDLE handle, const wchar_t *to)
{
    size_t length = wcslen(to) * sizeof *to;
    size_t size = sizeof(FILE_RENAME_INFO) + length;
    FILE_RENAME_INFO *how = calloc(1, size);
    if (!how)
        return ENOMEM;
    how->FileNameLength = (DWORD)length;
    memcpy(how->FileName, to, length);
    int error = SetFileInformationByHandle(handle, FileRenameInfo, how, (DWORD)size) ? 0 : mmv__win32_last();
    free(how);
    return error;
}

/* 'flags' beside those of any file. */
static int create(const char *name, DWORD flags, int *descriptor_ret)
{
    wchar_t *wide;
    int error = mmv__win32_wide(name, &wide);
    if (error)
        return error;
    HANDLE handle = CreateFileW(wide, GENERIC_READ | GENERIC_WRITE | DELETE, MMV__SHARE_ALL, NULL, CREATE_NEW,
                                FILE_ATTRIBUTE_NORMAL | flags, NULL);
    error = handle == INVALID_HANDLE_VALUE ? mmv__win32_last() : 0;
    free(wide);
    return error ? error : mmv__win32_add(handle, false, descriptor_ret);
}

/*
 * There are no files without a name. One that need not have it goes with its last handle, also when the process is
 * killed: the name that it is published by is a second one, and stays.
 */
int mmv__os_create_hidden(const char *beside, bool named, int *descriptor_ret, char **temporary_ret)
{
    size_t size = strlen(beside) + 24;
    char *name = malloc(size);
    uint64_t number;
    int error = name ? mmv__os_random(&number) : ENOMEM;
    if (error == 0) {
        snprintf(name, size, "%s.%016" PRIx64, beside, number);
        error = create(name, named ? 0 : FILE_FLAG_DELETE_ON_CLOSE, descriptor_ret);
    }
    *temporary_ret = error == 0 && named ? name : NULL;
    if (!*temporary_ret)
        free(name);
    return error;
}

/* EOPNOTSUPP = this file system has no second names. */
static int link_handle(HANDLE handle, const wchar_t *to)
{
    wchar_t *from;
    int error = mmv__win32_path_of(handle, &from);
    if (error)
        return error;
    error = CreateHardLinkW(to, from, NULL) ? 0 : mmv__win32_last();
    free(from);
    return error && error != EEXIST && error != EACCES && error != ENOSPC ? EOPNOTSUPP : error;
}

/* Its first name goes with the last handle, or is exchanged. */
int mmv__os_publish(int descriptor, const char *temporary, const char *path)
{
    wchar_t *to;
    HANDLE handle = mmv__win32_handle(descriptor);
    int error = mmv__win32_wide(path, &to);
    if (error == 0) {
        error = temporary ? rename_handle(handle, to) : link_handle(handle, to);
        free(to);
    }
    if (error && temporary)
        mmv__os_remove(temporary);
    return error;
}

/* What a pattern finds; the system compares without case, and takes short names, too. */
static int walk(const wchar_t *pattern, const char *begin, bool (*see)(const char *name, void *user), void *user)
{
    WIN32_FIND_DATAW entry;
    char *name;
    HANDLE search = FindFirstFileW(pattern, &entry);
    if (search == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_FILE_NOT_FOUND ? 0 : mmv__win32_last();
    int error = 0;
    bool more = true;
    while (more && error == 0) {
        /* A name that is no UTF-16 is none of ours. */
        error = mmv__win32_narrow(entry.cFileName, &name);
        if (error == 0) {
            more = strncmp(name, begin, strlen(begin)) != 0 || see(name, user);
            free(name);
        }
        error = error == EILSEQ ? 0 : error;
        more = more && FindNextFileW(search, &entry);
    }
    FindClose(search);
    return error;
}

int mmv__os_list(const char *path, bool (*see)(const char *name, void *user), void *user)
{
    size_t front = mmv__os_front_of(path);
    wchar_t *wide;
    char *pattern = malloc(front + 4);
    if (!pattern)
        return ENOMEM;
    memcpy(pattern, path, front);
    strcpy(pattern + front, front ? "*" : "./*");
    int error = mmv__win32_wide(pattern, &wide);
    free(pattern);
    if (error)
        return error;
    error = walk(wide, path + front, see, user);
    free(wide);
    return error;
}

/* Names are on the device when their file is. */
int mmv__os_sync_directory(const char *path)
{
    (void)path;
    return 0;
}
