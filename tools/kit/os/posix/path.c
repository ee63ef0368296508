/* SPDX-License-Identifier: MIT */
/* path: see kit/os/path.h. */
#include "kit/os/path.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool path_separates(char letter)
{
    return letter == '/';
}

bool path_is_name(const char *text)
{
    return !strchr(text, '/') && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

/* Any bytes are a name. */
const char *path_refusal(const char *name)
{
    (void)name;
    return NULL;
}

bool path_is_absolute(const char *path)
{
    return path[0] == '/';
}

void path_folder(const char *path, char folder[PATH_MAX])
{
    size_t length = (size_t)(path_base(path) - path);
    assert(length < PATH_MAX);
    memcpy(folder, length ? path : ".", length ? length : 1);
    /* Without the slash, but where that is all. */
    folder[length > 1 ? length - 1 : 1] = '\0';
}

void path_of_stdin(char path[PATH_MAX])
{
    strcpy(path, "/dev/stdin");
}

bool path_real(const char *path, char real[PATH_MAX])
{
    return realpath(path, real) != NULL;
}
