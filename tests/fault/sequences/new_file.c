/* SPDX-License-Identifier: MIT */
/* new_file: was that allowed, of a command with -o? See oracle.h. */
#include "judges.h"

#include <string.h>

static bool is_blocked(struct oracle *oracle, const struct world *world, int object)
{
    const struct target all = {.object = object, .offset = 0, .length = UINT64_MAX / 2};
    return find_blocking(oracle, world, NULL, &all) || find_carry(oracle, &all);
}

/* OUT is FILE with its range changed. */
static bool is_output(const struct object *out, const struct object *file, const struct run *run)
{
    const struct target *target = &run->targets[0];
    uint64_t behind = target->offset + target->length;
    return out->fresh_size == file->size && memcmp(out->fresh, file->bytes, target->offset) == 0 &&
           memcmp(out->fresh + behind, file->bytes + behind, file->size - behind) == 0 &&
           compare(file->bytes + target->offset, out->fresh + target->offset, target->length, run->command.add).new;
}

static bool judge_out(struct oracle *oracle, const struct world *world, const struct run *run, int status)
{
    enum world_name name = run->command.names[1];
    int out = world->now[name], file = run->targets[0].object;
    if (out == world->before[name])
        return status != 0 || oracle_fault(oracle, "OUTPUT: exit 0, and %s is not new", world_names[name]);
    if (out == NOTHING)
        return oracle_fault(oracle, "OUTPUT: %s is gone", world_names[name]);
    if (status != 0 && !command_is_hurt(&run->command))
        return oracle_fault(oracle, "OUTPUT: exit %d, and %s is there", status, world_names[name]);
    if (is_blocked(oracle, world, file))
        return oracle_fault(oracle, "UNREFUSED: -o from a file in an unfinished run");
    return is_output(&world->objects[out], &world->objects[file], run) ||
           oracle_fault(oracle, "OUTPUT: %s is not what it should be", world_names[name]);
}

bool judge_output(struct oracle *oracle, struct world *world, const struct command *command, int status)
{
    struct run run;
    int old = world->before[command->names[1]];
    oracle->untidy |= status != 0 || old != NOTHING;
    if (!resolve(oracle, world, command, &run))
        return judge_nothing(oracle, world, status, "there is no such range");
    if (old != NOTHING && (!command->force || old == run.targets[0].object))
        return judge_nothing(oracle, world, status, "OUT is there already");
    bool must = !oracle->troubled && !command_is_hurt(command) && is_alone(oracle, &run);
    oracle->troubled |= status != 0;
    if (status != 0 && must)
        return oracle_fault(oracle, "REFUSED: exit %d of -o that nothing stands in the way of", status);
    return judge_rest(oracle, world, NULL) && judge_names(oracle, world, (int)command->names[1]) &&
           judge_out(oracle, world, &run, status);
}
