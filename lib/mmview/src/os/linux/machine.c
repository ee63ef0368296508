/* SPDX-License-Identifier: MIT */
/*
 * linux/machine.c - processors, threads and chance. Sources: sched_setaffinity(2), getrandom(2), getrusage(2).
 */

#include "os/machine.h"

#include <errno.h>
#include <sched.h>
#include <sys/random.h>
#include <sys/resource.h>

bool mmv__os_thread_faults(uint64_t *faults_ret)
{
    struct rusage usage;
    if (getrusage(RUSAGE_THREAD, &usage) != 0)
        return false;
    *faults_ret = (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
    return true;
}

int mmv__os_random(uint64_t *number_ret)
{
    ssize_t length;
    do
        length = getrandom(number_ret, sizeof *number_ret, 0);
    while (length < 0 && errno == EINTR);
    return length == (ssize_t)sizeof *number_ret ? 0 : length < 0 ? errno : EIO;
}

unsigned mmv__os_processor(void)
{
    int processor = sched_getcpu();
    return processor < 0 ? 0 : (unsigned)processor;
}

void mmv__os_spread(unsigned index, unsigned count, unsigned home)
{
    cpu_set_t all, one;
    if (sched_getaffinity(0, sizeof all, &all) != 0 || (unsigned)CPU_COUNT(&all) != count || home >= CPU_SETSIZE)
        return;
    unsigned processor = home;
    while (index > 0) {
        processor = (processor + 1) % CPU_SETSIZE;
        index -= CPU_ISSET(processor, &all) != 0;
    }
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    /* Migration is immediate, so restore the mask. */
    if (sched_setaffinity(0, sizeof one, &one) == 0)
        sched_setaffinity(0, sizeof all, &all);
}
