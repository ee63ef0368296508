/* SPDX-License-Identifier: MIT */
/*
 * signals: see kit/os/signals.h. Flags are set by handlers, and read by the work between windows.
 *
 * 1. A handler only stores into an atomic; all talking and cleaning happens in the ordinary course of the program.
 *    A static assert says that the atomic needs no lock.
 * 2. The first signal that asks for the end is the one that is raised again. No assert: only on_stop() writes the
 *    number, and only over 0.
 */
#include "kit/os/signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_BOOL_LOCK_FREE == 2, "1: a handler may not wait for a lock");

static atomic_int stop_number;
static atomic_bool status_wanted;

static void on_stop(int number)
{
    int none = 0;
    atomic_compare_exchange_strong(&stop_number, &none, number);
}

static void on_status(int number)
{
    (void)number;
    atomic_store(&status_wanted, true);
}

static void install_handler(int number, void (*handler)(int))
{
    struct sigaction now;
    if (sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
        return;
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void signals_install(bool graceful)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    install_handler(SIGUSR1, on_status);
    if (!graceful)
        return;
    install_handler(SIGINT, on_stop);
    install_handler(SIGTERM, on_stop);
    install_handler(SIGHUP, on_stop);
    install_handler(SIGXCPU, on_stop);
}

int signals_stop(void)
{
    return atomic_load_explicit(&stop_number, memory_order_relaxed);
}

bool signals_take_status(void)
{
    return atomic_exchange(&status_wanted, false);
}

void signals_block(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
}

const char *signals_name(int number)
{
    switch (number) {
    case SIGINT:
        return "SIGINT";
    case SIGTERM:
        return "SIGTERM";
    case SIGHUP:
        return "SIGHUP";
    case SIGXCPU:
        return "SIGXCPU";
    default:
        return "a signal";
    }
}

int signals_raise(int number)
{
    sigset_t only;
    signal(number, SIG_DFL);
    sigemptyset(&only);
    sigaddset(&only, number);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
    raise(number);
    return 128 + number;
}
