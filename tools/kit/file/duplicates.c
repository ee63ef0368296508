/* SPDX-License-Identifier: MIT */
/* duplicates: see duplicates.h. What is one lies side by side once the list is sorted; what is not known lies behind.
 */
#include "kit/file/duplicates.h"

#include <stdlib.h>
#include <string.h>

static int by_index(const struct identity *x, const struct identity *y)
{
    return (x->index > y->index) - (x->index < y->index);
}

static bool is_same_file(const struct identity *x, const struct identity *y)
{
    return x->device == y->device && x->inode == y->inode;
}

static int by_file(const void *a, const void *b)
{
    const struct identity *x = a, *y = b;
    if (x->known != y->known)
        return x->known ? -1 : 1;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return by_index(x, y);
}

static int by_out(const void *a, const void *b)
{
    const struct identity *x = a, *y = b;
    if (!x->out || !y->out)
        return !x->out - !y->out;
    int order = strcmp(x->out, y->out);
    return order ? order : by_index(x, y);
}

static int check_files(struct identity *list, size_t count, char *const *names, const struct console *console)
{
    qsort(list, count, sizeof *list, by_file);
    for (size_t i = 1; i < count && list[i].known; i++)
        if (is_same_file(&list[i - 1], &list[i]))
            return console_usage(console, "%s and %s are the same file", names[list[i - 1].index],
                                 names[list[i].index]);
    return TOOL_DONE;
}

static int check_outs(struct identity *list, size_t count, char *const *names, const struct console *console)
{
    qsort(list, count, sizeof *list, by_out);
    for (size_t i = 1; i < count && list[i].out; i++)
        if (strcmp(list[i - 1].out, list[i].out) == 0)
            return console_usage(console, "%s and %s would both become %s", names[list[i - 1].index],
                                 names[list[i].index], list[i].out);
    return TOOL_DONE;
}

int duplicates_check(struct identity *list, size_t count, char *const *names, const struct console *console)
{
    int result = check_files(list, count, names, console);
    return result == TOOL_DONE ? check_outs(list, count, names, console) : result;
}
