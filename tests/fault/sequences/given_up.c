/* SPDX-License-Identifier: MIT */
/* given_up: what --discard-journal makes of the runs, and whether it was allowed. See oracle.h. */
#include "judges.h"

#include <string.h>

static bool is_about(const struct run *run, const struct world *world, const struct command *command)
{
    /* The journal that the refusal named, whose run may be of other files. */
    if (command->task == TASK_ADVICE && command->journal_file && run->command.journal_file)
        return true;
    for (int i = 0; i < command->count; i++) {
        enum world_name name = world_samples(command->names[i]);
        for (int j = 0; j < run->count; j++) {
            enum world_name own = world_samples(run->begun[j]);
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
        if (carry->object == world->before[world_samples(command->names[i])])
            return true;
    return false;
}

bool judge_discard(struct oracle *oracle, struct world *world, const struct command *command, int status)
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
