/* SPDX-License-Identifier: MIT */
/* journal: see journal.h. All that mmbright does with a journal of its own is in this file. */
#include "mmbright/run/journal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/image/files_share.h"
#include "kit/job/leftover.h"
#include "mmbright/plan/operation.h"
#include "mmbright/plan/place.h"
#include "mmbright/plan/spans.h"
#include "mmbright/plan/turns.h"
#include "kit/undo/keep.h"

/* How long another run over the same bytes is waited for. */
#define WAIT_MS 3000

/* All files of which shards change something. */
static mmv_status list_files(const struct bright_plan *first, mmv_journal *journal)
{
    const struct file_wholes *whole = &first->turns.whole;
    mmv_journal_job_file *files = calloc(whole->count, sizeof *files);
    for (size_t i = 0; i < whole->count && files; i++) {
        const struct file_whole *one = &whole->list[i];
        files[i] = (mmv_journal_job_file){files_path(&first->input, one->file), one->reach.offset, one->reach.length,
                                          files_at(first->pieces, (struct files_place){one->file, one->reach.offset})};
    }
    mmv_status status =
        files ? mmv_journal_job_files(journal, files, whole->count) : mmv_error_set(MMV_ENOMEM, 0, "journal");
    free(files);
    return status;
}

static int open_journal(struct bright_run *run, const struct bright_plan *first, const mmv_journal_job *job,
                        const char *path)
{
    const struct command *command = first->command;
    const mmv_range range = job && turns_are(first) ? turns_at(first) : first->share.range;
    char *operation = operation_text(first, true);
    if (operation == NULL)
        return console_error(first->console, first->input.path, "not enough memory");
    const mmv_journal_options options = {
        .mode = command->safety.journal,
        .operation = operation,
        .files = command->files.count == 1 ? turns_count(first) : command->files.count,
        .bytes = command->files.count == 1 ? turns_largest(first) : 0,
        .threads = command->how.threads,
        .wait_ms = WAIT_MS,
        .offset = range.offset,
        .length = range.length,
        .job = job,
        .adopt = command->safety.adopt,
        .settle = command->undo.keep ? keep_settle : NULL,
        .kept = command->undo.keep ? keep_reached : NULL,
        .settle_user = &run->keep,
    };
    mmv_status status = mmv_journal_open(path, &options, &run->journal);
    free(operation);
    if (status == MMV_OK && job && turns_are(first))
        status = list_files(first, run->journal);
    return status == MMV_OK ? TOOL_DONE : leftover_explain(first->console, path, status);
}

/* How much this process changes, of what. */
static bool describe_job(const struct bright_plan *first, mmv_journal_job *job)
{
    if (turns_are(first)) {
        uint32_t files = mmi_pieces_files(first->pieces);
        *job = (mmv_journal_job){0, files_at(first->pieces, (struct files_place){files, 0}), first->turns.whole.bytes,
                                 turns_bytes(first)};
        return true;
    }
    *job = (mmv_journal_job){first->range.offset, first->range.length, 0, spans_own(first)};
    return spans_total(first, &job->total);
}

int journal_begin(struct bright_run *run, const struct bright_plan *first)
{
    char *path = NULL;
    bool divided = command_is_divided(first->command);
    mmv_journal_job job = {0};
    assert(run_is_journalled(run) && !run->journal);
    if (divided && !describe_job(first, &job))
        return console_error(first->console, first->input.path, "not enough memory");
    int result = place_find(first, &path);
    if (result == TOOL_DONE)
        result = open_journal(run, first, divided ? &job : NULL, path);
    free(run->journal_path);
    run->journal_path = path;
    return result;
}

bool journal_is_done(const struct bright_run *run)
{
    mmv_journal_info *info = NULL;
    mmv_status status = mmv_journal_inspect(run->journal_path, &info);
    /* Before its first walk it is not there. */
    bool done = status == MMV_ENOENT || (status == MMV_OK && info->done == info->bytes);
    mmv_journal_info_free(&info);
    return done;
}

enum journal_of journal_look(const struct bright_run *run, const struct bright_plan *plan,
                             mmv_journal_cache **neighbours)
{
    const mmv_range *range = &plan->share.range;
    mmv_journal_found found = {.kind = MMV_JOURNAL_NONE};
    mmv_journal_info *info = NULL;
    if (!run_is_journalled(run) || range->length == 0 ||
        mmv_journal_check(plan->input.map, range->offset, range->length, neighbours) == MMV_OK ||
        mmv_last_error()->status != MMV_EJOURNAL)
        return JOURNAL_OF_NOBODY;
    if (mmv_journal_find(plan->input.map, range->offset, range->length, &found) != MMV_OK)
        return JOURNAL_OF_OTHERS;
    bool knows = found.kind == MMV_JOURNAL_RUN && mmv_journal_inspect(found.path, &info) == MMV_OK && !info->is_job &&
                 info->files == run->command->files.count;
    mmv_journal_info_free(&info);
    free(found.path);
    return knows ? JOURNAL_OF_RUN : JOURNAL_OF_OTHERS;
}

void journal_spoil(const struct bright_run *run)
{
    if (run->journal)
        mmv_journal_end(run->journal, MMV_JOURNAL_SPOILED);
}

void journal_leave(struct bright_run *run)
{
    mmv_journal_close(&run->journal);
    free(run->journal_path);
    run->journal_path = NULL;
}

int journal_finish(const struct bright_run *run)
{
    assert(run->journal);
    mmv_status status = mmv_journal_end(run->journal, MMV_JOURNAL_FINISHED);
    if (status == MMV_OK)
        return TOOL_DONE;
    return status == MMV_EJOURNAL ? leftover_refuse(run->console) : console_failure(run->console, NULL);
}
