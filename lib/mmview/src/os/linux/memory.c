/* SPDX-License-Identifier: MIT */
/*
 * linux/memory.c - advice, and what is in memory. Sources: madvise(2), mincore(2).
 */

#include "os/memory.h"

#include <mmview/range.h>

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

enum populating { UNKNOWN, WORKS, ONLY_SAYS_SO };

/* A page that nobody has touched is in memory when it was populated. What cannot be asked is taken to work. */
static enum populating try_populating(void)
{
    enum { TRIES = 3 }; /* a page may be swapped out between the two calls */
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char there = 0;
    for (unsigned tried = 0; tried < TRIES && !(there & 1); tried++) {
        void *address = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (address == MAP_FAILED)
            return UNKNOWN;
        if (madvise(address, page, MADV_POPULATE_WRITE) != 0 || mincore(address, page, &there) != 0)
            there = 1;
        munmap(address, page);
    }
    return there & 1 ? WORKS : ONLY_SAYS_SO;
}

/* Emulators of user programs take each advice for a hint, and answer 0 to one that they do not know. Asked once. */
static bool only_says_so(void)
{
    static _Atomic enum populating known;
    enum populating now = atomic_load_explicit(&known, memory_order_relaxed);
    if (now == UNKNOWN) {
        int before = errno;
        now = try_populating();
        errno = before;
        atomic_store_explicit(&known, now, memory_order_relaxed);
    }
    return now == ONLY_SAYS_SO;
}

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
        return populate && only_says_so() ? ENOTSUP : 0;
    /* Kernels before 5.14 do not know populating. */
    return (populate || advice == MMV_ADVISE_HUGE) && errno == EINVAL ? ENOTSUP : errno;
}

/*
 * Since Linux 5.2 mincore() says "in memory" of all pages of a file that the caller could not write. The first pages
 * are not looked at: they may be there because what lies before them was read.
 */
bool mmv__os_is_cold(int descriptor, uint64_t offset, size_t size)
{
    enum { PROBES = 4 };
    size_t page = (size_t)sysconf(_SC_PAGESIZE), lead = (size_t)(offset % page);
    unsigned absent = 0;
    void *address;
    if (size == 0 || mmv__os_map(lead + size, MMV_READ, descriptor, offset - lead, &address))
        return false;
    for (size_t i = 1; i <= PROBES; i++) {
        size_t at = mmv_round_down(lead + (size - 1) / PROBES * i, page);
        unsigned char there = 1;
        absent += mincore((char *)address + at, 1, &there) == 0 && !(there & 1);
    }
    mmv__os_unmap(address, lead + size);
    return 2 * absent >= PROBES;
}
