/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_OS_SIGNALS_H
#define TOOLS_OS_SIGNALS_H

/* signals: requests from outside, turned into flags that the work looks at between windows. */

#include <stdbool.h>

/*
 * signals_install() - SIGPIPE and SIGXFSZ become errors of write(2); SIGUSR1 asks for a progress line. With 'graceful'
 * SIGINT, SIGTERM, SIGHUP and SIGXCPU ask for a clean end; without it they end the process as ever. What the parent had
 * ignored (nohup, a background job) stays ignored. Win32: SetConsoleCtrlHandler().
 */
void signals_install(bool graceful);

/* signals_stop() - the number of the signal that asked for the end; 0 = none so far. */
int signals_stop(void);

/* signals_take_status() - whether a progress line was asked for since the last call. */
bool signals_take_status(void);

/*
 * signals_block() - from here on no signal but SIGKILL and SIGSTOP interrupts this thread; for the last steps before
 * the end. Win32: nothing to do, handlers run in a thread of their own.
 */
void signals_block(void);

/* signals_name() - "SIGINT" and so on. */
const char *signals_name(int number);

/* signals_raise() - end the process by the signal itself; returns 128 + number if that fails. Win32: it always does. */
int signals_raise(int number);

#endif
