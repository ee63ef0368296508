/* SPDX-License-Identifier: MIT */
/* failures: see failures.h. */
#include "mmbright/many/failures.h"

#include <assert.h>
#include <stdlib.h>

#include "kit/cli/text.h"
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

void failures_note(struct failures *failures, size_t index, int status)
{
    assert(index < failures->run->command->files.count && status != TOOL_DONE);
    failures->count++;
    if (failures->failed)
        failures->failed[index] = true;
    tell_failed(failures->run, failures->run->command->files.names[index], status);
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

/* As by cp(1) the others may still be done, unless a journal has them in their order. */
bool failures_end_all(const struct failures *failures, int status)
{
    return status != TOOL_DONE && (status != TOOL_FAILED || run_is_journalled(failures->run));
}

void failures_list(const struct failures *failures)
{
    const struct file_list *files = &failures->run->command->files;
    if (failures->count == 0 || !failures->failed)
        return;
    console_error(failures->run->console, NULL, "%zu of %zu files failed:", failures->count, files->count);
    for (size_t i = 0; i < files->count; i++)
        if (failures->failed[i])
            text_line(stderr, "  %s", files->names[i]);
}
