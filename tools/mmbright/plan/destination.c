/* SPDX-License-Identifier: MIT */
/* destination: see destination.h. Nothing is created here: a copy's file is made when it is filled. */
#include "mmbright/plan/destination.h"

#include <assert.h>
#include <stdlib.h>

#include "kit/os/terminal.h"
#include "mmbright/plan/apart.h"
#include "mmbright/plan/operation.h"

struct parts_work destination_part(const struct bright_plan *plan)
{
    const struct shard_settings *shard = &plan->command->where.range.shard;
    assert(plan->command->target.kind == TARGET_PART && shard->index < shard->count && plan->to->operation);
    return (struct parts_work){.source = &plan->input.info,
                               .index = shard->index,
                               .count = shard->count,
                               .operation = plan->to->operation,
                               .preparation = "mmshard prepare FILE OUT"};
}

struct output_wish destination_wish(const struct bright_plan *plan)
{
    const struct target_settings *target = &plan->command->target;
    return (struct output_wish){.path = target->output,
                                .input = plan->input.path,
                                .source = &plan->input.info,
                                .inputs = plan->inputs,
                                .force = target->force};
}

int destination_takes_parts(const struct bright_plan *plan)
{
    if (!plan->input.header[0])
        return TOOL_DONE;
    return console_usage(
        plan->console,
        "%s: a copy that is written in parts does not have headers that lie apart; -i on a copy works on both",
        plan->input.header);
}

/* What all shards write to; whether OUT may be replaced is asked in the end. */
static int open_parts(struct bright_plan *plan)
{
    struct destination *to = plan->to;
    struct output_wish wish = destination_wish(plan);
    wish.force = true;
    int result = destination_takes_parts(plan);
    if (result == TOOL_DONE)
        result = output_plan(&to->output, plan->console, &wish);
    if (result != TOOL_DONE)
        return result;
    to->operation = operation_text(plan, false);
    if (to->operation == NULL)
        return console_error(plan->console, plan->input.path, "not enough memory");
    const struct parts_work work = destination_part(plan);
    return parts_open(&to->parts, plan->console, to->output.path, &work);
}

static int plan_new_file(struct bright_plan *plan)
{
    struct output_wish wish = destination_wish(plan);
    if (plan->input.header[0]) {
        int result = apart_plan(plan);
        if (result != TOOL_DONE)
            return result;
        wish.path = plan->to->apart.samples;
    }
    return output_plan(&plan->to->output, plan->console, &wish);
}

static int check_stdout(const struct bright_plan *plan)
{
    const struct command *command = plan->command;
    struct file_facts target;
    if (!file_can_write(FILE_STDOUT) || file_look(FILE_STDOUT, &target) != 0)
        return console_error(plan->console, NULL, "stdout is closed");
    if (target.kind == FILE_REGULAR && file_is_same(&target, &plan->input.info))
        return console_usage(plan->console, "stdout is the input itself; use -i to change a file in place");
    if (target.kind == FILE_REGULAR && inputs_have(plan->inputs, &target))
        return console_usage(plan->console, "stdout is an input of this run, which may not be overwritten");
    if (terminal_is(FILE_STDOUT) && !command->target.force && !command->dry_run)
        return console_usage(plan->console, "stdout is a terminal; -f writes the image there nevertheless");
    return TOOL_DONE;
}

int destination_plan(struct bright_plan *plan)
{
    switch (plan->command->target.kind) {
    case TARGET_PART:
        return open_parts(plan);
    case TARGET_FILE:
        return plan_new_file(plan);
    case TARGET_STDOUT:
        return check_stdout(plan);
    default:
        return TOOL_DONE;
    }
}

void destination_drop(struct destination *to)
{
    output_discard(&to->output);
    header_file_discard(&to->apart);
    parts_close(&to->parts);
    free(to->operation);
    to->operation = NULL;
}
