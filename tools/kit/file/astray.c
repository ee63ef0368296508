/* SPDX-License-Identifier: MIT */
/* astray: see astray.h. */
#include "kit/file/astray.h"

#include <limits.h>
#include <string.h>

#include "kit/os/path.h"

bool astray_is_shared(const struct file_facts *folder)
{
    return folder->sticky || (folder->permissions & 002) != 0;
}

bool astray_is(const char *path)
{
    char front[PATH_MAX];
    struct file_facts above, entry;
    if (strlen(path) >= sizeof front || file_look_at(path_separates(path[0]) ? "/" : ".", true, &above) != 0)
        return false;
    for (size_t at = path_separates(path[0]) ? 1 : 0; path[at]; at++) {
        if (!path_separates(path[at]))
            continue;
        memcpy(front, path, at);
        front[at] = '\0';
        if (file_look_at(front, false, &entry) != 0)
            return false;
        if (entry.kind == FILE_LINK && astray_is_shared(&above) && !file_is_own(&entry))
            return true;
        if (file_look_at(front, true, &above) != 0)
            return false;
    }
    return false;
}
