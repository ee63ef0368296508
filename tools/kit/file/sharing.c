/* SPDX-License-Identifier: MIT */
/* sharing.c - see sharing.h. */

#include "kit/file/sharing.h"

#include "kit/os/file.h"

mmv_status sharing_open(const char *path, mmv_access access, mmv_map **map_ret)
{
    mmv_status status = mmv_map_open(path, access, map_ret);
    if (status != MMV_OK || access != MMV_READ_WRITE)
        return status;
    status = mmv_map_set_sharing(*map_ret, MMV_SHARING_OTHERS);
    if (status == MMV_OK || status == MMV_ENOTSUP)
        return MMV_OK;
    /* flock FILE mmbright -i FILE: whoever started us keeps others out, and not us. */
    if (status == MMV_EBUSY && file_is_locked_by_us(mmv_map_descriptor(*map_ret)))
        return MMV_OK;
    mmv_map_close(map_ret);
    return status;
}
