/* SPDX-License-Identifier: MIT */
/*
 * win32/transfer.c - bytes are read and written, each call at its own offset.
 *
 * Invariants:
 * 1. Reads and writes go on until all is done, the file ends or an error comes; no single call is larger than 1 GiB.
 * 2. A call is over when it returns: of a handle for overlapped transfers it is waited for. No assert: move() waits.
 */

#include "os/file.h"
#include "os/queue.h"
#include "os/win32/win32.h"

#include <mmview/range.h>

#include <assert.h>
#include <errno.h>
#include <string.h>

#define LARGEST_CALL ((size_t)1 << 30)

struct call {
    HANDLE handle;
    bool write;
    OVERLAPPED how;
    DWORD done; /* 0 at the end of the file */
};

static int move(struct call *call, void *data, DWORD length)
{
    BOOL worked = call->write ? WriteFile(call->handle, data, length, &call->done, &call->how)
                              : ReadFile(call->handle, data, length, &call->done, &call->how);
    if (!worked && GetLastError() == ERROR_IO_PENDING)
        worked = GetOverlappedResult(call->handle, &call->how, &call->done, TRUE);
    if (worked)
        return 0;
    DWORD error = GetLastError();
    call->done = 0;
    return error == ERROR_HANDLE_EOF && !call->write ? 0 : mmv__win32_error(error);
}

static int move_all(HANDLE handle, char *data, mmv__transfer *what, HANDLE event)
{
    size_t done = 0;
    int error = 0;
    while (done < what->length) {
        size_t part = what->length - done < LARGEST_CALL ? what->length - done : LARGEST_CALL;
        uint64_t at = what->offset + done;
        struct call call = {handle, what->write, {.Offset = (DWORD)at, .OffsetHigh = (DWORD)(at >> 32)}, 0};
        call.how.hEvent = event;
        error = move(&call, data + done, (DWORD)part);
        if (error || call.done == 0)
            break;
        done += call.done;
    }
    /* Invariant 1. */
    assert(done <= what->length);
    what->length = done;
    return error;
}

/* Memory that has a name: by a view of the 64 KiB units that the bytes lie in. */
static int move_in_memory(HANDLE handle, const mmv__win32_section *section, mmv__transfer *what)
{
    enum { UNIT = 65536 };
    uint64_t start = what->offset / UNIT * UNIT;
    uint64_t left = section->size - mmv_min(section->size, what->offset);
    size_t front = (size_t)(what->offset - start);
    what->length = (size_t)mmv_min(what->length, left);
    if (what->length == 0)
        return 0;
    char *view = MapViewOfFile(handle, what->write ? FILE_MAP_READ | FILE_MAP_WRITE : FILE_MAP_READ,
                               (DWORD)(start >> 32), (DWORD)start, front + what->length);
    if (!view) {
        what->length = 0;
        return mmv__win32_last();
    }
    if (what->write)
        memcpy(view + front, what->data, what->length);
    else
        memcpy(what->data, view + front, what->length);
    UnmapViewOfFile(view);
    return 0;
}

/* *what: its length becomes what was done. */
static int transfer(mmv__transfer *what)
{
    HANDLE handle = mmv__win32_handle(what->descriptor);
    HANDLE event = NULL;
    mmv__win32_section section;
    if (handle == INVALID_HANDLE_VALUE) {
        what->length = 0;
        return EBADF;
    }
    if (mmv__win32_is_section(what->descriptor, &section))
        return move_in_memory(handle, &section, what);
    if (mmv__win32_is_overlapped(what->descriptor)) {
        /* Of its own: by the handle's alone two threads could not tell their transfers apart. */
        event = CreateEventW(NULL, TRUE, FALSE, NULL);
        if (!event) {
            what->length = 0;
            return mmv__win32_last();
        }
    }
    int error = move_all(handle, what->data, what, event);
    if (event)
        CloseHandle(event);
    return error;
}

int mmv__os_read(int descriptor, void *data, size_t length, uint64_t offset, size_t *done_ret)
{
    mmv__transfer what = {.descriptor = descriptor, .data = data, .length = length, .offset = offset};
    int error = transfer(&what);
    *done_ret = what.length;
    return error;
}

int mmv__os_write(int descriptor, const void *data, size_t length, uint64_t offset)
{
    mmv__transfer what = {
        .descriptor = descriptor, .write = true, .data = (void *)(uintptr_t)data, .length = length, .offset = offset};
    int error = transfer(&what);
    return error ? error : what.length == length ? 0 : EIO;
}

int mmv__os_write_stream(int descriptor, const void *data, size_t length)
{
    HANDLE handle = mmv__win32_handle(descriptor);
    size_t done = 0;
    if (handle == INVALID_HANDLE_VALUE)
        return EBADF;
    while (done < length) {
        size_t part = length - done < LARGEST_CALL ? length - done : LARGEST_CALL;
        DWORD some = 0;
        if (!WriteFile(handle, (const char *)data + done, (DWORD)part, &some, NULL))
            return mmv__win32_last();
        if (some == 0)
            return EIO;
        done += some;
    }
    return 0;
}
