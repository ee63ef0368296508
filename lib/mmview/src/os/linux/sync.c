/* SPDX-License-Identifier: MIT */
/*
 * linux/sync.c - words to wait on, memory without a name, numbers of threads. Sources: futex(2), memfd_create(2).
 */

#include "os/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Kept, because a call for each lock would cost more than the lock. A forked child has another number, and forgets it.
 */
static _Thread_local uint32_t own_task;

static void forget_task(void)
{
    own_task = 0;
}

uint32_t mmv__os_task(void)
{
    static atomic_flag watching = ATOMIC_FLAG_INIT;
    if (own_task == 0) {
        if (!atomic_flag_test_and_set(&watching))
            pthread_atfork(NULL, NULL, forget_task);
        own_task = (uint32_t)syscall(SYS_gettid);
    }
    return own_task;
}

bool mmv__os_has_task(uint32_t task)
{
    return syscall(SYS_tgkill, getpid(), (pid_t)task, 0) == 0;
}

int mmv__os_create_memory(int *descriptor_ret)
{
    *descriptor_ret = memfd_create("mmview", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return *descriptor_ret >= 0 ? 0 : errno == ENOSYS ? ENOTSUP : errno;
}

int mmv__os_seal(int descriptor)
{
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK) == 0 ? 0 : ENOTSUP;
}

bool mmv__os_is_sealed(int descriptor)
{
    int seals = fcntl(descriptor, F_GET_SEALS);
    return seals >= 0 && (seals & F_SEAL_SHRINK);
}

/* Where time_t has 64 bits and the old call takes 32. */
#ifdef SYS_futex_time64
#define NUMBER_OF_FUTEX SYS_futex_time64
#else
#define NUMBER_OF_FUTEX SYS_futex
#endif

void mmv__os_wait_word(const _Atomic uint32_t *word, uint32_t expected, double seconds)
{
    struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    syscall(NUMBER_OF_FUTEX, word, FUTEX_WAIT, expected, seconds < 0 ? NULL : &time, NULL, 0);
}

void mmv__os_wake_word(const _Atomic uint32_t *word)
{
    syscall(NUMBER_OF_FUTEX, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}
