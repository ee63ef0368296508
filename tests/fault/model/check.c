/* SPDX-License-Identifier: MIT */
/*
 * check.c - what must hold. Nothing here knows of journals, marks or jobs, only of bytes and of commands that said 0:
 *
 * - each granule is changed once for each command that said 0, and never more often than that and once for each
 *   command that was begun and has not said 0 yet
 * - what -o read is one state of the file
 * - when nobody runs, there is a way on. Commands alone that are repeated say 0 at last, if nobody renamed, copied,
 *   restored or removed anything; otherwise --discard-journal and a new command do
 * - when nobody runs, a stranger's command over any of the files does not say 0 wrongly
 */
#include "parts.h"

struct command stranger;

const char *bad_name(uint8_t bad)
{
    static const char *const names[] = {[BAD_TWICE] = "a granule was changed twice for one command",
                                        [BAD_ZERO] = "a command said 0, and a granule was not changed once for it",
                                        [BAD_READ] = "-o said 0 and read a mixture",
                                        [BAD_STUCK] = "there is no way on",
                                        [BAD_HANG] = "a command waits for ever"};
    return names[bad];
}

/* Parts of a job over two files have a file each. */
static bool covers(const struct state *s, int slot, uint8_t image, uint8_t at)
{
    const struct command *command = command_of(slot);
    if (command->kind == PART && config->listed && s->now.name[command->name] != image + 1)
        return false;
    return command->kind == CHANGE ||
           (command->kind == PART && at >= command->first && at < command->first + command->count);
}

/* Commands that may have changed this granule and did not say so. */
static int pending(const struct state *s, uint8_t op, uint8_t image, uint8_t at)
{
    int count = 0;
    for (int i = 0; i < SLOTS; i++)
        count += s->process[i].started && !s->process[i].told && command_of(i)->op == op && covers(s, i, image, at);
    return count;
}

void check_change(struct state *s, int me, uint8_t image, uint8_t at)
{
    uint8_t op = command_of(me)->op;
    if (times(s->now.image[image].now[at], op) > times(s->owed[image][at], op) + pending(s, op, image, at))
        s->bad = BAD_TWICE;
}

/* Others may have begun with a file whose mark is off; what they said is there, too. */
static bool others_fit(const struct state *s, uint8_t image, uint8_t at, uint8_t op)
{
    static const uint8_t ops[] = {ONE_A, ONE_B, ONE_C};
    int may_be_half = 0;
    for (size_t i = 0; i < sizeof ops; i++) {
        int more = times(s->now.image[image].now[at], ops[i]) - times(s->owed[image][at], ops[i]);
        int most = pending(s, ops[i], image, at);
        if (ops[i] != op && (more < 0 || more > most))
            return false;
        may_be_half += ops[i] != op ? most : 0;
    }
    return may_be_half || !(s->now.image[image].now[at] & HALF);
}

static void tell_granule(struct state *s, int me, int at)
{
    const struct command *command = command_of(me);
    uint8_t image = s->process[me].image[file_of(at)], within = (uint8_t)granule_in_file(at);
    uint8_t now = s->now.image[image].now[within];
    s->owed[image][within] += command->op;
    bool once = times(now, command->op) == times(s->owed[image][within], command->op);
    if (!once || !others_fit(s, image, within, command->op))
        s->bad = BAD_ZERO;
}

void check_told(struct state *s, int me)
{
    const struct command *command = command_of(me);
    if (command->kind != CHANGE && command->kind != PART)
        return;
    for (int at = command->first; at < command->first + command->count; at++)
        tell_granule(s, me, at);
}

void check_read(struct state *s, uint8_t image)
{
    const struct image *read = &s->now.image[image];
    /* Who takes the mark of a file off that was moved away reads what is there. */
    if (config->away && (s->given_up >> image & 1))
        return;
    int delta = read->now[0] - s->owed[image][0];
    for (int i = 0; i < config->granules; i++)
        if ((read->now[i] & HALF) || read->now[i] - s->owed[image][i] != delta)
            s->bad = BAD_READ;
}

/* ---- when nobody runs -------------------------------------------------------------------------------------------- */

static bool run_alone(struct state *s, int me, uint8_t name)
{
    process_start(s, me, name, false);
    s->process[me].told = 0;
    for (int i = 0; i < 1000 && !s->bad && s->process[me].step != IDLE; i++)
        if (!process_step(s, me, 0))
            s->bad = BAD_HANG;
    bool told = s->process[me].told;
    collect(s);
    return told;
}

static bool try_stranger(struct state *s, enum kind kind, uint8_t name)
{
    stranger = (struct command){.kind = kind, .op = ONE_C, .files = 1, .count = config->granules};
    bool told = run_alone(s, STRANGER, name);
    s->process[STRANGER] = (struct process){0};
    return told;
}

static void try_names(struct state *s, enum kind kind)
{
    for (uint8_t i = 0; i < NAMES; i++) {
        struct state copy = *s;
        if (s->now.name[i])
            try_stranger(&copy, kind, i);
        if (copy.bad)
            s->bad = copy.bad;
    }
}

static bool all_run(struct state *s)
{
    for (uint8_t i = 0; i < NAMES; i++)
        if (s->now.name[i] && !try_stranger(s, CHANGE, i))
            return false;
    return true;
}

static bool may_repeat(const struct state *s, int slot)
{
    for (int i = 0; i < STRANGER; i++)
        if ((command_of(slot)->after >> i & 1) && !s->process[i].told)
            return false;
    return command_of(slot)->kind != NO_COMMAND && !s->process[slot].told;
}

/* Every user repeats until 0, one after the other; then nothing is left over. */
static void repeat_all(struct state *s)
{
    bool left = true;
    for (int round = 0; round < SLOTS && left && !s->bad; round++) {
        left = false;
        for (int i = 0; i < STRANGER; i++)
            left |= may_repeat(s, i) && !run_alone(s, i, command_of(i)->name);
    }
    if (!s->bad && (left || !all_run(s)))
        s->bad = BAD_STUCK;
}

static void discard_all(struct state *s)
{
    for (int round = 0; round < 4 && !s->bad; round++)
        for (uint8_t i = 0; i < NAMES; i++)
            if (s->now.name[i])
                try_stranger(s, DISCARD, i);
    if (!s->bad && !all_run(s))
        s->bad = BAD_STUCK;
}

/* What users do to copies of f does not take f's way on. */
static void repeat_first(struct state *s)
{
    for (int i = 0; i < STRANGER && !s->bad; i++)
        if (command_of(i)->kind == CHANGE && s->process[i].started && !s->process[i].told && !run_alone(s, i, 0) &&
            !s->bad)
            s->bad = BAD_STUCK;
}

static bool is_quiet(const struct state *s)
{
    for (int i = 0; i < SLOTS; i++)
        if (s->process[i].step != IDLE)
            return false;
    return !s->copying;
}

void check_quiet(struct state *s)
{
    if (!is_quiet(s))
        return;
    try_names(s, CHANGE);
    try_names(s, READ);
    struct state copy = *s;
    discard_all(&copy);
    bool orderly = !config->loose && !(config->events & ~(unsigned)(KILL | FULL | CUT));
    for (int i = 0; i < STRANGER; i++)
        orderly &= command_of(i)->kind != DISCARD;
    if (orderly && !copy.bad) {
        copy = *s;
        repeat_all(&copy);
    }
    if (config->kept && !(s->given_up & 1) && !copy.bad) {
        copy = *s;
        repeat_first(&copy);
    }
    if (copy.bad)
        s->bad = copy.bad;
}
