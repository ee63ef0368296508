/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_KERNEL_H
#define MMVIEW_KERNEL_H

/* What the files shared/kernel_*.c have in common: names of objects that the system has itself, see os/object.h. */

#include "shared/names.h"

/* The name as it was given. */
const char *mmv__name_text(const mmv__name *name);

/* A mutex that goes with a channel's name: held by who makes or opens the channel. */
int mmv__meeting_door(const char *name, unsigned permissions, int *descriptor_ret);

/* A status about an object. */
mmv_status mmv__name_fail(const mmv__name *name, mmv_status status, int os_error, const char *operation);

/* Open or make an object that is no map: only its descriptor is of use. */
mmv_status mmv__kernel_open(const char *name, mmv_shared_kind kind, const mmv__object_make *make,
                            const mmv_shared_options *options, mmv__name **name_ret);

static inline double mmv__wait_seconds(uint32_t wait_ms)
{
    return wait_ms == UINT32_MAX ? -1.0 : wait_ms * 1e-3;
}

#endif
