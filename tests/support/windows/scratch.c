/* SPDX-License-Identifier: MIT */
/* windows/scratch.c - see scratch.h: what Windows does in its own way. Paths here are short, and of ASCII. */

#include "scratch.h"
#include "scratch_place.h"

#include <stdio.h>
#include <stdlib.h>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#define DIRECTORIES 16

static char directories[DIRECTORIES][256];
static unsigned made;

static void remove_folder(const char *folder)
{
    char path[600];
    WIN32_FIND_DATAA entry;
    snprintf(path, sizeof path, "%s\\*", folder);
    HANDLE search = FindFirstFileA(path, &entry);
    for (bool more = search != INVALID_HANDLE_VALUE; more; more = FindNextFileA(search, &entry)) {
        bool is_folder = entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY;
        snprintf(path, sizeof path, "%s\\%s", folder, entry.cFileName);
        if (!is_folder) {
            SetFileAttributesA(path, FILE_ATTRIBUTE_NORMAL);
            DeleteFileA(path);
        } else if (entry.cFileName[0] != '.')
            remove_folder(path);
    }
    if (search != INVALID_HANDLE_VALUE)
        FindClose(search);
    RemoveDirectoryA(folder);
}

static void clean(void)
{
    for (unsigned i = 0; i < made; i++)
        remove_folder(directories[i]);
}

bool scratch_use(const char *base)
{
    char place[200];
    if (made == DIRECTORIES)
        scratch_die("too many scratch directories", "scratch");
    if (base)
        snprintf(place, sizeof place, "%s/", base);
    else if (GetTempPathA(sizeof place, place) == 0)
        return false;
    LARGE_INTEGER now;
    QueryPerformanceCounter(&now);
    snprintf(directories[made], sizeof directories[made], "%smmv-test-%lx-%llx", place, GetCurrentProcessId(),
             (unsigned long long)now.QuadPart);
    for (char *at = directories[made]; *at; at++)
        if (*at == '\\')
            *at = '/';
    if (!CreateDirectoryA(directories[made], NULL))
        return false;
    if (made++ == 0)
        atexit(clean);
    return true;
}

const char *scratch_place(void)
{
    return made ? directories[made - 1] : "";
}

static HANDLE open_or_die(const char *path)
{
    HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        scratch_die("open", path);
    return file;
}

uint64_t file_allocated(const char *path)
{
    FILE_STANDARD_INFO facts;
    HANDLE file = open_or_die(path);
    if (!GetFileInformationByHandleEx(file, FileStandardInfo, &facts, sizeof facts))
        scratch_die("stat", path);
    CloseHandle(file);
    return (uint64_t)facts.AllocationSize.QuadPart;
}

/* A test that asks for holes is in the list of windows.cmake. */
uint64_t file_next_data(const char *path, uint64_t offset)
{
    (void)offset;
    scratch_die("holes are not known here", path);
}

/* Handles of files: each number that may be one is looked at. */
unsigned open_descriptors(void)
{
    DWORD handles = 0;
    unsigned count = 0;
    GetProcessHandleCount(GetCurrentProcess(), &handles);
    for (uintptr_t number = 4; number < 4 * ((uintptr_t)handles + 64); number += 4)
        count += GetFileType((HANDLE)number) == FILE_TYPE_DISK;
    return count;
}
