/* SPDX-License-Identifier: MIT */
/*
 * memory: an allocation that fails, for LD_PRELOAD.
 *
 *     MEMORY_FAIL=N      the N-th of the process returns NULL, whoever asked
 *     MEMORY_MARK=FILE   and then FILE is created
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

static atomic_long left; /* until the one that fails; below 1 = none does */

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("MEMORY_FAIL");
    atomic_store(&left, text ? atol(text) : 0);
}

static int fails(void)
{
    if (atomic_load(&left) <= 0 || atomic_fetch_sub(&left, 1) != 1)
        return 0;
    const char *path = getenv("MEMORY_MARK");
    int descriptor = path ? open(path, O_WRONLY | O_CREAT, 0600) : -1;
    if (descriptor >= 0)
        close(descriptor);
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return fails() ? NULL : __libc_realloc(memory, size);
}
