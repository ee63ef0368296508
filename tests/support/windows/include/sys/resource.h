/* SPDX-License-Identifier: MIT */
#ifndef TESTS_WINDOWS_RESOURCE_H
#define TESTS_WINDOWS_RESOURCE_H

/* resource: limits that there are not. */

#include <errno.h>
#include <stdint.h>

#define RLIMIT_NOFILE 0
#define RUSAGE_SELF 0

struct rlimit {
    uint64_t rlim_cur, rlim_max;
};

struct rusage {
    long ru_maxrss; /* KiB */
};

int getrusage(int whose, struct rusage *used); /* of this process */

static inline int getrlimit(int what, struct rlimit *limit)
{
    (void)what, (void)limit;
    errno = ENOSYS;
    return -1;
}

static inline int setrlimit(int what, const struct rlimit *limit)
{
    (void)what, (void)limit;
    errno = ENOSYS;
    return -1;
}

#endif
