/* SPDX-License-Identifier: MIT */
/* unix.c - see unix.h. */

#include <direct.h>

#include "windows/unix.h"
#include "windows/below.h"

#include <errno.h>
#include <setjmp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <sys/resource.h>
#include <sys/wait.h>
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

/* ---- names ------------------------------------------------------------------------------------------------------ */

/* As the system takes one of any length; until the next call of the thread. */
static const wchar_t *wide_of(const char *path)
{
    static _Thread_local wchar_t name[2048], whole[2048 + 4];
    MultiByteToWideChar(CP_UTF8, 0, path, -1, name, 2048);
    DWORD length = GetFullPathNameW(name, 2048, whole + 4, NULL);
    if (length < 200)
        return whole + 4;
    return wmemcpy(whole, L"\\\\?\\", 4);
}

static int number_of(DWORD error)
{
    return error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND ? ENOENT
           : error == ERROR_FILE_EXISTS                                   ? EEXIST
                                                                          : EACCES;
}

static DWORD disposition_of(int flags)
{
    if (flags & O_CREAT)
        return flags & O_EXCL ? CREATE_NEW : flags & O_TRUNC ? CREATE_ALWAYS : OPEN_ALWAYS;
    return flags & O_TRUNC ? TRUNCATE_EXISTING : OPEN_EXISTING;
}

/* Permissions of a new file are those that the folder gives. */
int test_open(const char *path, int flags, ...)
{
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, !(flags & _O_NOINHERIT)};
    DWORD rights = flags & O_RDWR ? GENERIC_READ | GENERIC_WRITE : flags & O_WRONLY ? GENERIC_WRITE : GENERIC_READ;
    HANDLE handle = CreateFileW(wide_of(path), rights, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                &inherited, disposition_of(flags), FILE_ATTRIBUTE_NORMAL, NULL);
    if (handle == INVALID_HANDLE_VALUE) {
        errno = number_of(GetLastError());
        return -1;
    }
    return _open_osfhandle((intptr_t)handle, flags & (O_APPEND | _O_NOINHERIT | O_RDWR | O_WRONLY));
}

/* What fills in a struct stat, whose times have 32 bits in a program of 32 bits. */
#ifdef _WIN64
#define stat_wide _wstat64
#else
#define stat_wide _wstat32i64
#endif

/* The C runtime takes the prefix of long paths for a pattern. */
int test_stat(const char *path, struct stat *facts)
{
    const wchar_t *wide = wide_of(path);
    if (wide[2] != L'?')
        return stat_wide(wide, facts);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    int result = descriptor < 0 ? -1 : fstat(descriptor, facts);
    close(descriptor);
    return result;
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

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

ssize_t pread64(int descriptor, void *data, size_t size, off_t offset)
{
    return pread(descriptor, data, size, offset);
}

ssize_t pwrite64(int descriptor, const void *data, size_t size, off_t offset)
{
    return pwrite(descriptor, data, size, offset);
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
    wchar_t from[2048 + 4];
    char gone[600];
    const char *slash = strrchr(path, '/');
    int front = slash ? (int)(slash + 1 - path) : 0;
    wcscpy(from, wide_of(path));
    snprintf(gone, sizeof gone, "%.*sgone-%lx-%lx", front, path, GetCurrentProcessId(), InterlockedIncrement(&number));
    if (MoveFileExW(from, wide_of(gone), 0) && DeleteFileW(wide_of(gone)))
        return 0;
    errno = number_of(GetLastError());
    return -1;
}

int test_rename(const char *from, const char *to)
{
    wchar_t old[2048 + 4];
    wcscpy(old, wide_of(from));
    if (MoveFileExW(old, wide_of(to), MOVEFILE_REPLACE_EXISTING))
        return 0;
    errno = number_of(GetLastError());
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

/* By the system below Wine, which does not see that it is one: it is followed. */
static bool link_below(const char *to, const char *path)
{
    char target[600], what[700];
    if (strchr(to, ':') && !below_path(to, target, sizeof target))
        return false;
    snprintf(what, sizeof what, "ln -sfn '%s'", strchr(to, ':') ? target : to);
    return below_do(what, path);
}

int symlink(const char *to, const char *path)
{
    /* It has to be there to be known below. */
    int placeholder = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC);
    if (placeholder < 0)
        return -1;
    close(placeholder);
    if (link_below(to, path))
        return 0;
    unlink(path);
    print_message("SKIPPED: nobody makes a symbolic link here\n");
    skip();
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
    GetSystemInfo(&facts);
    return (long)(what == _SC_PAGESIZE ? facts.dwPageSize : facts.dwNumberOfProcessors);
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

int sched_getaffinity(int process, size_t size, cpu_set_t *set)
{
    DWORD_PTR own, all;
    (void)process, (void)size;
    if (!GetProcessAffinityMask(GetCurrentProcess(), &own, &all))
        return -1;
    set->bits = own;
    return 0;
}

int sched_setaffinity(int process, size_t size, const cpu_set_t *set)
{
    (void)process, (void)size;
    return SetProcessAffinityMask(GetCurrentProcess(), (DWORD_PTR)set->bits) ? 0 : -1;
}

pid_t fork(void)
{
    errno = ENOSYS;
    return -1;
}

pid_t waitpid(pid_t child, int *status, int how)
{
    (void)child, (void)status, (void)how;
    errno = ECHILD;
    return -1;
}

/* Seconds since 1970 as what the system counts: tenths of a microsecond since 1601. */
static FILETIME filetime_of(const struct timespec *time)
{
    uint64_t ticks = ((uint64_t)time->tv_sec + 11644473600u) * 10000000u + (uint64_t)time->tv_nsec / 100;
    return (FILETIME){(DWORD)ticks, (DWORD)(ticks >> 32)};
}

int utimensat(int folder, const char *path, const struct timespec times[2], int flags)
{
    FILETIME used = filetime_of(&times[0]), changed = filetime_of(&times[1]);
    (void)folder, (void)flags;
    HANDLE file = CreateFileA(path, FILE_WRITE_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, 0, NULL);
    bool done = file != INVALID_HANDLE_VALUE && SetFileTime(file, NULL, &used, &changed);
    CloseHandle(file);
    errno = done ? 0 : EIO;
    return done ? 0 : -1;
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
