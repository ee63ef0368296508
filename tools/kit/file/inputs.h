/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_INPUTS_H
#define TOOLS_INPUTS_H

/*
 * inputs: all files that a run reads: images, the headers of these, lists, tiles. Nothing that it writes may be one of
 * them, under whatever name: by a link, or as the input of another FILE.
 */

#include <stddef.h>

#include "kit/os/file.h"

struct inputs {
    struct input *list; /* of inputs_drop() */
    size_t count, room;
    bool sorted;
};

struct input {
    uint64_t device, inode;
};

/* inputs_add() - one more. False = not enough memory. */
bool inputs_add(struct inputs *inputs, const struct file_facts *file);

/* inputs_add_path() - what has this name; nothing when there is nothing. False = not enough memory. */
bool inputs_add_path(struct inputs *inputs, const char *path);

/* inputs_add_all() - those of another list. False = not enough memory. */
bool inputs_add_all(struct inputs *inputs, const struct inputs *more);

/* inputs_meet() - whether any of 'others' is one of them. */
bool inputs_meet(const struct inputs *inputs, const struct inputs *others);

/* inputs_sort() - when all are there, and before several threads ask; for more than a few of them. */
void inputs_sort(struct inputs *inputs);

/* inputs_have() - whether it is one of them. NULL has none. */
bool inputs_have(const struct inputs *inputs, const struct file_facts *file);

void inputs_drop(struct inputs *inputs);

#endif
