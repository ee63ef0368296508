/* SPDX-License-Identifier: MIT */
/*
 * linux/memory.c - advice. Source: madvise(2).
 */

#include "os/memory.h"

#include <errno.h>
#include <sys/mman.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

int mmv__os_advise(void *address, size_t size, mmv_advice advice)
{
    static const int native[] = {
        [MMV_ADVISE_NORMAL] = MADV_NORMAL,
        [MMV_ADVISE_SEQUENTIAL] = MADV_SEQUENTIAL,
        [MMV_ADVISE_RANDOM] = MADV_RANDOM,
        [MMV_ADVISE_WILL_NEED] = MADV_WILLNEED,
        [MMV_ADVISE_DONT_NEED] = MADV_DONTNEED,
        [MMV_ADVISE_POPULATE_READ] = MADV_POPULATE_READ,
        [MMV_ADVISE_POPULATE_WRITE] = MADV_POPULATE_WRITE,
        [MMV_ADVISE_DISCARD] = -1,
        [MMV_ADVISE_LOCK] = -1,
        [MMV_ADVISE_UNLOCK] = -1,
        [MMV_ADVISE_HUGE] = MADV_HUGEPAGE,
        [MMV_ADVISE_DONT_FORK] = MADV_DONTFORK,
        [MMV_ADVISE_DO_FORK] = MADV_DOFORK,
    };
    bool populate = advice == MMV_ADVISE_POPULATE_READ || advice == MMV_ADVISE_POPULATE_WRITE;
    int result;
    if (advice == MMV_ADVISE_LOCK)
        return mlock(address, size) == 0 ? 0 : errno;
    if (advice == MMV_ADVISE_UNLOCK)
        return munlock(address, size) == 0 ? 0 : errno;
    do
        result = madvise(address, size, native[advice]);
    while (result != 0 && (errno == EINTR || errno == EAGAIN));
    if (result == 0)
        return 0;
    /* Kernels before 5.14 do not know populating. */
    return (populate || advice == MMV_ADVISE_HUGE) && errno == EINVAL ? ENOTSUP : errno;
}
