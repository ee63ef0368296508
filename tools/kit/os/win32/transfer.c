/* SPDX-License-Identifier: MIT */
/*
 * file: see kit/os/file.h. Bytes are read and written past the C runtime, which knows of ends of lines.
 *
 * 1. A file and a console are never empty: waiting for them is over at once. Only pipes are asked. No assert: it is the
 *    system's word.
 */
#include "kit/os/file.h"

#include <errno.h>

#include "kit/os/win32/win32.h"

#define LARGEST_CALL ((size_t)1 << 30)
#define A_MOMENT 2 /* ms between two questions to a pipe */

static DWORD one_call(size_t length)
{
    return (DWORD)(length < LARGEST_CALL ? length : LARGEST_CALL);
}

/* The end of a file, or of what a pipe's writers had to say. */
static bool is_end(DWORD error)
{
    return error == ERROR_HANDLE_EOF || error == ERROR_BROKEN_PIPE;
}

static int read_once(HANDLE handle, void *data, size_t length, OVERLAPPED *place, DWORD *done_ret)
{
    *done_ret = 0;
    if (ReadFile(handle, data, one_call(length), done_ret, place) || is_end(GetLastError()))
        return 0;
    return win32_last();
}

static OVERLAPPED place_of(uint64_t offset)
{
    return (OVERLAPPED){.Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32)};
}

/* 'offset' NULL: where the file stands. */
static int read_all(int descriptor, char *data, size_t length, const uint64_t *offset, size_t *done_ret)
{
    HANDLE handle = win32_handle(descriptor);
    size_t done = 0;
    if (handle == INVALID_HANDLE_VALUE)
        return EBADF;
    while (done < length) {
        OVERLAPPED place = place_of(offset ? *offset + done : 0);
        DWORD some;
        int error = read_once(handle, data + done, length - done, offset ? &place : NULL, &some);
        if (error != 0)
            return error;
        if (some == 0)
            break;
        done += some;
    }
    *done_ret = done;
    return 0;
}

static int write_all(int descriptor, const char *data, size_t length, const uint64_t *offset)
{
    HANDLE handle = win32_handle(descriptor);
    if (handle == INVALID_HANDLE_VALUE)
        return EBADF;
    for (size_t done = 0; done < length;) {
        OVERLAPPED place = place_of(offset ? *offset + done : 0);
        DWORD some = 0;
        if (!WriteFile(handle, data + done, one_call(length - done), &some, offset ? &place : NULL))
            return win32_last();
        if (some == 0)
            return ENOSPC;
        done += some;
    }
    return 0;
}

int file_read(int descriptor, void *data, size_t length, size_t *done_ret)
{
    return read_all(descriptor, data, length, NULL, done_ret);
}

int file_read_at(int descriptor, void *data, size_t length, uint64_t offset, size_t *done_ret)
{
    return read_all(descriptor, data, length, &offset, done_ret);
}

int file_write(int descriptor, const void *data, size_t length)
{
    return write_all(descriptor, data, length, NULL);
}

int file_write_at(int descriptor, const void *data, size_t length, uint64_t offset)
{
    return write_all(descriptor, data, length, &offset);
}

/* ---- pipes ------------------------------------------------------------------------------------------------------- */

enum state { EMPTY, READY, ENDED };

static enum state state_of(HANDLE handle)
{
    DWORD there = 0;
    if (handle == INVALID_HANDLE_VALUE || GetFileType(handle) != FILE_TYPE_PIPE) /* 1 */
        return READY;
    /* Wine 8 does not tell of a pipe of the Unix below (ERROR_NOT_SUPPORTED): reading waits then. */
    if (!PeekNamedPipe(handle, NULL, 0, NULL, &there, NULL))
        return GetLastError() == ERROR_BROKEN_PIPE ? ENDED : READY;
    return there > 0 ? READY : EMPTY;
}

int file_read_some(int descriptor, void *data, size_t length, size_t *done_ret)
{
    HANDLE handle = win32_handle(descriptor);
    DWORD done = 0;
    if (handle == INVALID_HANDLE_VALUE)
        return EBADF;
    enum state state = state_of(handle);
    if (state == EMPTY)
        return EAGAIN;
    int error = state == READY ? read_once(handle, data, length, NULL, &done) : 0;
    if (error == 0)
        *done_ret = done;
    return error;
}

bool file_wait(int descriptor, int milliseconds)
{
    HANDLE handle = win32_handle(descriptor);
    int waited = 0;
    while (state_of(handle) == EMPTY) {
        if (waited >= milliseconds)
            return false;
        Sleep(A_MOMENT);
        waited += A_MOMENT;
    }
    return true;
}

/* A pipe that is open here has, or had, a writer: there are no FIFOs that are opened by name. */
bool file_is_alone(int descriptor)
{
    (void)descriptor;
    return false;
}

int file_sync(int descriptor)
{
    HANDLE handle = win32_handle(descriptor);
    if (handle == INVALID_HANDLE_VALUE)
        return EBADF;
    /* Of a pipe the call waits until all is read, and that is no device. */
    if (GetFileType(handle) != FILE_TYPE_DISK)
        return EINVAL;
    return FlushFileBuffers(handle) ? 0 : win32_last();
}

void file_forget(int descriptor)
{
    (void)descriptor;
}
