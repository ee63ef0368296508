/* SPDX-License-Identifier: MIT */
/*
 * win32/sync.c - who is calling, and memory without a name.
 *
 * What processes share by a name is in win32/object.c. Words and locks in shared memory are not there, since nothing
 * waits for them between processes: each such call says ENOTSUP.
 */

#include "os/sync.h"
#include "os/file.h"
#include "os/machine.h"
#include "os/win32/win32.h"

#include <errno.h>
#include <stdatomic.h>

uintptr_t mmv__os_thread(void)
{
    static atomic_uintptr_t threads;
    static _Thread_local uintptr_t own;
    if (own == 0)
        own = atomic_fetch_add(&threads, 1) + 1;
    return own;
}

uint64_t mmv__os_process_space(void)
{
    return 0;
}

uint32_t mmv__os_task(void)
{
    return GetCurrentThreadId();
}

/* One that has ended has its number as long as anybody has a handle of it. */
bool mmv__os_has_task(uint32_t task)
{
    HANDLE thread = OpenThread(THREAD_QUERY_LIMITED_INFORMATION | SYNCHRONIZE, FALSE, task);
    if (!thread)
        return false;
    bool lives =
        GetProcessIdOfThread(thread) == GetCurrentProcessId() && WaitForSingleObject(thread, 0) == WAIT_TIMEOUT;
    CloseHandle(thread);
    return lives;
}

/* There is no fork(2). */
unsigned mmv__os_process(void)
{
    return 1;
}

void mmv__mutex_renew(mmv__mutex *mutex)
{
    pthread_mutex_init(&mutex->lock, NULL);
    atomic_store(&mutex->process, 1);
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

/* A file that the system keeps in memory as long as there is room, and that is gone with its last handle. */
int mmv__os_create_memory(int *descriptor_ret)
{
    enum { SHARING = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE };
    wchar_t folder[MAX_PATH + 2];
    wchar_t path[MAX_PATH + 40];
    uint64_t number;
    DWORD length = GetTempPathW(MAX_PATH + 1, folder);
    if (length == 0 || length > MAX_PATH)
        return mmv__win32_last();
    int error = mmv__os_random(&number);
    if (error)
        return error;
    _snwprintf(path, sizeof path / sizeof path[0], L"%lsmmv.%016llx", folder, (unsigned long long)number);
    path[sizeof path / sizeof path[0] - 1] = L'\0';
    HANDLE handle = CreateFileW(path, GENERIC_READ | GENERIC_WRITE | DELETE, SHARING, NULL, CREATE_NEW,
                                FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    return handle == INVALID_HANDLE_VALUE ? mmv__win32_last() : mmv__win32_add(handle, false, descriptor_ret);
}

int mmv__os_seal(int descriptor)
{
    (void)descriptor;
    return ENOTSUP;
}

bool mmv__os_is_sealed(int descriptor)
{
    (void)descriptor;
    return false;
}

/* WaitOnAddress() is for one process: look every millisecond. */
void mmv__os_wait_word(const _Atomic uint32_t *word, uint32_t expected, double seconds)
{
    double end = mmv__os_clock() + seconds;
    while (atomic_load(word) == expected && (seconds < 0 || mmv__os_clock() < end))
        mmv__os_sleep_ms(1);
}

void mmv__os_wake_word(const _Atomic uint32_t *word)
{
    (void)word;
}

int mmv__os_robust_init(mmv__os_robust *lock)
{
    (void)lock;
    return ENOTSUP;
}

int mmv__os_robust_lock(mmv__os_robust *lock, double seconds)
{
    (void)lock, (void)seconds;
    return ENOTSUP;
}

int mmv__os_robust_unlock(mmv__os_robust *lock)
{
    (void)lock;
    return ENOTSUP;
}

/* The C runtime has no FILE over functions. */
int mmv__os_file(void *user, const mmv__os_cookie *calls, bool reads, bool writes, FILE **file_ret)
{
    (void)user, (void)calls, (void)reads, (void)writes, (void)file_ret;
    return ENOTSUP;
}
