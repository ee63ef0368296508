/* SPDX-License-Identifier: MIT */
/*
 * answer.so: an LD_PRELOAD for MPICH over UCX, whose MPI_Finalize may hang between nodes: see
 * https://github.com/pmodels/mpich/pull/6596 (mended in July 2023; Debian 12 has the MPICH of before).
 *
 * A process there first waits until the others have acknowledged all that it sent, then waits for them at a barrier of
 * the launcher. At that barrier it acknowledges nothing any more, so those that are slower wait for ever. Here it goes
 * on to answer, until the launcher has said something.
 *
 * No assert: nothing is known of what the process does before MPI_Finalize.
 */
#include <dlfcn.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of UCX, whose headers are not needed for MPICH. */
unsigned ucp_worker_progress(void *of);
void ucp_worker_destroy(void *of);
void *ucp_disconnect_nb(void *endpoint);

static void *worker; /* the latest that UCX was asked to work for */
static int ends;     /* MPI_Finalize has begun to take its connections down */

/* Whose function it is behind ours. ISO C has no cast from a pointer to data into one to a function. */
static void find(const char *name, void *function_ret)
{
    void *symbol = dlsym(RTLD_NEXT, name);
    if (!symbol)
        abort();
    memcpy(function_ret, &symbol, sizeof symbol);
}

unsigned ucp_worker_progress(void *of)
{
    static unsigned (*next)(void *);
    if (!next)
        find("ucp_worker_progress", &next);
    worker = of;
    return next(of);
}

void ucp_worker_destroy(void *of)
{
    static void (*next)(void *);
    if (!next)
        find("ucp_worker_destroy", &next);
    worker = NULL;
    next(of);
}

void *ucp_disconnect_nb(void *endpoint)
{
    static void *(*next)(void *);
    if (!next)
        find("ucp_disconnect_nb", &next);
    ends = 1;
    return next(endpoint);
}

/* By which MPICH waits for the launcher. */
ssize_t read(int file, void *buffer, size_t length)
{
    struct pollfd said = {.fd = file, .events = POLLIN};
    while (ends && worker && poll(&said, 1, 0) == 0)
        ucp_worker_progress(worker);
    return syscall(SYS_read, file, buffer, length);
}
