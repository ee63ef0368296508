/* SPDX-License-Identifier: MIT */
/* astray: see astray.h. */
#include "kit/file/astray.h"

#include <limits.h>
#include <string.h>

bool astray_is_shared(const struct file_facts *folder)
{
    return folder->sticky || (folder->permissions & 002) != 0;
}

bool astray_is(const char *path)
{
    char front[PATH_MAX];
    struct file_facts above, entry;
    if (strlen(path) >= sizeof front || file_look_at(path[0] == '/' ? "/" : ".", true, &above) != 0)
        return false;
    for (const char *slash = strchr(path + (path[0] == '/'), '/'); slash; slash = strchr(slash + 1, '/')) {
        memcpy(front, path, (size_t)(slash - path));
        front[slash - path] = '\0';
        if (file_look_at(front, false, &entry) != 0)
            return false;
        if (entry.kind == FILE_LINK && astray_is_shared(&above) && !file_is_own(&entry))
            return true;
        if (file_look_at(front, true, &above) != 0)
            return false;
    }
    return false;
}
