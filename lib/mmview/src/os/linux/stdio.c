/* SPDX-License-Identifier: MIT */
/*
 * linux/stdio.c - a FILE over functions of our own. Source: fopencookie(3).
 */

#include "os/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct cookie {
    void *user;
    const mmv__os_cookie *calls;
};

static ssize_t cookie_read(void *cookie, char *data, size_t length)
{
    struct cookie *own = cookie;
    size_t done;
    int error = own->calls->read(own->user, data, length, &done);
    if (error)
        errno = error;
    return error ? -1 : (ssize_t)done;
}

/* glibc's fopencookie(3): what was written, never -1. musl takes nothing but -1 for an error. */
static ssize_t cookie_write(void *cookie, const char *data, size_t length)
{
    struct cookie *own = cookie;
    size_t done;
    int error = own->calls->write(own->user, data, length, &done);
    /* A short count is an error for stdio, and it looks at errno then. */
    if (error)
        errno = error;
#ifndef __GLIBC__
    if (error)
        return -1;
#endif
    return (ssize_t)done;
}

static int cookie_seek(void *cookie, off64_t *offset, int whence)
{
    struct cookie *own = cookie;
    uint64_t position;
    unsigned origin = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? 1 : 2;
    int error = own->calls->seek(own->user, *offset, origin, &position);
    if (error)
        errno = error;
    else
        *offset = (off64_t)position;
    return error ? -1 : 0;
}

static int cookie_close(void *cookie)
{
    struct cookie *own = cookie;
    own->calls->close(own->user);
    free(own);
    return 0;
}

int mmv__os_file(void *user, const mmv__os_cookie *calls, bool reads, bool writes, FILE **file_ret)
{
    static const cookie_io_functions_t functions = {cookie_read, cookie_write, cookie_seek, cookie_close};
    struct cookie *cookie = malloc(sizeof *cookie);
    if (!cookie)
        return ENOMEM;
    *cookie = (struct cookie){user, calls};
    *file_ret = fopencookie(cookie, reads && writes ? "r+" : reads ? "r" : "w", functions);
    int error = *file_ret ? 0 : errno;
    if (error)
        free(cookie);
    return error;
}
