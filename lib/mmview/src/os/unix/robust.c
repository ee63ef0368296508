/* SPDX-License-Identifier: MIT */
/*
 * robust.c - a lock in shared memory that outlives its holder, see os/sync.h.
 *
 * A thread registers one list of the locks it holds with the kernel, and the C library owns that list. Hence the lock
 * is the C library's mutex, not one of our own. Source: pthread_mutexattr_setrobust(3), get_robust_list(2).
 */

#include "os/sync.h"

#include <errno.h>
#include <time.h>

int mmv__os_robust_init(mmv__os_robust *lock)
{
    pthread_mutexattr_t kind;
    int error = pthread_mutexattr_init(&kind);
    if (error)
        return error;
    error = pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
    if (error == 0)
        error = pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
    if (error == 0)
        error = pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    if (error == 0)
        error = pthread_mutex_init(lock, &kind);
    pthread_mutexattr_destroy(&kind);
    return error;
}

static struct timespec time_after(clockid_t clock, double seconds)
{
    struct timespec time;
    clock_gettime(clock, &time);
    time_t whole = (time_t)seconds;
    long rest = time.tv_nsec + (long)((seconds - (double)whole) * 1e9);
    time.tv_sec += whole + rest / 1000000000L;
    time.tv_nsec = rest % 1000000000L;
    return time;
}

static int lock_within(mmv__os_robust *lock, double seconds)
{
#if defined(__GLIBC__) && defined(_GNU_SOURCE)
    struct timespec end = time_after(CLOCK_MONOTONIC, seconds);
    return pthread_mutex_clocklock(lock, CLOCK_MONOTONIC, &end);
#else
    struct timespec end = time_after(CLOCK_REALTIME, seconds);
    return pthread_mutex_timedlock(lock, &end);
#endif
}

int mmv__os_robust_lock(mmv__os_robust *lock, double seconds)
{
    int error = seconds < 0 ? pthread_mutex_lock(lock) : pthread_mutex_trylock(lock);
    if (error == EBUSY && seconds > 0)
        error = lock_within(lock, seconds);
    /* A death is told once; from now on the lock works as before. If we die before this call, the next holder is told.
     */
    if (error == EOWNERDEAD)
        pthread_mutex_consistent(lock);
    return error == EBUSY ? ETIMEDOUT : error;
}

int mmv__os_robust_unlock(mmv__os_robust *lock)
{
    return pthread_mutex_unlock(lock);
}
