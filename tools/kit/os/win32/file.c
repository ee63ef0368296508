/* SPDX-License-Identifier: MIT */
/*
 * file: see kit/os/file.h. Transfers are in win32/transfer.c.
 *
 * A descriptor is the C runtime's, around a handle that was opened here; of the library's own it is asked for the
 * handle. Sources: CreateFileW, GetFileInformationByHandleEx, _open_osfhandle. Reparse points are NOT-IN-WINE: links
 * of the Unix below are followed, and not seen.
 */
#include "kit/os/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <winternl.h>

#include <mmview/windows.h>

#include "kit/os/machine.h"
#include "kit/os/process.h"
#include "kit/os/win32/win32.h"

#define BEFORE_1970 INT64_C(116444736000000000) /* 100 ns since 1601 */
#define A_SECOND 10000000                       /* of 100 ns */

/* A lock keeps everybody from what is locked. No file has this byte, and the library's locks begin at 2^62. */
#define LOCKED_BYTE (UINT64_C(1) << 61)

HANDLE win32_handle(int descriptor)
{
    return (HANDLE)mmv_windows_handle(descriptor);
}

int win32_descriptor(HANDLE handle, int flags, int *descriptor_ret)
{
    *descriptor_ret = _open_osfhandle((intptr_t)handle, flags | _O_BINARY | _O_NOINHERIT);
    if (*descriptor_ret >= 0)
        return 0;
    CloseHandle(handle);
    return EMFILE;
}

bool win32_is_wine(void)
{
    HMODULE library = GetModuleHandleW(L"ntdll.dll");
    return library && GetProcAddress(library, "wine_get_version") != NULL;
}

/* A name that leads elsewhere; other reparse points are files whose bytes are kept in another way. */
static bool is_link(HANDLE handle)
{
    FILE_ATTRIBUTE_TAG_INFO tag;
    return GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &tag, sizeof tag) &&
           tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT &&
           (tag.ReparseTag == IO_REPARSE_TAG_SYMLINK || tag.ReparseTag == IO_REPARSE_TAG_MOUNT_POINT);
}

static HANDLE open_there(const wchar_t *path, DWORD rights, bool follow)
{
    /* Folders are opened, too. */
    DWORD flags = FILE_FLAG_BACKUP_SEMANTICS | (follow ? 0 : FILE_FLAG_OPEN_REPARSE_POINT);
    return CreateFileW(path, rights, SHARE_ALL, NULL, OPEN_EXISTING, flags, NULL);
}

int win32_open(const wchar_t *path, DWORD rights, bool follow, HANDLE *handle_ret)
{
    HANDLE handle = open_there(path, rights, follow);
    if (handle == INVALID_HANDLE_VALUE)
        return win32_last();
    if (!follow && is_link(handle)) {
        CloseHandle(handle);
        return ELOOP;
    }
    *handle_ret = handle;
    return 0;
}

/* Wine 8 mostly finds nothing: then by the name that it has at this moment. */
HANDLE win32_reopen(HANDLE handle, DWORD rights)
{
    BY_HANDLE_FILE_INFORMATION one, other;
    wchar_t *path;
    HANDLE again = ReOpenFile(handle, rights, SHARE_ALL, FILE_FLAG_BACKUP_SEMANTICS);
    if (again == INVALID_HANDLE_VALUE && win32_path_of(handle, &path) == 0) {
        again = open_there(path, rights, false);
        free(path);
    }
    if (again == INVALID_HANDLE_VALUE || !GetFileInformationByHandle(handle, &one) ||
        (GetFileInformationByHandle(again, &other) && one.nFileIndexHigh == other.nFileIndexHigh &&
         one.nFileIndexLow == other.nFileIndexLow && one.dwVolumeSerialNumber == other.dwVolumeSerialNumber))
        return again;
    CloseHandle(again);
    SetLastError(ERROR_FILE_NOT_FOUND);
    return INVALID_HANDLE_VALUE;
}

/* ---- facts ------------------------------------------------------------------------------------------------------- */

static void take_time(int64_t time, int64_t *seconds, uint32_t *nanoseconds)
{
    int64_t since = time > BEFORE_1970 ? time - BEFORE_1970 : 0;
    *seconds = since / A_SECOND;
    *nanoseconds = (uint32_t)(since % A_SECOND) * 100;
}

/* A pipe, a console: nothing is known of it but which one it is. */
static struct file_facts other_facts(HANDLE handle, DWORD type)
{
    return (struct file_facts){.kind = type == FILE_TYPE_PIPE   ? FILE_FIFO
                                       : type == FILE_TYPE_CHAR ? FILE_CHARACTERS
                                                                : FILE_OTHER,
                               .device = UINT64_MAX,
                               .inode = (uint64_t)(uintptr_t)handle,
                               .permissions = 0600,
                               .links = 1,
                               .owner = process_user()};
}

/* Files that may not be changed are those of nobody. */
static unsigned permissions_of(DWORD attributes, unsigned others)
{
    unsigned writing = attributes & FILE_ATTRIBUTE_READONLY && !(attributes & FILE_ATTRIBUTE_DIRECTORY) ? 0222 : 0;
    return (0700 | others << 3 | others) & ~writing;
}

static int facts_of(HANDLE handle, struct file_facts *facts_ret)
{
    BY_HANDLE_FILE_INFORMATION known;
    FILE_BASIC_INFO basic;
    unsigned others = 7;
    DWORD type = GetFileType(handle);
    /* Of a file that a shell of Unix has opened Wine 8 tells nothing: it is read, or written, as a pipe is. */
    bool is_nameless =
        type == FILE_TYPE_DISK && !GetFileInformationByHandle(handle, &known) && GetLastError() == ERROR_INVALID_HANDLE;
    if (type != FILE_TYPE_DISK || is_nameless) {
        *facts_ret = other_facts(handle, is_nameless ? FILE_TYPE_PIPE : type);
        return 0;
    }
    if (!GetFileInformationByHandle(handle, &known) ||
        !GetFileInformationByHandleEx(handle, FileBasicInfo, &basic, sizeof basic))
        return win32_last();
    struct file_facts facts = {
        .kind = is_link(handle)                                     ? FILE_LINK
                : known.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY ? FILE_FOLDER
                                                                    : FILE_REGULAR,
        .size = (uint64_t)known.nFileSizeHigh << 32 | known.nFileSizeLow,
        .device = known.dwVolumeSerialNumber,
        .inode = (uint64_t)known.nFileIndexHigh << 32 | known.nFileIndexLow,
        .links = known.nNumberOfLinks,
    };
    take_time(basic.LastWriteTime.QuadPart, &facts.modified, &facts.modified_ns);
    take_time(basic.ChangeTime.QuadPart, &facts.changed, &facts.changed_ns);
    /* Who may not ask believes the worst: another's file, that all may change. */
    if (win32_owner(handle, &facts.owner, &others) != 0)
        facts.owner = 0;
    facts.permissions = permissions_of(known.dwFileAttributes, others);
    *facts_ret = facts;
    return 0;
}

int win32_facts(HANDLE handle, struct file_facts *facts_ret)
{
    int error = facts_of(handle, facts_ret);
    if (error != EACCES)
        return error;
    /* Opened for writing alone, by a shell: nothing may be asked of such a handle. */
    HANDLE other = win32_reopen(handle, FILE_READ_ATTRIBUTES | READ_CONTROL);
    if (other == INVALID_HANDLE_VALUE)
        return error;
    error = facts_of(other, facts_ret);
    CloseHandle(other);
    return error;
}

int file_look(int descriptor, struct file_facts *facts_ret)
{
    HANDLE handle = win32_handle(descriptor);
    return handle == INVALID_HANDLE_VALUE ? EBADF : win32_facts(handle, facts_ret);
}

int win32_look(const wchar_t *path, bool follow, struct file_facts *facts_ret)
{
    HANDLE handle = open_there(path, FILE_READ_ATTRIBUTES | READ_CONTROL, follow);
    if (handle == INVALID_HANDLE_VALUE && GetLastError() == ERROR_ACCESS_DENIED)
        handle = open_there(path, FILE_READ_ATTRIBUTES, follow);
    if (handle == INVALID_HANDLE_VALUE)
        return win32_last();
    int error = win32_facts(handle, facts_ret);
    CloseHandle(handle);
    return error;
}

int file_look_at(const char *path, bool follow, struct file_facts *facts_ret)
{
    wchar_t *wide;
    int error = win32_wide(path, &wide);
    if (error != 0)
        return error;
    error = win32_look(wide, follow, facts_ret);
    free(wide);
    return error;
}

bool file_is_same(const struct file_facts *a, const struct file_facts *b)
{
    return a->device == b->device && a->inode == b->inode;
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

int win32_open_file(const wchar_t *path, enum file_access access, bool follow, int *descriptor_ret)
{
    static const DWORD rights[] = {GENERIC_READ, GENERIC_WRITE | FILE_READ_ATTRIBUTES | READ_CONTROL,
                                   GENERIC_READ | GENERIC_WRITE};
    static const int flags[] = {_O_RDONLY, _O_WRONLY, _O_RDWR};
    HANDLE handle;
    int error = win32_open(path, rights[access], follow, &handle);
    return error != 0 ? error : win32_descriptor(handle, flags[access], descriptor_ret);
}

int file_open(const char *path, enum file_access access, bool follow, int *descriptor_ret)
{
    wchar_t *wide;
    int error = win32_wide(path, &wide);
    if (error != 0)
        return error;
    error = win32_open_file(wide, access, follow, descriptor_ret);
    free(wide);
    return error;
}

int win32_create(const wchar_t *path, unsigned permissions, DWORD flags, int *descriptor_ret)
{
    const DWORD rights = GENERIC_READ | GENERIC_WRITE | (flags & FILE_FLAG_DELETE_ON_CLOSE ? DELETE : 0);
    struct win32_rights *list = permissions & 077 ? NULL : win32_rights_of(permissions);
    if (!(permissions & 077) && !list)
        return ENOMEM;
    HANDLE handle =
        CreateFileW(path, rights, SHARE_ALL, list ? win32_rights_attributes(list) : NULL, CREATE_NEW, flags, NULL);
    int error = handle == INVALID_HANDLE_VALUE ? win32_last() : 0;
    win32_rights_drop(list);
    return error != 0 ? error : win32_descriptor(handle, _O_RDWR, descriptor_ret);
}

static OVERLAPPED locked_place(void)
{
    return (OVERLAPPED){.Offset = (DWORD)LOCKED_BYTE, .OffsetHigh = (DWORD)(LOCKED_BYTE >> 32)};
}

/* A lock ends some time after its handle is closed; so it is given back before. */
int file_close(int descriptor)
{
    OVERLAPPED place = locked_place();
    HANDLE handle = win32_handle(descriptor);
    assert(descriptor >= 0);
    if (handle != INVALID_HANDLE_VALUE && GetFileType(handle) == FILE_TYPE_DISK)
        UnlockFileEx(handle, 0, 1, 0, &place);
    return _close(descriptor) == 0 ? 0 : errno;
}

int file_try_lock(int descriptor)
{
    OVERLAPPED place = locked_place();
    HANDLE handle = win32_handle(descriptor);
    if (handle == INVALID_HANDLE_VALUE)
        return EBADF;
    return LockFileEx(handle, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &place) ? 0 : win32_last();
}

int file_temporary(int *descriptor_ret)
{
    char folder[PATH_MAX], path[PATH_MAX + 40];
    wchar_t *wide;
    if (!process_temporary(folder))
        return ENAMETOOLONG;
    snprintf(path, sizeof path, "%s/mmview.%016llx", folder, (unsigned long long)machine_random());
    int error = win32_wide(path, &wide);
    if (error != 0)
        return error;
    error = win32_create(wide, 0600, FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, descriptor_ret);
    free(wide);
    return error;
}

static int copy_descriptor(int descriptor, int flags, int *descriptor_ret)
{
    HANDLE own, handle = win32_handle(descriptor), self = GetCurrentProcess();
    if (handle == INVALID_HANDLE_VALUE)
        return EBADF;
    if (!DuplicateHandle(self, handle, self, &own, 0, FALSE, DUPLICATE_SAME_ACCESS))
        return win32_last();
    return win32_descriptor(own, flags, descriptor_ret);
}

int file_again(int descriptor, int *descriptor_ret)
{
    return copy_descriptor(descriptor, _O_RDWR, descriptor_ret);
}

int file_stream(int descriptor, const char *mode, FILE **stream_ret)
{
    int own, flags = mode[0] == 'r' ? _O_RDONLY : mode[0] == 'a' ? _O_WRONLY | _O_APPEND : _O_WRONLY;
    int error = copy_descriptor(descriptor, flags, &own);
    if (error != 0)
        return error;
    *stream_ret = _fdopen(own, mode);
    if (*stream_ret)
        return 0;
    error = errno;
    _close(own);
    return error;
}

FILE *file_open_stream(const char *path, const char *mode)
{
    wchar_t *wide, *wide_mode = win32_wide_text(mode);
    int error = wide_mode ? win32_wide(path, &wide) : ENOMEM;
    FILE *stream = NULL;
    if (error == 0) {
        stream = _wfopen(wide, wide_mode);
        error = errno;
        free(wide);
    }
    free(wide_mode);
    errno = error;
    return stream;
}

/* ---- what is known of a descriptor ------------------------------------------------------------------------------- */

/* The system and the administrators may do everything anyway. */
bool file_is_locked_by_us(int descriptor)
{
    (void)descriptor;
    return false;
}

bool file_is_own(const struct file_facts *file)
{
    return file->owner != 0 && (file->owner == process_user() || win32_is_trusted(file->owner));
}

bool file_can_write(int descriptor)
{
    PUBLIC_OBJECT_BASIC_INFORMATION known;
    HANDLE handle = win32_handle(descriptor);
    ULONG length;
    return handle != INVALID_HANDLE_VALUE &&
           NtQueryObject(handle, ObjectBasicInformation, &known, sizeof known, &length) == 0 &&
           known.GrantedAccess & (FILE_WRITE_DATA | FILE_APPEND_DATA);
}

bool file_is_full(int error)
{
    return error == ENOSPC;
}

static bool is_open(int descriptor)
{
    HANDLE handle = (HANDLE)_get_osfhandle(descriptor);
    return handle != INVALID_HANDLE_VALUE && handle != (HANDLE)-2 && GetFileType(handle) != FILE_TYPE_UNKNOWN;
}

void file_keep_standard(void)
{
    /* The wrong way round, so that using stdin or stdout is still the error that the parent made it. */
    static const char *const modes[] = {"wb", "rb", "r+b"};
    FILE *const streams[] = {stdin, stdout, stderr};
    for (int descriptor = FILE_STDIN; descriptor <= FILE_STDERR; descriptor++) {
        /* The runtime's streams know that they have no descriptor: they are opened anew. */
        if (!is_open(descriptor) && !freopen("NUL", modes[descriptor], streams[descriptor]))
            continue;
        /* Bytes, not lines. */
        _setmode(descriptor, _O_BINARY);
    }
}
