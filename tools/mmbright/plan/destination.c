/* SPDX-License-Identifier: MIT */
/* destination: see destination.h. Nothing is created here: a copy's file is made when it is filled. */
#include "mmbright/plan/destination.h"

#include <assert.h>
#include <stdlib.h>

#include "kit/os/terminal.h"
#include "mmbright/plan/operation.h"
#include "mmbright/plan/turns.h"

struct parts_work destination_part(const struct bright_plan *plan)
{
    const struct shard_settings *shard = &plan->command->where.range.shard;
    assert(plan->command->target.kind == TARGET_PART && shard->index < shard->count && plan->to->operation);
    const struct image_file *input = &plan->input;
    return (struct parts_work){.source = turns_are(plan) ? &input->files.list[0].info : &input->info,
                               .index = shard->index,
                               .count = shard->count,
                               .operation = plan->to->operation,
                               .preparation = "mmshard prepare FILE OUT",
                               .apart = input->header[0] ? &plan->to->both : NULL};
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

struct apart_request destination_apart(const struct bright_plan *plan, bool force)
{
    struct apart_request request = {plan->console, &plan->input, destination_wish(plan)};
    request.wish.force = force;
    return request;
}

const char *destination_out(const struct bright_plan *plan)
{
    return plan->input.header[0] ? apart_out(&plan->to->apart, &plan->input) : plan->to->output.path;
}

/* What OUT is called, and its header where that lies apart. */
static int plan_names(struct bright_plan *plan, bool force)
{
    struct destination *to = plan->to;
    struct apart_request request = destination_apart(plan, force);
    if (plan->input.header[0]) {
        int result = apart_plan(&to->apart, &request);
        if (result != TOOL_DONE)
            return result;
        request.wish.path = to->apart.samples;
    }
    return output_plan(&to->output, plan->console, &request.wish);
}

/* What all shards write to; whether OUT may be replaced is asked in the end. */
static int open_parts(struct bright_plan *plan)
{
    struct destination *to = plan->to;
    int result = plan_names(plan, true);
    if (result != TOOL_DONE)
        return result;
    to->operation = operation_text(plan, false);
    if (to->operation == NULL)
        return console_error(plan->console, plan->input.path, "not enough memory");
    if (plan->input.header[0])
        to->both = apart_in_parts(&to->apart, &plan->input);
    const struct parts_work work = destination_part(plan);
    return parts_open(&to->parts, plan->console, destination_out(plan), &work);
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
        return plan_names(plan, plan->command->target.force);
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
