/* SPDX-License-Identifier: MIT */
/*
 * win32/wide - paths and texts: UTF-8 in the tools, UTF-16 and any length for the system.
 *
 * A path that is longer than MAX_PATH must be whole and begin with \\?\. Sources: "Maximum Path Length Limitation",
 * GetFullPathNameW, GetFinalPathNameByHandleW. The library has the same for itself (lib/mmview/src/os/win32/path.c),
 * under names that it does not export: the tools stand on its public headers alone (the table in docs/design.md). What
 * is mended in one of the two belongs into the other.
 */
#include "kit/os/win32/win32.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <winternl.h>

#define SHORT_ENOUGH 240 /* MAX_PATH, less a name of 8.3 that folders must leave room for */
#define PREFIX_ROOM 8    /* letters: \\?\UNC\ */

wchar_t *win32_wide_text(const char *text)
{
    int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
    wchar_t *wide = length > 0 ? malloc((size_t)length * sizeof *wide) : NULL;
    if (wide)
        MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, wide, length);
    return wide;
}

char *win32_narrow_text(const wchar_t *wide)
{
    int length = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide, -1, NULL, 0, NULL, NULL);
    char *text = length > 0 ? malloc((size_t)length) : NULL;
    if (text)
        WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide, -1, text, length, NULL, NULL);
    return text;
}

/* The whole path, behind room for a prefix. */
static int make_whole(const wchar_t *path, wchar_t **whole_ret)
{
    DWORD room = GetFullPathNameW(path, 0, NULL, NULL);
    if (room == 0)
        return win32_last();
    wchar_t *whole = malloc((PREFIX_ROOM + (size_t)room) * sizeof *whole);
    if (!whole)
        return ENOMEM;
    DWORD length = GetFullPathNameW(path, room, whole + PREFIX_ROOM, NULL);
    if (length == 0 || length >= room) {
        int error = length == 0 ? win32_last() : EAGAIN; /* another thread has changed the folder */
        free(whole);
        return error;
    }
    *whole_ret = whole;
    return 0;
}

/* \\server\share becomes \\?\UNC\server\share. */
static void add_prefix(wchar_t *whole)
{
    const wchar_t *path = whole + PREFIX_ROOM;
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

int win32_wide(const char *path, wchar_t **wide_ret)
{
    if (!*path)
        return ENOENT;
    wchar_t *wide = win32_wide_text(path);
    if (!wide)
        return EILSEQ;
    int error = make_whole(wide, wide_ret);
    free(wide);
    if (error == 0)
        add_prefix(*wide_ret);
    return error;
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

int win32_path_of(HANDLE handle, wchar_t **path_ret)
{
    enum { HOW = FILE_NAME_NORMALIZED | VOLUME_NAME_DOS };
    DWORD room = GetFinalPathNameByHandleW(handle, NULL, 0, HOW);
    if (room == 0)
        return GetLastError() == ERROR_MORE_DATA ? long_path_of(handle, path_ret) : win32_last();
    wchar_t *path = malloc(((size_t)room + 1) * sizeof *path);
    if (!path)
        return ENOMEM;
    DWORD length = GetFinalPathNameByHandleW(handle, path, room + 1, HOW);
    if (length == 0 || length > room) {
        int error = length == 0 ? win32_last() : EAGAIN; /* it was renamed meanwhile */
        free(path);
        return error;
    }
    *path_ret = path;
    return 0;
}

/* Behind \\?\ the system takes a path as it is: with '\' between its parts, and without "." */
static int join(const wchar_t *folder, const char *name, wchar_t **wide_ret)
{
    wchar_t *last = win32_wide_text(name);
    size_t front = wcslen(folder);
    wchar_t *path = last ? malloc((front + wcslen(last) + 2) * sizeof *path) : NULL;
    if (path) {
        memcpy(path, folder, front * sizeof *path);
        if (front > 0 && path[front - 1] != L'\\')
            path[front++] = L'\\';
        wcscpy(path + front, last);
        for (wchar_t *at = path + front; *at; at++)
            if (*at == L'/')
                *at = L'\\';
    }
    int error = !last ? EILSEQ : !path ? ENOMEM : make_whole(path, wide_ret);
    if (error == 0)
        add_prefix(*wide_ret);
    free(last);
    free(path);
    return error;
}

int win32_wide_in(int folder, const char *name, wchar_t **wide_ret)
{
    wchar_t *path;
    HANDLE handle = win32_handle(folder);
    if (handle == INVALID_HANDLE_VALUE)
        return EBADF;
    int error = *name ? win32_path_of(handle, &path) : ENOENT;
    if (error != 0)
        return error;
    error = join(path, name, wide_ret);
    free(path);
    return error;
}
