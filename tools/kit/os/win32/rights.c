/* SPDX-License-Identifier: MIT */
/*
 * rights: see kit/os/rights.h.
 *
 * Windows has lists of who may do what, most of which a file inherits from its folder. Of permissions (rwxrwxrwx) the
 * owner's and the last three become such a list, which inherits nothing:
 *
 *     owner, the system, the administrators    all
 *     everybody                                what the last three say
 *
 * A file that has a model gets the model's list, and inherits nothing beside it. An owner is a sum of a security
 * identifier, as in the library. Sources: GetSecurityInfo, SetSecurityInfo, SetEntriesInAclW.
 */
#include "kit/os/rights.h"

#include <aclapi.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kit/os/process.h"
#include "kit/os/win32/win32.h"

/* ---- who --------------------------------------------------------------------------------------------------------- */

/* FNV-1a of 32 bits; 0 is nobody's. */
static uint32_t number_of(PSID who)
{
    const unsigned char *bytes = (const unsigned char *)who;
    uint32_t sum = 2166136261u;
    for (DWORD i = 0; i < GetLengthSid(who); i++)
        sum = (sum ^ bytes[i]) * 16777619u;
    return sum ? sum : 1;
}

struct known_sid {
    unsigned char bytes[SECURITY_MAX_SID_SIZE];
};

static PSID known_sid(WELL_KNOWN_SID_TYPE type, struct known_sid *sid)
{
    DWORD size = sizeof sid->bytes;
    return CreateWellKnownSid(type, NULL, sid->bytes, &size) ? sid->bytes : NULL;
}

bool win32_is_trusted(uint32_t owner)
{
    static const WELL_KNOWN_SID_TYPE types[] = {WinLocalSystemSid, WinBuiltinAdministratorsSid};
    struct known_sid sid;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        PSID who = known_sid(types[i], &sid);
        if (who && number_of(who) == owner)
            return true;
    }
    return false;
}

/* Of this process: the user, and whose its new files are (of an administrator, the administrators'). */
static PSID token_sid(TOKEN_INFORMATION_CLASS class, struct known_sid *sid)
{
    /* Both are a pointer to an identifier, and flags in one of them. */
    char space[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    HANDLE token;
    DWORD length;
    PSID who = NULL;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return NULL;
    if (GetTokenInformation(token, class, space, sizeof space, &length)) {
        memcpy(&who, space, sizeof who);
        who = CopySid(sizeof sid->bytes, sid->bytes, who) ? sid->bytes : NULL;
    }
    CloseHandle(token);
    return who;
}

uint32_t process_user(void)
{
    struct known_sid sid;
    PSID who = token_sid(TokenUser, &sid);
    return who ? number_of(who) : 0;
}

/* What is this user's, in whichever way, is told by one number. */
static uint32_t number_of_owner(PSID owner)
{
    struct known_sid sid;
    PSID who = token_sid(TokenOwner, &sid);
    return who && EqualSid(owner, who) ? process_user() : number_of(owner);
}

/* ---- what others may --------------------------------------------------------------------------------------------- */

static const DWORD reads = FILE_READ_DATA | GENERIC_READ | GENERIC_ALL;
static const DWORD writes = FILE_WRITE_DATA | FILE_APPEND_DATA | WRITE_DAC | WRITE_OWNER | GENERIC_WRITE | GENERIC_ALL;
static const DWORD executes = FILE_EXECUTE | GENERIC_EXECUTE | GENERIC_ALL;

static bool is_one_of_all(PSID who, PSID owner)
{
    return !EqualSid(who, owner) && !IsWellKnownSid(who, WinLocalSystemSid) &&
           !IsWellKnownSid(who, WinBuiltinAdministratorsSid) && !IsWellKnownSid(who, WinCreatorOwnerSid) &&
           !IsWellKnownSid(who, WinCreatorOwnerRightsSid);
}

static unsigned permissions_of(DWORD mask)
{
    return (mask & reads ? 4u : 0) | (mask & writes ? 2u : 0) | (mask & executes ? 1u : 0);
}

/* Denials are not looked at: what they take away is counted as given, which believes less. */
static unsigned others_may(PACL list, PSID owner)
{
    ACCESS_ALLOWED_ACE *entry;
    unsigned all = 0;
    /* No list: everybody may do everything. */
    for (DWORD i = 0; list && i < list->AceCount; i++) {
        if (!GetAce(list, i, (void **)&entry))
            return 7;
        if (entry->Header.AceType == ACCESS_DENIED_ACE_TYPE || entry->Header.AceFlags & INHERIT_ONLY_ACE)
            continue;
        /* Kinds of entries that are not known here may give rights. */
        if (entry->Header.AceType != ACCESS_ALLOWED_ACE_TYPE)
            return 7;
        if (is_one_of_all((PSID)&entry->SidStart, owner))
            all |= permissions_of(entry->Mask);
    }
    return list ? all : 7;
}

int win32_owner(HANDLE handle, uint32_t *owner_ret, unsigned *others_ret)
{
    PSID owner;
    PACL list;
    PSECURITY_DESCRIPTOR all;
    DWORD error = GetSecurityInfo(handle, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                                  &owner, NULL, &list, NULL, &all);
    if (error != ERROR_SUCCESS)
        return win32_error(error);
    *owner_ret = owner ? number_of_owner(owner) : 0;
    *others_ret = owner ? others_may(list, owner) : 7;
    LocalFree(all);
    return 0;
}

/* ---- lists that are made ----------------------------------------------------------------------------------------- */

struct win32_rights {
    PACL list;
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES attributes;
};

static void allow(EXPLICIT_ACCESSW *entry, PSID who, DWORD mask)
{
    *entry = (EXPLICIT_ACCESSW){.grfAccessPermissions = mask, .grfAccessMode = SET_ACCESS};
    entry->grfInheritance = SUB_CONTAINERS_AND_OBJECTS_INHERIT;
    entry->Trustee.TrusteeForm = TRUSTEE_IS_SID;
    entry->Trustee.ptstrName = who;
}

static DWORD mask_of(unsigned permissions)
{
    return (permissions & 4 ? FILE_GENERIC_READ : 0) | (permissions & 2 ? FILE_GENERIC_WRITE : 0) |
           (permissions & 1 ? FILE_GENERIC_EXECUTE : 0);
}

/* For LocalFree(); NULL = no memory. */
static PACL list_of(unsigned permissions)
{
    struct known_sid sids[4];
    PSID who[] = {token_sid(TokenUser, &sids[0]), known_sid(WinLocalSystemSid, &sids[1]),
                  known_sid(WinBuiltinAdministratorsSid, &sids[2]), known_sid(WinWorldSid, &sids[3])};
    EXPLICIT_ACCESSW entries[4];
    PACL list = NULL;
    ULONG count = 0;
    for (unsigned i = 0; i < 4; i++)
        if (who[i] && (i < 3 || permissions & 7))
            allow(&entries[count++], who[i], i < 3 ? FILE_ALL_ACCESS : mask_of(permissions & 7));
    return who[0] && SetEntriesInAclW(count, entries, NULL, &list) == ERROR_SUCCESS ? list : NULL;
}

struct win32_rights *win32_rights_of(unsigned permissions)
{
    struct win32_rights *rights = calloc(1, sizeof *rights);
    if (!rights)
        return NULL;
    rights->list = list_of(permissions);
    if (!rights->list || !InitializeSecurityDescriptor(&rights->descriptor, SECURITY_DESCRIPTOR_REVISION) ||
        !SetSecurityDescriptorDacl(&rights->descriptor, TRUE, rights->list, FALSE) ||
        !SetSecurityDescriptorControl(&rights->descriptor, SE_DACL_PROTECTED, SE_DACL_PROTECTED)) {
        win32_rights_drop(rights);
        return NULL;
    }
    rights->attributes =
        (SECURITY_ATTRIBUTES){.nLength = sizeof rights->attributes, .lpSecurityDescriptor = &rights->descriptor};
    return rights;
}

SECURITY_ATTRIBUTES *win32_rights_attributes(struct win32_rights *rights)
{
    return &rights->attributes;
}

void win32_rights_drop(struct win32_rights *rights)
{
    if (rights && rights->list)
        LocalFree(rights->list);
    free(rights);
}

/* ---- the contract ------------------------------------------------------------------------------------------------ */

/* This list and nothing else, NOT-IN-WINE. SetSecurityInfo() would do, but Wine 8 always adds what the folder gives. */
static DWORD set_exactly(HANDLE handle, PACL list)
{
    SECURITY_DESCRIPTOR descriptor;
    bool fine =
        InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION) &&
        SetSecurityDescriptorDacl(&descriptor, TRUE, list, FALSE) &&
        SetSecurityDescriptorControl(&descriptor, SE_DACL_PROTECTED, SE_DACL_PROTECTED) &&
        SetKernelObjectSecurity(handle, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, &descriptor);
    return fine ? ERROR_SUCCESS : GetLastError();
}

/* NULL: what the folder gives, which is all that an empty list inherits. */
static DWORD set_inherited(HANDLE handle)
{
    ACL empty;
    if (!InitializeAcl(&empty, sizeof empty, ACL_REVISION))
        return GetLastError();
    return SetSecurityInfo(handle, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION | UNPROTECTED_DACL_SECURITY_INFORMATION,
                           NULL, NULL, &empty, NULL);
}

/* ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED: a file system without lists, FAT for one; what it has stays. */
static int set_list(int descriptor, PACL list, bool is_inherited)
{
    /* A handle that writes may not do this. */
    HANDLE handle = win32_reopen(win32_handle(descriptor), WRITE_DAC | READ_CONTROL | SYNCHRONIZE);
    if (handle == INVALID_HANDLE_VALUE)
        return win32_last();
    DWORD error = is_inherited ? set_inherited(handle) : set_exactly(handle, list);
    CloseHandle(handle);
    bool fine = error == ERROR_SUCCESS || error == ERROR_INVALID_FUNCTION || error == ERROR_NOT_SUPPORTED;
    return fine ? 0 : win32_error(error);
}

int rights_set(int descriptor, unsigned permissions)
{
    PACL list = list_of(permissions);
    if (!list)
        return ENOMEM;
    int error = set_list(descriptor, list, false);
    LocalFree(list);
    return error;
}

int rights_add(int descriptor, unsigned permissions)
{
    (void)permissions;
    return set_list(descriptor, NULL, true);
}

/* The model's list, in which nobody has more than 'mask'. It is changed where it lies: in a copy of the system's. */
static int copy_list(int model, int descriptor, DWORD mask)
{
    PACL list;
    PSECURITY_DESCRIPTOR all;
    ACE_HEADER *entry;
    DWORD error =
        GetSecurityInfo(win32_handle(model), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, &list, NULL, &all);
    if (error != ERROR_SUCCESS)
        return win32_error(error);
    for (DWORD i = 0; list && i < list->AceCount; i++)
        if (GetAce(list, i, (void **)&entry)) {
            entry->AceFlags &= (BYTE)~INHERITED_ACE;
            if (entry->AceType == ACCESS_ALLOWED_ACE_TYPE)
                ((ACCESS_ALLOWED_ACE *)(void *)entry)->Mask &= mask;
        }
    int result = set_list(descriptor, list, false);
    LocalFree(all);
    return result;
}

int rights_copy(int model, int descriptor)
{
    return copy_list(model, descriptor, ~(DWORD)0);
}

/* Narrower than for all: as exact as permissions are. */
int rights_narrow(int model, int descriptor, unsigned permissions)
{
    unsigned most;
    if ((permissions & 0777) == 0666)
        return copy_list(model, descriptor, ~(DWORD)(FILE_EXECUTE | GENERIC_EXECUTE));
    int error = rights_plain(model, descriptor, &most);
    return error != 0 ? error : rights_set(descriptor, permissions & most);
}

/* Others than all together cannot be named by permissions: what one of them may is nothing for all. */
int rights_plain(int model, int descriptor, unsigned *permissions_ret)
{
    PSID owner;
    PACL list;
    PSECURITY_DESCRIPTOR all;
    ACCESS_ALLOWED_ACE *entry;
    unsigned others = 0;
    (void)descriptor;
    DWORD error =
        GetSecurityInfo(win32_handle(model), SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                        &owner, NULL, &list, NULL, &all);
    if (error != ERROR_SUCCESS)
        return win32_error(error);
    for (DWORD i = 0; list && i < list->AceCount; i++)
        if (GetAce(list, i, (void **)&entry)) {
            if (entry->Header.AceType == ACCESS_DENIED_ACE_TYPE)
                others = 0, i = list->AceCount;
            else if (entry->Header.AceType == ACCESS_ALLOWED_ACE_TYPE &&
                     IsWellKnownSid((PSID)&entry->SidStart, WinWorldSid))
                others |= permissions_of(entry->Mask);
        }
    LocalFree(all);
    *permissions_ret = 0700 | others << 3 | others;
    return 0;
}

bool rights_are_alike(int a, int b)
{
    struct file_facts one, other;
    return file_look(a, &one) == 0 && file_look(b, &other) == 0 && one.owner == other.owner &&
           one.permissions == other.permissions;
}

/* They could be alternate data streams, where the volume has these; Wine 8 has none, so nothing of that was tried. */
void rights_copy_notes(int model, int descriptor)
{
    (void)model, (void)descriptor;
}
