/* SPDX-License-Identifier: MIT */
/*
 * leave.c - see leave.h: the names that this process has open, in a list that its exit goes through.
 *
 * Invariants:
 * 1. Under the lock each name of the list is there, with its descriptor: who closes a name takes it out of the list
 *    before. No assert: mmv__name_leave() begins with that.
 * 2. The list has what this process has opened. A forked child begins with an empty one, whatever its parent's other
 *    threads were doing to theirs; the names that it has from its parent are in none. Asserted in add().
 * 3. When the exit has begun nobody enters, and the list is gone through when nobody is inside, or after TRIES
 *    milliseconds. Who is inside even then lets go at once what it opens.
 * 4. What was open when the process was forked may be in use by a child that goes on, as of a program that becomes a
 *    daemon, and both have one lock. The exit leaves it alone while such a child is there, or may be; when the child
 *    has ended, too, it is swept. No assert: leave_all() passes over it.
 * 5. A child that shares the memory of its parent, as of vfork(2), changes nothing here when it ends. No assert:
 *    lock_when_nobody_is_inside() asks first.
 */

#include "shared/leave.h"

#include "os/machine.h"
#include "os/sync.h"
#include "shared/lifeline.h"

#include <assert.h>

#define TRIES 100 /* milliseconds that other threads may take */

/* A process has one exit. */
static struct {
    mmv__mutex lock;
    mmv__name *first;
    unsigned process; /* whose all this is, see mmv__os_process(); 0 = nobody's */
    mmv__os_self self;
    mmv__lifeline line; /* of the children that were forked while names were open */
    unsigned inside;    /* threads that are opening or leaving a name */
    bool is_over;
} open_names = {.lock = MMV__MUTEX_READY};

/* Under the lock. Asking who one is costs more than opening a name, and at the exit there may be no descriptor for it.
 */
static void become_own(void)
{
    unsigned process = mmv__os_process();
    if (open_names.process == process)
        return;
    /* Invariant 2. */
    open_names.first = NULL;
    open_names.inside = 0;
    open_names.is_over = false;
    open_names.line = (mmv__lifeline){0};
    open_names.self = mmv__os_who();
    open_names.process = process;
}

bool mmv__leave_enter(void)
{
    mmv__lock(&open_names.lock);
    become_own();
    bool enters = !open_names.is_over;
    open_names.inside += enters;
    mmv__unlock(&open_names.lock);
    return enters;
}

void mmv__leave_exit(void)
{
    mmv__lock(&open_names.lock);
    become_own();
    open_names.inside -= open_names.inside > 0;
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

/* Who is about to be forked has what is open now. Who cannot have the lock has been forked within it. */
static void before_fork(void)
{
    if (!lock_soon())
        return;
    if (open_names.process == mmv__os_process() && open_names.first && !open_names.line.page)
        mmv__lifeline_begin(&open_names.line);
    mmv__unlock(&open_names.lock);
}

/* Under the lock. */
static void add(mmv__name *name)
{
    /* Invariant 2. */
    assert(open_names.process == mmv__os_process());
    name->process = open_names.process;
    name->forks = mmv__os_forks();
    name->next = open_names.first;
    name->link = &open_names.first;
    if (name->next)
        name->next->link = &name->next;
    open_names.first = name;
    mmv__os_before_fork(before_fork);
}

void mmv__leave_at_exit(mmv__name *name)
{
    mmv__lock(&open_names.lock);
    become_own();
    bool is_late = open_names.is_over;
    if (!is_late)
        add(name);
    mmv__unlock(&open_names.lock);
    /* Invariant 3. */
    if (is_late)
        mmv__name_let_go(name);
}

void mmv__leave_not(mmv__name *name)
{
    mmv__lock(&open_names.lock);
    become_own();
    if (name->link && name->process == open_names.process) {
        assert(*name->link == name);
        *name->link = name->next;
        if (name->next)
            name->next->link = name->link;
    }
    name->link = NULL;
    mmv__unlock(&open_names.lock);
}

/* Not a child that was made without fork(3), which has the list and the number of mmv__os_process() of its parent. */
static bool is_own(void)
{
    mmv__os_self now = mmv__os_who();
    bool knows = now.start != 0 && open_names.self.start != 0;
    return now.number == open_names.self.number && (!knows || now.start == open_names.self.start);
}

/* Locked, and nobody is inside, or has been for too long. False = not locked. */
static bool lock_when_nobody_is_inside(void)
{
    for (unsigned tried = 0; lock_soon(); tried++) {
        /* Invariant 5. */
        if (open_names.process == mmv__os_process() && !is_own()) {
            mmv__unlock(&open_names.lock);
            return false;
        }
        become_own();
        open_names.is_over = true;
        if (open_names.inside == 0 || tried == TRIES)
            return true;
        mmv__unlock(&open_names.lock);
        mmv__os_sleep_ms(1);
    }
    return false;
}

/*
 * The last thing that the process does, behind the functions that it gave to atexit(3). Nothing is freed: other threads
 * may still run.
 */
__attribute__((destructor(101))) static void leave_all(void)
{
    if (!lock_when_nobody_is_inside())
        return;
    unsigned since = open_names.line.forks;
    bool is_alone = open_names.first && mmv__lifeline_is_free(&open_names.line);
    for (mmv__name *name = open_names.first; name; name = name->next)
        /* Invariant 4. */
        if (name->forks == mmv__os_forks() || (is_alone && name->forks >= since))
            mmv__name_let_go(name);
    mmv__unlock(&open_names.lock);
}
