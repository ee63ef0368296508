/* SPDX-License-Identifier: MIT */
/* shares: see shares.h. */
#include "mmbright/many/shares.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool shares_are_parts(const struct bright_run *run)
{
    return run->ranks && run->command->target.kind == TARGET_PART;
}

int shares_prepare(struct member *member, char **made_ret)
{
    const struct bright_run *run = member->files->run;
    const struct command whole = command_undivided(run->command);
    const struct plan_request request = {&whole, run->console, whole.files.names[0], &member->neighbours, NULL,
                                         NULL,   NULL};
    struct bright_plan plan;
    struct destination to;
    bool made = false;
    assert(shares_are_parts(run));
    *made_ret = NULL;
    int result = plan_make(&plan, &to, &request);
    result = ranks_agree_first(run->ranks, run->console, result);
    if (result == TOOL_DONE && ranks_first(run->ranks)) {
        struct apart_request whole_copy = destination_apart(&plan, true);
        whole_copy.wish.path = to.output.path;
        result = apart_prepare(&to.apart, &whole_copy, &made);
    }
    if (made)
        *made_ret = strdup(destination_out(&plan));
    plan_drop(&plan);
    return ranks_agree(run->ranks, result);
}

int shares_finish(const struct bright_run *run, const struct one_file *file)
{
    const struct command *command = run->command;
    int result = TOOL_DONE;
    assert(shares_are_parts(run));
    if (ranks_first(run->ranks))
        result = parts_finish(run->console, destination_out(&file->plan), command->target.force, command->safety.sync);
    return ranks_agree(run->ranks, result);
}
