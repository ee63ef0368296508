/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_OS_SYNC_H
#define MMVIEW_OS_SYNC_H

/*
 * sync: what processes share, words, locks and memory without a name; and the locks of one process.
 *
 * Functions that can fail return 0 or an errno value. None prints, and none leaves memory for the caller to free unless
 * it says so. "Win32:" names what Windows is asked.
 */

#include <mmview/base.h>

#include <pthread.h>
#include <stdatomic.h>

/* ---- who is calling --------------------------------------------------------------------------------------------- */

uintptr_t mmv__os_thread(void); /* this thread: never 0, and never the same twice. Win32: a TLS counter */
uint32_t mmv__os_user(void);    /* whose the process is. Win32: GetTokenInformation() */

/*
 * Locks know their holders by a number, and in another container the same number is somebody else's. This says which
 * numbers are ours; 0 = not known. Win32: none.
 */
uint64_t mmv__os_process_space(void);

/* The calling thread's number, right also in a forked child; 0 = not known. Win32: GetCurrentThreadId(). */
uint32_t mmv__os_task(void);
bool mmv__os_has_task(uint32_t task); /* whether a thread of this process has that number. Win32: OpenThread() */

/*
 * This process among those that were forked from each other since the library was loaded: 1 in the first, more in its
 * children. A child has none of its parent's threads: what these hold stays held, and is never given back. Win32: 1.
 */
unsigned mmv__os_process(void);
unsigned mmv__os_forks(void); /* grows when others are forked from it, or were from those before it. Win32: none */
void mmv__os_before_fork(void (*call)(void)); /* one for the whole process. Win32: none */

/*
 * The calling process among all that are and were: another one may have its number, but has not started at the same
 * time. 'start' is in ticks of the system, 0 where it does not say. Win32: none; names end with their processes there.
 */
typedef struct mmv__os_self {
    uint64_t number, start;
} mmv__os_self;
mmv__os_self mmv__os_who(void);

/* Run 'call' in a new thread; an errno: there is none. Each one that was started is joined. Win32: CreateThread(). */
typedef struct mmv__os_worker {
    pthread_t thread;
    void (*call)(void *user);
    void *user;
} mmv__os_worker;
int mmv__os_worker_start(mmv__os_worker *worker, void (*call)(void *user), void *user);
void mmv__os_worker_join(mmv__os_worker *worker);

/* ---- memory without a name -------------------------------------------------------------------------------------- */

/* A file in memory, empty, without a name. ENOTSUP = none. Win32: CreateFileMapping() of INVALID_HANDLE_VALUE. */
int mmv__os_create_memory(int *descriptor_ret);
int mmv__os_seal(int descriptor); /* never shorter again; ENOTSUP = cannot. Win32: not needed */
bool mmv__os_is_sealed(int descriptor);

/* ---- words that processes share --------------------------------------------------------------------------------- */

/*
 * Wait until *word may have changed from 'expected', at most for so many seconds; negative = without end. Win32: none
 * between processes; an event.
 */
void mmv__os_wait_word(const _Atomic uint32_t *word, uint32_t expected, double seconds);
void mmv__os_wake_word(const _Atomic uint32_t *word); /* everybody who waits on it */

/* Between two looks at such a word: leave the processor's other thread the room. Win32: YieldProcessor(). */
static inline void mmv__os_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* A recursive lock in shared memory that tells when its holder died. Win32: CreateMutex(). */
typedef pthread_mutex_t mmv__os_robust;
int mmv__os_robust_init(mmv__os_robust *lock);
/* 0, or EOWNERDEAD = held, but the last holder died; ETIMEDOUT. Seconds: 0 = try, negative = without end. */
int mmv__os_robust_lock(mmv__os_robust *lock, double seconds);
int mmv__os_robust_unlock(mmv__os_robust *lock); /* EPERM = not the holder */

/* ---- locks: pthread here; Win32: SRWLOCK and CONDITION_VARIABLE ------------------------------------------------- */

/* Whoever held it when the process was forked is not in the child: there it is made anew when it is first locked. */
typedef struct mmv__mutex {
    pthread_mutex_t lock;
    atomic_uint process; /* of whom the lock is, see mmv__os_process(); 0 = it is being made anew */
} mmv__mutex;
typedef pthread_cond_t mmv__condition;

/* One that lives as long as the process. Win32: SRWLOCK_INIT. */
#define MMV__MUTEX_READY                                                                                               \
    {                                                                                                                  \
        PTHREAD_MUTEX_INITIALIZER, 1                                                                                   \
    }

void mmv__mutex_renew(mmv__mutex *mutex);

static inline int mmv__mutex_init(mmv__mutex *mutex)
{
    atomic_init(&mutex->process, mmv__os_process());
    return pthread_mutex_init(&mutex->lock, NULL);
}

static inline void mmv__lock(mmv__mutex *mutex)
{
    if (atomic_load_explicit(&mutex->process, memory_order_acquire) != mmv__os_process())
        mmv__mutex_renew(mutex);
    pthread_mutex_lock(&mutex->lock);
}

/* Whether it was free, and is locked now. */
static inline bool mmv__try_lock(mmv__mutex *mutex)
{
    if (atomic_load_explicit(&mutex->process, memory_order_acquire) != mmv__os_process())
        mmv__mutex_renew(mutex);
    return pthread_mutex_trylock(&mutex->lock) == 0;
}

static inline void mmv__unlock(mmv__mutex *mutex)
{
    pthread_mutex_unlock(&mutex->lock);
}

static inline int mmv__condition_init(mmv__condition *condition)
{
    return pthread_cond_init(condition, NULL);
}

static inline void mmv__wait(mmv__condition *condition, mmv__mutex *mutex)
{
    pthread_cond_wait(condition, &mutex->lock);
}

static inline void mmv__wake_all(mmv__condition *condition)
{
    pthread_cond_broadcast(condition);
}

static inline void mmv__mutex_destroy(mmv__mutex *mutex)
{
    pthread_mutex_destroy(&mutex->lock);
}

static inline void mmv__condition_destroy(mmv__condition *condition)
{
    pthread_cond_destroy(condition);
}

#endif
