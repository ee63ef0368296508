/* SPDX-License-Identifier: MIT */
/*
 * shim: system calls made slow or wrong, for LD_PRELOAD.
 *
 *     SHIM_MARK=FILE       create FILE at the first call that goes through here
 *     SHIM_SLOW_MS=N       every pwrite takes N ms longer
 *     SHIM_RAISE=S:N:NAME  the process sends itself signal S before its N-th pwrite to a file whose path ends with NAME
 *     SHIM_CORRUPT=OFFSET  the byte of this file offset is stored wrong
 *     SHIM_NO_TMPFILE=1    no file system has O_TMPFILE
 *     SHIM_NO_LINK=1       nor links, nor renameat2
 *     SHIM_SHORT=1         reads and writes move less than they were asked to, and every fifth is interrupted
 *     SHIM_REMOTE=1        every file lies on NFS
 *     SHIM_SYNCS=FILE      a byte is added to FILE whenever a file is written to its device
 *     SHIM_UNSYNCED=N:NAME the N-th time that a file whose path ends with NAME is written to its device, that fails
 *     SHIM_UNMAPPED=E:NAME mmap(2) of files whose path matches the pattern NAME, shared, fails with errno E
 *     SHIM_REFUSALS=FILE   a byte is added to FILE whenever one does so
 *     SHIM_SIGNALS=1       a signal every millisecond, whose handler lets no call be restarted
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

ssize_t pread64(int descriptor, void *data, size_t length, off64_t offset);
ssize_t pwrite64(int descriptor, const void *data, size_t length, off64_t offset);
int openat64(int directory, const char *path, int flags, ...);
void *mmap64(void *address, size_t length, int protection, int flags, int descriptor, off64_t offset);
int fstatfs64(int descriptor, struct statfs64 *facts);
int short_fstatfs(int descriptor, struct statfs *facts) __asm__("fstatfs");

static void mark(void)
{
    const char *path = getenv("SHIM_MARK");
    int descriptor = path ? open(path, O_WRONLY | O_CREAT, 0600) : -1;
    if (descriptor >= 0)
        close(descriptor);
}

static void be_slow(void)
{
    const char *text = getenv("SHIM_SLOW_MS");
    long ms = text ? atol(text) : 0;
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
    if (ms > 0)
        nanosleep(&pause, NULL);
}

static int path_of(int descriptor, char path[4096])
{
    char own[64];
    snprintf(own, sizeof own, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(own, path, 4095);
    if (length >= 0)
        path[length] = '\0';
    return length >= 0;
}

static int ends_with(int descriptor, const char *name)
{
    char path[4096];
    size_t length = path_of(descriptor, path) ? strlen(path) : 0, end = strlen(name);
    return length >= end && memcmp(path + length - end, name, end) == 0;
}

static void raise_when_due(int descriptor)
{
    static atomic_int calls;
    int which, number, at = 0;
    const char *text = getenv("SHIM_RAISE");
    if (text && sscanf(text, "%d:%d:%n", &which, &number, &at) == 2 && at > 0 && ends_with(descriptor, text + at) &&
        atomic_fetch_add(&calls, 1) + 1 == number)
        /* To this thread: a signal to the process may reach one that sleeps, when all is done. */
        raise(which);
}

/* How much of it is moved this time; 0 = the call is interrupted. Direct I/O moves whole blocks. */
static size_t cut(int descriptor, size_t length)
{
    static atomic_uint calls;
    unsigned number = atomic_fetch_add(&calls, 1);
    size_t grain = fcntl(descriptor, F_GETFL) & O_DIRECT ? 4096 : 1;
    if (length < 2 * grain || getenv("SHIM_SHORT") == NULL)
        return length;
    errno = EINTR;
    return number % 5 == 4 ? 0 : grain * (1 + number * 2654435761u % (length / grain - 1));
}

static void on_alarm(int signal)
{
    (void)signal;
}

__attribute__((constructor)) static void begin_signals(void)
{
    const struct itimerval each = {{0, 1000}, {0, 1000}};
    struct sigaction action = {.sa_handler = on_alarm};
    if (getenv("SHIM_SIGNALS") && (sigaction(SIGALRM, &action, NULL) != 0 || setitimer(ITIMER_REAL, &each, NULL) != 0))
        abort();
}

ssize_t pread64(int descriptor, void *data, size_t length, off64_t offset)
{
    ssize_t (*next)(int, void *, size_t, off64_t);
    *(void **)&next = dlsym(RTLD_NEXT, "pread64");
    size_t part = cut(descriptor, length);
    return part == 0 && length > 0 ? -1 : next(descriptor, data, part, offset);
}

ssize_t read(int descriptor, void *data, size_t length)
{
    ssize_t (*next)(int, void *, size_t);
    *(void **)&next = dlsym(RTLD_NEXT, "read");
    size_t part = cut(descriptor, length);
    return part == 0 && length > 0 ? -1 : next(descriptor, data, part);
}

ssize_t write(int descriptor, const void *data, size_t length)
{
    ssize_t (*next)(int, const void *, size_t);
    *(void **)&next = dlsym(RTLD_NEXT, "write");
    size_t part = cut(descriptor, length);
    return part == 0 && length > 0 ? -1 : next(descriptor, data, part);
}

ssize_t pwrite64(int descriptor, const void *data, size_t length, off64_t offset)
{
    ssize_t (*next)(int, const void *, size_t, off64_t);
    *(void **)&next = dlsym(RTLD_NEXT, "pwrite64");
    size_t part = cut(descriptor, length);
    if (part == 0 && length > 0)
        return -1;
    length = part;
    const char *text = getenv("SHIM_CORRUPT");
    off64_t wrong = text ? atoll(text) : -1;
    mark();
    raise_when_due(descriptor);
    be_slow();
    if (wrong < offset || wrong - offset >= (off64_t)length)
        return next(descriptor, data, length, offset);
    char *copy = malloc(length);
    memcpy(copy, data, length);
    copy[wrong - offset] ^= 0x55;
    ssize_t done = next(descriptor, copy, length, offset);
    free(copy);
    return done;
}

int openat64(int directory, const char *path, int flags, ...)
{
    int (*next)(int, const char *, int, ...);
    *(void **)&next = dlsym(RTLD_NEXT, "openat64");
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = va_arg(arguments, mode_t);
    va_end(arguments);
    if ((flags & O_TMPFILE) == O_TMPFILE && getenv("SHIM_NO_TMPFILE")) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return next(directory, path, flags, mode);
}

/* As an NFS client says it; under both names, of which programs for 64 bits use one or the other. */
int fstatfs64(int descriptor, struct statfs64 *facts)
{
    int (*next)(int, struct statfs64 *);
    *(void **)&next = dlsym(RTLD_NEXT, "fstatfs64");
    int result = next(descriptor, facts);
    if (result == 0 && getenv("SHIM_REMOTE"))
        facts->f_type = 0x6969;
    return result;
}

int short_fstatfs(int descriptor, struct statfs *facts)
{
    int (*next)(int, struct statfs *);
    *(void **)&next = dlsym(RTLD_NEXT, "fstatfs");
    int result = next(descriptor, facts);
    if (result == 0 && getenv("SHIM_REMOTE"))
        facts->f_type = 0x6969;
    return result;
}

static int refusals = -1;

/* Beforehand: a thread in a sandbox may open no file. */
__attribute__((constructor)) static void open_refusals(void)
{
    const char *path = getenv("SHIM_REFUSALS");
    refusals = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
}

static void note_refusal(void)
{
    if (refusals >= 0 && syscall(SYS_write, refusals, "r", 1) != 1)
        abort();
}

static int unmapped(int flags, int descriptor)
{
    struct stat64 facts;
    char path[4096];
    int error, at = 0;
    const char *text = getenv("SHIM_UNMAPPED");
    if (text == NULL || descriptor < 0 || !(flags & MAP_SHARED) || sscanf(text, "%d:%n", &error, &at) != 1 || at == 0)
        return 0;
    return fstat64(descriptor, &facts) == 0 && S_ISREG(facts.st_mode) && path_of(descriptor, path) &&
                   fnmatch(text + at, path, 0) == 0
               ? error
               : 0;
}

/* The system call itself: the first mappings come before anybody can look for the next function. */
void *mmap64(void *address, size_t length, int protection, int flags, int descriptor, off64_t offset)
{
    int error = unmapped(flags, descriptor);
    if (error) {
        note_refusal();
        errno = error;
        return MAP_FAILED;
    }
#ifdef SYS_mmap2
    return (void *)syscall(SYS_mmap2, address, length, protection, flags, descriptor, (long)(offset / 4096));
#else
    return (void *)syscall(SYS_mmap, address, length, protection, flags, descriptor, offset);
#endif
}

static void note_sync(void)
{
    const char *path = getenv("SHIM_SYNCS");
    int descriptor = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (descriptor >= 0 && write(descriptor, "s", 1) != 1)
        abort();
    if (descriptor >= 0)
        close(descriptor);
}

static int sync_fails(int descriptor)
{
    static atomic_int calls;
    int number, at = 0;
    const char *text = getenv("SHIM_UNSYNCED");
    if (!text || sscanf(text, "%d:%n", &number, &at) != 1 || at == 0 || !ends_with(descriptor, text + at) ||
        atomic_fetch_add(&calls, 1) + 1 != number)
        return 0;
    errno = EIO;
    return 1;
}

int fsync(int descriptor)
{
    int (*next)(int);
    *(void **)&next = dlsym(RTLD_NEXT, "fsync");
    note_sync();
    return sync_fails(descriptor) ? -1 : next(descriptor);
}

int fdatasync(int descriptor)
{
    int (*next)(int);
    *(void **)&next = dlsym(RTLD_NEXT, "fdatasync");
    note_sync();
    return sync_fails(descriptor) ? -1 : next(descriptor);
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
    int (*next)(int, const char *, int, const char *, int);
    *(void **)&next = dlsym(RTLD_NEXT, "linkat");
    if (getenv("SHIM_NO_LINK")) {
        errno = EPERM;
        return -1;
    }
    return next(from, old, to, new, flags);
}

/* Not every C library has it. */
int renameat2(int from, const char *old, int to, const char *new, unsigned flags);
int renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
    int (*next)(int, const char *, int, const char *, unsigned);
    *(void **)&next = dlsym(RTLD_NEXT, "renameat2");
    if (getenv("SHIM_NO_LINK")) {
        errno = EINVAL;
        return -1;
    }
    return next(from, old, to, new, flags);
}
