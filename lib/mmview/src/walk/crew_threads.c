/* SPDX-License-Identifier: MIT */
/* crew_threads.c - a crew of threads that are started for each walk, where there is no OpenMP. See crew.h. */

#include "walk/crew.h"

#include "os/sync.h"

#include <assert.h>
#include <stdlib.h>

struct member {
    mmv__os_worker thread;
    unsigned index;
    mmv__crew_fn *fn;
    void *user;
};

static void call_member(void *what)
{
    const struct member *member = what;
    member->fn(member->index, member->user);
}

unsigned mmv__crew_run(unsigned count, mmv__crew_fn *fn, void *user)
{
    assert(count > 0);
    struct member *others = calloc(count, sizeof *others);
    unsigned members = 1;
    for (; others && members < count; members++) {
        struct member *other = &others[members];
        *other = (struct member){.index = members, .fn = fn, .user = user};
        /* Those that there are do the work. */
        if (mmv__os_worker_start(&other->thread, call_member, other) != 0)
            break;
    }
    fn(0, user);
    for (unsigned i = 1; i < members; i++)
        mmv__os_worker_join(&others[i].thread);
    free(others);
    return members;
}
