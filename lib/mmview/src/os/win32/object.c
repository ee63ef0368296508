/* SPDX-License-Identifier: MIT */
/*
 * win32/object.c - objects of the kernel by their names: sections, mutexes, events, semaphores.
 *
 * Names are those of Win32: NAME and Local\NAME are of the session, Global\NAME is for all of them. Sources:
 * CreateFileMappingW, CreateMutexW, NtQuerySection, NtQueryMutant. The latter's kind is not in Microsoft's
 * documentation of Win32, but in that of its driver kit, and has not changed since Windows NT.
 */

#include "os/object.h"
#include "os/file.h"
#include "os/sync.h"
#include "os/win32/win32.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <psapi.h>
#include <sddl.h>
#include <winternl.h>

/* ---- what winternl.h lacks -------------------------------------------------------------------------------------- */

#ifndef SEC_FILE
#define SEC_FILE 0x800000
#endif
#define QUERY_STATE 1 /* MUTANT_, EVENT_, SEMAPHORE_QUERY_STATE */

struct section_facts {
    PVOID base;
    ULONG attributes;
    LARGE_INTEGER size;
};

struct mutant_facts {
    LONG count; /* 1 = free, 1 - n = held n times */
    BOOLEAN is_own, is_abandoned;
};

struct event_facts {
    LONG type; /* 0 = manual */
    LONG state;
};

struct semaphore_facts {
    LONG count, most;
};

NTSTATUS NTAPI NtQuerySection(HANDLE section, ULONG what, void *facts, SIZE_T size, SIZE_T *length);
NTSTATUS NTAPI NtQueryMutant(HANDLE mutant, ULONG what, void *facts, ULONG size, ULONG *length);
NTSTATUS NTAPI NtQueryEvent(HANDLE event, ULONG what, void *facts, ULONG size, ULONG *length);
NTSTATUS NTAPI NtQuerySemaphore(HANDLE semaphore, ULONG what, void *facts, ULONG size, ULONG *length);

/* ---- opening ---------------------------------------------------------------------------------------------------- */

/* For free(3). */
static int wide_of(const char *name, wchar_t **wide_ret)
{
    int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name, -1, NULL, 0);
    if (length == 0)
        return EILSEQ;
    *wide_ret = malloc((size_t)length * sizeof **wide_ret);
    if (!*wide_ret)
        return ENOMEM;
    MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name, -1, *wide_ret, length);
    return 0;
}

/* One number for one name, as files have inodes: the system has none. FNV-1a. */
static uint64_t number_of(const wchar_t *name)
{
    static const wchar_t local[] = L"Local\\";
    size_t skipped = wcsncmp(name, local, wcslen(local)) == 0 ? wcslen(local) : 0;
    uint64_t sum = UINT64_C(14695981039346656037);
    for (const wchar_t *at = name + skipped; *at; at++)
        sum = (sum ^ *at) * UINT64_C(1099511628211);
    return sum;
}

static int add(HANDLE handle, mmv__object_sort sort, const wchar_t *name, int *descriptor_ret)
{
    struct section_facts facts;
    mmv__win32_section section = {.is_section = sort == MMV__SECTION, .number = number_of(name)};
    if (!section.is_section)
        return mmv__win32_add_object(handle, NULL, descriptor_ret);
    if (NtQuerySection(handle, 0, &facts, sizeof facts, NULL) != 0) {
        CloseHandle(handle);
        return EACCES;
    }
    section.size = (uint64_t)facts.size.QuadPart;
    return mmv__win32_add_object(handle, &section, descriptor_ret);
}

static HANDLE open_handle(const wchar_t *name, mmv__object_sort sort, bool writing)
{
    switch (sort) {
    case MMV__SECTION:
        return OpenFileMappingW(SECTION_QUERY | READ_CONTROL | FILE_MAP_READ | (writing ? FILE_MAP_WRITE : 0), FALSE,
                                name);
    case MMV__MUTEX:
        return OpenMutexW(SYNCHRONIZE | READ_CONTROL | QUERY_STATE, FALSE, name);
    case MMV__EVENT:
        return OpenEventW(SYNCHRONIZE | READ_CONTROL | QUERY_STATE | EVENT_MODIFY_STATE, FALSE, name);
    default:
        return OpenSemaphoreW(SYNCHRONIZE | READ_CONTROL | QUERY_STATE | SEMAPHORE_MODIFY_STATE, FALSE, name);
    }
}

int mmv__os_object_open(const char *name, mmv__object_sort sort, bool writing, int *descriptor_ret)
{
    wchar_t *wide;
    int error = wide_of(name, &wide);
    if (error)
        return error;
    HANDLE handle = open_handle(wide, sort, writing);
    error = handle ? add(handle, sort, wide, descriptor_ret) : mmv__win32_last();
    free(wide);
    return error;
}

int mmv__os_object_sort(const char *name, mmv__object_sort *sort_ret)
{
    wchar_t *wide;
    int error = wide_of(name, &wide);
    if (error)
        return error;
    error = EBADF;
    *sort_ret = MMV__SECTION;
    while (error == EBADF && *sort_ret != MMV__OTHER_OBJECT) {
        HANDLE handle = open_handle(wide, *sort_ret, false);
        error = handle ? 0 : mmv__win32_last();
        if (handle)
            CloseHandle(handle);
        else if (error == EBADF)
            ++*sort_ret;
    }
    free(wide);
    /* Of the right sort, and closed to us. */
    return error == ENOENT ? ENOENT : 0;
}

/* ---- making ----------------------------------------------------------------------------------------------------- */

/* The owner and the system may do everything, and everybody what bits of group or others say. For LocalFree(). */
static int describe_rights(unsigned permissions, PSECURITY_DESCRIPTOR *rights_ret)
{
    char space[sizeof(TOKEN_OWNER) + SECURITY_MAX_SID_SIZE];
    wchar_t text[400];
    wchar_t *owner;
    HANDLE token;
    DWORD length;
    const wchar_t *given = permissions & 0022u ? L"(A;;GRGWGX;;;WD)" : permissions & 0044u ? L"(A;;GR;;;WD)" : L"";
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return mmv__win32_last();
    BOOL known = GetTokenInformation(token, TokenOwner, space, sizeof space, &length);
    CloseHandle(token);
    if (!known || !ConvertSidToStringSidW(((TOKEN_OWNER *)(void *)space)->Owner, &owner))
        return mmv__win32_last();
    _snwprintf(text, sizeof text / sizeof text[0], L"D:(A;;GA;;;%ls)(A;;GA;;;SY)(A;;GA;;;BA)%ls", owner, given);
    LocalFree(owner);
    text[sizeof text / sizeof text[0] - 1] = L'\0';
    return ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, rights_ret, NULL)
               ? 0
               : mmv__win32_last();
}

static HANDLE make_handle(const wchar_t *name, mmv__object_sort sort, const mmv__object_make *make,
                          SECURITY_ATTRIBUTES *rights)
{
    HANDLE file = make->file >= 0 ? mmv__win32_handle(make->file) : INVALID_HANDLE_VALUE;
    switch (sort) {
    case MMV__SECTION:
        return CreateFileMappingW(file, rights, make->reads_only ? PAGE_READONLY : PAGE_READWRITE,
                                  (DWORD)(make->size >> 32), (DWORD)make->size, name);
    case MMV__MUTEX:
        return CreateMutexW(rights, make->owned, name);
    case MMV__EVENT:
        return CreateEventW(rights, make->manual, make->set, name);
    default:
        return CreateSemaphoreW(rights, (LONG)make->count, (LONG)make->most, name);
    }
}

static int make_named(const wchar_t *name, mmv__object_sort sort, const mmv__object_make *make, int *descriptor_ret)
{
    SECURITY_ATTRIBUTES rights = {.nLength = sizeof rights};
    /* Otherwise the default, which is the same: the owner and the system. */
    int error = make->permissions & 0066u ? describe_rights(make->permissions, &rights.lpSecurityDescriptor) : 0;
    if (error)
        return error;
    SetLastError(ERROR_SUCCESS);
    HANDLE handle = make_handle(name, sort, make, rights.lpSecurityDescriptor ? &rights : NULL);
    DWORD last = GetLastError();
    if (rights.lpSecurityDescriptor)
        LocalFree(rights.lpSecurityDescriptor);
    /* One that exists is opened with more rights than are needed, or not at all. */
    if (handle && last == ERROR_ALREADY_EXISTS) {
        CloseHandle(handle);
        return EEXIST;
    }
    if (!handle)
        return last == ERROR_INVALID_HANDLE ? EEXIST : mmv__win32_error(last);
    return add(handle, sort, name, descriptor_ret);
}

int mmv__os_object_make(const char *name, mmv__object_sort sort, const mmv__object_make *make, int *descriptor_ret)
{
    wchar_t *wide;
    int error = wide_of(name, &wide);
    if (error)
        return error;
    error = make_named(wide, sort, make, descriptor_ret);
    free(wide);
    return error;
}

/* ---- facts ------------------------------------------------------------------------------------------------------ */

int mmv__os_object_facts(int descriptor, mmv__object_facts *facts_ret)
{
    PUBLIC_OBJECT_BASIC_INFORMATION basic;
    HANDLE handle = mmv__win32_handle(descriptor);
    bool others;
    ULONG length;
    if (NtQueryObject(handle, ObjectBasicInformation, &basic, sizeof basic, &length) != 0)
        return EBADF;
    int error = mmv__win32_object_rights(handle, &facts_ret->user, &others);
    /* NOT-IN-WINE: it keeps no owners of objects, its server serves one user. */
    if (error == 0 && facts_ret->user == 0) {
        facts_ret->user = mmv__os_user();
        others = false;
    }
    facts_ret->permissions = others ? 0666 : 0600;
    facts_ret->descriptors = basic.HandleCount;
    return error;
}

int mmv__os_object_permit(int descriptor, unsigned permissions)
{
    PSECURITY_DESCRIPTOR rights;
    HANDLE handle = mmv__win32_handle(descriptor);
    int error = describe_rights(permissions, &rights);
    if (error)
        return error;
    error = SetKernelObjectSecurity(handle, DACL_SECURITY_INFORMATION, rights) ? 0 : mmv__win32_last();
    LocalFree(rights);
    return error;
}

int mmv__os_section_size(int descriptor, uint64_t *size_ret)
{
    mmv__win32_section section;
    if (!mmv__win32_is_section(descriptor, &section))
        return EBADF;
    *size_ret = section.size;
    return 0;
}

void mmv__os_section_limit(int descriptor, uint64_t size)
{
    mmv__win32_section section;
    if (!mmv__win32_is_section(descriptor, &section) || size > section.size)
        return;
    section.size = size;
    mmv__win32_set_section(descriptor, &section);
}

/* The path that the system gives for a mapped file, with what makes it one that can be opened. */
static int path_of_view(void *view, char **path_ret)
{
    static const wchar_t devices[] = L"\\\\?\\GLOBALROOT";
    enum { MOST = 32768 };
    wchar_t *path = malloc((MOST + sizeof devices) * sizeof *path);
    if (!path)
        return ENOMEM;
    size_t front = wcslen(devices);
    wcscpy(path, devices);
    DWORD length = GetMappedFileNameW(GetCurrentProcess(), view, path + front, MOST);
    int error = length ? 0 : mmv__win32_last();
    /* Wine tells \??\C:\FOLDER\FILE, Windows \Device\HarddiskVolume1\FOLDER\FILE. */
    wchar_t *start = path;
    if (wcsncmp(path + front, L"\\??\\", 4) == 0) {
        start = path + front;
        start[1] = L'\\';
    }
    if (error == 0)
        error = mmv__win32_narrow(start, path_ret);
    free(path);
    return error;
}

int mmv__os_section_file(int descriptor, char **path_ret)
{
    struct section_facts facts;
    HANDLE handle = mmv__win32_handle(descriptor);
    *path_ret = NULL;
    if (NtQuerySection(handle, 0, &facts, sizeof facts, NULL) != 0)
        return EBADF;
    void *view = MapViewOfFile(handle, FILE_MAP_READ, 0, 0, 1);
    if (!view)
        return mmv__win32_last();
    int error = path_of_view(view, path_ret);
    UnmapViewOfFile(view);
    /* Memory has no path. */
    return facts.attributes & SEC_FILE && error ? error : 0;
}

/* ---- waiting and signalling ------------------------------------------------------------------------------------- */

static DWORD milliseconds_of(double seconds)
{
    double most = (double)(INFINITE - 1);
    if (seconds < 0)
        return INFINITE;
    double milliseconds = ceil(seconds * 1e3 - 1e-6);
    return milliseconds < most ? (DWORD)milliseconds : INFINITE - 1;
}

int mmv__os_object_wait(int descriptor, double seconds)
{
    switch (WaitForSingleObject(mmv__win32_handle(descriptor), milliseconds_of(seconds))) {
    case WAIT_OBJECT_0:
        return 0;
    case WAIT_ABANDONED:
        return EOWNERDEAD;
    case WAIT_TIMEOUT:
        return ETIMEDOUT;
    default:
        return mmv__win32_last();
    }
}

int mmv__os_mutex_release(int descriptor)
{
    if (ReleaseMutex(mmv__win32_handle(descriptor)))
        return 0;
    return GetLastError() == ERROR_NOT_OWNER ? EPERM : mmv__win32_last();
}

int mmv__os_mutex_depth(int descriptor, unsigned *depth_ret)
{
    struct mutant_facts facts;
    if (NtQueryMutant(mmv__win32_handle(descriptor), 0, &facts, sizeof facts, NULL) != 0)
        return EBADF;
    *depth_ret = (unsigned)(1 - facts.count);
    return 0;
}

int mmv__os_event_put(int descriptor, bool set)
{
    HANDLE handle = mmv__win32_handle(descriptor);
    return (set ? SetEvent(handle) : ResetEvent(handle)) ? 0 : mmv__win32_last();
}

int mmv__os_event_is_manual(int descriptor, bool *manual_ret)
{
    struct event_facts facts;
    if (NtQueryEvent(mmv__win32_handle(descriptor), 0, &facts, sizeof facts, NULL) != 0)
        return EBADF;
    *manual_ret = facts.type == 0;
    return 0;
}

int mmv__os_semaphore_release(int descriptor, uint32_t count, uint32_t *before_ret)
{
    struct semaphore_facts facts;
    LONG before = 0;
    HANDLE handle = mmv__win32_handle(descriptor);
    if (count > MMV__SEMAPHORE_MOST)
        return ERANGE;
    if (count == 0) {
        /* Nothing is given: the call takes no 0. */
        if (NtQuerySemaphore(handle, 0, &facts, sizeof facts, NULL) != 0)
            return EBADF;
        before = facts.count;
    } else if (!ReleaseSemaphore(handle, (LONG)count, &before))
        return GetLastError() == ERROR_TOO_MANY_POSTS ? ERANGE : mmv__win32_last();
    *before_ret = (uint32_t)before;
    return 0;
}
