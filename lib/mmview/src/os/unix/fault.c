/* SPDX-License-Identifier: MIT */
/*
 * unix/fault.c - bad accesses in mapped memory, handed to the function that can repair them.
 */

#include "os/memory.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* These three are the process' signal disposition written down: a process has one. */
static bool (*repair_fault)(void *address);
static struct sigaction previous;
static bool caught;

static void pass_on(int number, siginfo_t *info, void *context)
{
    if (previous.sa_flags & SA_SIGINFO) {
        previous.sa_sigaction(number, info, context);
        return;
    }
    if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
        previous.sa_handler(number);
        return;
    }
    if (previous.sa_handler == SIG_IGN && info->si_code <= 0)
        return;
    /* A fault cannot be ignored: let it end the process as if nobody had caught it. The signal waits until we return.
     */
    signal(number, SIG_DFL);
    raise(number);
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    int saved = errno;
    bool by_access = info->si_code > 0;
    if (!by_access || !repair_fault(info->si_addr))
        pass_on(number, info, context);
    errno = saved;
}

int mmv__os_catch_faults(bool (*repair)(void *address))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_fault;
    /*
     * Not SA_NODEFER: a second fault while one is handled can only be ours, and then the process must end. SA_ONSTACK:
     * use the signal stacks that the program gave its threads.
     */
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    repair_fault = repair;
    struct sigaction before;
    if (sigaction(SIGBUS, &action, &before) != 0)
        return errno;
    /* A child may have been forked between the call above and the word below: it must not pass faults on to itself. */
    if (!(before.sa_flags & SA_SIGINFO) || before.sa_sigaction != on_fault)
        previous = before;
    caught = true;
    return 0;
}

void mmv__os_release_faults(void)
{
    if (caught)
        sigaction(SIGBUS, &previous, NULL);
    caught = false;
}

bool mmv__os_zero_page(void *address)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *start = (void *)((uintptr_t)address / page * page);
    return mmap(start, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
}
