/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_THREAD_H
#define TOOLS_OS_THREAD_H

/*
 * thread: threads of a tool's own, besides those of the walks, and what they wait on. POSIX threads here; Win32:
 * those of MinGW, on top of the system's. C11's <threads.h> would do, too, but sanitizers do not know it.
 */

#include <pthread.h>
#include <stdbool.h>

typedef void thread_fn(void *user);

struct thread {
    pthread_t id;
    thread_fn *fn;
    void *user;
};

/* thread_start() - false when there are no more to be had. 'thread' stays where it is until thread_join(). */
bool thread_start(struct thread *thread, thread_fn *fn, void *user);
void thread_join(struct thread *thread); /* one that was started */
void thread_yield(void);                 /* lends the processor to whoever waits for one */

/* A lock, and a condition whose waiters hold it. Each is initialised before threads are started, and dropped after. */
typedef pthread_mutex_t thread_lock;
typedef pthread_cond_t thread_condition;

void thread_lock_init(thread_lock *lock);
void thread_lock_drop(thread_lock *lock);
void thread_lock_take(thread_lock *lock);
void thread_lock_leave(thread_lock *lock);

void thread_condition_init(thread_condition *condition);
void thread_condition_drop(thread_condition *condition);
void thread_condition_wait(thread_condition *condition, thread_lock *lock); /* may return without a reason */
void thread_condition_wake(thread_condition *condition);                    /* all that wait */

#endif
