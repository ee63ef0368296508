/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_OS_MOUNTS_H
#define MMVIEW_OS_MOUNTS_H

/* mounts: what /proc/self/mountinfo says of the file system that a file lies on. */

#include <stdbool.h>

typedef struct mmv__mount {
    char type[64];     /* "nfs4", "fuse.sshfs" */
    char options[512]; /* of the file system, with commas between; cut off where they are longer */
} mmv__mount;

/* Whether a line of mountinfo is about this device, "MAJOR:MINOR"; then what it says. */
bool mmv__mount_parse(const char *line, const char *device, mmv__mount *mount_ret);

/* Whether the options have this one, "nolock" or "local_lock=all". */
bool mmv__mount_has(const mmv__mount *mount, const char *option);

/* The mount of the file's device. False where the system does not say. */
bool mmv__mount_of(int descriptor, mmv__mount *mount_ret);

/* What keeps the locks of such a mount on this machine, though others use its files, too; NULL = nothing known. file.c
 * has the table. */
const char *mmv__mount_locks_alone(const mmv__mount *mount);

#endif
