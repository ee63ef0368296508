/* SPDX-License-Identifier: MIT */
/* engine: the table. The order is that of the reports. */
#include "mmbench/engine.h"

#include <stddef.h>
#include <string.h>

#define CHANGES(f) [WORK_IN_PLACE] = (f), [WORK_INTO] = (f)
#define PASSES(f) [WORK_SCAN] = (f), CHANGES(f)
#define READS(f) [WORK_READS] = (f)
#define RANDOM(f) READS(f), [WORK_UPDATES] = (f)

const struct engine engines[] = {
    {.name = "mmap",
     .about = "the whole file mapped at once, nothing else done: what most programs do",
     .run = {PASSES(mapped_pass), RANDOM(mapped_random)},
     .cached = true,
     .maps = true},
    {.name = "populate",
     .about = "the whole file mapped with MAP_POPULATE",
     .run = {PASSES(populated_pass)},
     .cached = true,
     .maps = true},
    {.name = "mmap-pwrite",
     .about = "input mapped whole, results written with pwrite(2) in pieces of 256 KiB",
     .run = {CHANGES(half_mapped_pass)},
     .cached = true},
    {.name = "pread",
     .about = "pread(2) and pwrite(2) in pieces of 256 KiB",
     .run = {PASSES(plain_pass), RANDOM(plain_random)},
     .cached = true},
    {.name = "stdio",
     .about = "fread(3) and fwrite(3) in pieces of 256 KiB",
     .run = {PASSES(stdio_pass), RANDOM(stdio_random)},
     .cached = true},
    {.name = "direct",
     .about = "O_DIRECT pread(2) and pwrite(2) in pieces of 1 MiB, a few threads per processor",
     .run = {PASSES(direct_pass), READS(direct_random)}},
#ifdef MMV_HAVE_URING
    {.name = "uring",
     .about = "O_DIRECT through io_uring, 8 transfers of 1 MiB under way per thread (random reads: 32)",
     .run = {PASSES(uring_pass), READS(uring_random)}},
#endif
    {.name = "walk-auto",
     .about = "the library: mmv_walk() that chooses by itself",
     .run = {PASSES(auto_pass)},
     .prepare = library_prepare,
     .cached = true,
     .windows = true},
    {.name = "walk-mmap",
     .about = "the library: mmv_walk() through sliding windows",
     .run = {PASSES(window_pass)},
     .prepare = library_prepare,
     .cached = true,
     .windows = true,
     .maps = true},
    {.name = "walk-buffered",
     .about = "the library: mmv_walk() through pread(2) and pwrite(2)",
     .run = {PASSES(buffered_pass)},
     .prepare = library_prepare,
     .cached = true,
     .windows = true},
    {.name = "walk-direct",
     .about = "the library: mmv_walk() past the page cache",
     .run = {PASSES(unbuffered_pass)},
     .prepare = library_prepare,
     .windows = true},
    {.name = "window",
     .about = "the library: leases from a pool of windows, mmv_acquire()",
     .run = {RANDOM(window_random)},
     .cached = true,
     .windows = true,
     .maps = true},
    {.name = "view",
     .about = "the library: a view opened and closed for every record",
     .run = {RANDOM(view_random)},
     .cached = true,
     .maps = true},
    {.name = "memory",
     .about = "no file: the same work on anonymous huge pages, the ceiling",
     .run = {PASSES(memory_pass)},
     .prepare = memory_prepare,
     .finish = memory_finish,
     .in_memory = true},
};
const unsigned engines_count = sizeof engines / sizeof *engines;

const struct engine *engine_find(const char *name)
{
    for (unsigned i = 0; i < engines_count; i++)
        if (strcmp(engines[i].name, name) == 0)
            return &engines[i];
    return NULL;
}
