/* SPDX-License-Identifier: MIT */
/*
 * win32/rights.c - who may do what with a file: owners, access control lists, attributes.
 *
 * An owner is a security identifier of up to 68 bytes; the contract has 32 bits. So an owner is a sum of these bytes
 * here: equal owners have equal numbers, and two owners one number once in 4 billion. 0 is nobody's.
 */

#include "os/file.h"
#include "os/object.h"
#include "os/sync.h"
#include "os/win32/win32.h"

#include <aclapi.h>
#include <errno.h>
#include <stdlib.h>

/* FNV-1a of 32 bits. */
static uint32_t number_of(PSID who)
{
    const unsigned char *bytes = (const unsigned char *)who;
    uint32_t sum = 2166136261u;
    for (DWORD i = 0; i < GetLengthSid(who); i++)
        sum = (sum ^ bytes[i]) * 16777619u;
    return sum ? sum : 1;
}

/* The system and the administrators may do everything anyway. */
static bool is_trusted(PSID who, PSID owner)
{
    return EqualSid(who, owner) || IsWellKnownSid(who, WinLocalSystemSid) ||
           IsWellKnownSid(who, WinBuiltinAdministratorsSid) || IsWellKnownSid(who, WinCreatorOwnerSid) ||
           IsWellKnownSid(who, WinCreatorOwnerRightsSid);
}

/* Denials are not looked at: what they take away is counted as given, which believes less. */
static bool others_may(DWORD rights, PACL list, PSID owner)
{
    ACCESS_ALLOWED_ACE *entry;
    /* No list: everybody may do everything. */
    if (!list)
        return true;
    for (DWORD i = 0; i < list->AceCount; i++) {
        if (!GetAce(list, i, (void **)&entry))
            return true;
        if (entry->Header.AceType == ACCESS_DENIED_ACE_TYPE || entry->Header.AceFlags & INHERIT_ONLY_ACE)
            continue;
        /* Kinds of entries that are not known here may give rights. */
        if (entry->Header.AceType != ACCESS_ALLOWED_ACE_TYPE)
            return true;
        if (entry->Mask & rights && !is_trusted((PSID)&entry->SidStart, owner))
            return true;
    }
    return false;
}

#define CHANGES (WRITE_DAC | WRITE_OWNER | GENERIC_WRITE | GENERIC_ALL)

static int look_at(HANDLE handle, SE_OBJECT_TYPE sort, DWORD writes, uint32_t *owner_ret, bool *others_ret)
{
    PSID owner;
    PACL list;
    PSECURITY_DESCRIPTOR all;
    DWORD error = GetSecurityInfo(handle, sort, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner, NULL,
                                  &list, NULL, &all);
    if (error != ERROR_SUCCESS)
        return mmv__win32_error(error);
    *owner_ret = owner ? number_of(owner) : 0;
    *others_ret = !owner || others_may(writes | CHANGES, list, owner);
    LocalFree(all);
    return 0;
}

int mmv__win32_rights(HANDLE handle, uint32_t *owner_ret, bool *others_ret)
{
    return look_at(handle, SE_FILE_OBJECT, FILE_WRITE_DATA | FILE_APPEND_DATA, owner_ret, others_ret);
}

/* The right to change the state of an event or a semaphore has the number of that to map a section for stores. */
int mmv__win32_object_rights(HANDLE handle, uint32_t *owner_ret, bool *others_ret)
{
    return look_at(handle, SE_KERNEL_OBJECT, SECTION_MAP_WRITE, owner_ret, others_ret);
}

/* Whose new files are: of an administrator, the administrators'. */
uint32_t mmv__os_user(void)
{
    char space[sizeof(TOKEN_OWNER) + SECURITY_MAX_SID_SIZE];
    HANDLE token;
    DWORD length;
    uint32_t number = 0;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return 0;
    if (GetTokenInformation(token, TokenOwner, space, sizeof space, &length))
        number = number_of(((TOKEN_OWNER *)(void *)space)->Owner);
    CloseHandle(token);
    return number;
}

int mmv__os_set_modified(int descriptor, uint64_t nanoseconds)
{
    uint64_t time = nanoseconds / 100 + UINT64_C(116444736000000000); /* 100 ns since 1601 */
    const FILETIME wanted = {(DWORD)time, (DWORD)(time >> 32)};
    return SetFileTime(mmv__win32_handle(descriptor), NULL, NULL, &wanted) ? 0 : mmv__win32_last();
}

/* Who may write is inherited from the folder; that nobody may is an attribute. */
int mmv__os_set_permissions(int descriptor, unsigned permissions)
{
    FILE_BASIC_INFO basic;
    mmv__win32_section section;
    HANDLE handle = mmv__win32_handle(descriptor);
    if (mmv__win32_is_section(descriptor, &section))
        return mmv__os_object_permit(descriptor, permissions);
    if (handle == INVALID_HANDLE_VALUE)
        return EBADF;
    if (!GetFileInformationByHandleEx(handle, FileBasicInfo, &basic, sizeof basic))
        return mmv__win32_last();
    DWORD wanted = basic.FileAttributes & ~(DWORD)FILE_ATTRIBUTE_READONLY;
    if (!(permissions & 0222))
        wanted |= FILE_ATTRIBUTE_READONLY;
    if (wanted == basic.FileAttributes)
        return 0;
    /* 0 would mean: as it is. */
    basic.FileAttributes = wanted ? wanted : FILE_ATTRIBUTE_NORMAL;
    return SetFileInformationByHandle(handle, FileBasicInfo, &basic, sizeof basic) ? 0 : mmv__win32_last();
}

bool mmv__os_has_more_rights(int descriptor)
{
    (void)descriptor;
    return false;
}

int mmv__os_drop_more_rights(int descriptor)
{
    (void)descriptor;
    return 0;
}

/* The number does not tell which owner it was. */
int mmv__os_set_owner(int descriptor, uint32_t user, uint32_t group)
{
    mmv__os_facts facts;
    int error = mmv__os_get_facts(descriptor, &facts);
    if (error)
        return error;
    return (user == UINT32_MAX || user == facts.user) && (group == UINT32_MAX || group == facts.group) ? 0 : EPERM;
}

int mmv__os_set_inheritable(int descriptor, bool inheritable)
{
    return SetHandleInformation(mmv__win32_handle(descriptor), HANDLE_FLAG_INHERIT,
                                inheritable ? HANDLE_FLAG_INHERIT : 0)
               ? 0
               : mmv__win32_last();
}
