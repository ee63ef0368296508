/* SPDX-License-Identifier: MIT */
/* join: see join.h. The code is not compiled: nothing is computed of records any more. */
#include "mmrec/join.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mmrec/partial.h"
#include "mmrec/reduced.h"

struct joining {
    const struct command *command;
    struct group_store store;
    struct partial_range range; /* of the first part: all have the same */
    uint64_t count;             /* of parts */
    uint64_t asked;             /* of each: see partial.h */
    uint64_t *seen;             /* their numbers, one for each FILE */
    struct partial_node *nodes;
    size_t node_count;
};

static bool is_same(const struct partial_range *a, const struct partial_range *b)
{
    return a->offset == b->offset && a->length == b->length && a->block == b->block && a->blocks == b->blocks &&
           a->records == b->records;
}

static int take_part(struct joining *joining, size_t file)
{
    const struct command *command = joining->command;
    const char *name = command->files.names[file];
    struct partial partial;
    int result = partial_read(&partial, command, &joining->store, name);
    if (result != TOOL_DONE)
        return result;
    if (file == 0) {
        joining->range = partial.range;
        joining->count = partial.count;
        joining->asked = partial.asked;
    }
    if (joining->asked != partial.asked)
        return console_error(command->console, name, "is of records with other fields than those of %s",
                             command->files.names[0]);
    if (!is_same(&joining->range, &partial.range) || joining->count != partial.count)
        return console_error(command->console, name,
                             "is a part of another range, or of another number of parts than %s",
                             command->files.names[0]);
    for (size_t i = 0; i < file; i++)
        if (joining->seen[i] == partial.index)
            return console_error(command->console, name, "is part %" PRIu64 ", as %s is", partial.index + 1,
                                 command->files.names[i]);
    joining->seen[file] = partial.index;
    memcpy(joining->nodes + joining->node_count, partial.nodes, partial.node_count * sizeof *partial.nodes);
    joining->node_count += partial.node_count;
    return TOOL_DONE;
}

static int by_place(const void *a, const void *b)
{
    const struct partial_node *x = a, *y = b;
    uint64_t left = x->index << x->level, right = y->index << y->level;
    return (left > right) - (left < right);
}

static int print(const struct joining *joining, struct group_rows *rows)
{
    const struct command *command = joining->command;
    const struct figure_state none[FIGURES_MOST] = {{0}};
    struct subject subject = {.command = command,
                              .file = command->files.names[0],
                              .console = command->console,
                              .range = {joining->range.offset, 0},
                              .before = {.bytes = joining->range.length, .records = joining->range.records}};
    const struct reduced reduced = {rows ? rows->states : none, rows};
    return reduced_print(&subject, &reduced);
}

static int join(struct joining *joining)
{
    const struct command *command = joining->command;
    struct group_rows *rows = NULL;
    int result = TOOL_DONE;
    for (size_t i = 0; i < command->files.count && result == TOOL_DONE; i++)
        result = take_part(joining, i);
    if (result != TOOL_DONE)
        return result;
    if (joining->count != command->files.count)
        return console_error(command->console, NULL, "--join: %zu of %" PRIu64 " parts are given", command->files.count,
                             joining->count);
    qsort(joining->nodes, joining->node_count, sizeof *joining->nodes, by_place);
    if (joining->range.blocks > 0)
        rows = partial_join(&joining->store, joining->nodes, joining->node_count, joining->range.blocks);
    if (rows || joining->range.blocks == 0)
        return print(joining, rows);
    return atomic_load(&joining->store.is_full)
               ? console_error(command->console, NULL, "--by has more than %zu values; --max-groups=N allows more",
                               joining->store.most)
               : console_error(command->console, NULL, "--join: the parts are no whole, or there is not enough memory");
}

int join_do(const struct command *command)
{
    size_t count = command->files.count;
    struct joining joining = {.command = command,
                              .seen = calloc(count, sizeof *joining.seen),
                              .nodes = calloc(count, PARTIAL_NODES * sizeof *joining.nodes)};
    groups_store_begin(&joining.store, &command->figures, (size_t)command->asks.most_groups);
    int result =
        joining.seen && joining.nodes ? join(&joining) : console_error(command->console, NULL, "not enough memory");
    groups_store_end(&joining.store);
    free(joining.seen);
    free(joining.nodes);
    return result;
}
