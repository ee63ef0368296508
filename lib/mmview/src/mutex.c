/* SPDX-License-Identifier: MIT */
/*
 * mutex.c - a named mutex.
 *
 * The C library keeps a list of the locks that a thread holds, through the memory that they lie in, as the thread first saw
 * it. Hence:
 * 1. The memory of a handle is never unmapped while a thread of this process holds the mutex, through whatever handle.
 * 2. holder and depth say who holds it through this handle, and how often; both are changed by the holder only.
 * 3. task and count say the same for all handles of all processes, in the shared memory, and are changed under the lock.
 *    Who is told of a dead holder begins them anew.
 */

#include "object.h"

#include "error.h"

#include <errno.h>
#include <stdlib.h>

struct memory {
    mmv__header header;
    mmv__os_robust lock;
    _Atomic uint32_t task; /* the holder; 0 = nobody */
    uint32_t count;
};

struct mmv_mutex {
    mmv__object object;
    struct memory *memory;
    _Atomic uintptr_t holder; /* the thread that holds it through this handle; 0 = none */
    unsigned depth;           /* the holder's own */
};

static int begin(mmv__header *header, const void *user)
{
    (void)user;
    return mmv__os_robust_init(&((struct memory *)header)->lock);
}

mmv_status mmv_mutex_open(const char *name, const mmv_shared_options *options, mmv_mutex **mutex_ret)
{
    *mutex_ret = NULL;
    mmv_mutex *mutex = calloc(1, sizeof *mutex);
    if (!mutex)
        return mmv__fail(ENOMEM, "open");
    mmv_status status =
        mmv__object_open(name, MMV_SHARED_MUTEX, options, sizeof(struct memory), sizeof(struct memory), begin, NULL, &mutex->object);
    if (status) {
        free(mutex);
        return status;
    }
    mutex->memory = (struct memory *)mutex->object.header;
    *mutex_ret = mutex;
    return MMV_OK;
}

static void note_locked(mmv_mutex *mutex, bool anew)
{
    uintptr_t self = mmv__os_thread();
    bool again = !anew && atomic_load_explicit(&mutex->holder, memory_order_relaxed) == self;
    mutex->depth = again ? mutex->depth + 1 : 1;
    atomic_store_explicit(&mutex->holder, self, memory_order_relaxed);
    mutex->memory->count = anew ? 1 : mutex->memory->count + 1;
    if (mutex->memory->count == 1)
        atomic_store_explicit(&mutex->memory->task, mmv__os_task(), memory_order_relaxed);
}

mmv_status mmv_mutex_lock(mmv_mutex *mutex, uint32_t wait_ms)
{
    /* Before, too: a lock of zeros is one that does not tell of its holder's death. */
    mmv_status status = mmv__object_check(&mutex->object, "lock");
    if (status)
        return status;
    /* A list of 32-bit processes has no way out of a lock that was taken through other memory. */
    uint32_t task = atomic_load_explicit(&mutex->memory->task, memory_order_relaxed);
    if (task && mmv__os_is_task(task) && atomic_load(&mutex->holder) != mmv__os_thread())
        return mmv__fail_detail(MMV_EBUSY, "lock", mutex->object.name->path, "this thread holds it through another handle");
    int error = mmv__os_robust_lock(&mutex->memory->lock, mmv__seconds(wait_ms));
    status = mmv__object_check(&mutex->object, "lock");
    if (status)
        return status;
    if (error == ETIMEDOUT)
        return mmv__object_fail(&mutex->object, MMV_ETIMEOUT, 0, "lock");
    if (error && error != EOWNERDEAD)
        return mmv__object_fail(&mutex->object, MMV_OK, error, "lock");
    note_locked(mutex, error == EOWNERDEAD);
    return error ? mmv__object_fail(&mutex->object, MMV_EABANDONED, 0, "lock") : MMV_OK;
}

mmv_status mmv_mutex_unlock(mmv_mutex *mutex)
{
    if (atomic_load_explicit(&mutex->holder, memory_order_relaxed) != mmv__os_thread())
        return mmv__fail_detail(MMV_EACCES, "unlock", mutex->object.name->path, "this thread does not hold it");
    if (--mutex->depth == 0)
        atomic_store_explicit(&mutex->holder, 0, memory_order_relaxed);
    if (--mutex->memory->count == 0)
        atomic_store_explicit(&mutex->memory->task, 0, memory_order_relaxed);
    int error = mmv__os_robust_unlock(&mutex->memory->lock);
    mmv_status status = mmv__object_check(&mutex->object, "unlock");
    if (status)
        return status;
    return error ? mmv__object_fail(&mutex->object, MMV_OK, error, "unlock") : MMV_OK;
}

void mmv_mutex_close(mmv_mutex **mutex)
{
    mmv_mutex *handle = *mutex;
    *mutex = NULL;
    if (!handle)
        return;
    while (atomic_load(&handle->holder) == mmv__os_thread() && mmv_mutex_unlock(handle) == MMV_OK)
        ;
    /* Held by another thread, or through another handle: better a page of memory lost than one that is in a thread's list. */
    if (atomic_load(&handle->holder) != 0 || atomic_load(&handle->memory->task) == mmv__os_task())
        mmv__object_abandon(&handle->object);
    else
        mmv__object_close(&handle->object);
    free(handle);
}
