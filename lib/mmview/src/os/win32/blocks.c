/* SPDX-License-Identifier: MIT */
/*
 * win32/blocks.c - the length of files, their blocks, and what is durable.
 *
 * 1. What was stored through views is flushed before FlushFileBuffers(), which does not look into them. No assert: each
 *    call of FlushFileBuffers() here comes after mmv__win32_flush_views().
 */

#include "os/file.h"
#include "os/win32/win32.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <winioctl.h>

int mmv__os_resize(int descriptor, uint64_t size)
{
    FILE_END_OF_FILE_INFO end;
    HANDLE handle = mmv__win32_handle(descriptor);
    mmv__win32_section section;
    if (size > INT64_MAX)
        return EFBIG;
    if (mmv__win32_is_section(descriptor, &section))
        return size == section.size ? 0 : ENOTSUP;
    end.EndOfFile.QuadPart = (LONGLONG)size;
    if (handle == INVALID_HANDLE_VALUE)
        return EBADF;
    return SetFileInformationByHandle(handle, FileEndOfFileInfo, &end, sizeof end) ? 0 : mmv__win32_last();
}

/*
 * FileAllocationInfo sets the whole file's blocks, and cuts the file where they are fewer than its bytes: another
 * process may have made it longer meanwhile. A longer file has its blocks here anyway, or mmv__os_resize() fails.
 */
int mmv__os_allocate(int descriptor, uint64_t offset, uint64_t length)
{
    (void)descriptor, (void)offset, (void)length;
    return EOPNOTSUPP;
}

bool mmv__os_is_full(int descriptor)
{
    wchar_t *path;
    ULARGE_INTEGER room;
    if (mmv__win32_path_of(mmv__win32_handle(descriptor), &path) != 0)
        return false;
    wchar_t *last = wcsrchr(path, L'\\');
    if (last)
        last[1] = L'\0';
    bool known = GetDiskFreeSpaceExW(path, &room, NULL, NULL);
    free(path);
    return known && room.QuadPart < 65536;
}

int mmv__os_discard(int descriptor, uint64_t offset, uint64_t length)
{
    FILE_ZERO_DATA_INFORMATION bytes;
    HANDLE handle = mmv__win32_handle(descriptor);
    mmv__win32_section section;
    DWORD nothing;
    bytes.FileOffset.QuadPart = (LONGLONG)offset;
    bytes.BeyondFinalZero.QuadPart = (LONGLONG)(offset + length);
    if (handle == INVALID_HANDLE_VALUE)
        return EBADF;
    if (mmv__win32_is_section(descriptor, &section))
        return ENOTSUP;
    if (DeviceIoControl(handle, FSCTL_SET_ZERO_DATA, &bytes, sizeof bytes, NULL, 0, &nothing, NULL))
        return 0;
    return mmv__win32_last();
}

/* Flushing takes the right to write; others' stores are flushed through a handle that has it. */
static int flush_buffers(HANDLE handle)
{
    if (FlushFileBuffers(handle))
        return 0;
    int error = mmv__win32_last();
    if (error != EACCES)
        return error;
    HANDLE writing = ReOpenFile(handle, GENERIC_WRITE, MMV__SHARE_ALL, 0);
    /* Who may not write has stored nothing. */
    if (writing == INVALID_HANDLE_VALUE)
        return 0;
    error = FlushFileBuffers(writing) ? 0 : mmv__win32_last();
    CloseHandle(writing);
    return error;
}

int mmv__os_sync(int descriptor)
{
    HANDLE handle = mmv__win32_handle(descriptor);
    mmv__win32_identity file;
    mmv__win32_section section;
    uint64_t size;
    if (handle == INVALID_HANDLE_VALUE)
        return EBADF;
    /* Memory has no device. */
    if (mmv__win32_is_section(descriptor, &section))
        return 0;
    int error = mmv__win32_identify(handle, &file, &size);
    if (error == 0)
        error = mmv__win32_flush_views(&file);
    return error ? error : flush_buffers(handle);
}

/* NtFlushBuffersFileEx() could leave the times out; Wine 8 has it not. */
int mmv__os_sync_data(int descriptor)
{
    return mmv__os_sync(descriptor);
}

int mmv__os_flush_start(int descriptor, uint64_t offset, uint64_t length, bool wait)
{
    (void)offset, (void)length;
    return wait ? mmv__os_sync(descriptor) : 0;
}
