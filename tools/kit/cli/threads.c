/* SPDX-License-Identifier: MIT */
/*
 * threads: defaults for the number of threads and for the OpenMP runtime.
 *
 * libgomp reads its environment in a constructor of its own. Linked statically it runs that after ours, which has the
 * first priority a program may take; libomp reads the environment at its first parallel region. Where libgomp can only
 * be linked as a shared library its constructor is earlier, and then its defaults hold.
 */
#include "kit/cli/threads.h"

#include <errno.h>
#include <stdlib.h>

#include <mmview/walk.h>

#include "kit/os/process.h"

__attribute__((constructor(101))) static void set_environment(void)
{
    /* Threads that wait by spinning take the processor from those that work when there are fewer cores than threads. */
    process_set_variable("OMP_WAIT_POLICY", "passive");
    /* Address space, not memory; the default of 8 MiB each hurts under ulimit -v and on 32-bit. */
    process_set_variable("OMP_STACKSIZE", "512k");
}

/* The first number of a variable such as "4" or "4,2"; 0 = says nothing. */
static unsigned number_in(const char *name)
{
    const char *text = getenv(name);
    char *end;
    if (text == NULL)
        return 0;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || errno != 0 || value <= 0 || value > 1000000)
        return 0;
    return (unsigned)value;
}

unsigned threads_default(void)
{
    static const char *const names[] = {"OMP_NUM_THREADS", "SLURM_CPUS_PER_TASK"};
    unsigned threads = mmv_default_threads();
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        unsigned limit = number_in(names[i]);
        if (limit != 0 && limit < threads)
            threads = limit;
    }
    return threads;
}
