/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_SUITE_H
#define MMBENCH_SUITE_H

/*
 * suite: which cases there are. Each is registered with the harness under a name that says all about it:
 *
 *     WORK/ENGINE/STATE/HOW-THE-FILE-WAS-WRITTEN[/durable]/MiB:N/threads:N[/window_KiB:N]
 *
 * so that --benchmark_filter picks any part of the suite.
 */

#include "mmbench/fixture.h"

struct suite_owned;

struct suite {
    struct fixtures fixtures;
    uint64_t file_size;
    unsigned threads;          /* most that a case uses */
    unsigned wrong;            /* runs whose result was wrong */
    struct suite_owned *owned; /* what its cases are made of */
};

/* suite_register() - all cases. False = no memory. */
bool suite_register(struct suite *suite);

/* suite_end() - remove all fixtures; once more is harmless. */
void suite_end(struct suite *suite);

/* suite_leave_if_stopped() - when a signal asked for the end: clean up and end by that signal. */
void suite_leave_if_stopped(struct suite *suite);

/* The parts that have files of their own. */
bool suite_register_leases(struct suite *suite); /* leases.c */
bool suite_register_files(struct suite *suite);  /* files.c */

/* suite_own() - keep something of a case until suite_end(); it is freed then. False = no memory. */
bool suite_own(struct suite *suite, void *memory);

#endif
