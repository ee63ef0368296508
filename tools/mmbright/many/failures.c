/* SPDX-License-Identifier: MIT */
/* failures: see failures.h. */
#include "mmbright/many/failures.h"

#include <assert.h>
#include <stdlib.h>

#include "kit/cli/text.h"
#include "kit/file/retry.h"
#include "mmbright/run/tell.h"

bool failures_begin(struct failures *failures, const struct bright_run *run)
{
    size_t count = run->command->files.count;
    *failures = (struct failures){.run = run};
    if (count > 1)
        failures->failed = calloc(count, sizeof *failures->failed);
    return count <= 1 || failures->failed;
}

void failures_drop(struct failures *failures)
{
    free(failures->failed);
    failures->failed = NULL;
}

/* What a later command may make of it. With a journal that is the journal's affair. */
static const char *how_changed(const struct bright_run *run, const struct failure *failure)
{
    if (!failure->touched)
        return "none";
    if (run_is_journalled(run))
        return "resumable";
    return failure->changed ? "all" : "part";
}

void failures_note(struct failures *failures, size_t index, const struct failure *failure)
{
    assert(index < failures->run->command->files.count && failure->status != TOOL_DONE);
    failures->count++;
    failures->untouched += !failure->touched;
    failures->changed += failure->changed;
    if (failures->failed)
        failures->failed[index] = true;
    tell_failed(failures->run, failures->run->command->files.names[index], failure->fault,
                &(struct told_failure){failure->status, how_changed(failures->run, failure)});
}

void failures_worsen(struct failures *failures, int status)
{
    assert(status >= TOOL_DONE);
    failures->worst = status > failures->worst ? status : failures->worst;
}

bool failures_has(const struct failures *failures, size_t index)
{
    return failures->failed && failures->failed[index];
}

/* As by cp(1) the others are done. */
bool failures_end_all(const struct failures *failures, int status)
{
    bool all_or_nothing = failures->run->command->all_or_nothing;
    return all_or_nothing ? status != TOOL_DONE : status == TOOL_USAGE && atomic_load(&failures->run->report_is_input);
}

void failures_list(const struct failures *failures, size_t done, bool is_over)
{
    const struct command *command = failures->run->command;
    const struct file_list *files = &command->files;
    bool in_place = command->target.kind == TARGET_IN_PLACE;
    if (failures->count == 0 || !failures->failed)
        return;
    const struct retry_end end = {.count = files->count,
                                  .failed = failures->count,
                                  .done = done,
                                  .what = command->dry_run ? "would do"
                                          : in_place       ? "are changed"
                                                           : "are written",
                                  .report = command->report_path,
                                  .again = is_over && in_place && !command->dry_run};
    retry_tell(failures->run->console, &end);
    for (size_t i = 0; i < files->count; i++)
        if (failures->failed[i])
            text_line(stderr, "  %s", files->names[i]);
}
