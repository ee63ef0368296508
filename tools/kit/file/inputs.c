/* SPDX-License-Identifier: MIT */
/*
 * inputs: see inputs.h.
 *
 * 1. A list that says it is sorted is in order: inputs_add() takes that back.
 */
#include "kit/file/inputs.h"

#include <assert.h>
#include <stdlib.h>

static int by_file(const void *a, const void *b)
{
    const struct input *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return (x->inode > y->inode) - (x->inode < y->inode);
}

static bool add(struct inputs *inputs, struct input file)
{
    if (inputs->count == inputs->room) {
        size_t room = inputs->room ? 2 * inputs->room : 4;
        struct input *list = realloc(inputs->list, room * sizeof *list);
        if (!list)
            return false;
        inputs->list = list;
        inputs->room = room;
    }
    inputs->list[inputs->count++] = file;
    inputs->sorted = false;
    return true;
}

bool inputs_add(struct inputs *inputs, const struct file_facts *file)
{
    return add(inputs, (struct input){file->device, file->inode});
}

bool inputs_add_path(struct inputs *inputs, const char *path)
{
    struct file_facts facts;
    return file_look_at(path, true, &facts) != 0 || inputs_add(inputs, &facts);
}

void inputs_sort(struct inputs *inputs)
{
    if (inputs->count > 0)
        qsort(inputs->list, inputs->count, sizeof *inputs->list, by_file);
    inputs->sorted = true;
}

static bool has(const struct inputs *inputs, struct input wanted)
{
    if (inputs->count == 0)
        return false;
    if (inputs->sorted) {
        assert(by_file(&inputs->list[0], &inputs->list[inputs->count - 1]) <= 0); /* 1 */
        return bsearch(&wanted, inputs->list, inputs->count, sizeof wanted, by_file) != NULL;
    }
    for (size_t i = 0; i < inputs->count; i++)
        if (by_file(&wanted, &inputs->list[i]) == 0)
            return true;
    return false;
}

bool inputs_have(const struct inputs *inputs, const struct file_facts *file)
{
    return inputs && has(inputs, (struct input){file->device, file->inode});
}

bool inputs_add_all(struct inputs *inputs, const struct inputs *more)
{
    bool fine = true;
    for (size_t i = 0; i < more->count && fine; i++)
        fine = add(inputs, more->list[i]);
    return fine;
}

bool inputs_meet(const struct inputs *inputs, const struct inputs *others)
{
    for (size_t i = 0; i < others->count; i++)
        if (has(inputs, others->list[i]))
            return true;
    return false;
}

void inputs_drop(struct inputs *inputs)
{
    free(inputs->list);
    *inputs = (struct inputs){0};
}
