/* SPDX-License-Identifier: MIT */
/* library: see kit/os/library.h. */
#include "kit/os/library.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void *library_open(const char *name, bool global)
{
    return dlopen(name, RTLD_NOW | (global ? RTLD_GLOBAL : RTLD_LOCAL));
}

void *library_open_beside(const char *place, bool global)
{
    char own[PATH_MAX], path[2 * PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    if (length <= 0)
        return NULL;
    own[length] = '\0';
    char *slash = strrchr(own, '/');
    if (!slash || strlen(place) >= PATH_MAX)
        return NULL;
    snprintf(path, sizeof path, "%.*s/%s", (int)(slash - own), own, place);
    return library_open(path, global);
}

bool library_find(void *library, const char *name, void *pointer_ret)
{
    /* POSIX lets a function's address be taken as an object's; C does not. */
    void *symbol = dlsym(library, name);
    memcpy(pointer_ret, &symbol, sizeof symbol);
    return symbol != NULL;
}

const char *library_problem(void)
{
    const char *problem = dlerror();
    return problem ? problem : "no reason is known";
}
