/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_OS_RETRY_H
#define MMVIEW_OS_RETRY_H

/* retry: calls that a signal interrupts and that are simply made again. */

#include <errno.h>
#include <fcntl.h>

static inline int open_in_retrying(int folder, const char *name, int flags, mode_t permissions)
{
    int descriptor;
    do
        descriptor = openat(folder, name, flags, permissions);
    while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

static inline int open_retrying(const char *path, int flags, mode_t permissions)
{
    return open_in_retrying(AT_FDCWD, path, flags, permissions);
}

#endif
