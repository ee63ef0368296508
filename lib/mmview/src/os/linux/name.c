/* SPDX-License-Identifier: MIT */
/*
 * linux/name.c - notes on files, and rights that are kept like notes. Source: xattr(7).
 */

#include "os/file.h"
#include "os/name.h"

#include <errno.h>
#include <stdlib.h>
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

int mmv__os_note_replace(int descriptor, const char *name, const char *text)
{
    return fsetxattr(descriptor, name, text, strlen(text), XATTR_REPLACE) == 0 ? 0 : errno;
}

/* Between the two calls there may come more. */
int mmv__os_notes(int descriptor, char **names_ret, size_t *length_ret)
{
    ssize_t length = flistxattr(descriptor, NULL, 0);
    *names_ret = NULL;
    *length_ret = 0;
    while (length > 0) {
        free(*names_ret);
        size_t room = (size_t)length;
        *names_ret = malloc(room);
        if (!*names_ret)
            return ENOMEM;
        length = flistxattr(descriptor, *names_ret, room);
        if (length >= 0)
            break;
        if (errno == ERANGE)
            length = flistxattr(descriptor, NULL, 0);
    }
    *length_ret = length > 0 ? (size_t)length : 0;
    return length >= 0 ? 0 : errno;
}

#define ACCESS "system.posix_acl_access" /* acl(5) */

bool mmv__os_has_more_rights(int descriptor)
{
    return fgetxattr(descriptor, ACCESS, NULL, 0) > 0;
}

int mmv__os_drop_more_rights(int descriptor)
{
    if (fremovexattr(descriptor, ACCESS) == 0)
        return 0;
    return errno == ENODATA || errno == EOPNOTSUPP ? 0 : errno;
}
