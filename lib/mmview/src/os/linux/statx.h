/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_OS_STATX_H
#define MMVIEW_OS_STATX_H

/* statx: statx(2), also where the C library has no such function (musl before 1.2.5). */

#include <sys/stat.h>

#ifndef STATX_BTIME
#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int statx(int folder, const char *path, int flags, unsigned mask, struct statx *facts_ret)
{
    return (int)syscall(SYS_statx, folder, path, flags, mask, facts_ret);
}
#endif

#endif
