/* SPDX-License-Identifier: MIT */
/* others: what other programs, and renames and copies, make of the runs. See oracle.h. */
#include "judges.h"

#include <stdlib.h>
#include <string.h>

/* ---- what they write -------------------------------------------------------------------------------------------- */

/* Where the file holds what the run left there, "before" stays; where it does not, it is what was written. */
static void patch(struct target *target, const struct object *object, int add)
{
    int16_t *before = (int16_t *)(void *)target->before[0];
    const int16_t *now = (const int16_t *)(const void *)(object->fresh + target->offset);
    const int16_t *held = (const int16_t *)(const void *)(object->bytes + target->offset);
    size_t had = object->size > target->offset ? (object->size - target->offset) / SAMPLE : 0;
    uint64_t end =
        target->offset + target->length < object->fresh_size ? target->offset + target->length : object->fresh_size;
    while (target->choices > 1)
        free(target->before[--target->choices]);
    for (uint64_t i = 0; target->offset + (i + 1) * SAMPLE <= end; i++) {
        bool as_run = now[i] == changed(before[i], add);
        if (now[i] != before[i] && !as_run)
            before[i] = now[i];
        target->loose |= as_run && (i >= had || held[i] != now[i]);
    }
}

/* "To the end" is another length when the file has one. */
static void resize(struct target *target, const struct object *object)
{
    uint64_t length = object->fresh_size > target->offset ? object->fresh_size - target->offset : 0;
    if (length == 0)
        return;
    uint8_t *before = copy_of(object->fresh + target->offset, length);
    memcpy(before, target->before[0], length < target->length ? length : target->length);
    free(target->before[0]);
    target->before[0] = before;
    target->length = length;
}

static void note_changes(struct oracle *oracle, const struct world *world, struct run *run)
{
    bool alive = false;
    for (int i = 0; i < run->count; i++) {
        struct target *target = &run->targets[i];
        const struct object *object = &world->objects[target->object];
        enum world_name name = run->command.names[i];
        int samples = world->now[world_samples(name)];
        alive = alive || object->alive;
        run->intact = run->intact && object->alive && samples == target->object && world->now[name] != NOTHING;
        if (!is_touched(object))
            continue;
        patch(target, object, run->command.add);
        if (run->command.length == 0 && run->command.shards == 0 && object->size != object->fresh_size)
            resize(target, object);
        if (fits_in(target, object->fresh_size))
            add_before(target, object->fresh + target->offset);
        run->strict = run->intact = false;
        run->vague = true;
    }
    oracle->untidy |= !alive;
    if (alive)
        return;
    oracle->haunted_file |= run->command.journal_file;
    for (int i = 0; i < run->count; i++)
        oracle->haunted[world_samples(run->begun[i])] = true;
    drop_run(run);
}

/* ---- what they copy and rename ---------------------------------------------------------------------------------- */

static void add_carry(struct oracle *oracle, const struct carry *wanted, const uint8_t *before)
{
    for (int i = 0; i < CARRIES; i++) {
        if (oracle->carries[i].used)
            continue;
        oracle->carries[i] = *wanted;
        oracle->carries[i].before = copy_of(before, wanted->length);
        return;
    }
    /* Nothing is known any more of any copy. */
    for (int i = 0; i < CARRIES; i++)
        oracle->carries[i].strict = false;
}

static void carry_runs(struct oracle *oracle, const struct world *world, int from, int to)
{
    for (int i = 0; i < RUNS; i++) {
        const struct run *run = &oracle->runs[i];
        for (int j = 0; run->used && j < run->count; j++) {
            const struct target *target = &run->targets[j];
            if (target->object != from)
                continue;
            /* What the run is through with may have lost its mark: then the copy is as good as any. */
            const uint8_t *bytes = world->objects[from].bytes;
            bool half = is_visible(run, target, world) &&
                        !compare(target->before[0], bytes + target->offset, target->length, run->command.add).new;
            const struct carry carry = {true, half, to, run->command.add, target->offset, target->length, NULL};
            add_carry(oracle, &carry, target->before[0]);
        }
    }
    for (int i = 0; i < CARRIES; i++) {
        struct carry carry = oracle->carries[i];
        if (!carry.used || carry.object != from)
            continue;
        carry.object = to;
        add_carry(oracle, &carry, carry.before);
    }
}

static void follow_name(struct oracle *oracle, const struct world *world, const struct command *command)
{
    enum world_name from = command->names[0], to = command->names[1];
    int object = world->now[to];
    if (world->before[to] != NOTHING || world->before[from] != object)
        return;
    for (int i = 0; i < RUNS; i++) {
        struct run *run = &oracle->runs[i];
        if (run->used && run->count == 1 && run->command.shards == 0 && run->targets[0].object == object &&
            run->command.names[0] == from)
            run->command.names[0] = to;
    }
}

/* ---- both ------------------------------------------------------------------------------------------------------- */

void judge_other(struct oracle *oracle, struct world *world, const struct command *command, int status)
{
    bool all = command->task == TASK_COPY_ALL || command->task == TASK_MOVE;
    int from = world->before[command->names[0]], to = command->count > 1 ? world->now[command->names[1]] : NOTHING;
    for (int i = 0; i < CARRIES; i++) {
        struct carry *carry = &oracle->carries[i];
        if (carry->used && (is_touched(&world->objects[carry->object]) || (all && carry->object == to)))
            carry->strict = false;
    }
    if (status == 0 && all && from != NOTHING && to != NOTHING && from != to)
        carry_runs(oracle, world, from, to);
    if (status == 0 && command->task == TASK_MOVE && from == to)
        follow_name(oracle, world, command);
    oracle->untidy |= command->task == TASK_MOVE || command->task == TASK_REMOVE || all;
    oracle->troubled |= world->now[NAME_RAW] != world->before[NAME_RAW] ||
                        (world->now[NAME_RAW] != NOTHING && is_touched(&world->objects[world->now[NAME_RAW]]));
    for (int i = 0; i < RUNS; i++)
        if (oracle->runs[i].used)
            note_changes(oracle, world, &oracle->runs[i]);
    for (int i = 0; i < CARRIES; i++)
        if (oracle->carries[i].used && !world->objects[oracle->carries[i].object].alive)
            drop_carry(&oracle->carries[i]);
}
