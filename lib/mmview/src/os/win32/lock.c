/* SPDX-License-Identifier: MIT */
/*
 * win32/lock.c - locks of ranges, far beyond the bytes of any file.
 *
 * Windows enforces a lock against all reads and writes by other handles (NOT-IN-WINE). So byte b is locked as byte b +
 * FAR, where no file has any: nobody but this library notices. Source: LockFileEx, UnlockFileEx.
 *
 * A handle that asks for what it has is refused, and what was locked in one call is unlocked in one. The contract wants
 * neither. So each process knows the locks of its descriptors:
 *
 *     wanted        |------------------|
 *     own        |--|       |----|             kept, when they are strong enough
 *     asked for        |----|    |-----|       the gaps, each in a call of its own
 *
 * Invariants, whenever the lock of the table is free:
 * 1. A piece of the table is locked in the system, in one call. No two pieces of a descriptor overlap.
 * 2. Who could not get everything has what it had before, or less where another process has just taken the rest. No
 *    assert: take() gives back.
 */

#include "os/file.h"
#include "os/win32/win32.h"

#include <mmview/range.h>

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FAR_AWAY (UINT64_C(1) << 62)

struct piece {
    int descriptor;
    bool exclusive;
    uint64_t start, end;
};

/* A process has one, as it has one table of descriptors. */
static struct {
    SRWLOCK lock;
    struct piece *pieces;
    size_t count, room;
} table = {SRWLOCK_INIT, NULL, 0, 0};

/* ---- in the system ---------------------------------------------------------------------------------------------- */

static OVERLAPPED place_of(uint64_t start)
{
    uint64_t at = start + FAR_AWAY;
    return (OVERLAPPED){.Offset = (DWORD)at, .OffsetHigh = (DWORD)(at >> 32)};
}

static int system_lock(int descriptor, bool exclusive, uint64_t start, uint64_t end)
{
    OVERLAPPED place = place_of(start);
    DWORD how = LOCKFILE_FAIL_IMMEDIATELY | (exclusive ? LOCKFILE_EXCLUSIVE_LOCK : 0);
    uint64_t length = end - start;
    HANDLE handle = mmv__win32_handle(descriptor);
    if (LockFileEx(handle, how, 0, (DWORD)length, (DWORD)(length >> 32), &place))
        return 0;
    DWORD error = GetLastError();
    return error == ERROR_LOCK_VIOLATION || error == ERROR_IO_PENDING ? EAGAIN : mmv__win32_error(error);
}

static void system_unlock(int descriptor, uint64_t start, uint64_t end)
{
    OVERLAPPED place = place_of(start);
    uint64_t length = end - start;
    UnlockFileEx(mmv__win32_handle(descriptor), 0, (DWORD)length, (DWORD)(length >> 32), &place);
}

/* ---- the table, under its lock ---------------------------------------------------------------------------------- */

static bool make_room(size_t more)
{
    if (table.count + more <= table.room)
        return true;
    size_t room = 2 * (table.room + more);
    struct piece *pieces = realloc(table.pieces, room * sizeof *pieces);
    if (!pieces)
        return false;
    table.pieces = pieces;
    table.room = room;
    return true;
}

/* The descriptor's piece with the lowest start that has bytes of [start, end); count = none. */
static size_t first_in(int descriptor, uint64_t start, uint64_t end)
{
    size_t found = table.count;
    for (size_t i = 0; i < table.count; i++) {
        const struct piece *piece = &table.pieces[i];
        if (piece->descriptor == descriptor && piece->start < end && piece->end > start &&
            (found == table.count || piece->start < table.pieces[found].start))
            found = i;
    }
    return found;
}

static void add(struct piece piece)
{
    /* Invariant 1. */
    assert(table.count < table.room && piece.start < piece.end);
    assert(first_in(piece.descriptor, piece.start, piece.end) == table.count);
    table.pieces[table.count++] = piece;
}

static void drop(size_t index)
{
    table.count--;
    memmove(&table.pieces[index], &table.pieces[index + 1], (table.count - index) * sizeof *table.pieces);
}

/* The end of the bytes from 'start' on that are in no piece; their own piece begins there, or 'end' comes. */
static uint64_t gap_end(int descriptor, uint64_t start, uint64_t end, size_t *next_ret)
{
    *next_ret = first_in(descriptor, start, end);
    if (*next_ret == table.count)
        return end;
    return mmv_max(start, table.pieces[*next_ret].start);
}

/* ---- the contract ----------------------------------------------------------------------------------------------- */

/* Length 0 = to the end of all. */
static uint64_t end_of(uint64_t offset, uint64_t length)
{
    uint64_t most = UINT64_MAX - FAR_AWAY;
    return length == 0 || length > most - offset ? most : offset + length;
}

/*
 * A piece that is held in another way than wanted. Others may come in between: then the old way is asked for again, and
 * when that fails, too, the piece is lost, and one less is there from before.
 */
static int convert(size_t index, bool exclusive, size_t *before)
{
    struct piece *piece = &table.pieces[index];
    system_unlock(piece->descriptor, piece->start, piece->end);
    int error = system_lock(piece->descriptor, exclusive, piece->start, piece->end);
    if (error == 0)
        piece->exclusive = exclusive;
    else if (system_lock(piece->descriptor, piece->exclusive, piece->start, piece->end) != 0) {
        *before -= index < *before;
        drop(index);
    }
    return error;
}

/* Only files have locks. */
static bool is_file(int descriptor)
{
    mmv__win32_section section;
    return !mmv__win32_is_section(descriptor, &section);
}

static int take(int descriptor, bool exclusive, uint64_t start, uint64_t end)
{
    size_t before = table.count;
    uint64_t at = start;
    int error = 0;
    while (error == 0 && at < end) {
        size_t next;
        uint64_t until = gap_end(descriptor, at, end, &next);
        if (!make_room(1))
            error = ENOMEM;
        else if (until > at && (error = system_lock(descriptor, exclusive, at, until)) == 0)
            add((struct piece){descriptor, exclusive, at, until});
        else if (until == at && table.pieces[next].exclusive != exclusive)
            error = convert(next, exclusive, &before);
        else if (until == at)
            until = table.pieces[next].end;
        at = until > at ? until : at;
    }
    /* Invariant 2. */
    while (error && table.count > before) {
        const struct piece *last = &table.pieces[--table.count];
        system_unlock(descriptor, last->start, last->end);
    }
    return error;
}

int mmv__os_lock(int descriptor, bool exclusive, uint64_t offset, uint64_t length)
{
    if (!is_file(descriptor))
        return EOPNOTSUPP;
    AcquireSRWLockExclusive(&table.lock);
    int error = take(descriptor, exclusive, offset, end_of(offset, length));
    ReleaseSRWLockExclusive(&table.lock);
    return error;
}

/* What is left of a piece is locked anew. When somebody was faster the caller has lost it, and is told. */
static int give(size_t index, uint64_t start, uint64_t end)
{
    struct piece piece = table.pieces[index];
    int error = 0;
    system_unlock(piece.descriptor, piece.start, piece.end);
    drop(index);
    if (piece.start < start) {
        error = system_lock(piece.descriptor, piece.exclusive, piece.start, start);
        if (error == 0)
            add((struct piece){piece.descriptor, piece.exclusive, piece.start, start});
    }
    if (piece.end > end) {
        int other = system_lock(piece.descriptor, piece.exclusive, end, piece.end);
        if (other == 0)
            add((struct piece){piece.descriptor, piece.exclusive, end, piece.end});
        error = error ? error : other;
    }
    return error;
}

int mmv__os_unlock(int descriptor, uint64_t offset, uint64_t length)
{
    uint64_t end = end_of(offset, length);
    int error = 0;
    AcquireSRWLockExclusive(&table.lock);
    for (;;) {
        size_t index = first_in(descriptor, offset, end);
        if (index == table.count || !make_room(2))
            break;
        int other = give(index, offset, end);
        error = error ? error : other;
    }
    ReleaseSRWLockExclusive(&table.lock);
    return error;
}

void mmv__win32_unlock_all(int descriptor)
{
    AcquireSRWLockExclusive(&table.lock);
    for (size_t i = table.count; i-- > 0;)
        if (table.pieces[i].descriptor == descriptor) {
            system_unlock(descriptor, table.pieces[i].start, table.pieces[i].end);
            drop(i);
        }
    ReleaseSRWLockExclusive(&table.lock);
}

/*
 * The system does not say who has a lock: it is asked for and given back. Somebody who asks in this moment is refused.
 * Where this descriptor has a lock itself nobody has one that excludes it; others' shared ones beside ours are not
 * seen.
 */
static bool keeps_away(int descriptor, bool exclusive, uint64_t offset, uint64_t length)
{
    uint64_t end = end_of(offset, length);
    bool held = false;
    AcquireSRWLockExclusive(&table.lock);
    for (uint64_t at = offset; at < end && !held;) {
        size_t next;
        uint64_t until = gap_end(descriptor, at, end, &next);
        if (until == at) {
            at = table.pieces[next].end;
            continue;
        }
        held = system_lock(descriptor, exclusive, at, until) == EAGAIN;
        if (!held)
            system_unlock(descriptor, at, until);
        at = until;
    }
    ReleaseSRWLockExclusive(&table.lock);
    return held;
}

bool mmv__os_is_locked(int descriptor, uint64_t offset, uint64_t length)
{
    return keeps_away(descriptor, true, offset, length);
}

bool mmv__os_is_locked_exclusively(int descriptor, uint64_t offset, uint64_t length)
{
    return keeps_away(descriptor, false, offset, length);
}

bool mmv__os_lock_holder(int descriptor, bool exclusive, uint64_t offset, uint64_t length, mmv__os_holder *holder_ret)
{
    (void)descriptor, (void)exclusive, (void)offset, (void)length, (void)holder_ret;
    return false;
}
