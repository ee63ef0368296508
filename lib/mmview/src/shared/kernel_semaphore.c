/* SPDX-License-Identifier: MIT */
/* kernel_semaphore.c - a named semaphore: the system's own. */

#include "shared/kernel.h"

#include "base/error.h"
#include "os/object.h"

#include <mmview/sync.h>

#include <errno.h>
#include <stdlib.h>

struct mmv_semaphore {
    mmv__name *name;
};

static mmv_status check_new(uint32_t count, uint32_t most)
{
    if (most == 0 || most > MMV__SEMAPHORE_MOST)
        return mmv_error_set_parameter(MMV_ERANGE, "open", "most");
    return count > most ? mmv_error_set_parameter(MMV_ERANGE, "open", "count") : MMV_OK;
}

mmv_status mmv_semaphore_open(const char *name, uint32_t count, uint32_t most, const mmv_shared_options *options,
                              mmv_semaphore **semaphore_ret)
{
    const mmv__object_make new = {.file = -1, .count = count, .most = most};
    *semaphore_ret = NULL;
    mmv__not_created(options);
    mmv_status status = options && options->mode != MMV_OPEN_EXISTING ? check_new(count, most) : MMV_OK;
    if (status)
        return status;
    mmv_semaphore *semaphore = calloc(1, sizeof *semaphore);
    if (!semaphore)
        return mmv__fail(ENOMEM, "open");
    status = mmv__kernel_open(name, MMV_SHARED_SEMAPHORE, &new, options, &semaphore->name);
    if (status)
        free(semaphore);
    else
        *semaphore_ret = semaphore;
    return status;
}

mmv_status mmv_semaphore_acquire(mmv_semaphore *semaphore, uint32_t wait_ms)
{
    int error = mmv__os_object_wait(semaphore->name->descriptor, mmv__wait_seconds(wait_ms));
    if (error == 0)
        return MMV_OK;
    return mmv__name_fail(semaphore->name, error == ETIMEDOUT ? MMV_ETIMEOUT : MMV_OK, error, "acquire");
}

mmv_status mmv_semaphore_release(mmv_semaphore *semaphore, uint32_t count, uint32_t *before_ret)
{
    uint32_t before;
    int error = mmv__os_semaphore_release(semaphore->name->descriptor, count, &before);
    if (error == ERANGE)
        return mmv_error_set_parameter(MMV_ERANGE, "release", "count");
    if (error)
        return mmv__name_fail(semaphore->name, MMV_OK, error, "release");
    if (before_ret)
        *before_ret = before;
    return MMV_OK;
}

void mmv_semaphore_close(mmv_semaphore **semaphore)
{
    if (*semaphore) {
        mmv__name_leave((*semaphore)->name);
        free(*semaphore);
    }
    *semaphore = NULL;
}
