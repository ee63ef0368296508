/* SPDX-License-Identifier: MIT */
/*
 * linux/name.c - notes on files. Source: xattr(7).
 */

#include "os/name.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

int mmv__os_note_set(int descriptor, const char *name, const char *text)
{
    return fsetxattr(descriptor, name, text, strlen(text), XATTR_CREATE) == 0 ? 0 : errno;
}

int mmv__os_note_get(int descriptor, const char *name, char *text, size_t size)
{
    ssize_t length = fgetxattr(descriptor, name, text, size - 1);
    text[length > 0 ? length : 0] = '\0';
    return length >= 0 ? 0 : errno;
}

int mmv__os_note_remove(int descriptor, const char *name)
{
    return fremovexattr(descriptor, name) == 0 ? 0 : errno;
}

int mmv__os_notes(int descriptor, char *names, size_t size, size_t *length_ret)
{
    ssize_t length = flistxattr(descriptor, names, size);
    *length_ret = length > 0 ? (size_t)length : 0;
    return length >= 0 ? 0 : errno;
}
