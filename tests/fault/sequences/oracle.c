/* SPDX-License-Identifier: MIT */
/* oracle: see oracle.h. */
#include "oracle.h"

#include <stdarg.h>
#include <string.h>

#include "judges.h"

bool oracle_fault(struct oracle *oracle, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(oracle->fault, FAULT_MOST, format, arguments);
    va_end(arguments);
    return false;
}

void oracle_begin(struct oracle *oracle, const struct world *world)
{
    *oracle = (struct oracle){.troubled = false};
    if (world->now[NAME_RAW] != NOTHING)
        oracle->raw_size = world->objects[world->now[NAME_RAW]].fresh_size;
}

void oracle_end(struct oracle *oracle)
{
    for (int i = 0; i < RUNS; i++)
        drop_run(&oracle->runs[i]);
    for (int i = 0; i < CARRIES; i++)
        drop_carry(&oracle->carries[i]);
}

/* ---- what did not change ---------------------------------------------------------------------------------------- */

static bool same_bytes(const struct object *object, uint64_t from, uint64_t to)
{
    return to <= from || memcmp(object->bytes + from, object->fresh + from, to - from) == 0;
}

bool is_touched(const struct object *object)
{
    return object->alive && object->bytes &&
           (object->size != object->fresh_size || !same_bytes(object, 0, object->size));
}

const char *name_of(const struct world *world, int object)
{
    for (int name = 0; name < NAMES; name++)
        if (world->now[name] == object)
            return world_names[name];
    return "a file";
}

/* Outside of the targets everything is as it was. */
bool judge_rest(struct oracle *oracle, const struct world *world, const struct run *run)
{
    for (int i = 0; i < world->count; i++) {
        const struct object *object = &world->objects[i];
        const struct target *target = NULL;
        for (int j = 0; run && j < run->count; j++)
            if (run->targets[j].object == i)
                target = &run->targets[j];
        if (!is_touched(object) || (run && run->command.fix_stats && i == world->now[NAME_HEADER]))
            continue;
        if (target == NULL)
            return oracle_fault(oracle, "TOUCHED %s, which the command does not name", name_of(world, i));
        if (object->size != object->fresh_size || !same_bytes(object, 0, target->offset) ||
            !same_bytes(object, target->offset + target->length, object->size))
            return oracle_fault(oracle, "TOUCHED %s outside of the range", name_of(world, i));
    }
    return true;
}

/* A symbolic link leads to whatever has the name. */
bool judge_names(struct oracle *oracle, const struct world *world, int except)
{
    for (int name = 0; name < NAMES; name++)
        if (name != except && name != NAME_LINK && world->now[name] != world->before[name])
            return oracle_fault(oracle, "TOUCHED the name %s", world_names[name]);
    return true;
}

bool judge_nothing(struct oracle *oracle, const struct world *world, int status, const char *why)
{
    if (!judge_rest(oracle, world, NULL) || !judge_names(oracle, world, NOTHING))
        return false;
    return status != 0 || oracle_fault(oracle, "WRONG: exit 0, though %s", why);
}

/* ---- all -------------------------------------------------------------------------------------------------------- */

bool oracle_judge(struct oracle *oracle, struct world *world, const struct command *command, int status,
                  const struct page *page)
{
    bool right = true;
    if (command->task == TASK_IN_PLACE)
        right = judge_in_place(oracle, world, command, status, page);
    else if (command->task == TASK_OUTPUT)
        right = judge_output(oracle, world, command, status);
    else if (command->task == TASK_STATUS)
        right = judge_rest(oracle, world, NULL) && judge_names(oracle, world, NOTHING);
    else if (command->task == TASK_DISCARD || command->task == TASK_ADVICE)
        right = judge_discard(oracle, world, command, status);
    if (right && command->task != TASK_STATUS && command->task != TASK_IN_PLACE)
        judge_other(oracle, world, command, status);
    return right;
}
