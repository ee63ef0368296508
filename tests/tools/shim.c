/* SPDX-License-Identifier: MIT */
/*
 * shim: system calls made slow or wrong, for LD_PRELOAD.
 *
 *     SHIM_MARK=FILE       create FILE at the first call that goes through here
 *     SHIM_SLOW_MS=N       every pwrite takes N ms longer
 *     SHIM_CORRUPT=OFFSET  the byte of this file offset is stored wrong
 *     SHIM_NO_TMPFILE=1    no file system has O_TMPFILE
 *     SHIM_NO_LINK=1       nor links, nor renameat2
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

ssize_t pwrite64(int descriptor, const void *data, size_t length, off64_t offset);
int openat64(int directory, const char *path, int flags, ...);

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

ssize_t pwrite64(int descriptor, const void *data, size_t length, off64_t offset)
{
    ssize_t (*next)(int, const void *, size_t, off64_t);
    *(void **)&next = dlsym(RTLD_NEXT, "pwrite64");
    const char *text = getenv("SHIM_CORRUPT");
    off64_t wrong = text ? atoll(text) : -1;
    mark();
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
