/* SPDX-License-Identifier: MIT */
#ifndef TESTS_WINDOWS_XATTR_H
#define TESTS_WINDOWS_XATTR_H

/* xattr: of files that have no attributes: ENOTSUP. */

#include <stddef.h>
#include <sys/types.h>

ssize_t getxattr(const char *path, const char *name, void *value, size_t size);
int setxattr(const char *path, const char *name, const void *value, size_t size, int flags);
int removexattr(const char *path, const char *name);
ssize_t listxattr(const char *path, char *list, size_t size);

#endif
