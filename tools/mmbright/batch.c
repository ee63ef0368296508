/* SPDX-License-Identifier: MIT */
/*
 * batch: all FILEs are planned once before the first is touched, so that a usage error in the last is found in time; each
 * is planned again when its turn comes, so that a run over ten thousand has only one of them open.
 */
#include "mmbright/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/json.h"
#include "common/signals.h"
#include "mmbright/journal.h"

struct batch {
    const struct bright_settings *settings;
    const struct console *console;
    bool journalled;
    mmv_journal *journal;     /* NULL = not begun, or none */
    mmv_journals *neighbours; /* of the latest FILE */
    size_t changed;           /* FILEs that are, whatever came after */
    bool *failed;             /* FILEs that failed, and have said so; NULL = none was looked at */
    size_t failures;
};

/* Which file a name stands for. */
struct identity {
    dev_t device;
    ino_t inode;
    size_t index;
};

static int by_identity(const void *a, const void *b)
{
    const struct identity *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Twice in the list would be brightened twice, and a second copy has the name of the first. */
static int check_twice(const struct batch *batch, struct identity *list)
{
    size_t count = batch->settings->file_count;
    qsort(list, count, sizeof *list, by_identity);
    for (size_t i = 1; i < count; i++) {
        /* What could not be opened has no identity. */
        if (batch->failed[list[i - 1].index] || batch->failed[list[i].index])
            continue;
        if (list[i - 1].device == list[i].device && list[i - 1].inode == list[i].inode)
            return console_usage(batch->console, "%s and %s are the same file",
                                 batch->settings->files[list[i - 1].index], batch->settings->files[list[i].index]);
    }
    return TOOL_DONE;
}

static bool is_report(const struct bright_settings *settings, const struct stat *file)
{
    struct stat report;
    return settings->report_file && fstat(fileno(settings->report_file), &report) == 0 && report.st_dev == file->st_dev &&
           report.st_ino == file->st_ino;
}

static int plan_file(struct batch *batch, size_t index, struct bright_plan *plan)
{
    const struct bright_settings *settings = batch->settings;
    int result = plan_make(plan, settings, settings->files[index], batch->console, &batch->neighbours);
    if (result == TOOL_DONE && is_report(settings, &plan->input.info))
        return console_usage(batch->console, "--report=%s is one of the images", settings->report_path);
    return result;
}

/* A FILE that failed has a line in the report, and a place in the list at the end. */
static void note_failure(struct batch *batch, size_t index, int status)
{
    const struct bright_settings *settings = batch->settings;
    batch->failures++;
    if (batch->failed)
        batch->failed[index] = true;
    struct stat file;
    if (!settings->report_file || (stat(settings->files[index], &file) == 0 && is_report(settings, &file)))
        return;
    struct json json;
    json_begin(&json, settings->report_file);
    json_count(&json, "schema", 1);
    json_text(&json, "tool", batch->console->tool);
    json_text(&json, "version", MMV_VERSION);
    json_text(&json, "file", settings->files[index]);
    json_count(&json, "status", (uint64_t)status);
    json_end(&json);
    fflush(settings->report_file);
}

static int plan_all(struct batch *batch, struct identity *list)
{
    int worst = TOOL_DONE;
    for (size_t i = 0; i < batch->settings->file_count; i++) {
        struct bright_plan plan;
        int result = plan_file(batch, i, &plan);
        list[i] = (struct identity){plan.input.info.st_dev, plan.input.info.st_ino, i};
        plan_drop(&plan);
        if (result != TOOL_DONE)
            note_failure(batch, i, result);
        if (result == TOOL_USAGE || (result != TOOL_DONE && batch->journalled))
            return result;
        worst = result > worst ? result : worst;
    }
    int twice = check_twice(batch, list);
    return twice == TOOL_DONE ? worst : twice;
}

static int check_all(struct batch *batch)
{
    size_t count = batch->settings->file_count;
    if (count == 1)
        return TOOL_DONE;
    struct identity *list = calloc(count, sizeof *list);
    batch->failed = calloc(count, sizeof *batch->failed);
    int result = TOOL_FAILED;
    if (list && batch->failed)
        result = plan_all(batch, list);
    else
        console_error(batch->console, NULL, "not enough memory");
    free(list);
    return result;
}

/* Among thousands of lines the reasons are far above. */
static void list_failures(const struct batch *batch)
{
    const struct bright_settings *settings = batch->settings;
    if (batch->failures == 0 || settings->file_count == 1 || !batch->failed)
        return;
    console_error(batch->console, NULL, "%zu of %zu files failed:", batch->failures, settings->file_count);
    for (size_t i = 0; i < settings->file_count; i++)
        if (batch->failed[i])
            fprintf(stderr, "  %s\n", settings->files[i]);
}

/*
 * From here on nothing may happen but the end: the other parts may be done, too, and whoever is last takes this part's journal away. Killed
 * without it, this command would be a new run.
 */
static void leave_part(const struct bright_plan *plan, mmv_journal **journal, int result)
{
    fflush(NULL);
    int kept = journal_keep(plan, journal);
    if (result != TOOL_DONE && signals_stop())
        signals_raise(signals_stop());
    _exit(result > kept ? result : kept);
}

static int run_one(struct batch *batch, size_t index, int (*work)(struct bright_plan *))
{
    struct bright_plan plan;
    int result = plan_file(batch, index, &plan);
    bool is_empty_part = batch->settings->range.shard.count && plan.pass_count == 0;
    if (result == TOOL_DONE && index == 0 && batch->journalled && !is_empty_part)
        result = journal_begin(&plan, &batch->journal);
    plan.journal = batch->journal;
    if (result == TOOL_DONE)
        result = work(&plan);
    /* Whatever came after the change, its part of the journals stays: the same command again must not change it again. */
    if (batch->journal && plan.changed && batch->settings->range.shard.count)
        leave_part(&plan, &batch->journal, result);
    batch->changed += plan.changed;
    plan_drop(&plan);
    return result;
}

static int run_all(struct batch *batch, int (*work)(struct bright_plan *))
{
    int worst = check_all(batch);
    /* Without a journal the others are done, as by cp(1). */
    bool go_on = worst == TOOL_DONE || (worst == TOOL_FAILED && !batch->journalled && batch->failed);
    for (size_t i = 0; i < batch->settings->file_count && go_on; i++) {
        if (batch->failed && batch->failed[i])
            continue;
        int result = run_one(batch, i, work);
        if (result != TOOL_DONE && !signals_stop())
            note_failure(batch, i, result);
        worst = result > worst ? result : worst;
        go_on = !signals_stop() && (result == TOOL_DONE || !batch->journalled);
    }
    list_failures(batch);
    mmv_journals_free(&batch->neighbours);
    free(batch->failed);
    return worst;
}

int batch_run(const struct bright_settings *settings, const struct console *console, int (*work)(struct bright_plan *),
              mmv_journal **journal_ret)
{
    struct batch batch = {
        .settings = settings,
        .console = console,
        .journalled = settings->in_place && settings->journal != MMV_JOURNAL_OFF && !settings->dry_run,
    };
    int worst = run_all(&batch, work);
    *journal_ret = batch.journal;
    /* When everything is changed the run is over, also when verifying failed: the same command would be a new run. */
    if (batch.journal == NULL || batch.changed == settings->file_count)
        return worst;
    mmv_journal_close(journal_ret);
    return signals_stop() ? TOOL_RESUMABLE : worst;
}
