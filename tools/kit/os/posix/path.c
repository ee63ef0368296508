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

const char *path_ending(const char *path)
{
    const char *base = path_base(path);
    const char *dot = strrchr(base, '.');
    return dot && dot != base ? dot : base + strlen(base);
}

bool path_has_ending(const char *path, const char *ending)
{
    size_t length = strlen(path), tail = strlen(ending);
    if (length < tail)
        return false;
    for (size_t i = 0; i < tail; i++) {
        char a = path[length - tail + i], b = ending[i];
        if ((a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) != (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b))
            return false;
    }
    return true;
}

void path_folder(const char *path, char folder[PATH_MAX])
{
    size_t length = (size_t)(path_base(path) - path);
    assert(length < PATH_MAX);
    memcpy(folder, length ? path : ".", length ? length : 1);
    /* Without the slash, but where that is all. */
    folder[length > 1 ? length - 1 : 1] = '\0';
}

bool path_real(const char *path, char real[PATH_MAX])
{
    return realpath(path, real) != NULL;
}
