/* SPDX-License-Identifier: MIT */
/*
 * mutex.c - a named mutex.
 *
 * The C library keeps a list of the locks that a thread holds, through the memory that they lie in. In a 32-bit process
 * a lock cannot leave that list through another mapping of its memory. Hence:
 * 1. A thread that holds the mutex through one handle is refused through another.
 * 2. The memory of a handle is never unmapped while a thread of this process holds the mutex through it, and the name
 *    stays: who makes a mutex of that name meanwhile would be a second holder. No assert: mmv_mutex_close() asks.
 * 3. holder and depth say which thread holds the mutex through this handle, and how often. task, in the shared memory,
 *    says which thread of all processes does. The holder alone changes them.
 */

#include "shared/object.h"

#include "base/error.h"
#include "os/sync.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct memory {
    mmv__header header;
    mmv__os_robust lock;
    _Atomic uint32_t task; /* the holder, or one that died with it; 0 = nobody, or not known */
};

struct mmv_mutex {
    mmv__object object;
    struct memory *memory;
    _Atomic uintptr_t holder; /* the thread that holds it through this handle, or has ended with it; 0 = none */
    _Atomic uint32_t task;    /* the holder's, see memory->task */
    unsigned depth;           /* the holder's own */
    struct mmv_mutex *next;   /* of 'held_on' */
};

/* Handles that were closed while another thread held their mutex: they last as long as the process. */
static struct mmv_mutex *_Atomic held_on;

static void hold_on(mmv_mutex *mutex)
{
    mutex->next = atomic_load(&held_on);
    while (!atomic_compare_exchange_weak(&held_on, &mutex->next, mutex))
        ;
}

static int begin(mmv__header *header, const void *user)
{
    (void)user;
    return mmv__os_robust_init(&((struct memory *)header)->lock);
}

/* Locked before anybody can find it, in the memory that its maker goes on with: invariant 1. */
static int begin_owned(mmv__header *header, const void *user)
{
    struct memory *memory = (struct memory *)header;
    int error = begin(header, user);
    if (error == 0)
        error = mmv__os_robust_lock(&memory->lock, 0);
    if (error == 0)
        atomic_store_explicit(&memory->task, mmv__os_task(), memory_order_relaxed);
    return error;
}

static void drop_owned(mmv__header *header)
{
    struct memory *memory = (struct memory *)header;
    atomic_store_explicit(&memory->task, 0, memory_order_relaxed);
    mmv__os_robust_unlock(&memory->lock);
}

static mmv_status open_mutex(const char *name, const mmv__object_kind *what, const mmv_shared_options *options,
                             mmv_mutex **mutex_ret)
{
    *mutex_ret = NULL;
    mmv__not_created(options);
    mmv_mutex *mutex = calloc(1, sizeof *mutex);
    if (!mutex)
        return mmv__fail(ENOMEM, "open");
    mmv_status status = mmv__object_open(name, what, options, &mutex->object);
    if (status) {
        free(mutex);
        return status;
    }
    mutex->memory = (struct memory *)mutex->object.header;
    *mutex_ret = mutex;
    return MMV_OK;
}

mmv_status mmv_mutex_open(const char *name, const mmv_shared_options *options, mmv_mutex **mutex_ret)
{
    const mmv__object_kind what = {MMV_SHARED_MUTEX, sizeof(struct memory), sizeof(struct memory), begin, NULL, NULL};
    return open_mutex(name, &what, options, mutex_ret);
}

mmv_status mmv_mutex_open_owned(const char *name, const mmv_shared_options *options, mmv_mutex **mutex_ret)
{
    mmv__begun begun = {.drop = drop_owned};
    const mmv__object_kind what = {
        MMV_SHARED_MUTEX, sizeof(struct memory), sizeof(struct memory), begin_owned, NULL, &begun};
    mmv_status status = open_mutex(name, &what, options, mutex_ret);
    if (status == MMV_OK && begun.header) {
        (*mutex_ret)->depth = 1;
        atomic_store_explicit(&(*mutex_ret)->task, mmv__os_task(), memory_order_relaxed);
        atomic_store_explicit(&(*mutex_ret)->holder, mmv__os_thread(), memory_order_relaxed);
    }
    return status;
}

/* A forked child has its parent's handle, but not what the parent holds: task tells the two apart. */
static bool is_mine(const mmv_mutex *mutex)
{
    return atomic_load_explicit(&mutex->memory->task, memory_order_relaxed) == mmv__os_task() &&
           atomic_load_explicit(&mutex->holder, memory_order_relaxed) == mmv__os_thread();
}

/* The C library has locked it: note the holder. A number that a dead thread left is not ours, even if it is the same.
 */
static mmv_status note_locked(mmv_mutex *mutex, bool abandoned)
{
    uint32_t own = mmv__os_task();
    bool again = !abandoned && is_mine(mutex);
    if (own && !abandoned && !again && atomic_load_explicit(&mutex->memory->task, memory_order_relaxed) == own) {
        mmv__os_robust_unlock(&mutex->memory->lock);
        return mmv__fail_detail(MMV_EBUSY, "lock", mutex->object.name->path,
                                "this thread holds it through another handle");
    }
    /* Invariants 1 and 3. */
    assert(!again || mutex->depth > 0);
    mutex->depth = again ? mutex->depth + 1 : 1;
    atomic_store_explicit(&mutex->task, own, memory_order_relaxed);
    atomic_store_explicit(&mutex->holder, mmv__os_thread(), memory_order_relaxed);
    atomic_store_explicit(&mutex->memory->task, own, memory_order_relaxed);
    return abandoned ? mmv__object_fail(&mutex->object, MMV_EABANDONED, 0, "lock") : MMV_OK;
}

mmv_status mmv_mutex_lock(mmv_mutex *mutex, uint32_t wait_ms)
{
    /* Checked before, too: a lock that became zeros does not tell of its holder's death. */
    mmv_status status = mmv__object_check(&mutex->object, "lock");
    if (status)
        return status;
    int error = mmv__os_robust_lock(&mutex->memory->lock, mmv__seconds(wait_ms));
    status = mmv__object_check(&mutex->object, "lock");
    if (status)
        return status;
    if (error == ETIMEDOUT)
        return mmv__object_fail(&mutex->object, MMV_ETIMEOUT, 0, "lock");
    if (error && error != EOWNERDEAD)
        return mmv__object_fail(&mutex->object, MMV_OK, error, "lock");
    return note_locked(mutex, error == EOWNERDEAD);
}

mmv_status mmv_mutex_unlock(mmv_mutex *mutex)
{
    if (!is_mine(mutex))
        return mmv__fail_detail(MMV_EACCES, "unlock", mutex->object.name->path, "this thread does not hold it");
    assert(mutex->depth > 0);
    if (--mutex->depth == 0) {
        atomic_store_explicit(&mutex->holder, 0, memory_order_relaxed);
        atomic_store_explicit(&mutex->memory->task, 0, memory_order_relaxed);
    }
    int error = mmv__os_robust_unlock(&mutex->memory->lock);
    mmv_status status = mmv__object_check(&mutex->object, "unlock");
    if (status)
        return status;
    return error ? mmv__object_fail(&mutex->object, MMV_OK, error, "unlock") : MMV_OK;
}

/* By a thread of this process that lives: others have nothing in its memory as it is mapped here. */
static bool is_held_through(const mmv_mutex *mutex)
{
    uint32_t task = atomic_load(&mutex->task);
    if (atomic_load(&mutex->holder) == 0 || atomic_load(&mutex->memory->task) != task)
        return false;
    return task == 0 || mmv__os_has_task(task);
}

void mmv_mutex_close(mmv_mutex **mutex)
{
    mmv_mutex *handle = *mutex;
    *mutex = NULL;
    if (!handle)
        return;
    while (is_mine(handle))
        mmv_mutex_unlock(handle);
    /* Held by another thread: it stays that thread's, in whose list the memory is, and the name stays, too. */
    if (is_held_through(handle)) {
        hold_on(handle);
        return;
    }
    mmv__object_close(&handle->object);
    free(handle);
}
