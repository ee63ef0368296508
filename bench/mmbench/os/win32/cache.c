/* SPDX-License-Identifier: MIT */
/*
 * cache: Windows keeps to itself what its cache holds of a file, and whether it has dropped anything. So nothing is
 * looked up or dropped here, and no case that begins warm or cold is run: nobody could verify that it did.
 */
#include "mmbench/cache.h"

#include <errno.h>

#include "kit/os/win32/win32.h"

bool cache_is_known(void)
{
    return false;
}

int cache_look(const char *path, struct cache_state *state_ret)
{
    (void)path;
    *state_ret = (struct cache_state){.pages = 0};
    return ENOTSUP;
}

int cache_evict(const char *path)
{
    (void)path;
    return ENOTSUP;
}

int cache_load(const char *path)
{
    (void)path;
    return ENOTSUP;
}

int cache_clean(const char *path)
{
    (void)path;
    return ENOTSUP;
}

int cache_sync_view(int file, void *data, size_t length)
{
    return FlushViewOfFile(data, length) ? file_sync(file) : win32_last();
}

double cache_folio_bytes(const char *path)
{
    (void)path;
    return 0;
}
