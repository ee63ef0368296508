/* SPDX-License-Identifier: MIT */
/*
 * windows/scratch.c - see scratch.h: what Windows does in its own way. Paths here are short, of ASCII, without spaces.
 *
 * No program of Windows may make a file shorter that anybody has mapped. Beside Wine there are programs that may: a
 * shell of the system below cuts the file, and then removes a mark, since Wine does not tell of its end.
 */

#include "scratch.h"
#include "windows/below.h"
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

/* ---- cutting ---------------------------------------------------------------------------------------------------- */

/* False: somebody has it mapped. */
static bool cut_here(const char *path, uint64_t size)
{
    FILE_END_OF_FILE_INFO end;
    HANDLE file = CreateFileA(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        scratch_die("open", path);
    end.EndOfFile.QuadPart = (LONGLONG)size;
    bool done = SetFileInformationByHandle(file, FileEndOfFileInfo, &end, sizeof end);
    if (!done && GetLastError() != ERROR_USER_MAPPED_FILE)
        scratch_die("truncate", path);
    CloseHandle(file);
    return done;
}

static void cut_below(const char *path, uint64_t size)
{
    char what[64];
    snprintf(what, sizeof what, "truncate -s %llu", (unsigned long long)size);
    if (!below_do(what, path))
        scratch_die("nobody cuts a file here that is mapped", path);
}

void file_cut(const char *path, uint64_t size)
{
    if (!cut_here(path, size))
        cut_below(path, size);
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

/* Where the holes are is not known here: what a file takes in all, file_allocated(), has to do. */
uint64_t file_next_data(const char *path, uint64_t offset)
{
    (void)offset;
    return file_length(path);
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

size_t system_page(void)
{
    SYSTEM_INFO facts;
    GetSystemInfo(&facts);
    return facts.dwAllocationGranularity;
}
