/* SPDX-License-Identifier: MIT */
/*
 * win32/path.c - paths: UTF-8 in the library, UTF-16 and any length for the system.
 *
 * A path that is longer than MAX_PATH must be whole and begin with \\?\. Sources: "Maximum Path Length Limitation",
 * GetFullPathNameW, GetFinalPathNameByHandleW.
 */

#include "os/win32/win32.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <winternl.h>

#define SHORT_ENOUGH 240 /* MAX_PATH, less a name of 8.3 that folders must leave room for */

static int to_wide(const char *text, wchar_t **wide_ret)
{
    int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
    if (length == 0)
        return EILSEQ;
    *wide_ret = malloc((size_t)length * sizeof **wide_ret);
    if (!*wide_ret)
        return ENOMEM;
    MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, *wide_ret, length);
    return 0;
}

/* The whole path, behind 8 characters of room. */
static int make_whole(const wchar_t *path, wchar_t **whole_ret)
{
    DWORD room = GetFullPathNameW(path, 0, NULL, NULL);
    if (room == 0)
        return mmv__win32_last();
    wchar_t *whole = malloc((8 + (size_t)room) * sizeof *whole);
    if (!whole)
        return ENOMEM;
    DWORD length = GetFullPathNameW(path, room, whole + 8, NULL);
    if (length == 0 || length >= room) {
        int error = length == 0 ? mmv__win32_last() : EAGAIN; /* another thread has changed the folder */
        free(whole);
        return error;
    }
    *whole_ret = whole;
    return 0;
}

/* \\server\share becomes \\?\UNC\server\share. */
static void add_prefix(wchar_t *whole)
{
    const wchar_t *path = whole + 8;
    bool is_plain = path[0] != L'\\' || path[1] != L'\\';
    bool is_long = wcslen(path) >= SHORT_ENOUGH;
    bool is_verbatim = !is_plain && (path[2] == L'?' || path[2] == L'.') && path[3] == L'\\';
    const wchar_t *prefix = !is_long || is_verbatim ? L"" : is_plain ? L"\\\\?\\" : L"\\\\?\\UNC\\";
    if (is_long && !is_plain && !is_verbatim)
        path += 2;
    size_t length = wcslen(prefix);
    memmove(whole + length, path, (wcslen(path) + 1) * sizeof *whole);
    memcpy(whole, prefix, length * sizeof *whole);
}

int mmv__win32_wide(const char *path, wchar_t **wide_ret)
{
    wchar_t *wide;
    int error = *path ? to_wide(path, &wide) : ENOENT;
    if (error)
        return error;
    error = make_whole(wide, wide_ret);
    free(wide);
    if (error == 0)
        add_prefix(*wide_ret);
    return error;
}

int mmv__win32_narrow(const wchar_t *wide, char **narrow_ret)
{
    int length = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide, -1, NULL, 0, NULL, NULL);
    if (length == 0)
        return EILSEQ;
    char *narrow = malloc((size_t)length);
    if (!narrow)
        return ENOMEM;
    WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide, -1, narrow, length, NULL, NULL);
    for (char *at = narrow; *at; at++)
        if (*at == '\\')
            *at = '/';
    *narrow_ret = narrow;
    return 0;
}

/*
 * Wine 8 has no GetFinalPathNameByHandleW() of a path of more than MAX_PATH letters: it fails with ERROR_MORE_DATA.
 * What that function asks there is asked here with more room: \??\ and the path.
 */
static int long_path_of(HANDLE handle, wchar_t **path_ret)
{
    enum { ROOM = 65536 + 64 };
    struct {
        UNICODE_STRING name;
    } *info = malloc(ROOM);
    ULONG length;
    if (!info)
        return ENOMEM;
    bool known =
        NtQueryObject(handle, (OBJECT_INFORMATION_CLASS)1 /* ObjectNameInformation */, info, ROOM, &length) == 0;
    size_t letters = known ? info->name.Length / sizeof(wchar_t) : 0;
    wchar_t *path = letters > 4 ? malloc((letters + 1) * sizeof *path) : NULL;
    if (path) {
        memcpy(path, info->name.Buffer, letters * sizeof *path);
        path[letters] = L'\0';
        path[1] = L'\\';
    }
    free(info);
    *path_ret = path;
    return path ? 0 : ENAMETOOLONG;
}

int mmv__win32_path_of(HANDLE handle, wchar_t **path_ret)
{
    enum { HOW = FILE_NAME_NORMALIZED | VOLUME_NAME_DOS };
    DWORD room = GetFinalPathNameByHandleW(handle, NULL, 0, HOW);
    if (room == 0)
        return GetLastError() == ERROR_MORE_DATA ? long_path_of(handle, path_ret) : mmv__win32_last();
    wchar_t *path = malloc(((size_t)room + 1) * sizeof *path);
    if (!path)
        return ENOMEM;
    DWORD length = GetFinalPathNameByHandleW(handle, path, room + 1, HOW);
    if (length == 0 || length > room) {
        int error = length == 0 ? mmv__win32_last() : EAGAIN; /* it was renamed meanwhile */
        free(path);
        return error;
    }
    *path_ret = path;
    return 0;
}
