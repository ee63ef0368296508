/* SPDX-License-Identifier: MIT */
/* crew_openmp.c - a crew of OpenMP's threads, which last from one walk to the next. See crew.h. */

#include "walk/crew.h"

#include "os/sync.h"

#include <omp.h>

struct crew {
    unsigned count, members;
    mmv__crew_fn *fn;
    void *user;
};

static void run_parallel(void *what)
{
    struct crew *crew = what;
#pragma omp parallel num_threads((int)crew->count)
    {
        if (omp_get_thread_num() == 0)
            crew->members = (unsigned)omp_get_num_threads();
        crew->fn((unsigned)omp_get_thread_num(), crew->user);
    }
}

/*
 * libgomp keeps a team for each thread that has had one, and waits for its members for ever in a child, which has none
 * of them. A new thread has no team yet. Also when no walk was parallel before: the program itself, or another library,
 * may have had a team.
 */
unsigned mmv__crew_run(unsigned count, mmv__crew_fn *fn, void *user)
{
    struct crew crew = {count, 1, fn, user};
    mmv__os_worker apart;
    if (mmv__os_process() == 1)
        run_parallel(&crew);
    else if (mmv__os_worker_start(&apart, run_parallel, &crew) == 0)
        mmv__os_worker_join(&apart);
    else
        fn(0, user);
    return crew.members;
}
