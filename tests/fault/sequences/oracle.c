/* SPDX-License-Identifier: MIT */
/* oracle: see oracle.h. */
#include "oracle.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define PIXEL 8
#define SAMPLE 2
#define SHARD_BORDER 65536u

bool oracle_fault(struct oracle *oracle, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(oracle->fault, FAULT_MOST, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- samples ---------------------------------------------------------------------------------------------------- */

static int16_t changed(int16_t sample, int add)
{
    int sum = sample + add;
    return (int16_t)(sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum);
}

/* How samples are, compared with what they were. */
struct fit {
    bool old, new, mixed; /* all as before; all changed once; each the one or the other */
    uint64_t wrong;       /* the first byte that is neither */
};

static struct fit compare(const uint8_t *before, const uint8_t *now, uint64_t length, int add)
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

static uint8_t *copy_of(const uint8_t *bytes, uint64_t length)
{
    uint8_t *copy = malloc(length + 1);
    memcpy(copy, bytes, length);
    return copy;
}

/* ---- runs ------------------------------------------------------------------------------------------------------- */

static void drop_run(struct run *run)
{
    for (int i = 0; i < run->count; i++)
        for (int j = 0; j < run->targets[i].choices; j++)
            free(run->targets[i].before[j]);
    *run = (struct run){.used = false};
}

static void drop_carry(struct carry *carry)
{
    free(carry->before);
    *carry = (struct carry){.used = false};
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

static void set_before(struct target *target, const uint8_t *bytes)
{
    for (int i = 0; i < target->choices; i++)
        free(target->before[i]);
    target->before[0] = copy_of(bytes, target->length);
    target->choices = 1;
}

/* "Before" may be this, too. */
static void add_before(struct target *target, const uint8_t *bytes)
{
    if (target->choices == 2)
        free(target->before[--target->choices]);
    target->before[target->choices++] = copy_of(bytes, target->length);
}

static bool fits_in(const struct target *target, size_t size)
{
    return target->offset + target->length <= size;
}

static bool overlap(uint64_t a, uint64_t a_length, uint64_t b, uint64_t b_length)
{
    return a < b + b_length && b < a + a_length;
}

/* What is there before the command shows that the run has changed something of this file. */
static bool is_visible(const struct run *run, const struct target *target, const struct world *world)
{
    const struct object *object = &world->objects[target->object];
    return run->strict && target->choices == 1 && object->alive && object->bytes && fits_in(target, object->size) &&
           memcmp(target->before[0], object->bytes + target->offset, target->length) != 0;
}

static bool same_job(const struct run *run, const struct run *other)
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

static struct run *find_run(struct oracle *oracle, const struct run *wanted)
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
            if (run->targets[i].object == other->targets[j].object || run->begun[i] == other->begun[j] ||
                run->command.names[i] == other->begun[j])
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
static bool is_alone(const struct oracle *oracle, const struct run *run)
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
        if (has_carry(oracle, run->targets[i].object) || oracle->haunted[run->command.names[i]])
            return false;
    return true;
}

/* A free place; of those that are taken, one that nothing has been seen of. */
static struct run *free_run(struct oracle *oracle, const struct world *world)
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
static void make_vague(struct run *run, const struct world *world)
{
    for (int i = 0; i < run->count; i++) {
        const struct object *object = &world->objects[run->targets[i].object];
        if (object->alive && fits_in(&run->targets[i], object->fresh_size))
            add_before(&run->targets[i], object->fresh + run->targets[i].offset);
    }
    run->strict = run->intact = false;
    run->vague = true;
}

/* ---- what did not change ---------------------------------------------------------------------------------------- */

static bool same_bytes(const struct object *object, uint64_t from, uint64_t to)
{
    return to <= from || memcmp(object->bytes + from, object->fresh + from, to - from) == 0;
}

static bool is_touched(const struct object *object)
{
    return object->alive && object->bytes &&
           (object->size != object->fresh_size || !same_bytes(object, 0, object->size));
}

static const char *name_of(const struct world *world, int object)
{
    for (int name = 0; name < NAMES; name++)
        if (world->now[name] == object)
            return world_names[name];
    return "a file";
}

/* Outside of the targets everything is as it was. */
static bool judge_rest(struct oracle *oracle, const struct world *world, const struct run *run)
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
static bool judge_names(struct oracle *oracle, const struct world *world, int except)
{
    for (int name = 0; name < NAMES; name++)
        if (name != except && name != NAME_LINK && world->now[name] != world->before[name])
            return oracle_fault(oracle, "TOUCHED the name %s", world_names[name]);
    return true;
}

/* ---- -i --------------------------------------------------------------------------------------------------------- */

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
    enum world_name samples = name == NAME_HEADER ? NAME_RAW : name;
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
    *target_ret = (struct target){object, first, behind - first, 0, {NULL, NULL}};
    return length % PIXEL == 0;
}

/*
 * What the command is about, before it ran; false when it cannot be about anything. Of several files those are left out
 * that are not there; it does the others, and cannot say 0.
 */
static bool resolve(const struct oracle *oracle, const struct world *world, const struct command *command,
                    struct run *run_ret)
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
        if (given)
            return false;
        run_ret->command.names[*found] = command->names[i];
        run_ret->targets[(*found)++] = target;
    }
    run_ret->partial = *found < count;
    if (command->task == TASK_IN_PLACE)
        run_ret->command.count = *found;
    return *found > 0;
}

/* Parts that have a byte. */
static unsigned full_parts(const struct world *world, const struct run *run)
{
    const struct command *command = &run->command;
    uint64_t size = world->objects[run->targets[0].object].fresh_size;
    uint64_t length = command->length ? command->length : size - command->offset;
    unsigned count = 0;
    for (unsigned i = 0; i < command->shards; i++)
        count += shard_border(command->offset, length, i + 1, command->shards) >
                 shard_border(command->offset, length, i, command->shards);
    return count;
}

/* All that is missing is the exit status. */
static bool is_complete(const struct oracle *oracle, const struct run *run, const struct world *world)
{
    unsigned others = 0;
    for (int i = 0; i < RUNS; i++)
        others +=
            oracle->runs[i].used && oracle->runs[i].kept && &oracle->runs[i] != run && same_job(&oracle->runs[i], run);
    if (run->kept || (run->command.shards && others + 1 < full_parts(world, run)))
        return false;
    for (int i = 0; i < run->count; i++) {
        const struct target *target = &run->targets[i];
        const struct object *object = &world->objects[target->object];
        if (object->alive &&
            (!fits_in(target, object->size) ||
             !compare(target->before[0], object->bytes + target->offset, target->length, run->command.add).new))
            return false;
    }
    return true;
}

/* Another run that is unfinished forbids any change here. */
static const struct run *find_blocking(const struct oracle *oracle, const struct world *world, const struct run *self,
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

static struct carry *find_carry(struct oracle *oracle, const struct target *target)
{
    for (int i = 0; i < CARRIES; i++) {
        struct carry *carry = &oracle->carries[i];
        if (carry->used && carry->strict && carry->object == target->object &&
            overlap(carry->offset, carry->length, target->offset, target->length))
            return carry;
    }
    return NULL;
}

static bool carry_is_finished(const struct carry *carry, const struct object *object, int add)
{
    return carry->add == add && compare(carry->before, object->fresh + carry->offset, carry->length, carry->add).new;
}

static bool judge_blocked(struct oracle *oracle, const struct world *world, const struct target *target, int status,
                          const char *why)
{
    const char *name = name_of(world, target->object);
    if (status == 0)
        return oracle_fault(oracle, "UNREFUSED: exit 0 on %s, %s", name, why);
    if (is_touched(&world->objects[target->object]))
        return oracle_fault(oracle, "UNREFUSED: %s was changed, %s", name, why);
    return true;
}

/* Keeps of "before" what may have been so; false when nothing may. */
static bool narrow(struct oracle *oracle, const struct world *world, const struct run *run, struct target *target,
                   bool finished)
{
    const uint8_t *now = world->objects[target->object].fresh + target->offset;
    struct fit fit = {.mixed = false};
    int kept = 0;
    for (int i = 0; i < target->choices; i++) {
        fit = compare(target->before[i], now, target->length, run->command.add);
        if (finished ? (run->spent ? fit.old || (run->gap && fit.new) : fit.new) : fit.mixed)
            target->before[kept++] = target->before[i];
        else if (i + 1 < target->choices || kept > 0)
            free(target->before[i]);
    }
    if (kept > 0) {
        target->choices = kept;
        return true;
    }
    target->before[0] = target->before[target->choices - 1];
    target->choices = 1;
    const char *name = name_of(world, target->object);
    if (fit.mixed)
        return oracle_fault(oracle, "LOST: exit 0, and not all of %s was changed", name);
    const int16_t *old = (const int16_t *)(const void *)(target->before[0] + fit.wrong);
    const int16_t *new = (const int16_t *)(const void *)(now + fit.wrong);
    return oracle_fault(oracle, "LOST: %s at byte %llu: was %d, --add=%d, is %d", name,
                        (unsigned long long)(target->offset + fit.wrong), *old, run->command.add, *new);
}

/* Where the first of several files cannot be used, the next may be the first of that other run, which then goes on. */
static bool goes_on(const struct run *blocking, const struct run *run, const struct target *target,
                    const struct world *world)
{
    const struct target *first = &blocking->targets[0];
    const uint8_t *now = world->objects[target->object].fresh + target->offset;
    return run->count > 1 && blocking->command.add == run->command.add && first->object == target->object &&
           first->offset == target->offset && first->length == target->length &&
           compare(first->before[0], now, first->length, run->command.add).mixed;
}

static bool judge_targets(struct oracle *oracle, struct world *world, struct run *run, int status, bool *blocked_ret)
{
    *blocked_ret = false;
    for (int i = 0; i < run->count; i++) {
        struct target *target = &run->targets[i];
        const struct run *blocking = find_blocking(oracle, world, run, target);
        struct carry *carry = find_carry(oracle, target);
        if (carry && carry_is_finished(carry, &world->objects[target->object], run->command.add)) {
            carry->strict = carry->strict && status != 0;
            continue;
        }
        if (target->length == 0 || (!blocking && !carry)) {
            if (!narrow(oracle, world, run, target, status == 0))
                return false;
            continue;
        }
        *blocked_ret = true;
        if (status == 1 && blocking && goes_on(blocking, run, target, world))
            continue;
        if (!judge_blocked(oracle, world, target, status,
                           blocking ? "part of an unfinished run" : "a copy of a file in an unfinished run"))
            return false;
    }
    return true;
}

/* What this command changed is what other runs begin with, where they had not begun. */
static void follow(struct oracle *oracle, const struct world *world, const struct run *self, bool finished)
{
    for (int i = 0; i < RUNS; i++) {
        struct run *run = &oracle->runs[i];
        for (int j = 0; run != self && run->used && j < run->count; j++) {
            struct target *target = &run->targets[j];
            for (int k = 0; k < self->count; k++) {
                const struct target *mine = &self->targets[k];
                const struct object *object = &world->objects[mine->object];
                if (target->object == mine->object &&
                    overlap(target->offset, target->length, mine->offset, mine->length) &&
                    fits_in(target, object->fresh_size) && (finished || is_touched(object))) {
                    run->spent = run->spent ||
                                 (run->strict && is_complete(oracle, run, world) && is_visible(run, target, world));
                    set_before(target, object->fresh + target->offset);
                }
            }
        }
    }
}

static void end_of_part(struct oracle *oracle, const struct world *world, struct run *run)
{
    struct run *parts[RUNS];
    unsigned count = 0, all = full_parts(world, run);
    bool vague = false;
    run->kept = true;
    for (int i = 0; i < RUNS; i++) {
        struct run *part = &oracle->runs[i];
        if (!part->used || !part->kept || !same_job(part, run))
            continue;
        parts[count++] = part;
        vague = vague || part->vague;
    }
    for (unsigned i = 0; count == all && i < count; i++) {
        if (vague)
            make_vague(parts[i], world);
        else
            drop_run(parts[i]);
    }
}

/* Which "before" it was tells whether the command was a new run. */
static void count_gap(struct oracle *oracle, const struct world *world, const struct run *run)
{
    const struct target *target = &run->targets[0];
    const uint8_t *now = world->objects[target->object].bytes + target->offset;
    if (run->gap && target->choices == 1 && memcmp(target->before[0], now, target->length) == 0)
        oracle->gaps++;
}

static void finish_run(struct oracle *oracle, const struct world *world, struct run *run)
{
    count_gap(oracle, world, run);
    run->gap = false;
    if (run->command.shards == 0 || run->command.journal == JOURNAL_OFF) {
        drop_run(run);
        return;
    }
    for (int i = 0; i < RUNS; i++)
        run->vague = run->vague || (oracle->runs[i].used && oracle->runs[i].vague && same_job(&oracle->runs[i], run));
    if (run->vague)
        make_vague(run, world);
    else
        run->strict = true;
    end_of_part(oracle, world, run);
}

static bool all_changed(const struct world *world, const struct run *run)
{
    for (int i = 0; i < run->count; i++) {
        const struct target *target = &run->targets[i];
        bool new = false;
        for (int j = 0; j < target->choices; j++)
            new = new || compare(target->before[j], world->objects[target->object].fresh + target->offset,
                                 target->length, run->command.add)
                             .new;
        if (!new)
            return false;
    }
    return true;
}

static void enter_gap(struct oracle *oracle, const struct world *world, struct run *run)
{
    struct run *parts[RUNS];
    unsigned count = 0;
    for (int i = 0; i < RUNS; i++) {
        struct run *part = &oracle->runs[i];
        if (part->used && part != run && part->kept && same_job(part, run))
            parts[count++] = part;
    }
    if (run->command.shards && count + 1 < full_parts(world, run))
        return;
    for (unsigned i = 0; i < count; i++)
        make_vague(parts[i], world);
    bool vague = run->command.shards > 0;
    make_vague(run, world);
    run->vague = vague;
    run->gap = true;
}

/* The part may be recorded, and then the others may end the job without it. */
static void make_job_vague(struct oracle *oracle, const struct world *world, struct run *run)
{
    for (int i = 0; i < RUNS; i++)
        if (oracle->runs[i].used && same_job(&oracle->runs[i], run))
            make_vague(&oracle->runs[i], world);
}

static void keep_run(struct oracle *oracle, const struct world *world, struct run *run, int status,
                     const struct page *page)
{
    if (!run->vague && !run->gap && command_is_hurt(&run->command))
        run->strict = true;
    if (status != SIGNALLED + SIGKILL || !all_changed(world, run))
        return;
    if (page->last == CALL_REMOVE || page->last == CALL_UNMARK || page->leaving)
        enter_gap(oracle, world, run);
    else if (run->command.shards && page->since == 0)
        make_job_vague(oracle, world, run);
}

static struct run *begin_run(struct oracle *oracle, const struct world *world, const struct run *wanted)
{
    struct run *run = free_run(oracle, world);
    *run = *wanted;
    /* Of several files that which is in another run's hands is left out, also when the same command goes on. */
    run->intact = !run->partial && (run->count == 1 || is_alone(oracle, run));
    memcpy(run->begun, run->command.names, sizeof run->begun);
    for (int i = 0; i < run->count; i++)
        set_before(&run->targets[i], world->objects[run->targets[i].object].bytes + run->targets[i].offset);
    return run;
}

/* "Before" may be what is there before this command. */
static void begin_anew(const struct world *world, struct run *run)
{
    for (int i = 0; i < run->count; i++)
        add_before(&run->targets[i], world->objects[run->targets[i].object].bytes + run->targets[i].offset);
}

/* Something of it was changed before this command. */
static bool has_begun(const struct run *run, const struct world *world)
{
    for (int i = 0; i < run->count; i++) {
        const struct target *target = &run->targets[i];
        if (memcmp(target->before[0], world->objects[target->object].bytes + target->offset, target->length) != 0)
            return true;
    }
    return false;
}

static bool is_variant(const struct command *command, const struct command *other)
{
    return command->journal != other->journal || command->journal_file != other->journal_file;
}

/* The same command goes on: when it must not be refused. */
static bool must_end_well(const struct oracle *oracle, const struct run *run, const struct command *command,
                          bool is_new)
{
    if (command_is_hurt(command) || command->adopt || run->partial || (is_new && oracle->troubled))
        return false;
    if (is_new)
        return is_alone(oracle, run);
    const struct command *first = &run->command;
    return run->intact && !run->vague && !is_variant(first, command) && is_alone(oracle, run);
}

/* size: the two sides, the run, and how its command ended */
static bool judge_run(struct oracle *oracle, struct world *world, struct run *run, bool is_new, int status,
                      const struct page *page)
{
    bool blocked, hurt = command_is_hurt(&run->command), off = run->command.journal == JOURNAL_OFF;
    bool nothing = is_new && run->count == 1 && !hurt;
    if (!judge_rest(oracle, world, run) || !judge_targets(oracle, world, run, status, &blocked))
        return false;
    follow(oracle, world, run, status == 0);
    if (status == 0) {
        finish_run(oracle, world, run);
        return true;
    }
    oracle->troubled = true;
    run->intact = run->intact && hurt;
    if (off || (is_new && status == 2) || (blocked && nothing))
        drop_run(run);
    else
        keep_run(oracle, world, run, status, page);
    return true;
}

static bool judge_nothing(struct oracle *oracle, const struct world *world, int status, const char *why)
{
    if (!judge_rest(oracle, world, NULL) || !judge_names(oracle, world, NOTHING))
        return false;
    return status != 0 || oracle_fault(oracle, "WRONG: exit 0, though %s", why);
}

/* What can be used of several files is done and over, when others cannot be. Nobody sees from outside which. */
static void part_is_over(const struct world *world, struct run *run, const struct command *command, int status)
{
    if (run->used && status == 1 && command->count > 1)
        make_vague(run, world);
}

static bool judge_in_place(struct oracle *oracle, struct world *world, const struct command *command, int status,
                           const struct page *page)
{
    struct run wanted;
    if (!judge_names(oracle, world, command->fix_stats ? (int)NAME_HEADER : NOTHING))
        return false;
    if (!resolve(oracle, world, command, &wanted))
        return judge_nothing(oracle, world, status, "there is no such range");
    if (status == 2 && !judge_rest(oracle, world, NULL))
        return false;
    if (command->shards && wanted.targets[0].length == 0)
        return judge_rest(oracle, world, NULL);
    if (status == 0 && wanted.partial)
        return oracle_fault(oracle, "WRONG: exit 0, though a file is missing");
    /* Without a journal nothing goes on with anything. */
    struct run *run = command->journal == JOURNAL_OFF ? NULL : find_run(oracle, &wanted);
    bool is_new = run == NULL;
    if (is_new)
        run = begin_run(oracle, world, &wanted);
    if (status != 0 && !run->gap && must_end_well(oracle, run, command, is_new))
        return oracle_fault(oracle, "REFUSED: exit %d of a command that %s", status,
                            is_new ? "nothing stands in the way of" : "goes on with its own run");
    oracle->refusals += status == 1 && !command_is_hurt(command);
    if (is_new) {
        bool right = judge_run(oracle, world, run, is_new, status, page);
        part_is_over(world, run, command, status);
        return right;
    }
    struct command first = run->command;
    bool begun = has_begun(run, world);
    if (is_variant(&first, command)) {
        oracle->untidy = true;
        run->intact = false;
        /* Another journal: where all is changed, this may be a new run. */
        if (is_complete(oracle, run, world))
            begin_anew(world, run);
    }
    run->command = wanted.command;
    bool right = judge_run(oracle, world, run, is_new, status, page);
    part_is_over(world, run, command, status);
    /* Which command the run is of was decided when it began. */
    if (run->used && begun) {
        run->command.journal = first.journal;
        run->command.journal_file = first.journal_file;
        memcpy(run->command.names, first.names, sizeof first.names);
    }
    return right;
}

/* ---- -o --------------------------------------------------------------------------------------------------------- */

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

static bool judge_output(struct oracle *oracle, struct world *world, const struct command *command, int status)
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

/* ---- given up --------------------------------------------------------------------------------------------------- */

static bool is_about(const struct run *run, const struct world *world, const struct command *command)
{
    for (int i = 0; i < command->count; i++) {
        enum world_name name = command->names[i] == NAME_HEADER ? NAME_RAW : command->names[i];
        for (int j = 0; j < run->count; j++) {
            enum world_name own = run->begun[j] == NAME_HEADER ? NAME_RAW : run->begun[j];
            if (own == name || run->targets[j].object == world->before[name])
                return true;
        }
    }
    return false;
}

static size_t folder_of(enum world_name name)
{
    const char *slash = strrchr(world_names[name], '/');
    return slash ? (size_t)(slash - world_names[name]) : 0;
}

static bool same_folder(enum world_name a, enum world_name b)
{
    size_t length = folder_of(a);
    return length == folder_of(b) && memcmp(world_names[a], world_names[b], length) == 0;
}

/* A file whose mark does not lead to the run's journal from where it is now: then its mark alone is given up. */
static bool is_away(const struct run *run, const struct world *world, const struct command *command)
{
    for (int i = 0; i < command->count; i++)
        for (int j = 1; j < run->count; j++)
            if (run->targets[j].object == world->before[command->names[i]] &&
                same_folder(run->begun[0], run->begun[j]) && !same_folder(run->begun[j], command->names[i]))
                return true;
    return false;
}

static bool carry_is_about(const struct carry *carry, const struct world *world, const struct command *command)
{
    for (int i = 0; i < command->count; i++)
        if (carry->object == world->before[command->names[i] == NAME_HEADER ? NAME_RAW : command->names[i]])
            return true;
    return false;
}

static bool judge_discard(struct oracle *oracle, struct world *world, const struct command *command, int status)
{
    int count = 0;
    if (!judge_rest(oracle, world, NULL) || !judge_names(oracle, world, NOTHING))
        return false;
    for (int i = 0; i < RUNS; i++)
        count += oracle->runs[i].used && is_about(&oracle->runs[i], world, command);
    for (int i = 0; i < CARRIES; i++)
        count += oracle->carries[i].used && carry_is_about(&oracle->carries[i], world, command);
    for (int i = 0; i < RUNS; i++) {
        struct run *run = &oracle->runs[i];
        if (!run->used || !is_about(run, world, command))
            continue;
        if (status == 0 && count == 1 && !is_away(run, world, command))
            drop_run(run);
        else
            make_vague(run, world);
    }
    for (int i = 0; i < CARRIES; i++) {
        struct carry *carry = &oracle->carries[i];
        if (!carry->used || !carry_is_about(carry, world, command))
            continue;
        carry->strict = false;
        if (status == 0 && count == 1)
            drop_carry(carry);
    }
    return true;
}

/* ---- other programs --------------------------------------------------------------------------------------------- */

/* Where the file holds what the run left there, "before" stays; where it does not, it is what was written. */
static void patch(struct target *target, const struct object *object, int add)
{
    int16_t *before = (int16_t *)(void *)target->before[0];
    const int16_t *now = (const int16_t *)(const void *)(object->fresh + target->offset);
    uint64_t end =
        target->offset + target->length < object->fresh_size ? target->offset + target->length : object->fresh_size;
    while (target->choices > 1)
        free(target->before[--target->choices]);
    for (uint64_t i = 0; target->offset + (i + 1) * SAMPLE <= end; i++)
        if (now[i] != before[i] && now[i] != changed(before[i], add))
            before[i] = now[i];
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
        int samples = world->now[name == NAME_HEADER ? NAME_RAW : name];
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
        oracle->haunted[run->begun[i]] = true;
    drop_run(run);
}

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

static void judge_other(struct oracle *oracle, struct world *world, const struct command *command, int status)
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
