/* SPDX-License-Identifier: MIT */
/* library: see kit/os/library.h. */
#include "kit/os/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kit/os/file.h"

/* Why library_open_bytes() failed before the loader was asked; NULL = it was asked. */
static _Thread_local const char *problem_before;

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

#if defined(__linux__) && defined(F_SEAL_WRITE)
/* Kernels before 6.3 do not know the flag, later ones may want it. */
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010u
#endif

static int memory_file(void)
{
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int memory = memfd_create("library", flags | MFD_EXEC);
    return memory >= 0 || errno != EINVAL ? memory : memfd_create("library", flags);
}

/* The descriptor stays open: the loader knows a library by its name, and the next one must not get this number. */
void *library_open_bytes(const void *bytes, size_t length)
{
    char path[64];
    int memory = memory_file();
    problem_before = "this system has no files in memory that may be executed";
    if (memory < 0)
        return NULL;
    if (file_write(memory, bytes, length) != 0 ||
        fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
        problem_before = "there is no memory for its file";
        close(memory);
        return NULL;
    }
    problem_before = NULL;
    snprintf(path, sizeof path, "/proc/self/fd/%d", memory);
    void *library = library_open(path, false);
    if (!library)
        close(memory);
    return library;
}
#else
void *library_open_bytes(const void *bytes, size_t length)
{
    (void)bytes, (void)length;
    problem_before = "this system has no files in memory";
    return NULL;
}
#endif

bool library_find(void *library, const char *name, void *pointer_ret)
{
    /* POSIX lets a function's address be taken as an object's; C does not. */
    void *symbol = dlsym(library, name);
    memcpy(pointer_ret, &symbol, sizeof symbol);
    return symbol != NULL;
}

const char *library_problem(void)
{
    const char *problem = problem_before ? problem_before : dlerror();
    problem_before = NULL;
    return problem ? problem : "no reason is known";
}
