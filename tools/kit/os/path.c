/* SPDX-License-Identifier: MIT */
/* path: see path.h; what is alike on all systems. */
#include "kit/os/path.h"

#include <string.h>

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
