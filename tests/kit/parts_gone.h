/* SPDX-License-Identifier: MIT */
#ifndef TESTS_PARTS_GONE_H
#define TESTS_PARTS_GONE_H

/* parts_gone: out.parts and out of an earlier test, whatever that has left there. */

#include "kit/os/folder.h"

#include <unistd.h>

static inline bool parts_gone_name(void *user, const char *name)
{
    folder_remove_file(*(int *)user, name);
    return true;
}

static inline void parts_gone(void)
{
    int folder;
    if (folder_open("out.parts", true, &folder) == 0) {
        folder_list(folder, parts_gone_name, &folder);
        file_close(folder);
        rmdir("out.parts");
    }
    unlink("out");
}

#endif
