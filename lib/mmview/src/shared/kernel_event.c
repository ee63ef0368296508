/* SPDX-License-Identifier: MIT */
/* kernel_event.c - a named event: the system's own. */

#include "shared/kernel.h"

#include "base/error.h"
#include "os/object.h"

#include <mmview/sync.h>

#include <errno.h>
#include <stdlib.h>

struct mmv_event {
    mmv__name *name;
    bool is_manual;
};

mmv_status mmv_event_open(const char *name, bool manual, bool set, const mmv_shared_options *options,
                          mmv_event **event_ret)
{
    const mmv__object_make new = {.file = -1, .manual = manual, .set = set};
    *event_ret = NULL;
    mmv__not_created(options);
    mmv_event *event = calloc(1, sizeof *event);
    if (!event)
        return mmv__fail(ENOMEM, "open");
    mmv_status status = mmv__kernel_open(name, MMV_SHARED_EVENT, &new, options, &event->name);
    if (status == MMV_OK) {
        int error = mmv__os_event_is_manual(event->name->descriptor, &event->is_manual);
        status = error ? mmv__name_fail(event->name, MMV_OK, error, "open") : MMV_OK;
    }
    if (status)
        mmv_event_close(&event);
    *event_ret = event;
    return status;
}

bool mmv_event_is_manual(const mmv_event *event)
{
    return event->is_manual;
}

static mmv_status put(mmv_event *event, bool set, const char *operation)
{
    int error = mmv__os_event_put(event->name->descriptor, set);
    return error ? mmv__name_fail(event->name, MMV_OK, error, operation) : MMV_OK;
}

mmv_status mmv_event_set(mmv_event *event)
{
    return put(event, true, "set");
}

mmv_status mmv_event_reset(mmv_event *event)
{
    return put(event, false, "reset");
}

mmv_status mmv_event_wait(mmv_event *event, uint32_t wait_ms)
{
    int error = mmv__os_object_wait(event->name->descriptor, mmv__wait_seconds(wait_ms));
    if (error == 0)
        return MMV_OK;
    return mmv__name_fail(event->name, error == ETIMEDOUT ? MMV_ETIMEOUT : MMV_OK, error, "wait");
}

void mmv_event_close(mmv_event **event)
{
    if (*event) {
        mmv__name_leave((*event)->name);
        free(*event);
    }
    *event = NULL;
}
