/* SPDX-License-Identifier: MIT */
/* machine: see kit/os/machine.h. */
#include "kit/os/machine.h"

#include <sys/random.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

double machine_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void machine_pause(unsigned milliseconds)
{
    const struct timespec time = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    nanosleep(&time, NULL);
}

uint64_t machine_random(void)
{
    uint64_t number;
    struct timespec now;
    if (getrandom(&number, sizeof number, GRND_NONBLOCK) == (ssize_t)sizeof number)
        return number;
    /* Early in the life of a system. Whoever asks again has another time. */
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_nsec * 1000003u + (uint64_t)now.tv_sec * 7919u + (uint64_t)getpid() * 65537u;
}
