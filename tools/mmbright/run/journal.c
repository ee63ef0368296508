/* SPDX-License-Identifier: MIT */
/* journal: see journal.h. All that mmbright does with a journal of its own is in this file. */
#include "mmbright/run/journal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "mmbright/plan/operation.h"
#include "mmbright/plan/spans.h"
#include "mmbright/plan/unfinished.h"

/* How long another run over the same bytes is waited for. */
#define WAIT_MS 3000

static int explain(const struct console *console, const char *path, mmv_status status)
{
    if (status == MMV_EJOURNAL)
        return unfinished_refuse(console);
    if (status == MMV_EBUSY)
        return console_busy(console, path, "with this journal");
    console_failure(console, path);
    if (status == MMV_EACCES || status == MMV_ENOENT || status == MMV_ENOSPC)
        fprintf(stderr, "%s: --journal-file=PATH puts it elsewhere\n", console->tool);
    return TOOL_FAILED;
}

int journal_begin(struct bright_run *run, const struct bright_plan *first)
{
    const struct command *command = first->command;
    const struct safety_settings *safety = &command->safety;
    const mmv_range *range = &first->share.range;
    char *path = NULL;
    assert(run_is_journalled(run) && !run->journal);
    if (safety->journal_file == NULL && mmv_journal_name(first->input.map, range->offset, range->length, &path))
        return console_failure(first->console, first->input.path);
    char *operation = operation_text(first, true);
    if (operation == NULL) {
        free(path);
        return console_error(first->console, first->input.path, "not enough memory");
    }
    const mmv_journal_options options = {
        .mode = safety->journal,
        .operation = operation,
        .files = command->files.count,
        .bytes = command->files.count == 1 ? range->length : 0,
        .threads = command->how.threads,
        .wait_ms = WAIT_MS,
    };
    const char *where = path ? path : safety->journal_file;
    mmv_status status = mmv_journal_open(where, &options, &run->journal);
    int result = status == MMV_OK ? TOOL_DONE : explain(first->console, where, status);
    free(operation);
    free(path);
    return result;
}

void journal_spoil(const struct bright_run *run)
{
    if (run->journal)
        mmv_journal_end(run->journal, MMV_JOURNAL_SPOILED);
}

void journal_leave(struct bright_run *run)
{
    mmv_journal_close(&run->journal);
}

static int refuse(const struct console *console, mmv_status status, const char *file)
{
    return status == MMV_EJOURNAL ? unfinished_refuse(console) : console_failure(console, file);
}

int journal_finish(const struct bright_run *run)
{
    assert(run->journal);
    mmv_status status = mmv_journal_end(run->journal, MMV_JOURNAL_FINISHED);
    return status == MMV_OK ? TOOL_DONE : refuse(run->console, status, NULL);
}

/* The names of the journals of all parts that change anything; each for free(3), and so is the list. */
static char **part_names(const struct bright_plan *plan, size_t *count_ret, size_t *own_ret)
{
    uint64_t count = plan->command->where.range.shard.count;
    char **names = count <= SIZE_MAX / sizeof *names ? calloc((size_t)count, sizeof *names) : NULL;
    *count_ret = 0;
    for (uint64_t i = 0; names && i < count; i++) {
        mmv_range reach;
        bool fine = spans_reach(plan, i, &reach);
        if (fine && reach.length == 0)
            continue;
        if (!fine || mmv_journal_name(plan->input.map, reach.offset, reach.length, &names[*count_ret]) != MMV_OK) {
            while (*count_ret > 0)
                free(names[--*count_ret]);
            free(names);
            return NULL;
        }
        if (i == plan->command->where.range.shard.index)
            *own_ret = *count_ret;
        ++*count_ret;
    }
    return names;
}

int journal_keep(struct bright_run *run, const struct bright_plan *plan)
{
    size_t count, own = 0;
    bool all = false;
    assert(run->journal && command_is_divided(plan->command));
    mmv_status status = mmv_journal_end(run->journal, MMV_JOURNAL_KEPT);
    /* Closed before the others are looked at: of two parts that end together one at least sees that both are done. */
    mmv_journal_close(&run->journal);
    if (status != MMV_OK)
        return refuse(plan->console, status, plan->input.path);
    char **names = part_names(plan, &count, &own);
    if (!names)
        return console_error(plan->console, plan->input.path, "not enough memory");
    const mmv_journal_job job = {plan->input.map, (const char *const *)names, count, own};
    status = mmv_journal_job_end(&job, &all);
    if (status != MMV_OK)
        console_failure(plan->console, plan->input.path);
    else
        console_note(plan->console, plan->input.path,
                     all ? "all parts are done" : "done; the journal stays until all parts are");
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return status == MMV_OK ? TOOL_DONE : TOOL_FAILED;
}
