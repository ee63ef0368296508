/* SPDX-License-Identifier: MIT */
/*
 * early.so: an LD_PRELOAD for Open MPI 4.1 under srun --mpi=pmix, whose MPI_Init may crash: see
 * https://github.com/open-mpi/ompi/issues/12495, which looks like the same.
 *
 * A process there waits at a first barrier, and looks after its connections meanwhile. A process that is further on may
 * already send to it. But who takes messages is only known after that barrier: until then a null pointer is called.
 * Here nothing is read from connections until it is known.
 *
 * Not for the daemons of mpirun: they never take messages of MPI.
 *
 * No assert: what the process is, and whether it has begun MPI_Init, is not known.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* Of Open MPI 4.1, for each kind of message: opal/mca/btl/btl.h. */
struct taker {
    void (*call)(void);
    void *data;
};
enum { FIRST_MESSAGE = 0x41 }; /* of ob1: pml_ob1_hdr.h */

void opal_progress(void);

void opal_progress(void)
{
    static void (*next)(void);
    static const struct taker *takers;
    if (!next) {
        /* Open MPI may have been loaded for a plug-in alone. */
        void *library = dlopen("libopen-pal.so.40", RTLD_LAZY | RTLD_NOLOAD);
        void *symbol = library ? dlsym(library, "opal_progress") : NULL;
        takers = library ? dlsym(library, "mca_btl_base_active_message_trigger") : NULL;
        if (!symbol || !takers)
            abort();
        /* ISO C has no cast from a pointer to data into one to a function. */
        memcpy(&next, &symbol, sizeof symbol);
    }
    if (takers[FIRST_MESSAGE].call)
        next();
}
