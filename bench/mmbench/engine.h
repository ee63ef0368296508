/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_ENGINE_H
#define MMBENCH_ENGINE_H

/*
 * engine: a way to get the bytes of a file to the work and back. The table of all of them is in engine.c.
 *
 * An engine opens the file, does the whole pass, and closes it: unmapping and closing are part of the time.
 */

#include "mmbench/workload.h"

typedef bool engine_run(struct workload *load);

struct engine {
    const char *name;
    const char *about;           /* one line for people */
    engine_run *run[WORK_KINDS]; /* NULL = this is nothing it can do */
    engine_run *prepare;         /* not timed, in the same process; NULL = nothing to prepare */
    engine_run *finish;          /* not timed, in the same process; NULL = nothing to finish */
    bool in_memory;              /* it has no file: what its own memory holds afterwards is load->digest */
    bool cached;                 /* goes through the page cache */
    bool windows;                /* load->window means something to it */
    bool maps;                   /* through mappings: bytes reach the file without a system call */
};

extern const struct engine engines[];
extern const unsigned engines_count;

/* engine_find() - by name; NULL = there is none. */
const struct engine *engine_find(const char *name);

/* What the table is made of, each in a file of its own: NAME_pass goes over the file, NAME_random to single records. */
engine_run mapped_pass, populated_pass, half_mapped_pass, mapped_random; /* engine_mapped.c */
engine_run plain_pass, plain_random, direct_pass, direct_random;         /* engine_plain.c */
engine_run stdio_pass, stdio_random;                                     /* engine_stdio.c */
engine_run uring_pass, uring_random;                                     /* engine_uring.c */
engine_run auto_pass, window_pass, buffered_pass, unbuffered_pass;       /* engine_library.c */
engine_run library_prepare, window_random, view_random;
engine_run memory_prepare, memory_pass, memory_finish; /* engine_memory.c */

#endif
