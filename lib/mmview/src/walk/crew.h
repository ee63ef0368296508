/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_CREW_H
#define MMVIEW_CREW_H

/*
 * crew: threads that do one thing together. crew_openmp.c has them from OpenMP, crew_threads.c from the system; CMake
 * decides which of them is built.
 */

/*
 * mmv__crew_run() - call 'fn' in up to 'count' threads, of which the caller is the first, with numbers from 0 on; wait
 * for all of them. Returns how many there were: fewer when the system refused more, and at least 1.
 */
typedef void mmv__crew_fn(unsigned index, void *user);
unsigned mmv__crew_run(unsigned count, mmv__crew_fn *fn, void *user);

#endif
