/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_CACHE_H
#define MMBENCH_CACHE_H

/*
 * cache: what the page cache holds of a file, looked up rather than assumed.
 *
 * Source: cachestat(2), Linux 6.5; before that mincore(2), which knows neither dirty nor evicted pages. A file the
 * caller may not write looks wholly resident to mincore since 5.2; ours are our own.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cache_state {
    uint64_t pages;    /* of the file, in whole */
    uint64_t resident; /* of these in the page cache */
    uint64_t dirty;    /* of these to be written, or being written */
    bool knows_dirty;
};

/* cache_is_known() - whether the system tells at all. Win32: no; cache_look() and the three behind it say ENOTSUP. */
bool cache_is_known(void);

/* All return 0 or an errno value. */
int cache_look(const char *path, struct cache_state *state_ret);

/* cache_evict() - write the file back and drop its pages; what still is there says cache_look(). */
int cache_evict(const char *path);

/* cache_load() - read the file from its start to its end, as cat(1) does. */
int cache_load(const char *path);

/* cache_clean() - wait until no page is dirty, without dropping any. Metadata too: fsync(2). */
int cache_clean(const char *path);

/*
 * cache_sync_view() - what was stored to a mapped piece of a file is on the device. Source: msync(2). Win32:
 * FlushViewOfFile(), FlushFileBuffers().
 */
int cache_sync_view(int file, void *data, size_t length);

/*
 * cache_folio_bytes() - mean size of the pieces (folios) in which the page cache holds the file.
 * Returns 0 when it cannot tell: it needs root for /proc/self/pagemap and /proc/kpageflags.
 * Source: Documentation/admin-guide/mm/pagemap.rst of the kernel. Looks at up to 64 MiB spread over the file.
 */
double cache_folio_bytes(const char *path);

#endif
