/* SPDX-License-Identifier: MIT */
#ifndef TESTS_WINDOWS_XATTR_H
#define TESTS_WINDOWS_XATTR_H

/* xattr: of files that have no attributes. */

#include <errno.h>
#include <stddef.h>
#include <sys/types.h>

static inline ssize_t getxattr(const char *path, const char *name, void *value, size_t size)
{
    (void)path, (void)name, (void)value, (void)size;
    errno = ENOTSUP;
    return -1;
}

static inline int setxattr(const char *path, const char *name, const void *value, size_t size, int flags)
{
    (void)path, (void)name, (void)value, (void)size, (void)flags;
    errno = ENOTSUP;
    return -1;
}

static inline int removexattr(const char *path, const char *name)
{
    (void)path, (void)name;
    errno = ENOTSUP;
    return -1;
}

static inline ssize_t listxattr(const char *path, char *list, size_t size)
{
    (void)path, (void)list, (void)size;
    errno = ENOTSUP;
    return -1;
}

#endif
