/* SPDX-License-Identifier: MIT */
/*
 * below.c - see below.h. Wine starts programs of the system below, and tells of no such process how it ended: that a
 * command is done says a file that it removes.
 */
#include "windows/below.h"

#include <stdio.h>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#define PATIENCE_MS 60000

bool below_path(const char *path, char *below, size_t size)
{
    typedef char *CDECL translate(const WCHAR *path);
    WCHAR wide[600];
    translate *call = (translate *)(void *)GetProcAddress(GetModuleHandleA("kernel32.dll"), "wine_get_unix_file_name");
    if (!call || MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, (int)(sizeof wide / sizeof wide[0])) == 0)
        return false;
    char *found = call(wide);
    if (!found)
        return false;
    snprintf(below, size, "%s", found);
    HeapFree(GetProcessHeap(), 0, found);
    return true;
}

static bool start_shell(const char *script)
{
    char command[2400];
    STARTUPINFOA how = {.cb = sizeof how};
    PROCESS_INFORMATION shell;
    snprintf(command, sizeof command, "sh -c \"%s\"", script);
    if (!CreateProcessA("Z:\\bin\\sh", command, NULL, NULL, FALSE, 0, NULL, NULL, &how, &shell))
        return false;
    if (shell.hProcess)
        CloseHandle(shell.hProcess);
    if (shell.hThread)
        CloseHandle(shell.hThread);
    return true;
}

/* A file, gone when what was asked for is done. */
static bool make_mark(const char *path)
{
    HANDLE file = CreateFileA(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    return file != INVALID_HANDLE_VALUE && CloseHandle(file);
}

bool below_do(const char *what, const char *path)
{
    char mark[600], below[600], mark_below[620], script[2200];
    snprintf(mark, sizeof mark, "%s.below-%lx", path, GetCurrentThreadId());
    if (!make_mark(mark))
        return false;
    bool done = below_path(path, below, sizeof below) && below_path(mark, mark_below, sizeof mark_below);
    snprintf(script, sizeof script, "%s '%s' && rm '%s'", what, below, mark_below);
    done = done && start_shell(script);
    for (unsigned waited = 0; done && GetFileAttributesA(mark) != INVALID_FILE_ATTRIBUTES; waited++) {
        done = waited < PATIENCE_MS;
        Sleep(1);
    }
    if (!done)
        DeleteFileA(mark);
    return done;
}
