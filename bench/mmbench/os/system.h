/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_OS_SYSTEM_H
#define MMBENCH_OS_SYSTEM_H

/* system: uname(2). Win32: "Windows 10.0.19045", and which Wine pretends to be it; in win32/unix.c. */

#ifndef _WIN32
#include <sys/utsname.h>
#else
struct utsname {
    char release[96];
};
#define uname(system_ret) bench_uname(system_ret)
int bench_uname(struct utsname *system_ret);
#endif

#endif
