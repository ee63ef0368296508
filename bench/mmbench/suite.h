/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_SUITE_H
#define MMBENCH_SUITE_H

/*
 * suite: what all cases share, and which files register them with the harness. A case's name says all about it, so that
 * --benchmark_filter picks any part of the suite.
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

/* suite_end() - remove all fixtures; once more is harmless. */
void suite_end(struct suite *suite);

/* suite_leave_if_stopped() - when a signal asked for the end: clean up and end by that signal. */
void suite_leave_if_stopped(struct suite *suite);

/* Register cases. False = no memory. With a user's own file only the first has any. */
bool suite_register_passes(struct suite *suite); /* passes.c: on one large file */
bool suite_register_leases(struct suite *suite); /* leases.c: single accesses */
bool suite_register_files(struct suite *suite);  /* files.c: on many small ones */
bool suite_register_typed(struct suite *suite);  /* typed.c: values in a view */
bool suite_register_ipc(struct suite *suite);    /* ipc.c: what processes share */

/* suite_own() - keep something of a case until suite_end(); it is freed then. False = no memory. */
bool suite_own(struct suite *suite, void *memory);

#endif
