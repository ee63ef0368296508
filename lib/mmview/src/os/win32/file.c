/* SPDX-License-Identifier: MIT */
/*
 * win32/file.c - files are opened, and say what they are.
 *
 * Sources: CreateFileW, ReOpenFile, GetFileInformationByHandle, NtQueryObject. Wine 8: the time of creation changes
 * with each write, so it is not told there; FILE_FLAG_NO_BUFFERING is taken, and alignment not asked for.
 */

#include "os/file.h"
#include "os/machine.h"
#include "os/object.h"
#include "os/win32/win32.h"

#include <errno.h>
#include <stdlib.h>
#include <winternl.h>

/* 100 ns since 1601. */
#define BEFORE_1970 UINT64_C(116444736000000000)

static DWORD rights_for(mmv_access access)
{
    DWORD rights = (access & 3u) == MMV_READ_WRITE ? GENERIC_READ | GENERIC_WRITE : GENERIC_READ;
    return access & MMV_EXECUTE ? rights | GENERIC_EXECUTE : rights;
}

/* A name that leads elsewhere; other reparse points are files whose bytes are kept in another way. */
static bool is_link(HANDLE handle)
{
    FILE_ATTRIBUTE_TAG_INFO tag;
    return GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &tag, sizeof tag) &&
           tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT &&
           (tag.ReparseTag == IO_REPARSE_TAG_SYMLINK || tag.ReparseTag == IO_REPARSE_TAG_MOUNT_POINT);
}

static int open_handle(const wchar_t *path, mmv_access access, DWORD disposition, bool no_follow, HANDLE *handle_ret)
{
    /* Folders are opened, too, and then refused by their kind. */
    DWORD flags = FILE_ATTRIBUTE_NORMAL | FILE_FLAG_BACKUP_SEMANTICS | (no_follow ? FILE_FLAG_OPEN_REPARSE_POINT : 0);
    HANDLE handle = CreateFileW(path, rights_for(access), MMV__SHARE_ALL, NULL, disposition, flags, NULL);
    if (handle == INVALID_HANDLE_VALUE)
        return mmv__win32_last();
    if (no_follow && is_link(handle)) {
        CloseHandle(handle);
        return ELOOP;
    }
    *handle_ret = handle;
    return 0;
}

int mmv__os_open(const char *path, mmv_access access, const mmv__os_creation *how, int *descriptor_ret,
                 bool *created_ret)
{
    wchar_t *wide;
    HANDLE handle;
    int error = mmv__win32_wide(path, &wide);
    *created_ret = false;
    if (error)
        return error;
    error = EEXIST;
    if (how->mode != MMV_OPEN_EXISTING) {
        error = open_handle(wide, access, CREATE_NEW, how->no_follow, &handle);
        *created_ret = error == 0;
    }
    if (error == EEXIST && how->mode != MMV_CREATE_NEW)
        error = open_handle(wide, access, how->mode == MMV_CREATE ? TRUNCATE_EXISTING : OPEN_EXISTING, how->no_follow,
                            &handle);
    free(wide);
    if (error == 0)
        error = mmv__win32_add(handle, false, descriptor_ret);
    return error;
}

int mmv__win32_identify(HANDLE handle, mmv__win32_identity *identity_ret, uint64_t *size_ret)
{
    BY_HANDLE_FILE_INFORMATION facts;
    if (!GetFileInformationByHandle(handle, &facts))
        return mmv__win32_last();
    identity_ret->device = facts.dwVolumeSerialNumber;
    identity_ret->inode = (uint64_t)facts.nFileIndexHigh << 32 | facts.nFileIndexLow;
    *size_ret = (uint64_t)facts.nFileSizeHigh << 32 | facts.nFileSizeLow;
    return 0;
}

static uint64_t nanoseconds_of(uint64_t time)
{
    return time > BEFORE_1970 ? (time - BEFORE_1970) * 100 : 0;
}

/* rwxrwxrwx, of what rights.c found: who reads is not asked. */
static unsigned permissions_of(DWORD attributes, bool others)
{
    unsigned writing = attributes & FILE_ATTRIBUTE_READONLY ? 0 : others ? 0222 : 0200;
    return 0444 | writing;
}

/* A section that has a name is a file whose length stays. */
static int facts_of_section(int descriptor, const mmv__win32_section *section, mmv__os_facts *facts_ret)
{
    mmv__object_facts object;
    int error = mmv__os_object_facts(descriptor, &object);
    if (error)
        return error;
    *facts_ret = (mmv__os_facts){
        .kind = MMV__FILE,
        .size = section->size,
        .allocated = section->size,
        .device = MMV__DEVICE_OF_NAMES,
        .inode = section->number,
        .user = object.user,
        .permissions = object.permissions,
        .links = 1,
    };
    return 0;
}

int mmv__os_get_facts(int descriptor, mmv__os_facts *facts_ret)
{
    HANDLE handle = mmv__win32_handle(descriptor);
    mmv__win32_section section;
    mmv__win32_identity identity = {0, 0};
    FILE_STANDARD_INFO standard;
    FILE_BASIC_INFO basic;
    uint64_t size;
    uint32_t owner;
    bool others;
    *facts_ret = (mmv__os_facts){.kind = MMV__OTHER};
    if (handle == INVALID_HANDLE_VALUE)
        return EBADF;
    if (mmv__win32_is_section(descriptor, &section))
        return facts_of_section(descriptor, &section, facts_ret);
    /* A pipe, a console: nothing that can be mapped. */
    if (GetFileType(handle) != FILE_TYPE_DISK)
        return 0;
    int error = mmv__win32_identify(handle, &identity, &size);
    if (error == 0)
        error = mmv__win32_rights(handle, &owner, &others);
    if (error)
        return error;
    if (!GetFileInformationByHandleEx(handle, FileStandardInfo, &standard, sizeof standard) ||
        !GetFileInformationByHandleEx(handle, FileBasicInfo, &basic, sizeof basic))
        return mmv__win32_last();
    *facts_ret = (mmv__os_facts){
        .kind = standard.Directory ? MMV__OTHER : MMV__FILE,
        .size = (uint64_t)standard.EndOfFile.QuadPart,
        .allocated = (uint64_t)standard.AllocationSize.QuadPart,
        .device = identity.device,
        .inode = identity.inode,
        .user = owner,
        .permissions = permissions_of(basic.FileAttributes, others),
        .links = standard.DeletePending ? 0 : standard.NumberOfLinks,
        .modified = nanoseconds_of((uint64_t)basic.LastWriteTime.QuadPart),
    };
    return 0;
}

bool mmv__os_may(int descriptor, mmv_access access)
{
    PUBLIC_OBJECT_BASIC_INFORMATION facts;
    HANDLE handle = mmv__win32_handle(descriptor);
    ULONG length;
    if (handle == INVALID_HANDLE_VALUE ||
        NtQueryObject(handle, ObjectBasicInformation, &facts, sizeof facts, &length) != 0)
        return false;
    mmv__win32_section section;
    bool writes = (access & 3u) == MMV_READ_WRITE;
    DWORD wanted = writes ? FILE_READ_DATA | FILE_WRITE_DATA : FILE_READ_DATA;
    if (mmv__win32_is_section(descriptor, &section))
        wanted = writes ? SECTION_MAP_READ | SECTION_MAP_WRITE : SECTION_MAP_READ;
    return (facts.GrantedAccess & wanted) == wanted;
}

static int duplicate(HANDLE handle, const mmv__win32_section *section, int *descriptor_ret)
{
    HANDLE own = GetCurrentProcess(), again;
    if (!DuplicateHandle(own, handle, own, &again, 0, FALSE, DUPLICATE_SAME_ACCESS))
        return mmv__win32_last();
    return mmv__win32_add_object(again, section, descriptor_ret);
}

/* Memory that has a name has no transfers past the cache: it is the cache. */
static int reopen(int descriptor, mmv_access access, DWORD flags, int *descriptor_ret)
{
    HANDLE handle = mmv__win32_handle(descriptor);
    mmv__win32_section section;
    if (handle == INVALID_HANDLE_VALUE)
        return EBADF;
    if (mmv__win32_is_section(descriptor, &section))
        return flags ? EINVAL : duplicate(handle, &section, descriptor_ret);
    handle = mmv__win32_reopen(handle, rights_for(access), flags);
    if (handle == INVALID_HANDLE_VALUE)
        return mmv__win32_last();
    return mmv__win32_add(handle, (flags & FILE_FLAG_OVERLAPPED) != 0, descriptor_ret);
}

int mmv__os_duplicate(int descriptor, int *descriptor_ret)
{
    HANDLE handle = mmv__win32_handle(descriptor), again;
    HANDLE own = GetCurrentProcess();
    mmv__win32_section section;
    if (handle == INVALID_HANDLE_VALUE)
        return EBADF;
    if (mmv__win32_is_section(descriptor, &section))
        return duplicate(handle, &section, descriptor_ret);
    if (!DuplicateHandle(own, handle, own, &again, 0, FALSE, DUPLICATE_SAME_ACCESS))
        return mmv__win32_last();
    return mmv__win32_add(again, false, descriptor_ret);
}

int mmv__os_share(int descriptor, mmv_sharing sharing)
{
    (void)descriptor, (void)sharing;
    return ENOTSUP;
}

int mmv__os_reopen(int descriptor, mmv_access access, int *descriptor_ret)
{
    return reopen(descriptor, access, 0, descriptor_ret);
}

/* Sectors have 512 or 4096 bytes; the larger is right for both. No assert: the system checks it (NOT-IN-WINE). */
int mmv__os_open_direct(int descriptor, mmv_access access, int *descriptor_ret, size_t *block_ret)
{
    *block_ret = 4096;
    return reopen(descriptor, access, FILE_FLAG_NO_BUFFERING | FILE_FLAG_OVERLAPPED, descriptor_ret);
}

static bool is_wine(void)
{
    HMODULE library = GetModuleHandleW(L"ntdll.dll");
    return library && GetProcAddress(library, "wine_get_version") != NULL;
}

/* NOT-IN-WINE: there it changes with each write. */
uint64_t mmv__os_birth(int descriptor)
{
    FILE_BASIC_INFO basic;
    HANDLE handle = mmv__win32_handle(descriptor);
    if (is_wine() || handle == INVALID_HANDLE_VALUE ||
        !GetFileInformationByHandleEx(handle, FileBasicInfo, &basic, sizeof basic))
        return 0;
    return nanoseconds_of((uint64_t)basic.CreationTime.QuadPart);
}
