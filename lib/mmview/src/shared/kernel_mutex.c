/* SPDX-License-Identifier: MIT */
/*
 * kernel_mutex.c - a named mutex: the system's own.
 *
 * The system gives a mutex again to the thread that holds it, through whatever handle. The contract is stricter:
 * 1. A thread that holds the mutex through one handle, or by other means than this library, is refused through another.
 *    No assert: the system's count of how often the thread holds it is compared with that of the handle.
 * 2. holder and depth say which thread holds the mutex through this handle, and how often; task is the system's number
 *    of it. The holder alone changes them, and one that has ended has left them behind.
 */

#include "shared/kernel.h"

#include "base/error.h"
#include "os/object.h"
#include "os/sync.h"

#include <mmview/sync.h>

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct mmv_mutex {
    mmv__name *name;
    _Atomic uintptr_t holder; /* 0 = none; a number of a thread never comes again */
    _Atomic uint32_t task;    /* the holder's; another thread may get it later */
    unsigned depth;           /* the holder's own */
};

static void note_holder(mmv_mutex *mutex)
{
    atomic_store_explicit(&mutex->task, mmv__os_task(), memory_order_relaxed);
    atomic_store(&mutex->holder, mmv__os_thread());
}

static mmv_status open_mutex(const char *name, bool owned, const mmv_shared_options *options, mmv_mutex **mutex_ret)
{
    const mmv__object_make new = {.file = -1, .owned = owned};
    mmv_shared_options chosen = options ? *options : (mmv_shared_options){.mode = MMV_OPEN_EXISTING};
    bool created = false;
    *mutex_ret = NULL;
    mmv__not_created(options);
    mmv_mutex *mutex = calloc(1, sizeof *mutex);
    if (!mutex)
        return mmv__fail(ENOMEM, "open");
    chosen.created_ret = &created;
    mmv_status status = mmv__kernel_open(name, MMV_SHARED_MUTEX, &new, &chosen, &mutex->name);
    if (status) {
        free(mutex);
        return status;
    }
    if (owned && created) {
        mutex->depth = 1;
        note_holder(mutex);
    }
    if (options && options->created_ret)
        *options->created_ret = created;
    *mutex_ret = mutex;
    return MMV_OK;
}

mmv_status mmv_mutex_open(const char *name, const mmv_shared_options *options, mmv_mutex **mutex_ret)
{
    return open_mutex(name, false, options, mutex_ret);
}

mmv_status mmv_mutex_open_owned(const char *name, const mmv_shared_options *options, mmv_mutex **mutex_ret)
{
    return open_mutex(name, true, options, mutex_ret);
}

static bool is_mine(const mmv_mutex *mutex)
{
    return atomic_load_explicit(&mutex->holder, memory_order_relaxed) == mmv__os_thread();
}

/* The system has given it. */
static mmv_status note_locked(mmv_mutex *mutex, bool abandoned)
{
    unsigned before = is_mine(mutex) ? mutex->depth : 0;
    unsigned depth;
    int error = mmv__os_mutex_depth(mutex->name->descriptor, &depth);
    if (error == 0 && depth != before + 1) {
        mmv__os_mutex_release(mutex->name->descriptor);
        return mmv__fail_detail(MMV_EBUSY, "lock", mutex->name->path, "this thread holds it through another handle");
    }
    mutex->depth = before + 1;
    note_holder(mutex);
    return abandoned ? mmv__name_fail(mutex->name, MMV_EABANDONED, 0, "lock") : MMV_OK;
}

mmv_status mmv_mutex_lock(mmv_mutex *mutex, uint32_t wait_ms)
{
    int error = mmv__os_object_wait(mutex->name->descriptor, mmv__wait_seconds(wait_ms));
    if (error == ETIMEDOUT)
        return mmv__name_fail(mutex->name, MMV_ETIMEOUT, 0, "lock");
    if (error && error != EOWNERDEAD)
        return mmv__name_fail(mutex->name, MMV_OK, error, "lock");
    return note_locked(mutex, error == EOWNERDEAD);
}

mmv_status mmv_mutex_unlock(mmv_mutex *mutex)
{
    if (!is_mine(mutex))
        return mmv__fail_detail(MMV_EACCES, "unlock", mutex->name->path, "this thread does not hold it");
    /* Invariant 2. */
    assert(mutex->depth > 0);
    if (--mutex->depth == 0)
        atomic_store_explicit(&mutex->holder, 0, memory_order_relaxed);
    int error = mmv__os_mutex_release(mutex->name->descriptor);
    return error ? mmv__name_fail(mutex->name, MMV_OK, error, "unlock") : MMV_OK;
}

void mmv_mutex_close(mmv_mutex **mutex)
{
    mmv_mutex *handle = *mutex;
    *mutex = NULL;
    if (!handle)
        return;
    while (is_mine(handle))
        mmv_mutex_unlock(handle);
    /* Held by another thread that lives: it stays that thread's, and the handle with it. */
    if (atomic_load(&handle->holder) != 0 && mmv__os_has_task(atomic_load(&handle->task)))
        return;
    mmv__name_leave(handle->name);
    free(handle);
}
