/* SPDX-License-Identifier: MIT */
/*
 * signals: see kit/os/signals.h. The system calls a handler in a thread of its own.
 *
 *     Ctrl-C                               2     as SIGINT
 *     Ctrl-Break                          21     as the C runtime's SIGBREAK
 *     the console is closed, logging off   1     as SIGHUP
 *     the system ends                     15     as SIGTERM
 *
 * 1. The handler only stores into an atomic; all talking and cleaning happens in the ordinary course of the program.
 *    No assert: on_event() is six lines.
 * 2. The first event that asks for the end is the one that is told. No assert: only on_event() writes the number, and
 *    only over 0.
 * 3. After a console is closed the process ends when the handler returns. So it does not return: the program has as
 *    long as the system gives it, some seconds. No assert: a thread that sleeps cannot.
 */
#include "kit/os/signals.h"

#include <stdatomic.h>

#include "kit/os/win32/win32.h"

enum { INTERRUPT = 2, HANG_UP = 1, TERMINATE = 15, BREAK = 21 };

static atomic_int stop_number;
static atomic_bool is_graceful;

static int number_of(DWORD event)
{
    switch (event) {
    case CTRL_C_EVENT:
        return INTERRUPT;
    case CTRL_BREAK_EVENT:
        return BREAK;
    case CTRL_SHUTDOWN_EVENT:
        return TERMINATE;
    default:
        return HANG_UP;
    }
}

static BOOL WINAPI on_event(DWORD event)
{
    int none = 0, number = number_of(event);
    if (!atomic_load(&is_graceful))
        ExitProcess((UINT)(128 + number));
    atomic_compare_exchange_strong(&stop_number, &none, number);
    while (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
        Sleep(INFINITE);
    return TRUE;
}

/* Who was started to ignore Ctrl-C goes on doing so: handlers are not called then. */
void signals_install(bool graceful)
{
    atomic_store(&is_graceful, graceful);
    SetConsoleCtrlHandler(on_event, TRUE);
}

int signals_stop(void)
{
    return atomic_load_explicit(&stop_number, memory_order_relaxed);
}

/* There is nothing to ask for a line with: --progress=always has them. */
bool signals_take_status(void)
{
    return false;
}

void signals_block(void)
{
    atomic_store(&is_graceful, true);
}

const char *signals_name(int number)
{
    switch (number) {
    case INTERRUPT:
        return "Ctrl-C";
    case BREAK:
        return "Ctrl-Break";
    case TERMINATE:
        return "the end of the system";
    case HANG_UP:
        return "the end of the console";
    default:
        return "a signal";
    }
}

int signals_raise(int number)
{
    return 128 + number;
}
