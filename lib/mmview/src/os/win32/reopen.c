/* SPDX-License-Identifier: MIT */
/*
 * win32/reopen.c - an open file once more, with other rights.
 *
 * ReOpenFile() of Wine 8 takes what happens to lie in its memory for the name, and mostly finds nothing. Then the file
 * is opened by the name that it has at this moment, and has to be the same. Wine does not know that either of a file
 * that was renamed while it was open: then a second handle of the same opening has to do.
 */

#include "os/win32/win32.h"

#include <stdlib.h>

static bool is_same(HANDLE a, HANDLE b)
{
    mmv__win32_identity one, other;
    uint64_t size;
    return mmv__win32_identify(a, &one, &size) == 0 && mmv__win32_identify(b, &other, &size) == 0 &&
           one.device == other.device && one.inode == other.inode;
}

static HANDLE open_by_name(HANDLE handle, DWORD rights, DWORD flags)
{
    wchar_t *path;
    if (mmv__win32_path_of(handle, &path) != 0) {
        SetLastError(ERROR_FILE_NOT_FOUND);
        return INVALID_HANDLE_VALUE;
    }
    HANDLE other = CreateFileW(path, rights, MMV__SHARE_ALL, NULL, OPEN_EXISTING, flags, NULL);
    free(path);
    if (other == INVALID_HANDLE_VALUE || is_same(handle, other))
        return other;
    CloseHandle(other);
    SetLastError(ERROR_FILE_NOT_FOUND);
    return INVALID_HANDLE_VALUE;
}

/* It has its rights, and its locks. */
static HANDLE duplicate(HANDLE handle)
{
    HANDLE self = GetCurrentProcess(), other;
    if (DuplicateHandle(self, handle, self, &other, 0, FALSE, DUPLICATE_SAME_ACCESS))
        return other;
    return INVALID_HANDLE_VALUE;
}

HANDLE mmv__win32_reopen(HANDLE handle, DWORD rights, DWORD flags)
{
    HANDLE other = ReOpenFile(handle, rights, MMV__SHARE_ALL, flags);
    if (other != INVALID_HANDLE_VALUE && is_same(handle, other))
        return other;
    if (other != INVALID_HANDLE_VALUE)
        CloseHandle(other);
    else if (GetLastError() != ERROR_FILE_NOT_FOUND && GetLastError() != ERROR_PATH_NOT_FOUND &&
             GetLastError() != ERROR_INVALID_NAME)
        return INVALID_HANDLE_VALUE;
    other = open_by_name(handle, rights, flags);
    return other == INVALID_HANDLE_VALUE && flags == 0 ? duplicate(handle) : other;
}
