/* SPDX-License-Identifier: MIT */
/*
 * win32/handle.c - numbers for open files, and for objects with a name.
 *
 * The contracts call an open file by an int. The C runtime's own numbers end at 2048, and change line ends unless they
 * are told not to. So files have numbers of this table, from FIRST on; smaller ones are the C runtime's.
 *
 * Invariants, whenever the lock is free:
 * 1. An entry that is free has no handle, and 'next' leads to another free one. No assert: mmv__win32_add() and
 *    mmv__os_close() keep it.
 * 2. A number is given out again only after its handle is closed. No assert: both happen under one lock.
 */

#include "os/file.h"
#include "os/win32/win32.h"

#include <mmview/windows.h>

#include <assert.h>
#include <errno.h>
#include <io.h>
#include <stdlib.h>

#define FIRST 65536
#define NONE SIZE_MAX

struct entry {
    HANDLE handle;
    bool overlapped;
    mmv__win32_section section;
    size_t next; /* a free one: the next free */
};

/* A process has one, as it has one table of descriptors. */
static struct {
    SRWLOCK lock;
    struct entry *entries;
    size_t count, room;
    size_t free;
} table = {SRWLOCK_INIT, NULL, 0, 0, NONE};

/* A free entry, under the lock; NONE = no memory, or no number left. */
static size_t take_entry(void)
{
    size_t index = table.free;
    if (index != NONE) {
        table.free = table.entries[index].next;
        return index;
    }
    if (table.count == table.room) {
        size_t room = table.room ? 2 * table.room : 64;
        struct entry *entries = room < INT32_MAX - FIRST ? realloc(table.entries, room * sizeof *entries) : NULL;
        if (!entries)
            return NONE;
        table.entries = entries;
        table.room = room;
    }
    return table.count++;
}

static int add(const struct entry *entry, int *descriptor_ret)
{
    assert(entry->handle != INVALID_HANDLE_VALUE && entry->handle != NULL);
    AcquireSRWLockExclusive(&table.lock);
    size_t index = take_entry();
    if (index != NONE)
        table.entries[index] = *entry;
    ReleaseSRWLockExclusive(&table.lock);
    if (index == NONE) {
        CloseHandle(entry->handle);
        return ENOMEM;
    }
    *descriptor_ret = (int)(FIRST + index);
    return 0;
}

int mmv__win32_add(HANDLE handle, bool overlapped, int *descriptor_ret)
{
    return add(&(struct entry){.handle = handle, .overlapped = overlapped}, descriptor_ret);
}

int mmv__win32_add_object(HANDLE handle, const mmv__win32_section *section, int *descriptor_ret)
{
    struct entry entry = {.handle = handle};
    if (section)
        entry.section = *section;
    return add(&entry, descriptor_ret);
}

static struct entry look_up(int descriptor)
{
    struct entry found = {.handle = NULL};
    size_t index = (size_t)descriptor - FIRST;
    AcquireSRWLockShared(&table.lock);
    if (index < table.count)
        found = table.entries[index];
    ReleaseSRWLockShared(&table.lock);
    return found;
}

HANDLE mmv__win32_handle(int descriptor)
{
    if (descriptor < FIRST)
        return descriptor < 0 ? INVALID_HANDLE_VALUE : (HANDLE)_get_osfhandle(descriptor);
    HANDLE handle = look_up(descriptor).handle;
    return handle ? handle : INVALID_HANDLE_VALUE;
}

bool mmv__win32_is_section(int descriptor, mmv__win32_section *section_ret)
{
    *section_ret = descriptor >= FIRST ? look_up(descriptor).section : (mmv__win32_section){.is_section = false};
    return section_ret->is_section;
}

void mmv__win32_set_section(int descriptor, const mmv__win32_section *section)
{
    size_t index = (size_t)descriptor - FIRST;
    AcquireSRWLockExclusive(&table.lock);
    assert(index < table.count && table.entries[index].section.is_section);
    table.entries[index].section = *section;
    ReleaseSRWLockExclusive(&table.lock);
}

void *mmv_windows_handle(int descriptor)
{
    return mmv__win32_handle(descriptor);
}

bool mmv__win32_is_overlapped(int descriptor)
{
    return descriptor >= FIRST && look_up(descriptor).overlapped;
}

int mmv__os_close(int descriptor)
{
    HANDLE handle = NULL;
    size_t index = (size_t)descriptor - FIRST;
    mmv__win32_unlock_all(descriptor);
    if (descriptor < FIRST)
        return _close(descriptor) == 0 ? 0 : errno;
    AcquireSRWLockExclusive(&table.lock);
    bool closed = false;
    if (index < table.count && table.entries[index].handle) {
        handle = table.entries[index].handle;
        closed = CloseHandle(handle);
        table.entries[index] = (struct entry){.handle = NULL, .next = table.free};
        table.free = index;
    }
    ReleaseSRWLockExclusive(&table.lock);
    return !handle ? EBADF : closed ? 0 : EIO;
}
