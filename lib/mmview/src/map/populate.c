/* SPDX-License-Identifier: MIT */
/* populate.c - see populate.h. EFAULT is the system's word for a page that touching would answer with SIGBUS. */

#include "map/populate.h"

#include "base/error.h"
#include "os/machine.h"
#include "os/memory.h"

#include <errno.h>

/* Which page it was that EFAULT stood for: ask for them one by one. */
static mmv_status find_missing(mmv_map *map, char *start, mmv_range pages, mmv_advice advice)
{
    size_t page = mmv__os_page_size();
    mmv_status status = mmv__map_check_length(map, pages.offset + 1, "populate");
    for (size_t at = 0; at < pages.length && status == MMV_OK; at += page)
        if (mmv__os_advise(start + at, page, advice) == EFAULT)
            status = mmv__map_diagnose(map, pages.offset + at, mmv__is_shared(map->access), "populate");
    return status;
}

mmv_status mmv__populate(mmv_map *map, char *start, mmv_range pages, mmv_advice advice, bool *able_ret)
{
    int error = mmv__os_advise(start, (size_t)pages.length, advice);
    *able_ret = error != ENOTSUP;
    if (error == EFAULT)
        return find_missing(map, start, pages, advice);
    /* Memory that the machine found broken: touching it would kill. */
    return mmv__status_of(error) == MMV_EIO ? mmv__fail_at(MMV_EIO, error, "populate", map, pages.offset) : MMV_OK;
}
