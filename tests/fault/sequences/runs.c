/* SPDX-License-Identifier: MIT */
/* runs: see runs.h. */
#include "runs.h"

#include <stdlib.h>
#include <string.h>

#define PIXEL 8
#define SHARD_BORDER 65536u

/* ---- samples ---------------------------------------------------------------------------------------------------- */

int16_t changed(int16_t sample, int add)
{
    int sum = sample + add;
    return (int16_t)(sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum);
}

struct fit compare(const uint8_t *before, const uint8_t *now, uint64_t length, int add)
{
    const int16_t *old = (const int16_t *)(const void *)before, *here = (const int16_t *)(const void *)now;
    struct fit fit = {true, true, true, 0};
    for (uint64_t i = 0; i < length / SAMPLE; i++) {
        bool same = here[i] == old[i], once = here[i] == changed(old[i], add);
        fit.old &= same;
        fit.new &= once;
        if (!same && !once) {
            fit.mixed = false;
            fit.wrong = i * SAMPLE;
            return fit;
        }
    }
    return fit;
}

uint8_t *copy_of(const uint8_t *bytes, uint64_t length)
{
    uint8_t *copy = malloc(length + 1);
    memcpy(copy, bytes, length);
    return copy;
}

/* ---- what is kept of a run -------------------------------------------------------------------------------------- */

void drop_run(struct run *run)
{
    for (int i = 0; i < run->count; i++)
        for (int j = 0; j < run->targets[i].choices; j++)
            free(run->targets[i].before[j]);
    *run = (struct run){.used = false};
}

void drop_carry(struct carry *carry)
{
    free(carry->before);
    *carry = (struct carry){.used = false};
}

void set_before(struct target *target, const uint8_t *bytes)
{
    for (int i = 0; i < target->choices; i++)
        free(target->before[i]);
    target->before[0] = copy_of(bytes, target->length);
    target->choices = 1;
}

/* "Before" may be this, too. What it may be already pushes no other one out. */
void add_before(struct target *target, const uint8_t *bytes)
{
    for (int i = 0; i < target->choices; i++)
        if (memcmp(target->before[i], bytes, target->length) == 0)
            return;
    if (target->choices == 2)
        free(target->before[--target->choices]);
    target->before[target->choices++] = copy_of(bytes, target->length);
}

bool fits_in(const struct target *target, size_t size)
{
    return target->offset + target->length <= size;
}

bool overlap(uint64_t a, uint64_t a_length, uint64_t b, uint64_t b_length)
{
    return a < b + b_length && b < a + a_length;
}

/* ---- one run and another ---------------------------------------------------------------------------------------- */

/* What is there before the command shows that the run has changed something of this file. */
bool is_visible(const struct run *run, const struct target *target, const struct world *world)
{
    const struct object *object = &world->objects[target->object];
    return run->strict && target->choices == 1 && object->alive && object->bytes && fits_in(target, object->size) &&
           memcmp(target->before[0], object->bytes + target->offset, target->length) != 0;
}

bool same_job(const struct run *run, const struct run *other)
{
    const struct command *a = &run->command, *b = &other->command;
    return a->shards && a->shards == b->shards && a->add == b->add && a->offset == b->offset &&
           a->length == b->length && (a->names[0] == NAME_HEADER) == (b->names[0] == NAME_HEADER) &&
           run->targets[0].object == other->targets[0].object;
}

static bool same_run(const struct run *run, const struct run *other)
{
    const struct command *a = &run->command, *b = &other->command;
    if (run->count != other->count || a->add != b->add || a->shards != b->shards || a->shard != b->shard ||
        a->offset != b->offset || a->length != b->length)
        return false;
    for (int i = 0; i < run->count; i++) {
        const struct target *s = &run->targets[i], *t = &other->targets[i];
        if (s->object != t->object || s->offset != t->offset || s->length != t->length ||
            (a->names[i] == NAME_HEADER) != (b->names[i] == NAME_HEADER))
            return false;
    }
    return true;
}

struct run *find_run(struct oracle *oracle, const struct run *wanted)
{
    for (int i = 0; i < RUNS; i++)
        if (oracle->runs[i].used && same_run(&oracle->runs[i], wanted))
            return &oracle->runs[i];
    return NULL;
}

static bool shares_file(const struct run *run, const struct run *other)
{
    /* There is one name for all journals that lie elsewhere. */
    if (run->command.journal_file && other->command.journal_file)
        return true;
    for (int i = 0; i < run->count; i++)
        for (int j = 0; j < other->count; j++)
            if (run->targets[i].object == other->targets[j].object ||
                world_samples(run->begun[i]) == world_samples(other->begun[j]) ||
                world_samples(run->command.names[i]) == world_samples(other->begun[j]))
                return true;
    return false;
}

static bool has_carry(const struct oracle *oracle, int object)
{
    for (int i = 0; i < CARRIES; i++)
        if (oracle->carries[i].used && oracle->carries[i].object == object)
            return true;
    return false;
}

/* Nothing else is about that could be a reason to refuse the run. */
bool is_alone(const struct oracle *oracle, const struct run *run)
{
    for (int i = 0; i < RUNS; i++) {
        const struct run *other = &oracle->runs[i];
        if (other->used && other != run && shares_file(run, other) &&
            (!same_job(run, other) || other->vague || run->command.journal == JOURNAL_OFF ||
             run->command.journal != other->command.journal))
            return false;
    }
    if (run->command.journal_file && oracle->haunted_file)
        return false;
    for (int i = 0; i < run->count; i++)
        if (has_carry(oracle, run->targets[i].object) || oracle->haunted[world_samples(run->command.names[i])])
            return false;
    return true;
}

/* A free place; of those that are taken, one that nothing has been seen of. */
struct run *free_run(struct oracle *oracle, const struct world *world)
{
    for (int i = 0; i < RUNS; i++)
        if (!oracle->runs[i].used)
            return &oracle->runs[i];
    for (int i = 0; i < RUNS; i++) {
        bool seen = false;
        for (int j = 0; j < oracle->runs[i].count; j++)
            seen = seen || is_visible(&oracle->runs[i], &oracle->runs[i].targets[j], world);
        if (!seen) {
            drop_run(&oracle->runs[i]);
            return &oracle->runs[i];
        }
    }
    drop_run(&oracle->runs[0]);
    return &oracle->runs[0];
}

/* It may be over, or have been given up: then the same command begins with what is there. */
void make_vague(struct run *run, const struct world *world)
{
    for (int i = 0; i < run->count; i++) {
        const struct object *object = &world->objects[run->targets[i].object];
        if (object->alive && fits_in(&run->targets[i], object->fresh_size))
            add_before(&run->targets[i], object->fresh + run->targets[i].offset);
    }
    run->strict = run->intact = false;
    run->vague = true;
}

/* ---- what a command is about ------------------------------------------------------------------------------------ */

static uint64_t shard_border(uint64_t offset, uint64_t length, unsigned index, unsigned count)
{
    uint64_t border = (offset + length * index / count) / SHARD_BORDER * SHARD_BORDER;
    if (index == 0 || index == count)
        return index ? offset + length : offset;
    return border <= offset ? offset : offset + ((border - offset - 1) / PIXEL + 1) * PIXEL;
}

static bool resolve_file(const struct oracle *oracle, const struct world *world, const struct command *command,
                         enum world_name name, struct target *target_ret)
{
    enum world_name samples = world_samples(name);
    int object = world->before[samples];
    if (object == NOTHING || world->before[name] == NOTHING)
        return false;
    uint64_t size = name == NAME_HEADER ? oracle->raw_size : world->objects[object].size;
    if (size > world->objects[object].size || command->offset > size || command->length > size - command->offset)
        return false;
    uint64_t length = command->length ? command->length : size - command->offset;
    uint64_t first = command->offset, behind = first + length;
    if (command->shards) {
        first = shard_border(command->offset, length, command->shard - 1, command->shards);
        behind = shard_border(command->offset, length, command->shard, command->shards);
    }
    *target_ret = (struct target){.object = object, .offset = first, .length = behind - first};
    return length % PIXEL == 0;
}

/*
 * What the command is about, before it ran; false when it cannot be about anything. Of several files those are left out
 * that are not there; it does the others, and cannot say 0.
 */
bool resolve(const struct oracle *oracle, const struct world *world, const struct command *command, struct run *run_ret)
{
    int count = command->task == TASK_OUTPUT ? 1 : command->count, *found = &run_ret->count;
    *run_ret = (struct run){.used = true, .command = *command};
    for (int i = 0; i < count; i++) {
        struct target target;
        bool given = false;
        if (!resolve_file(oracle, world, command, command->names[i], &target))
            continue;
        for (int j = 0; j < *found; j++)
            given = given || run_ret->targets[j].object == target.object;
        /* Given twice it is refused, or left out like any other that cannot be used. */
        if (given)
            continue;
        run_ret->command.names[*found] = command->names[i];
        run_ret->targets[(*found)++] = target;
    }
    run_ret->partial = *found < count;
    if (command->task == TASK_IN_PLACE)
        run_ret->command.count = *found;
    return *found > 0;
}

/* Parts that have a byte. */
unsigned full_parts(const struct oracle *oracle, const struct world *world, const struct run *run)
{
    const struct command *command = &run->command;
    uint64_t all = world->objects[run->targets[0].object].fresh_size;
    uint64_t size = command->names[0] == NAME_HEADER ? oracle->raw_size : all;
    uint64_t length = command->length ? command->length : size - command->offset;
    unsigned count = 0;
    for (unsigned i = 0; i < command->shards; i++)
        count += shard_border(command->offset, length, i + 1, command->shards) >
                 shard_border(command->offset, length, i, command->shards);
    return count;
}

/* ---- what stands in the way ------------------------------------------------------------------------------------- */

/* All that is missing is the exit status. */
bool is_complete(const struct oracle *oracle, const struct run *run, const struct world *world)
{
    unsigned others = 0;
    for (int i = 0; i < RUNS; i++)
        others +=
            oracle->runs[i].used && oracle->runs[i].kept && &oracle->runs[i] != run && same_job(&oracle->runs[i], run);
    if (run->kept || (run->command.shards && others + 1 < full_parts(oracle, world, run)))
        return false;
    for (int i = 0; i < run->count; i++) {
        const struct target *target = &run->targets[i];
        const struct object *object = &world->objects[target->object];
        if (object->alive && !target->left &&
            (!fits_in(target, object->size) ||
             !compare(target->before[0], object->bytes + target->offset, target->length, run->command.add).new))
            return false;
    }
    return true;
}

/* Another run that is unfinished forbids any change here. */
const struct run *find_blocking(const struct oracle *oracle, const struct world *world, const struct run *self,
                                const struct target *target)
{
    for (int i = 0; i < RUNS; i++) {
        const struct run *run = &oracle->runs[i];
        for (int j = 0; run != self && run->used && j < run->count; j++) {
            const struct target *other = &run->targets[j];
            if (other->object == target->object &&
                overlap(other->offset, other->length, target->offset, target->length) &&
                is_visible(run, other, world) && !is_complete(oracle, run, world))
                return run;
        }
    }
    return NULL;
}

struct carry *find_carry(struct oracle *oracle, const struct target *target)
{
    for (int i = 0; i < CARRIES; i++) {
        struct carry *carry = &oracle->carries[i];
        if (carry->used && carry->strict && carry->object == target->object &&
            overlap(carry->offset, carry->length, target->offset, target->length))
            return carry;
    }
    return NULL;
}
