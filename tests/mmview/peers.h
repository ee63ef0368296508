/* SPDX-License-Identifier: MIT */
#ifndef TESTS_PEERS_H
#define TESTS_PEERS_H

/* peers: other processes for a test, and names of shared objects that no other test has. */

#include "children.h"

#include <mmview/shared.h>

#define PEERS_SIZE 10000u

/* A name of this process' own: tests of several builds run side by side. Good until eight more were asked for. */
const char *peers_name(const char *name);

/* A second name that goes with one: the same in a child. */
const char *peers_of(const char *name, const char *what);

/* The file behind a name, or what the system calls it; good until the next call. */
const char *peers_path(const char *name);

/* Whether names are files, which outlive those who are killed until somebody looks, and which may be made to last. */
bool peers_are_files(void);

/* Whether nobody knows how long a name is used: there are no locks of open files, and all names must persist. */
bool peers_must_last(void);

/* Whether there is something of the name, in use or left behind. */
bool peers_exists(const char *name);

/* For a new object, a map of PEERS_SIZE bytes. It persists where it must, and peers_tidy() must take it away. */
mmv_shared_options peers_options(mmv_open_mode mode);
mmv_map *peers_map(const char *name);
void peers_tidy(const char *name);

/* For tests of how long names last: nobody knows where open files cannot be locked. */
#define peers_need_locks()                                                                                             \
    do {                                                                                                               \
        if (peers_must_last())                                                                                         \
            skip_because("this build has no locks of open files");                                                     \
    } while (0)

/* Run 'child' with a name in a process of its own; the second one waits for it as child_wait() does. */
pid_t start_child(int (*child)(const char *name), const char *name);
int in_child(int (*child)(const char *name), const char *name);

#endif
