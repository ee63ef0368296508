/* SPDX-License-Identifier: MIT */
/*
 * unix: see unix.h.
 *
 * 1. What munmap() gives back is one view, or one piece of memory, as a whole: the system says where that begins. No
 *    assert: who asks for less has a bug that this file cannot see.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kit/os/folder.h"
#include "kit/os/win32/win32.h"
#include "mmbench/os/mapping.h"
#include "mmbench/os/system.h"

#define BLOCK 65536u            /* views begin at multiples of it: SYSTEM_INFO.dwAllocationGranularity */
#define ADD_FILES_AND_FOLDERS 6 /* FILE_ADD_FILE, FILE_ADD_SUBDIRECTORY of a folder */

static int give(int error)
{
    if (error == 0)
        return 0;
    errno = error;
    return -1;
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static DWORD rights_of(int flags)
{
    return flags & O_RDWR ? GENERIC_READ | GENERIC_WRITE : flags & O_WRONLY ? GENERIC_WRITE : GENERIC_READ;
}

static DWORD disposition_of(int flags)
{
    if (flags & O_CREAT)
        return flags & O_EXCL ? CREATE_NEW : flags & O_TRUNC ? CREATE_ALWAYS : OPEN_ALWAYS;
    return flags & O_TRUNC ? TRUNCATE_EXISTING : OPEN_EXISTING;
}

static int open_with(const char *path, DWORD rights, DWORD disposition, HANDLE *handle_ret)
{
    wchar_t *wide;
    int error = win32_wide(path, &wide);
    if (error != 0)
        return error;
    *handle_ret = CreateFileW(wide, rights, SHARE_ALL, NULL, disposition, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    error = *handle_ret == INVALID_HANDLE_VALUE ? win32_last() : 0;
    free(wide);
    return error;
}

/* Permissions of a new file are what the folder gives. */
int bench_open(const char *path, int flags, ...)
{
    HANDLE handle;
    int descriptor;
    int error = flags & O_DIRECT ? EINVAL : open_with(path, rights_of(flags), disposition_of(flags), &handle);
    if (error == 0)
        error = win32_descriptor(handle, flags & (O_RDWR | O_WRONLY), &descriptor);
    return error == 0 ? descriptor : give(error);
}

int bench_access(const char *path, int wanted)
{
    HANDLE handle;
    struct file_facts facts;
    DWORD rights = wanted & R_OK ? GENERIC_READ : FILE_READ_ATTRIBUTES;
    int error = file_look_at(path, true, &facts);
    if (error == 0 && wanted & W_OK)
        rights |= facts.kind == FILE_FOLDER ? ADD_FILES_AND_FOLDERS : GENERIC_WRITE;
    if (error == 0 && (error = open_with(path, rights, OPEN_EXISTING, &handle)) == 0)
        CloseHandle(handle);
    return give(error);
}

int bench_unlink(const char *path)
{
    wchar_t *wide;
    int error = win32_wide(path, &wide);
    if (error != 0)
        return give(error);
    error = DeleteFileW(wide) ? 0 : win32_last();
    free(wide);
    return give(error);
}

int bench_rename(const char *from, const char *to)
{
    wchar_t *old, *wide;
    int error = win32_wide(from, &old);
    if (error != 0)
        return give(error);
    error = win32_wide(to, &wide);
    if (error == 0) {
        error = MoveFileExW(old, wide, MOVEFILE_REPLACE_EXISTING) ? 0 : win32_last();
        free(wide);
    }
    free(old);
    return give(error);
}

int bench_mkdir(const char *path, unsigned permissions)
{
    return give(folder_make(path, permissions));
}

/* The C runtime has no 'e': a stream of this process is inherited by none that it starts with CreateProcess(). */
FILE *bench_fopen(const char *path, const char *mode)
{
    char known[8];
    size_t length = strcspn(mode, "e");
    if (length >= sizeof known)
        return errno = EINVAL, NULL;
    memcpy(known, mode, length);
    known[length] = '\0';
    return file_open_stream(path, known);
}

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

ssize_t bench_pread(int file, void *data, size_t length, off_t offset)
{
    size_t done = 0;
    int error = file_read_at(file, data, length, (uint64_t)offset, &done);
    return error == 0 ? (ssize_t)done : give(error);
}

ssize_t bench_pwrite(int file, const void *data, size_t length, off_t offset)
{
    int error = file_write_at(file, data, length, (uint64_t)offset);
    return error == 0 ? (ssize_t)length : give(error);
}

int bench_fsync(int file)
{
    return give(file_sync(file));
}

int bench_ftruncate(int file, off_t size)
{
    FILE_END_OF_FILE_INFO end;
    end.EndOfFile.QuadPart = size;
    return give(SetFileInformationByHandle(win32_handle(file), FileEndOfFileInfo, &end, sizeof end) ? 0 : win32_last());
}

int bench_fallocate(int file, int mode, off_t offset, off_t length)
{
    (void)file, (void)mode, (void)offset, (void)length;
    return give(EOPNOTSUPP);
}

/* ---- address space ----------------------------------------------------------------------------------------------- */

static char *view_of(HANDLE section, bool writes, uint64_t offset, size_t length)
{
    uint64_t start = offset / BLOCK * BLOCK;
    size_t in_front = (size_t)(offset - start);
    char *view = MapViewOfFile(section, writes ? FILE_MAP_WRITE | FILE_MAP_READ : FILE_MAP_READ, (DWORD)(start >> 32),
                               (DWORD)start, in_front + length);
    return view ? view + in_front : NULL;
}

static void *map_file(int file, bool writes, uint64_t offset, size_t length)
{
    HANDLE section = CreateFileMappingW(win32_handle(file), NULL, writes ? PAGE_READWRITE : PAGE_READONLY, 0, 0, NULL);
    void *data = section ? view_of(section, writes, offset, length) : NULL;
    int error = data ? 0 : win32_last();
    /* The view keeps it. */
    if (section)
        CloseHandle(section);
    errno = error;
    return data ? data : MAP_FAILED;
}

void *bench_mmap(void *address, size_t length, int protection, int flags, int file, off_t offset)
{
    if (address || flags & MAP_POPULATE) {
        errno = ENOSYS;
        return MAP_FAILED;
    }
    if (!(flags & MAP_ANONYMOUS))
        return map_file(file, protection & PROT_WRITE, (uint64_t)offset, length);
    void *data = VirtualAlloc(NULL, length, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    errno = data ? 0 : ENOMEM;
    return data ? data : MAP_FAILED;
}

int bench_munmap(void *data, size_t length)
{
    MEMORY_BASIC_INFORMATION facts;
    (void)length;
    if (VirtualQuery(data, &facts, sizeof facts) == 0)
        return give(EINVAL);
    bool done = facts.Type == MEM_MAPPED ? UnmapViewOfFile(facts.AllocationBase)
                                         : VirtualFree(facts.AllocationBase, 0, MEM_RELEASE);
    return give(done ? 0 : win32_last());
}

int bench_madvise(void *data, size_t length, int advice)
{
    (void)data, (void)length, (void)advice;
    return give(ENOSYS);
}

/* ---- the machine ------------------------------------------------------------------------------------------------- */

/* The largest third-level cache; 0 = not known. */
static long cache_bytes(void)
{
    DWORD length = 0;
    long largest = 0;
    GetLogicalProcessorInformation(NULL, &length);
    SYSTEM_LOGICAL_PROCESSOR_INFORMATION *all = malloc(length + 1);
    if (all && GetLogicalProcessorInformation(all, &length))
        for (size_t i = 0; i < length / sizeof *all; i++)
            if (all[i].Relationship == RelationCache && all[i].Cache.Level == 3 && (long)all[i].Cache.Size > largest)
                largest = (long)all[i].Cache.Size;
    free(all);
    return largest;
}

long bench_sysconf(int what)
{
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    return what == _SC_PAGESIZE ? (long)system.dwPageSize : cache_bytes();
}

/* Wine says which one it is; what it says of Windows is what it was told to pretend. */
int bench_uname(struct utsname *system_ret)
{
    RTL_OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof version};
    HMODULE library = GetModuleHandleW(L"ntdll.dll");
    const char *(*wine)(void) = (const char *(*)(void))(void *)GetProcAddress(library, "wine_get_version");
    LONG (*ask)(RTL_OSVERSIONINFOW *) = (LONG(*)(RTL_OSVERSIONINFOW *))(void *)GetProcAddress(library, "RtlGetVersion");
    if (!ask || ask(&version) != 0)
        return give(ENOSYS);
    snprintf(system_ret->release, sizeof system_ret->release, "Windows %lu.%lu.%lu%s%s", version.dwMajorVersion,
             version.dwMinorVersion, version.dwBuildNumber, wine ? ", Wine " : "", wine ? wine() : "");
    return 0;
}
