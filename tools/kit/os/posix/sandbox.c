/* SPDX-License-Identifier: MIT */
/* sandbox: see kit/os/sandbox.h. Linked without a library of its own: three system calls. */
#include "kit/os/sandbox.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kit/os/thread.h"

#if defined(__linux__) && defined(__has_include)
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#define HAVE_LANDLOCK 1
#endif
#endif

struct call {
    sandbox_fn *fn;
    void *user;
    int result;
    bool closed;
};

#ifdef HAVE_LANDLOCK

#ifndef __NR_landlock_create_ruleset
#define __NR_landlock_create_ruleset 444
#define __NR_landlock_restrict_self 446
#endif

/* Rights on files by the version of the interface that brought them; with no rule that grants one, all are denied. */
static uint64_t rights_of(long version)
{
    static const unsigned counts[] = {0, 13, 14, 15, 15, 16};
    unsigned known = sizeof counts / sizeof *counts - 1;
    return ((uint64_t)1 << counts[version > (long)known ? known : (unsigned)version]) - 1;
}

static bool close_files(void)
{
    long version = syscall(__NR_landlock_create_ruleset, NULL, 0, 1 /* LANDLOCK_CREATE_RULESET_VERSION */);
    if (version < 1)
        return false;
    struct landlock_ruleset_attr attributes = {.handled_access_fs = rights_of(version)};
    long rules = syscall(__NR_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0);
    if (rules < 0)
        return false;
    bool closed = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(__NR_landlock_restrict_self, rules, 0) == 0;
    close((int)rules);
    return closed;
}

#else

static bool close_files(void)
{
    return false;
}

#endif

static void call_closed(void *user)
{
    struct call *call = user;
    call->closed = close_files();
    call->result = call->fn(call->user);
}

int sandbox_call(sandbox_fn *fn, void *user, bool *closed_ret)
{
    struct call call = {.fn = fn, .user = user};
    struct thread thread;
    if (thread_start(&thread, call_closed, &call))
        thread_join(&thread);
    else
        call.result = fn(user);
    if (closed_ret)
        *closed_ret = call.closed;
    return call.result;
}
