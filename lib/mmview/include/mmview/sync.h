/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_SYNC_H
#define MMVIEW_SYNC_H

/*
 * sync: a mutex, an event and a semaphore that processes find by name, and that survive the death of their users.
 *
 * They are opened like named maps (shared.h: modes, permissions, owners, persistence). Maps and all of these objects
 * share one set of names: one name stands for one object. NULL options open an existing object. The options' capacity
 * and delay_allocation are ignored.
 *
 * An object belongs to processes of one word size and of one PID namespace. Others are refused with MMV_EVERSION. A
 * container mostly has a PID namespace of its own, where the same process number means another process. A user who may
 * write an object can disturb all its users: give this right only to users you trust.
 *
 * On Windows these are the system's own mutex, event and semaphore. A semaphore counts to 2^31 - 1 at most there.
 *
 * When another program truncates an object, using it raises SIGBUS, or returns MMV_ETRUNC with the guard on (guard.h).
 * Signals do not interrupt waits. All calls that open have the errors of mmv_map_open_named().
 */

#include <mmview/shared.h>

MMV_BEGIN_DECLS

#define MMV_FOREVER UINT32_MAX /* as wait_ms: wait without a limit */

/* ---- mutex ------------------------------------------------------------------------------------------------------ */

/*
 * The mutex is recursive: its holder may lock it again through the same handle, and must unlock it as often as it was
 * locked.
 */
typedef struct mmv_mutex mmv_mutex;

/* mmv_mutex_open() - open or create a mutex. Owner: the caller, until mmv_mutex_close(). */
MMV_API mmv_status mmv_mutex_open(const char *name, const mmv_shared_options *options, mmv_mutex **mutex_ret);

/*
 * mmv_mutex_open_owned() - open or create a mutex. The calling thread holds a new mutex before anybody else can find
 * it. An existing mutex is opened and not locked: options->created_ret tells whether the mutex is new.
 */
MMV_API mmv_status mmv_mutex_open_owned(const char *name, const mmv_shared_options *options, mmv_mutex **mutex_ret);

/*
 * mmv_mutex_lock() - wait for the mutex, and lock it.
 * Units:   wait_ms is the longest wait in milliseconds; 0 = try once, MMV_FOREVER = no limit.
 * Threads: any number of threads may use one handle; the calling thread becomes the holder.
 * Errors:  MMV_EBUSY when the calling thread holds the mutex through another handle. MMV_EABANDONED when the caller now
 *          holds the mutex, but its last holder died holding it; this is told once. MMV_ETIMEOUT. MMV_ETRUNC.
 * Source:  pthread_mutexattr_setrobust(3).
 */
MMV_API mmv_status mmv_mutex_lock(mmv_mutex *mutex, uint32_t wait_ms);

/*
 * mmv_mutex_unlock() - unlock the mutex, through the handle and in the thread that locked it.
 * Errors:  MMV_EACCES when the calling thread does not hold the mutex.
 */
MMV_API mmv_status mmv_mutex_unlock(mmv_mutex *mutex);

/*
 * mmv_mutex_close() - unlock the mutex if the calling thread holds it, give the handle up, and set *mutex to NULL.
 * Shape:   when another thread holds the mutex through this handle, that thread goes on holding it. The thread may
 *          still unlock through this handle, and nobody else gets the mutex before it does. When that thread ends
 *          first, the next holder gets MMV_EABANDONED. Whenever another thread holds the mutex, the call keeps the name
 *          and the handle's memory until the process ends.
 */
MMV_API void mmv_mutex_close(mmv_mutex **mutex);

/* ---- event ------------------------------------------------------------------------------------------------------ */

/* An automatic event lets one waiter through each time it is set. A manual event lets all through until it is reset. */
typedef struct mmv_event mmv_event;

/* mmv_event_open() - open or create an event. 'manual' and 'set' apply to a new event only. */
MMV_API mmv_status mmv_event_open(const char *name, bool manual, bool set, const mmv_shared_options *options,
                                  mmv_event **event_ret);

MMV_API mmv_status mmv_event_set(mmv_event *event);   /* an event that is set stays set. Errors: MMV_ETRUNC */
MMV_API mmv_status mmv_event_reset(mmv_event *event); /* Errors: MMV_ETRUNC */

/*
 * mmv_event_wait() - wait until the event is set. A process that is killed while it waits leaves an automatic event as
 * it is, set or not.
 * Errors:  MMV_ETIMEOUT, MMV_ETRUNC.
 */
MMV_API mmv_status mmv_event_wait(mmv_event *event, uint32_t wait_ms);

MMV_API bool mmv_event_is_manual(const mmv_event *event);
MMV_API void mmv_event_close(mmv_event **event);

/* ---- semaphore -------------------------------------------------------------------------------------------------- */

/*
 * A counter: acquire takes 1 from it, release gives counts back. Counts that a process has acquired and not released
 * are lost when the process ends. Use a mutex where no count may be lost.
 */
typedef struct mmv_semaphore mmv_semaphore;

/*
 * mmv_semaphore_open() - open or create a semaphore. 'count', the first count, and 'most', the limit, apply to a new
 * semaphore only.
 * Errors:  also MMV_ERANGE(count|most).
 */
MMV_API mmv_status mmv_semaphore_open(const char *name, uint32_t count, uint32_t most,
                                      const mmv_shared_options *options, mmv_semaphore **semaphore_ret);

/* mmv_semaphore_acquire() - wait until the count is above 0, and take 1. Errors: MMV_ETIMEOUT, MMV_ETRUNC. */
MMV_API mmv_status mmv_semaphore_acquire(mmv_semaphore *semaphore, uint32_t wait_ms);

/*
 * mmv_semaphore_release() - add 'count' to the semaphore. *before_ret, when not NULL, is the count before.
 * Errors:  MMV_ERANGE(count) when the count would exceed 'most'; nothing is added then. MMV_ETRUNC.
 */
MMV_API mmv_status mmv_semaphore_release(mmv_semaphore *semaphore, uint32_t count, uint32_t *before_ret);

MMV_API void mmv_semaphore_close(mmv_semaphore **semaphore);

MMV_END_DECLS

#endif
