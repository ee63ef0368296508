/* SPDX-License-Identifier: MIT */
/*
 * unix/machine.c - clock, sleep, faults and the page size, as every Unix tells them.
 */

#include "os/machine.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

size_t mmv__os_page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

void mmv__os_faults(uint64_t *minor_ret, uint64_t *major_ret)
{
    struct rusage usage;
    memset(&usage, 0, sizeof usage);
    getrusage(RUSAGE_SELF, &usage);
    *minor_ret = (uint64_t)usage.ru_minflt;
    *major_ret = (uint64_t)usage.ru_majflt;
}

double mmv__os_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

uint64_t mmv__os_ticks(void)
{
    struct timespec now;
#ifdef CLOCK_MONOTONIC_COARSE
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
#else
    clock_gettime(CLOCK_MONOTONIC, &now);
#endif
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void mmv__os_sleep_ms(unsigned milliseconds)
{
    struct timespec time = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000L};
    nanosleep(&time, NULL);
}

uint64_t mmv__os_time(void)
{
    return (uint64_t)time(NULL);
}

uint64_t mmv__os_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
