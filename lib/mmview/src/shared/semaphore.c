/* SPDX-License-Identifier: MIT */
/* semaphore.c - a named semaphore: a word that counts. */

#include "shared/object.h"

#include "base/error.h"

#include <errno.h>
#include <stdlib.h>

struct memory {
    mmv__header header;
    _Atomic uint32_t count;
    _Atomic uint32_t waiters;
    uint32_t most;
};

struct mmv_semaphore {
    mmv__object object;
    struct memory *memory;
};

static int begin(mmv__header *header, const void *user)
{
    const uint32_t *wanted = user;
    struct memory *memory = (struct memory *)header;
    atomic_store(&memory->count, wanted[0]);
    memory->most = wanted[1];
    return 0;
}

mmv_status mmv_semaphore_open(const char *name, uint32_t count, uint32_t most, const mmv_shared_options *options,
                              mmv_semaphore **semaphore_ret)
{
    const uint32_t wanted[] = {count, most};
    *semaphore_ret = NULL;
    mmv__not_created(options);
    if (options && options->mode != MMV_OPEN_EXISTING && (most == 0 || count > most))
        return mmv_error_set_parameter(MMV_ERANGE, "open", most == 0 ? "most" : "count");
    mmv_semaphore *semaphore = calloc(1, sizeof *semaphore);
    if (!semaphore)
        return mmv__fail(ENOMEM, "open");
    const mmv__object_kind what = {
        MMV_SHARED_SEMAPHORE, sizeof(struct memory), sizeof(struct memory), begin, wanted, NULL};
    mmv_status status = mmv__object_open(name, &what, options, &semaphore->object);
    if (status) {
        free(semaphore);
        return status;
    }
    semaphore->memory = (struct memory *)semaphore->object.header;
    *semaphore_ret = semaphore;
    return MMV_OK;
}

static bool take(void *user)
{
    mmv_semaphore *semaphore = user;
    uint32_t count = atomic_load(&semaphore->memory->count);
    while (count > 0)
        if (atomic_compare_exchange_weak(&semaphore->memory->count, &count, count - 1))
            return true;
    return false;
}

mmv_status mmv_semaphore_acquire(mmv_semaphore *semaphore, uint32_t wait_ms)
{
    struct memory *memory = semaphore->memory;
    const mmv__awaited awaited = {&memory->count, &memory->waiters, take, semaphore};
    bool taken = mmv__await(&semaphore->object, &awaited, mmv__seconds(wait_ms));
    mmv_status status = mmv__object_check(&semaphore->object, "acquire");
    if (status || taken)
        return status;
    return mmv__object_fail(&semaphore->object, MMV_ETIMEOUT, 0, "acquire");
}

mmv_status mmv_semaphore_release(mmv_semaphore *semaphore, uint32_t count, uint32_t *before_ret)
{
    struct memory *memory = semaphore->memory;
    uint32_t before = atomic_load(&memory->count);
    do
        if (before > memory->most || count > memory->most - before)
            return mmv_error_set_parameter(MMV_ERANGE, "release", "count");
    while (!atomic_compare_exchange_weak(&memory->count, &before, before + count));
    mmv__awaken(&memory->count, &memory->waiters);
    if (before_ret)
        *before_ret = before;
    return mmv__object_check(&semaphore->object, "release");
}

void mmv_semaphore_close(mmv_semaphore **semaphore)
{
    if (*semaphore) {
        mmv__object_close(&(*semaphore)->object);
        free(*semaphore);
    }
    *semaphore = NULL;
}
