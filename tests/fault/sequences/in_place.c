/* SPDX-License-Identifier: MIT */
/* in_place: was that allowed, of a command with -i? See oracle.h. */
#include "judges.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

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

/* Each sample was changed once, from what it was or from what somebody wrote there. */
static bool is_either(const struct target *target, const uint8_t *now, int add)
{
    const int16_t *here = (const int16_t *)(const void *)now;
    const int16_t *old[2] = {(const int16_t *)(const void *)target->before[0],
                             (const int16_t *)(const void *)target->before[1]};
    for (uint64_t i = 0; i < target->length / SAMPLE; i++)
        if (here[i] != changed(old[0][i], add) && here[i] != changed(old[1][i], add))
            return false;
    return true;
}

/* Keeps of "before" what may have been so; false when nothing may. */
static bool narrow(struct oracle *oracle, const struct world *world, const struct run *run, struct target *target,
                   bool finished)
{
    const uint8_t *now = world->objects[target->object].fresh + target->offset;
    struct fit fit = {.mixed = false};
    int kept = 0;
    if (finished && target->loose && target->choices == 2 && is_either(target, now, run->command.add))
        return true;
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
        /* A run that was killed in its gap had only to end: it touches nothing that began since. */
        if (status == 0 && blocking && run->gap && !is_touched(&world->objects[target->object]))
            continue;
        *blocked_ret = true;
        if (status != 0 && blocking && goes_on(blocking, run, target, world))
            continue;
        if (!judge_blocked(oracle, world, target, status,
                           blocking ? "part of an unfinished run" : "a copy of a file in an unfinished run"))
            return false;
    }
    return true;
}

/*
 * What this command changed is what other runs begin with, where they had not begun. Who was killed in its gap had only
 * to end: what it finds unchanged was changed before those others began.
 */
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
                    fits_in(target, object->fresh_size) && (is_touched(object) || (finished && !self->gap))) {
                    if (!finished && j == 0 && goes_on(run, self, target, world)) {
                        /* Which of the two it was nobody sees from outside. */
                        add_before(target, object->fresh + target->offset);
                        run->strict = run->intact = false;
                        continue;
                    }
                    run->spent = run->spent || (is_complete(oracle, run, world) &&
                                                (run->gap || (run->strict && is_visible(run, target, world))));
                    set_before(target, object->fresh + target->offset);
                }
            }
        }
    }
}

static void end_of_part(struct oracle *oracle, const struct world *world, struct run *run)
{
    struct run *parts[RUNS];
    unsigned count = 0, all = full_parts(oracle, world, run);
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

/*
 * Of several files, one that is in another run's hands is left out, also when that run has changed nothing yet: so it
 * is known by its bytes, which are the old ones.
 */
static bool is_left(const struct world *world, const struct run *run, const struct target *target)
{
    const uint8_t *now = world->objects[target->object].fresh + target->offset;
    struct fit fit = compare(target->before[0], now, target->length, run->command.add);
    return run->count > 1 && fit.old && !fit.new;
}

static bool all_changed(const struct world *world, const struct run *run)
{
    int left = 0;
    for (int i = 0; i < run->count; i++) {
        const struct target *target = &run->targets[i];
        bool new = false;
        if (is_left(world, run, target)) {
            left++;
            continue;
        }
        for (int j = 0; j < target->choices; j++)
            new = new || compare(target->before[j], world->objects[target->object].fresh + target->offset,
                                 target->length, run->command.add)
                             .new;
        if (!new)
            return false;
    }
    return left < run->count;
}

static void enter_gap(struct oracle *oracle, const struct world *world, struct run *run)
{
    for (int i = 0; i < run->count; i++)
        run->targets[i].left = is_left(world, run, &run->targets[i]);
    struct run *parts[RUNS];
    unsigned count = 0;
    for (int i = 0; i < RUNS; i++) {
        struct run *part = &oracle->runs[i];
        if (part->used && part != run && part->kept && same_job(part, run))
            parts[count++] = part;
    }
    if (run->command.shards && count + 1 < full_parts(oracle, world, run))
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

/*
 * An unfinished run of several files did what could be done. The same change of these files in another order may go on
 * with it: then what it has changed is done.
 */
static void may_go_on(const struct oracle *oracle, struct run *run)
{
    for (int i = 0; i < RUNS; i++) {
        const struct run *other = &oracle->runs[i];
        bool is_like = other->used && other != run && other->count > 1 && other->command.add == run->command.add;
        for (int j = 0; is_like && j < run->count; j++)
            for (int k = 0; k < other->count; k++)
                if (other->targets[k].object == run->targets[j].object &&
                    other->targets[k].offset == run->targets[j].offset &&
                    other->targets[k].length == run->targets[j].length)
                    add_before(&run->targets[j], other->targets[k].before[0]);
    }
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
    if (run->count > 1)
        may_go_on(oracle, run);
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
    /* A journal that a run was not finished with lies where this command looks for its own. */
    if (oracle->journal_left && command->journal_file)
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
    /* Exit 1 although it was to be ended: something was in its way before that, and may still be. */
    run->intact = run->intact && hurt && status != 1;
    if (off || (is_new && status == 2) || (blocked && nothing))
        drop_run(run);
    else
        keep_run(oracle, world, run, status, page);
    return true;
}

/* What can be used of several files is done and over, when others cannot be. Nobody sees from outside which. */
static void part_is_over(const struct world *world, struct run *run, const struct command *command, int status)
{
    if (run->used && status == 1 && command->count > 1)
        make_vague(run, world);
}

bool judge_in_place(struct oracle *oracle, struct world *world, const struct command *command, int status,
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
    /* What is in another run's hands is left out of this run, and waits for a command of its own. */
    run->intact = run->intact && (run->count == 1 || is_alone(oracle, run));
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
        oracle->journal_left = oracle->journal_left || first.journal_file;
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
