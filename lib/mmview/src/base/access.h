/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_ACCESS_INTERNAL_H
#define MMVIEW_ACCESS_INTERNAL_H

/* access: what the bits of an mmv_access mean. */

#include <mmview/access.h>

static inline mmv_access mmv__basic(mmv_access access)
{
    return access & ~MMV_EXECUTE;
}

static inline bool mmv__is_shared(mmv_access access)
{
    return mmv__basic(access) == MMV_READ_WRITE || mmv__basic(access) == MMV_WRITE;
}

static inline bool mmv__is_private(mmv_access access)
{
    return mmv__basic(access) == MMV_COPY_ON_WRITE;
}

/* What a map can be made for. */
static inline bool mmv__is_map_access(mmv_access access)
{
    return mmv__basic(access) >= MMV_READ && mmv__basic(access) <= MMV_COPY_ON_WRITE;
}

/* What one that exists can be opened for by its name, besides. Nothing reads its bytes for the caller. */
static inline bool mmv__is_less_access(mmv_access access)
{
    return access == MMV_NO_VIEWS || mmv__basic(access) == MMV_WRITE;
}

/* What the system is asked for: it knows no pages that are for stores alone. */
static inline mmv_access mmv__of_system(mmv_access access)
{
    if (access == MMV_NO_VIEWS)
        return MMV_READ;
    return mmv__basic(access) == MMV_WRITE ? MMV_READ_WRITE | (access & MMV_EXECUTE) : access;
}

static inline bool mmv__is_view_access(mmv_access access)
{
    return mmv__basic(access) >= MMV_READ && mmv__basic(access) <= MMV_WRITE;
}

#endif
