/* SPDX-License-Identifier: MIT */
/*
 * child: Windows has no fork(2), so a run is a call in this process. What it crashes with ends the benchmark; a request
 * to end is heeded when the run is over.
 */
#include "mmbench/child.h"

#include <stdio.h>

#include "kit/os/signals.h"

bool child_run(child_fn *fn, void *user, void *result, size_t size, char *why, size_t why_size)
{
    (void)size;
    why[0] = '\0';
    bool good = fn(user, result, why, why_size);
    if (!signals_stop())
        return good;
    snprintf(why, why_size, "stopped by %s", signals_name(signals_stop()));
    return false;
}

bool child_exec(char *const *argv, char *why, size_t why_size)
{
    snprintf(why, why_size, "%s: Windows has no such program", argv[0]);
    return false;
}
