/* SPDX-License-Identifier: MIT */
#ifndef TESTS_PEERS_H
#define TESTS_PEERS_H

/* peers: other processes for a test, and names of shared objects that no other test has. */

#include <mmview/shared.h>

#include <sys/types.h>

#define PEERS_SIZE 10000u

/* A name of this process' own: tests of several builds run side by side. Good until eight more were asked for. */
const char *peers_name(const char *name);

/* A second name that goes with one: the same in a child. */
const char *peers_of(const char *name, const char *what);

/* The file behind a name; good until the next call. */
const char *peers_path(const char *name);

/*
 * For a new object, a map of PEERS_SIZE bytes. Without locks of open files it persists, and peers_tidy() must take it
 * away.
 */
mmv_shared_options peers_options(mmv_open_mode mode);
mmv_map *peers_map(const char *name);
void peers_tidy(const char *name);

/* For tests of how long names last: nobody knows where open files cannot be locked. */
#define peers_need_locks()                                                                                             \
    do {                                                                                                               \
        if (MMV_POSIX_ONLY)                                                                                            \
            skip_because("this build has no locks of open files");                                                     \
    } while (0)

/* Run 'child' in a process of its own; it ends the test program when there is none to be had. */
pid_t start_child(int (*child)(const char *name), const char *name);

/* Its exit status, or 128 + the signal that ended it. */
int wait_for(pid_t child);
int in_child(int (*child)(const char *name), const char *name);

#endif
