/* SPDX-License-Identifier: MIT */
#ifndef MMBENCH_PLACE_H
#define MMBENCH_PLACE_H

/*
 * place: the folder that the fixtures live in, DIR/mmbench.XXXXXX, gone when the program is.
 *
 * A program that was killed leaves its folder behind; the next one in the same DIR recognises it by the lock that
 * nobody holds any more, and removes it.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct place {
    const char *directory; /* DIR, as the user gave it */
    char path[PATH_MAX];   /* "" before place_make() */
    int lock;
    char why[PATH_MAX + 128]; /* the latest failure */
};

#define PLACE_IN(dir) ((struct place){.directory = (dir), .lock = -1})

/* place_make() - make the folder, unless it is there already. False: place->why. */
bool place_make(struct place *place);

/* place_has_room() - whether so many bytes fit, with a twentieth to spare. False: place->why. */
bool place_has_room(struct place *place, uint64_t bytes);

/* place_remove() - remove the folder and all files in it. Calling it twice is harmless. */
void place_remove(struct place *place);

/* What kind of file system a path lies on. */
struct place_facts {
    char system[32];    /* "ext4", "xfs", "tmpfs", "NFS" ..., or its number in hex */
    bool in_memory;     /* it has no device: nothing can be cold or durable there */
    bool remote;        /* its data is another machine's, or another program's (FUSE) */
    long readahead_kib; /* of the device below; -1 = not known */
    uint64_t free_bytes;
};
bool place_facts(const char *path, struct place_facts *facts_ret);

#endif
