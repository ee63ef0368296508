/* SPDX-License-Identifier: MIT */
/* event.c - a named event: a word that is 0 or 1. */

#include "shared/object.h"

#include "base/error.h"

#include <errno.h>
#include <stdlib.h>

#define MANUAL 1u /* a flag of the header */

struct memory {
    mmv__header header;
    _Atomic uint32_t set;
    _Atomic uint32_t waiters;
};

struct mmv_event {
    mmv__object object;
    struct memory *memory;
};

static int begin(mmv__header *header, const void *user)
{
    const bool *wanted = user;
    header->flags = wanted[0] ? MANUAL : 0;
    atomic_store(&((struct memory *)header)->set, wanted[1]);
    return 0;
}

mmv_status mmv_event_open(const char *name, bool manual, bool set, const mmv_shared_options *options,
                          mmv_event **event_ret)
{
    const bool wanted[] = {manual, set};
    *event_ret = NULL;
    mmv__not_created(options);
    mmv_event *event = calloc(1, sizeof *event);
    if (!event)
        return mmv__fail(ENOMEM, "open");
    const mmv__object_kind what = {MMV_SHARED_EVENT, sizeof(struct memory), sizeof(struct memory), begin, wanted, NULL};
    mmv_status status = mmv__object_open(name, &what, options, &event->object);
    if (status) {
        free(event);
        return status;
    }
    event->memory = (struct memory *)event->object.header;
    *event_ret = event;
    return MMV_OK;
}

bool mmv_event_is_manual(const mmv_event *event)
{
    return event->memory->header.flags & MANUAL;
}

mmv_status mmv_event_set(mmv_event *event)
{
    atomic_store(&event->memory->set, 1);
    mmv__awaken(&event->memory->set, &event->memory->waiters);
    return mmv__object_check(&event->object, "set");
}

mmv_status mmv_event_reset(mmv_event *event)
{
    atomic_store(&event->memory->set, 0);
    return mmv__object_check(&event->object, "reset");
}

/* An automatic event is taken in one step: a waiter that dies has either taken it and gone on, or not taken it. */
static bool pass(void *user)
{
    mmv_event *event = user;
    uint32_t set = atomic_load(&event->memory->set);
    if (mmv_event_is_manual(event))
        return set != 0;
    while (set != 0)
        if (atomic_compare_exchange_weak(&event->memory->set, &set, 0))
            return true;
    return false;
}

mmv_status mmv_event_wait(mmv_event *event, uint32_t wait_ms)
{
    const mmv__awaited awaited = {&event->memory->set, &event->memory->waiters, pass, event};
    bool passed = mmv__await(&event->object, &awaited, mmv__seconds(wait_ms));
    mmv_status status = mmv__object_check(&event->object, "wait");
    if (status || passed)
        return status;
    return mmv__object_fail(&event->object, MMV_ETIMEOUT, 0, "wait");
}

void mmv_event_close(mmv_event **event)
{
    if (*event) {
        mmv__object_close(&(*event)->object);
        free(*event);
    }
    *event = NULL;
}
