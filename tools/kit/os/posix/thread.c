/* SPDX-License-Identifier: MIT */
/* thread: see kit/os/thread.h. What can fail here fails for a bug of the caller's alone, but for thread_start(). */
#include "kit/os/thread.h"

#include <assert.h>
#include <sched.h>
#include <stddef.h>

static void *call(void *user)
{
    const struct thread *thread = user;
    thread->fn(thread->user);
    return NULL;
}

bool thread_start(struct thread *thread, thread_fn *fn, void *user)
{
    thread->fn = fn;
    thread->user = user;
    return pthread_create(&thread->id, NULL, call, thread) == 0;
}

static void must(int error)
{
    assert(error == 0);
    (void)error;
}

void thread_join(struct thread *thread)
{
    must(pthread_join(thread->id, NULL));
}

void thread_yield(void)
{
    sched_yield();
}

void thread_lock_init(thread_lock *lock)
{
    must(pthread_mutex_init(lock, NULL));
}

void thread_lock_drop(thread_lock *lock)
{
    must(pthread_mutex_destroy(lock));
}

void thread_lock_take(thread_lock *lock)
{
    must(pthread_mutex_lock(lock));
}

void thread_lock_leave(thread_lock *lock)
{
    must(pthread_mutex_unlock(lock));
}

void thread_condition_init(thread_condition *condition)
{
    must(pthread_cond_init(condition, NULL));
}

void thread_condition_drop(thread_condition *condition)
{
    must(pthread_cond_destroy(condition));
}

void thread_condition_wait(thread_condition *condition, thread_lock *lock)
{
    must(pthread_cond_wait(condition, lock));
}

void thread_condition_wake(thread_condition *condition)
{
    must(pthread_cond_broadcast(condition));
}
