/* SPDX-License-Identifier: MIT */
#ifndef SEQUENCES_WORLD_H
#define SEQUENCES_WORLD_H

/*
 * world: the files of a sequence, by name and by what the names lead to. An object is an inode; a file that was renamed
 * or linked is the same object, a copy is another one.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include "dice.h"

enum world_name { NAME_A, NAME_B, NAME_C, NAME_DEEP, NAME_OTHER, NAME_RAW, NAME_BACKUP, NAME_LINK, NAME_HEADER, NAMES };

#define OBJECTS 64
#define NOTHING (-1)
#define HEADER_SIZE_MOST 512

struct object {
    bool alive, read, saturated; /* read: 'fresh' is of this look; saturated: samples may have reached an end */
    uint64_t device, inode, born_s;
    uint32_t born_ns;
    size_t size, fresh_size;
    uint8_t *bytes, *fresh; /* before the last command, and after it */
};

struct world {
    struct object objects[OBJECTS];
    int count;
    int now[NAMES], before[NAMES]; /* the object of each name, or NOTHING: after the last command, and before it */
};

extern const char *const world_names[NAMES];

/* world_lay() - make the files of a sequence in the current folder; 'other' is a folder on another file system. */
void world_lay(struct dice *dice, const char *other);

/* world_clear() - remove whatever is in the current folder and in 'other'. */
void world_clear(const char *other);

void world_begin(struct world *world);
void world_end(struct world *world);

/* world_look() - read what is there now into 'now' and 'fresh'. */
void world_look(struct world *world);

/* world_accept() - what was found becomes what there was before the next command. */
void world_accept(struct world *world);

/* world_strangers() - how many files are there that no command of a sequence names; the first one's name. */
int world_strangers(char *name_ret, size_t size);

/* world_samples() - the name of the file that a name's samples are in: a header's are in another. */
static inline enum world_name world_samples(enum world_name name)
{
    return name == NAME_HEADER ? NAME_RAW : name;
}

/* world_is_image() - NAME is one that commands take for samples. */
static inline bool world_is_image(enum world_name name)
{
    return name < NAME_BACKUP;
}

_Noreturn void world_fail(const char *what);

#endif
