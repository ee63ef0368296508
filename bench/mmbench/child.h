/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_CHILD_H
#define MMBENCH_CHILD_H

/*
 * child: run a function in a process of its own.
 *
 * So each timed run starts with a fresh address space, its peaks and fault counts are its own, it may join a memory
 * cgroup, and a crash or the OOM killer takes the run and not the benchmark. The parent never starts a thread, hence
 * forking is safe for OpenMP in the child.
 */

#include <stdbool.h>
#include <stddef.h>

/* Fills in 'result', which is the caller's 'result' when the child is done. False = 'why' says what failed. */
typedef bool child_fn(void *user, void *result, char *why, size_t why_size);

/*
 * child_run() - fork, run, wait.
 * Shape:   result[0..size) is copied into the child and back, also when the function returned false.
 * Returns: false when the function did, when the child died, or when a signal asked this program for its end
 *          (signals_stop()): the child is killed then.
 */
bool child_run(child_fn *fn, void *user, void *result, size_t size, char *why, size_t why_size);

/* child_exec() - run a program with its output thrown away. False: 'why'. */
bool child_exec(char *const *argv, char *why, size_t why_size);

#endif
