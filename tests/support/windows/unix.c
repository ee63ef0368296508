/* SPDX-License-Identifier: MIT */
/* unix.c - see unix.h. */

#include <direct.h>

#include "windows/unix.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/xattr.h>

#include <cmocka.h>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <psapi.h>

/* Bytes are what tests write. */
__attribute__((constructor)) static void no_text(void)
{
    _fmode = _O_BINARY;
}

static OVERLAPPED place_of(off_t offset)
{
    return (OVERLAPPED){.Offset = (DWORD)(uint64_t)offset, .OffsetHigh = (DWORD)((uint64_t)offset >> 32)};
}

ssize_t pread(int descriptor, void *data, size_t size, off_t offset)
{
    OVERLAPPED place = place_of(offset);
    DWORD done = 0;
    if (ReadFile((HANDLE)_get_osfhandle(descriptor), data, (DWORD)size, &done, &place) ||
        GetLastError() == ERROR_HANDLE_EOF)
        return (ssize_t)done;
    errno = EIO;
    return -1;
}

ssize_t pwrite(int descriptor, const void *data, size_t size, off_t offset)
{
    OVERLAPPED place = place_of(offset);
    DWORD done = 0;
    if (WriteFile((HANDLE)_get_osfhandle(descriptor), data, (DWORD)size, &done, &place))
        return (ssize_t)done;
    errno = EIO;
    return -1;
}

int test_ftruncate(int descriptor, off_t size)
{
    FILE_END_OF_FILE_INFO end;
    end.EndOfFile.QuadPart = size;
    HANDLE handle = (HANDLE)_get_osfhandle(descriptor);
    if (SetFileInformationByHandle(handle, FileEndOfFileInfo, &end, sizeof end))
        return 0;
    errno = GetLastError() == ERROR_USER_MAPPED_FILE ? EBUSY : EIO;
    return -1;
}

int test_truncate(const char *path, off_t size)
{
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0)
        return -1;
    int result = ftruncate(descriptor, size);
    int error = errno;
    close(descriptor);
    errno = error;
    return result;
}

/* The name is free at once: another one goes when nobody has the file open any more. */
int test_unlink(const char *path)
{
    static LONG number;
    char gone[600];
    const char *slash = strrchr(path, '/');
    int front = slash ? (int)(slash + 1 - path) : 0;
    snprintf(gone, sizeof gone, "%.*sgone-%lx-%lx", front, path, GetCurrentProcessId(), InterlockedIncrement(&number));
    if (MoveFileExA(path, gone, 0) && DeleteFileA(gone))
        return 0;
    errno = GetLastError() == ERROR_FILE_NOT_FOUND ? ENOENT : EACCES;
    return -1;
}

int test_rename(const char *from, const char *to)
{
    if (MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING))
        return 0;
    errno = GetLastError() == ERROR_FILE_NOT_FOUND ? ENOENT : EACCES;
    return -1;
}

int fsync(int descriptor)
{
    return _commit(descriptor);
}

int link(const char *path, const char *other)
{
    if (CreateHardLinkA(other, path, NULL))
        return 0;
    errno = EIO;
    return -1;
}

/* Children have both ends, under the same numbers. */
int pipe(int ends[2])
{
    return _pipe(ends, 65536, _O_BINARY);
}

int rand_r(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return (int)(*seed >> 16 & 0x7fff);
}

int make_folder(const char *path)
{
    return _mkdir(path);
}

int symlink(const char *to, const char *path)
{
    (void)to, (void)path;
    errno = ENOSYS;
    return -1;
}

int mkfifo(const char *path, int mode)
{
    (void)path, (void)mode;
    errno = ENOSYS;
    return -1;
}

int chown(const char *path, unsigned user, unsigned group)
{
    (void)path, (void)user, (void)group;
    errno = ENOSYS;
    return -1;
}

/* F_GETFD tells no more than whether it is open. */
int fcntl(int descriptor, int what, ...)
{
    if (what == F_GETFD && _get_osfhandle(descriptor) != -1)
        return 0;
    errno = what == F_GETFD ? EBADF : ENOSYS;
    return -1;
}

long sysconf(int what)
{
    SYSTEM_INFO facts;
    (void)what;
    GetSystemInfo(&facts);
    return (long)facts.dwNumberOfProcessors;
}

int fchdir(int folder)
{
    (void)folder;
    errno = ENOSYS;
    return -1;
}

int posix_fadvise(int descriptor, off_t offset, off_t length, int advice)
{
    (void)descriptor, (void)offset, (void)length, (void)advice;
    return ENOSYS;
}

ssize_t getxattr(const char *path, const char *name, void *value, size_t size)
{
    (void)path, (void)name, (void)value, (void)size;
    errno = ENOTSUP;
    return -1;
}

int setxattr(const char *path, const char *name, const void *value, size_t size, int flags)
{
    (void)path, (void)name, (void)value, (void)size, (void)flags;
    errno = ENOTSUP;
    return -1;
}

int removexattr(const char *path, const char *name)
{
    (void)path, (void)name;
    errno = ENOTSUP;
    return -1;
}

ssize_t listxattr(const char *path, char *list, size_t size)
{
    (void)path, (void)list, (void)size;
    errno = ENOTSUP;
    return -1;
}

char *realpath(const char *path, char *unused)
{
    (void)unused;
    char *real = _fullpath(NULL, path, 0);
    for (char *at = real; at && *at; at++)
        if (*at == '\\')
            *at = '/';
    return real;
}

/* A pipe that nobody writes to any more is readable, too: its end is read. */
int poll(struct pollfd *pipes, unsigned count, int milliseconds)
{
    DWORD there = 0;
    (void)count;
    HANDLE end = (HANDLE)_get_osfhandle(pipes->fd);
    for (int waited = 0; waited < milliseconds; waited++) {
        if (!PeekNamedPipe(end, NULL, 0, NULL, &there, NULL) || there > 0)
            return 1;
        Sleep(1);
    }
    return 0;
}

int getrusage(int whose, struct rusage *used)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof counters};
    (void)whose;
    if (!K32GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters))
        return -1;
    used->ru_maxrss = (long)(counters.PeakWorkingSetSize / 1024);
    return 0;
}

int setenv(const char *name, const char *value, int replace)
{
    if (!replace && getenv(name))
        return 0;
    return _putenv_s(name, value);
}

int unsetenv(const char *name)
{
    return _putenv_s(name, "");
}

/* ---- tests that are left out ------------------------------------------------------------------------------------ */

/* Between spaces: windows.cmake begins and ends the list with one. */
static bool is_left_out(const char *name)
{
    char word[200];
    const char *list = getenv("MMV_TEST_LEFT_OUT");
    snprintf(word, sizeof word, " %s ", name);
    return list && strstr(list, word);
}

int __real__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown);
int __wrap__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown);

int __wrap__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t count,
                                   CMFixtureFunction setup, CMFixtureFunction teardown)
{
    static struct CMUnitTest kept[100];
    size_t left = 0;
    if (count > sizeof kept / sizeof kept[0])
        abort();
    for (size_t i = 0; i < count; i++)
        if (is_left_out(tests[i].name))
            printf("LEFT OUT %s, see tests/windows.cmake\n", tests[i].name);
        else
            kept[left++] = tests[i];
    return __real__cmocka_run_group_tests(name, kept, left, setup, teardown);
}
