/* SPDX-License-Identifier: MIT */
/*
 * cache: cachestat(2) where the kernel has it, else mincore(2); posix_fadvise(2) drops pages, /proc tells their sizes.
 */
#include "mmbench/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD_SIZE ((size_t)1 << 20)

/* Not in the headers of Debian 12. */
#define NR_CACHESTAT 451
struct cachestat_range {
    uint64_t offset, length;
};
struct cachestat {
    uint64_t cached, dirty, writeback, evicted, recently_evicted;
};

bool cache_is_known(void)
{
    return true;
}

static int open_sized(const char *path, uint64_t *size_ret)
{
    struct stat facts;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file >= 0 && fstat(file, &facts) != 0) {
        int error = errno;
        close(file);
        errno = error;
        return -1;
    }
    if (file >= 0)
        *size_ret = (uint64_t)facts.st_size;
    return file;
}

static int look_by_mincore(int file, uint64_t size, struct cache_state *state)
{
    size_t pages = (size_t)state->pages;
    if (size == 0)
        return 0;
    void *map = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, file, 0);
    if (map == MAP_FAILED)
        return errno;
    unsigned char *present = malloc(pages);
    int error = present == NULL ? ENOMEM : mincore(map, (size_t)size, present) != 0 ? errno : 0;
    for (size_t i = 0; error == 0 && i < pages; i++)
        state->resident += present[i] & 1;
    free(present);
    munmap(map, (size_t)size);
    return error;
}

int cache_look(const char *path, struct cache_state *state_ret)
{
    uint64_t size;
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    struct cachestat facts;
    struct cachestat_range all = {0, 0};
    int file = open_sized(path, &size);
    int error = 0;
    if (file < 0)
        return errno;
    *state_ret = (struct cache_state){.pages = (size + page - 1) / page};
    if (syscall(NR_CACHESTAT, file, &all, &facts, 0) == 0) {
        state_ret->resident = facts.cached;
        state_ret->dirty = facts.dirty + facts.writeback;
        state_ret->knows_dirty = true;
    } else {
        error = look_by_mincore(file, size, state_ret);
    }
    close(file);
    return error;
}

int cache_evict(const char *path)
{
    struct cache_state state;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return errno;
    int error = fsync(file) == 0 ? 0 : errno;
    /* Pages that another processor just touched wait in lists of its own; the second call finds them. */
    for (int attempt = 0; error == 0 && attempt < 3; attempt++) {
        error = posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
        if (error == 0 && cache_look(path, &state) == 0 && state.resident == 0)
            break;
    }
    close(file);
    return error;
}

int cache_load(const char *path)
{
    uint64_t size;
    ssize_t got = -1;
    int file = open_sized(path, &size);
    char *buffer = malloc(LOAD_SIZE);
    if (file >= 0 && buffer)
        do
            got = read(file, buffer, LOAD_SIZE);
        while (got > 0 || (got < 0 && errno == EINTR));
    int error = got == 0 ? 0 : errno;
    free(buffer);
    if (file >= 0)
        close(file);
    return error;
}

int cache_clean(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return errno;
    int error = fsync(file) == 0 ? 0 : errno;
    close(file);
    return error;
}

int cache_sync_view(int file, void *data, size_t length)
{
    (void)file;
    return msync(data, length, MS_SYNC) == 0 ? 0 : errno;
}

/* ---- folios ----------------------------------------------------------------------------------------------------- */

#define SAMPLES 16
#define SAMPLE_SIZE ((size_t)4 << 20)
#define PAGEMAP_PRESENT (UINT64_C(1) << 63)
#define PAGEMAP_FRAME ((UINT64_C(1) << 55) - 1)
#define KPF_COMPOUND_TAIL (UINT64_C(1) << 16)

struct folio_count {
    uint64_t pages, folios;
};

static bool read_word(int file, uint64_t index, uint64_t *word_ret)
{
    return pread(file, word_ret, sizeof *word_ret, (off_t)(index * sizeof *word_ret)) == sizeof *word_ret;
}

/* Every page that is not the tail of a folio begins one. */
static bool count_folios(int pagemap, int flags, const char *data, size_t length, struct folio_count *count)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (size_t at = 0; at < length; at += page) {
        uint64_t entry;
        uint64_t flag;
        /* Touched first: pagemap only tells of pages that are mapped. */
        (void)*(volatile const char *)(data + at);
        if (!read_word(pagemap, (uintptr_t)(data + at) / page, &entry))
            return false;
        if (!(entry & PAGEMAP_PRESENT))
            continue;
        /* Without the privilege frame numbers read as zero. */
        if (!(entry & PAGEMAP_FRAME) || !read_word(flags, entry & PAGEMAP_FRAME, &flag))
            return false;
        count->pages++;
        count->folios += !(flag & KPF_COMPOUND_TAIL);
    }
    return true;
}

static bool sample_folios(int file, uint64_t size, int pagemap, int flags, struct folio_count *count)
{
    uint64_t stride = size / SAMPLES / SAMPLE_SIZE * SAMPLE_SIZE;
    bool good = true;
    for (unsigned i = 0; good && i < SAMPLES && (i == 0 || stride > 0); i++) {
        uint64_t offset = i * stride;
        size_t length = size - offset < SAMPLE_SIZE ? (size_t)(size - offset) : SAMPLE_SIZE;
        void *map = mmap(NULL, length, PROT_READ, MAP_SHARED, file, (off_t)offset);
        if (map == MAP_FAILED)
            return false;
        good = count_folios(pagemap, flags, map, length, count);
        munmap(map, length);
    }
    return good;
}

double cache_folio_bytes(const char *path)
{
    uint64_t size = 0;
    struct folio_count count = {0, 0};
    int file = open_sized(path, &size);
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    int flags = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
    bool good =
        file >= 0 && pagemap >= 0 && flags >= 0 && size > 0 && sample_folios(file, size, pagemap, flags, &count);
    if (file >= 0)
        close(file);
    if (pagemap >= 0)
        close(pagemap);
    if (flags >= 0)
        close(flags);
    if (!good || count.folios == 0)
        return 0;
    return (double)count.pages * (double)sysconf(_SC_PAGESIZE) / (double)count.folios;
}
