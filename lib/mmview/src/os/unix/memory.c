/* SPDX-License-Identifier: MIT */
/*
 * unix/memory.c - address space and private memory, as every Unix gives them.
 */

#include "os/memory.h"
#include "os/machine.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int protection(mmv_access access)
{
    int bits = (access & 3u) == MMV_READ ? PROT_READ : PROT_READ | PROT_WRITE;
    return access & MMV_EXECUTE ? bits | PROT_EXEC : bits;
}

int mmv__os_reserve(size_t size, void **address_ret)
{
    void *address = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (address == MAP_FAILED)
        return errno;
    *address_ret = address;
    return 0;
}

int mmv__os_reserve_at(void *address, size_t size)
{
#ifdef MAP_FIXED_NOREPLACE
    void *got = mmap(address, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
#else
    void *got = mmap(address, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
#endif
    if (got == MAP_FAILED)
        return errno;
    /* Some systems take the address for a wish, and map elsewhere. */
    if (got != address)
        munmap(got, size);
    return got == address ? 0 : EEXIST;
}

static int sharing(mmv_access access)
{
    return (access & 3u) == MMV_COPY_ON_WRITE ? MAP_PRIVATE : MAP_SHARED;
}

int mmv__os_map(size_t size, mmv_access access, int descriptor, uint64_t offset, void **address_ret)
{
    void *address = mmap(NULL, size, protection(access), sharing(access), descriptor, (off_t)offset);
    if (address == MAP_FAILED)
        return errno;
    *address_ret = address;
    return 0;
}

int mmv__os_map_at(void *address, size_t size, mmv_access access, int descriptor, uint64_t offset)
{
    assert((uintptr_t)address % mmv__os_page_size() == 0 && offset % mmv__os_page_size() == 0);
    if (mmap(address, size, protection(access), sharing(access) | MAP_FIXED, descriptor, (off_t)offset) != MAP_FAILED)
        return 0;
    int error = errno;
#ifdef MAP_FIXED_NOREPLACE
    /* Before Linux 6.12 what was there may be gone by now: fill the hole, unless somebody else was faster. */
    mmap(address, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
#endif
    return error;
}

int mmv__os_vacate(void *address, size_t size)
{
    return mmap(address, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED ? errno : 0;
}

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

#ifdef MREMAP_FIXED
/* What could fail comes first, elsewhere: before Linux 6.12 a mapping that fails takes away what it was to replace. */
int mmv__os_retire(void *address, size_t size, bool writing)
{
    int bits = PROT_READ | (writing ? PROT_WRITE : 0);
    void *fresh = mmap(NULL, size, bits, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (fresh == MAP_FAILED)
        return errno;
    if (mremap(fresh, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, address) != MAP_FAILED)
        return 0;
    int error = errno;
    munmap(fresh, size);
    return error;
}
#else
int mmv__os_retire(void *address, size_t size, bool writing)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
    int bits = PROT_READ | (writing ? PROT_WRITE : 0);
    return mmap(address, size, bits, flags, -1, 0) != MAP_FAILED ? 0 : errno;
}
#endif

size_t mmv__os_shown(const void *address, size_t size)
{
    (void)address;
    return size;
}

int mmv__os_unmap(void *address, size_t size)
{
    return munmap(address, size) == 0 ? 0 : errno;
}

int mmv__os_flush(void *address, size_t size)
{
    return msync(address, size, MS_SYNC) == 0 ? 0 : errno;
}

/*
 * Up to this size memory comes from the heap. A program that works through thousands of small files would otherwise map
 * and unmap memory for each, and all threads wait for that.
 */
#define HEAP_MOST ((size_t)64 << 10)

int mmv__os_memory(size_t size, void **memory_ret)
{
    void *memory;
    if (size <= HEAP_MOST) {
        int error = posix_memalign(&memory, mmv__os_page_size(), size);
        if (error)
            return error;
        *memory_ret = memset(memory, 0, size);
        return 0;
    }
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return errno;
    *memory_ret = memory;
    return 0;
}

void mmv__os_memory_free(void *memory, size_t size)
{
    if (size <= HEAP_MOST)
        free(memory);
    else if (memory)
        munmap(memory, size);
}
