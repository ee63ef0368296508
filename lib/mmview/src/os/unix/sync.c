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

uint32_t mmv__os_user(void)
{
    return (uint32_t)geteuid();
}

uint64_t mmv__os_process_space(void)
{
    struct stat facts;
    return stat("/proc/self/ns/pid", &facts) == 0 ? (uint64_t)facts.st_ino : 0;
}
