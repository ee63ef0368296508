/* SPDX-License-Identifier: MIT */
#ifndef TESTS_WINDOWS_MORE_H
#define TESTS_WINDOWS_MORE_H

/* more: beside support/windows/unix.h what the suites of the tools call. A test that needs it to work is left out. */

#include <signal.h>

#ifndef SIGUSR1
#define SIGUSR1 30 /* raise() refuses it */
#endif

#endif
