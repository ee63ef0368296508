/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_SYNC_H
#define MMVIEW_SYNC_H

/*
 * sync: a mutex, an event and a semaphore that processes find by name, and that survive the death of whoever uses them.
 *
 * They are opened as named maps are (shared.h: modes, permissions, owners, persistence) and share the names with them:
 * one name is one thing. Options may be NULL: open what exists; their capacity and delay_allocation mean nothing here.
 *
 * A process of another word size is refused with MMV_EVERSION. So is a process of another container, where the same
 * process number means another process. A user who may write an object can disturb all who use it: give the right to
 * those you trust.
 *
 * On Windows these are the system's own mutex, event and semaphore. A semaphore counts to 2^31 - 1 at most there.
 *
 * An object that another program cuts short is a SIGBUS, or MMV_ETRUNC with the guard on (guard.h). Signals do
 * not interrupt waits. Errors of all openings: those of mmv_map_open_named().
 */

#include <mmview/shared.h>

MMV_BEGIN_DECLS

#define MMV_FOREVER UINT32_MAX /* as a time in milliseconds: without end */

/* ---- mutex ------------------------------------------------------------------------------------------------------ */

/* Recursive: the thread that holds it may lock it again through the same handle, and unlocks it as often. */
typedef struct mmv_mutex mmv_mutex;

/* mmv_mutex_open() - open or create a mutex. Owner: the caller, until mmv_mutex_close(). */
MMV_API mmv_status mmv_mutex_open(const char *name, const mmv_shared_options *options, mmv_mutex **mutex_ret);

/*
 * mmv_mutex_open_owned() - the same, and the calling thread holds a new one before anybody else can find it. One that
 * exists is opened and not locked: options->created_ret tells.
 */
MMV_API mmv_status mmv_mutex_open_owned(const char *name, const mmv_shared_options *options, mmv_mutex **mutex_ret);

/*
 * mmv_mutex_lock() - hold the mutex; from then on nobody else does.
 * Units:   wait_ms milliseconds at most; 0 = try once, MMV_FOREVER.
 * Threads: a handle may be used by any number; what is held is held by the calling thread.
 * Errors:  MMV_EBUSY: the calling thread holds it through another handle; MMV_EABANDONED: you hold it, and the last
 *          holder died with it, told once; MMV_ETIMEOUT; MMV_ETRUNC.
 * Source:  pthread_mutexattr_setrobust(3).
 */
MMV_API mmv_status mmv_mutex_lock(mmv_mutex *mutex, uint32_t wait_ms);

/*
 * mmv_mutex_unlock() - through the handle and by the thread that locked it.
 * Errors:  MMV_EACCES when the calling thread does not hold the mutex.
 */
MMV_API mmv_status mmv_mutex_unlock(mmv_mutex *mutex);

/*
 * mmv_mutex_close() - unlock the mutex if the calling thread holds it, give it up and set *mutex to NULL.
 * Shape:   while another thread holds it through this handle, it stays that thread's. Nobody else gets it before that
 *          thread unlocks it, which it may still do through this handle. When the thread ends first, the next one is
 *          told MMV_EABANDONED. The name and what the handle has are given up with the process in this case.
 */
MMV_API void mmv_mutex_close(mmv_mutex **mutex);

/* ---- event ------------------------------------------------------------------------------------------------------ */

/* Set or not. An automatic one lets one waiter through for each time it is set, a manual one all until it is reset. */
typedef struct mmv_event mmv_event;

/* mmv_event_open() - 'manual' and 'set' are for a new one; one that exists is as it is. */
MMV_API mmv_status mmv_event_open(const char *name, bool manual, bool set, const mmv_shared_options *options,
                                  mmv_event **event_ret);

MMV_API mmv_status mmv_event_set(mmv_event *event);   /* setting what is set changes nothing. Errors: MMV_ETRUNC */
MMV_API mmv_status mmv_event_reset(mmv_event *event); /* Errors: MMV_ETRUNC */

/* mmv_event_wait() - until it is set. A waiter that dies takes no signal with it. Errors: MMV_ETIMEOUT, MMV_ETRUNC. */
MMV_API mmv_status mmv_event_wait(mmv_event *event, uint32_t wait_ms);

MMV_API bool mmv_event_is_manual(const mmv_event *event);
MMV_API void mmv_event_close(mmv_event **event);

/* ---- semaphore -------------------------------------------------------------------------------------------------- */

/*
 * A counter: acquire takes one, release gives back. Counts that a process has acquired and does not release are lost
 * with it. Use a mutex where nothing may be lost.
 */
typedef struct mmv_semaphore mmv_semaphore;

/* mmv_semaphore_open() - 'count' to begin with and 'most' are for a new one. Errors: also MMV_ERANGE(count|most). */
MMV_API mmv_status mmv_semaphore_open(const char *name, uint32_t count, uint32_t most,
                                      const mmv_shared_options *options, mmv_semaphore **semaphore_ret);

/* mmv_semaphore_acquire() - take one, waiting for it. Errors: MMV_ETIMEOUT, MMV_ETRUNC. */
MMV_API mmv_status mmv_semaphore_acquire(mmv_semaphore *semaphore, uint32_t wait_ms);

/*
 * mmv_semaphore_release() - give 'count' back. *before_ret, when not NULL: how many there were.
 * Errors:  MMV_ERANGE(count) when there would be more than 'most': none is given then; MMV_ETRUNC.
 */
MMV_API mmv_status mmv_semaphore_release(mmv_semaphore *semaphore, uint32_t count, uint32_t *before_ret);

MMV_API void mmv_semaphore_close(mmv_semaphore **semaphore);

MMV_END_DECLS

#endif
