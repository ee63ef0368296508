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

/* What a map can be opened for. MMV_WRITE is of views only. */
static inline bool mmv__is_map_access(mmv_access access)
{
    return mmv__basic(access) >= MMV_READ && mmv__basic(access) <= MMV_COPY_ON_WRITE;
}

static inline bool mmv__is_view_access(mmv_access access)
{
    return mmv__basic(access) >= MMV_READ && mmv__basic(access) <= MMV_WRITE;
}

#endif
