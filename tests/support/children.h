/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CHILDREN_H
#define TESTS_CHILDREN_H

/*
 * children: functions of the test program in processes of their own.
 *
 * A child begins with the variables of the tests as they are now, and with the files that pipe() opened. Where a system
 * has fork(2) that is its child; elsewhere it is the program started anew, and has nothing else: no heap, no stack, no
 * open map, and nothing of the library's.
 */

#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

#define CHILD_KILLED (128 + SIGKILL) /* an exit status */
#define CHILD_MOST 8192u             /* bytes that a child is given */

/*
 * Run 'child' with a copy of 'size' bytes; its result is the exit status. What these bytes point to must be constants
 * and variables of the program. Ends the test program when there is no process to be had.
 */
pid_t child_start(int (*child)(void *with), const void *with, size_t size);

/* Wait for its end: the exit status, or 128 + the signal that ended it. */
int child_wait(pid_t child);

/* Zeros that the program and all its later children see and store to at one address, until it ends; NULL = none. */
void *child_shared(size_t size);

#endif
