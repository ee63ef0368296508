/* SPDX-License-Identifier: MIT */
/*
 * sandbox: see kit/os/sandbox.h. There is none: a thread with a restricted token can give it back, and the rights of a
 * process are for all of its threads. The call is made without, and says so.
 */
#include "kit/os/sandbox.h"

#include <stddef.h>

int sandbox_call(sandbox_fn *fn, void *user, bool *closed_ret)
{
    if (closed_ret)
        *closed_ret = false;
    return fn(user);
}
