/* SPDX-License-Identifier: MIT */
/*
 * win32/object_list.c - which names there are: those of the session, and those for all sessions as Global\NAME.
 *
 * Any program's are among them: a name belongs to nobody's library here. Source: NtQueryDirectoryObject.
 */

#include "os/object.h"
#include "os/win32/win32.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <winternl.h>

struct entry {
    UNICODE_STRING name, type;
};

#define DIRECTORY_QUERY 1
#define ROOM 70000 /* bytes: of the longest name and the longest sort */

NTSTATUS NTAPI NtOpenDirectoryObject(HANDLE *folder, ACCESS_MASK access, OBJECT_ATTRIBUTES *which);
NTSTATUS NTAPI NtQueryDirectoryObject(HANDLE folder, void *entries, ULONG size, BOOLEAN single, BOOLEAN restart,
                                      ULONG *place, ULONG *length);

/* How a folder's names are shown, and to whom. */
struct viewer {
    const char *front;
    bool (*see)(const char *name, void *user);
    void *user;
    bool wants_more;
};

static bool is_sort(const UNICODE_STRING *type)
{
    static const wchar_t *const known[] = {L"Section", L"Mutant", L"Event", L"Semaphore"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (wcslen(known[i]) * sizeof(wchar_t) == type->Length && memcmp(known[i], type->Buffer, type->Length) == 0)
            return true;
    return false;
}

static void show(struct viewer *viewer, const UNICODE_STRING *name)
{
    char text[1024];
    size_t front = strlen(viewer->front);
    strcpy(text, viewer->front);
    int length = WideCharToMultiByte(CP_UTF8, 0, name->Buffer, name->Length / (int)sizeof(wchar_t), text + front,
                                     (int)(sizeof text - front - 1), NULL, NULL);
    /* What is longer is no name that could be opened. */
    if (length <= 0)
        return;
    text[front + (size_t)length] = '\0';
    viewer->wants_more = viewer->see(text, viewer->user);
}

/* One by one: Wine 8 gives no more at once. */
static int list_folder(HANDLE folder, struct viewer *viewer)
{
    struct entry *entry = malloc(ROOM);
    ULONG place = 0, length;
    if (!entry)
        return ENOMEM;
    while (viewer->wants_more && NtQueryDirectoryObject(folder, entry, ROOM, TRUE, FALSE, &place, &length) == 0)
        if (is_sort(&entry->type))
            show(viewer, &entry->name);
    free(entry);
    return 0;
}

static int list_path(const wchar_t *path, struct viewer *viewer)
{
    OBJECT_ATTRIBUTES which = {.Length = sizeof which};
    UNICODE_STRING name;
    HANDLE folder;
    RtlInitUnicodeString(&name, path);
    which.ObjectName = &name;
    if (NtOpenDirectoryObject(&folder, DIRECTORY_QUERY, &which) != 0)
        return EACCES;
    int error = list_folder(folder, viewer);
    CloseHandle(folder);
    return error;
}

int mmv__os_object_list(bool (*see)(const char *name, void *user), void *user)
{
    struct viewer viewer = {.front = "", .see = see, .user = user, .wants_more = true};
    wchar_t path[80];
    DWORD session = 0;
    if (!ProcessIdToSessionId(GetCurrentProcessId(), &session))
        return mmv__win32_last();
    _snwprintf(path, sizeof path / sizeof path[0], L"\\Sessions\\%lu\\BaseNamedObjects", session);
    int error = session ? list_path(path, &viewer) : 0;
    if (session)
        viewer.front = "Global\\";
    if (error == 0 && viewer.wants_more)
        error = list_path(L"\\BaseNamedObjects", &viewer);
    return error;
}
