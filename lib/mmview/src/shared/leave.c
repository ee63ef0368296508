/* SPDX-License-Identifier: MIT */
/*
 * leave.c - see leave.h: the names that this process has open, in a list that its exit goes through.
 *
 * Invariants:
 * 1. Under the lock each name of the list is there, with its descriptor: who closes a name takes it out of the list
 *    before. No assert: mmv__name_leave() begins with that.
 * 2. A name is left by the process that noted it: number and start time are those of that process. A child has the
 *    list of its parent, and leaves what it has opened itself. No assert: leave_all() passes over
 *    what is another's.
 */

#include "shared/leave.h"

#include "os/machine.h"
#include "os/sync.h"

#include <assert.h>

#define TRIES 100 /* milliseconds that another thread may take for a list of some names */

/* A process has one exit. */
static struct {
    mmv__mutex lock;
    mmv__name *first;
    unsigned process; /* whose 'self' is, see mmv__os_process(); 0 = nobody's */
    mmv__os_self self;
} open_names = {.lock = MMV__MUTEX_READY};

/* Under the lock. Asking costs more than opening a name. */
static mmv__os_self self(void)
{
    if (open_names.process != mmv__os_process()) {
        open_names.self = mmv__os_who();
        open_names.process = mmv__os_process();
    }
    return open_names.self;
}

void mmv__leave_at_exit(mmv__name *name)
{
    mmv__lock(&open_names.lock);
    name->maker = self();
    name->next = open_names.first;
    name->link = &open_names.first;
    if (name->next)
        name->next->link = &name->next;
    open_names.first = name;
    mmv__unlock(&open_names.lock);
}

void mmv__leave_not(mmv__name *name)
{
    mmv__lock(&open_names.lock);
    if (name->link) {
        assert(*name->link == name);
        *name->link = name->next;
        if (name->next)
            name->next->link = name->link;
        name->link = NULL;
    }
    mmv__unlock(&open_names.lock);
}

/* False when it stays taken: an exit from a signal handler can have interrupted its holder. */
static bool lock_soon(void)
{
    for (unsigned tried = 0; tried < TRIES; tried++) {
        if (mmv__try_lock(&open_names.lock))
            return true;
        mmv__os_sleep_ms(1);
    }
    return false;
}

/*
 * The last thing that the process does, behind the functions that it gave to atexit(3). Nothing is freed: other threads
 * may still run.
 */
__attribute__((destructor)) static void leave_all(void)
{
    if (!lock_soon())
        return;
    mmv__os_self now = {0};
    if (open_names.first)
        now = mmv__os_who();
    for (mmv__name *name = open_names.first; name; name = name->next)
        /* Invariant 2. */
        if (name->maker.number == now.number && name->maker.start == now.start)
            mmv__name_let_go(name);
    mmv__unlock(&open_names.lock);
}
