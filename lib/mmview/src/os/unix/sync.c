/* SPDX-License-Identifier: MIT */
/*
 * unix/sync.c - who is calling: threads, users and processes, as every Unix tells them.
 */

#include "os/sync.h"

#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

uintptr_t mmv__os_thread(void)
{
    /* Not pthread_self(3), which comes again when a thread has ended. */
    static atomic_uintptr_t threads;
    static _Thread_local uintptr_t own;
    if (own == 0)
        own = atomic_fetch_add(&threads, 1) + 1;
    return own;
}

/* Written by a child before it has a second thread. */
static unsigned process = 1;
static atomic_uint forks;
static void (*_Atomic first_of_all)(void);

static void count_child(void)
{
    process++;
}

static void count_fork(void)
{
    atomic_fetch_add(&forks, 1);
}

static void prepare_fork(void)
{
    void (*call)(void) = atomic_load(&first_of_all);
    if (call)
        call();
    count_fork();
}

/*
 * When the library is loaded: a child that was forked before its first call has to be told from its parent, too. A fork
 * counts before and after: what another thread opens in between the child may have or not.
 */
__attribute__((constructor)) static void watch_forks(void)
{
    pthread_atfork(prepare_fork, count_fork, count_child);
}

unsigned mmv__os_process(void)
{
    return process;
}

unsigned mmv__os_forks(void)
{
    return atomic_load(&forks);
}

void mmv__os_before_fork(void (*call)(void))
{
    atomic_store(&first_of_all, call);
}

void mmv__mutex_renew(mmv__mutex *mutex)
{
    unsigned old = atomic_load(&mutex->process);
    while (old != process) {
        if (old != 0 && atomic_compare_exchange_strong(&mutex->process, &old, 0)) {
            pthread_mutex_init(&mutex->lock, NULL);
            atomic_store(&mutex->process, process);
            return;
        }
        mmv__os_pause();
        old = atomic_load(&mutex->process);
    }
}

static void *call_worker(void *what)
{
    const mmv__os_worker *worker = what;
    worker->call(worker->user);
    return NULL;
}

int mmv__os_worker_start(mmv__os_worker *worker, void (*call)(void *user), void *user)
{
    worker->call = call;
    worker->user = user;
    return pthread_create(&worker->thread, NULL, call_worker, worker);
}

void mmv__os_worker_join(mmv__os_worker *worker)
{
    pthread_join(worker->thread, NULL);
}

uint32_t mmv__os_user(void)
{
    return (uint32_t)geteuid();
}

uint64_t mmv__os_process_space(void)
{
    struct stat facts;
    return stat("/proc/self/ns/pid", &facts) == 0 ? (uint64_t)facts.st_ino : 0;
}
