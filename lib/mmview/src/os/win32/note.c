/* SPDX-License-Identifier: MIT */
/*
 * win32/note.c - notes on files: none yet.
 *
 * They could be alternate data streams, where the volume has these. Wine 8 makes plain files of them, which neither a
 * rename nor a removal takes along: nothing of that could be tried.
 */

#include "os/name.h"

#include <errno.h>

int mmv__os_note_set(int descriptor, const char *name, const char *text)
{
    (void)descriptor, (void)name, (void)text;
    return ENOTSUP;
}

int mmv__os_note_get(int descriptor, const char *name, char *text, size_t size)
{
    (void)descriptor, (void)name, (void)size;
    *text = '\0';
    return ENOTSUP;
}

int mmv__os_note_remove(int descriptor, const char *name)
{
    (void)descriptor, (void)name;
    return ENOTSUP;
}

int mmv__os_note_replace(int descriptor, const char *name, const char *text)
{
    (void)descriptor, (void)name, (void)text;
    return ENOTSUP;
}

int mmv__os_notes(int descriptor, char **names_ret, size_t *length_ret)
{
    (void)descriptor;
    *names_ret = NULL;
    *length_ret = 0;
    return ENOTSUP;
}
