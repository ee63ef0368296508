/* SPDX-License-Identifier: MIT */
/*
 * batch: all FILEs are planned once before the first is touched, so that a usage error in the last is found in time;
 * each is planned again when its turn comes, so that a run over ten thousand has only a few of them open.
 *
 *     thread A   |plan 0|plan 2|plan 5| ...   |file 0|file 3|==file 4==|file 5|
 *     thread B   |plan 1|plan 3|plan 4| ...   |file 1|file 2|==========|file 6|      file 4 is large: shared by all
 *
 * 1. Reports are in the order of the FILEs: whoever has worked on one tells of it when its turn comes. Where nothing
 *    is to be told a turn is just what only one may do at a time.
 * 2. A large FILE is worked on by itself, by all threads, when those before it are done.
 * 3. A journal has its FILEs one after the other.
 */
#include "mmbright/many/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mmview/range.h>

#include "kit/cli/json.h"
#include "kit/os/signals.h"
#include "mmbright/many/crowd.h"
#include "mmbright/plan/journal.h"

/* A FILE of up to so many bytes is one thread's. */
#define SMALL (8 * MMV_MIB)
#define WORKERS_MOST 64

/* Which file a name stands for. */
struct identity {
    uint64_t device, inode;
    size_t index;
    int status; /* of looking at it; before that OPTIONS_GO */
    char *out;  /* what the copy is called; NULL = in place, or not looked at */
};

struct batch {
    const struct bright_settings *settings;
    const struct console *console;
    const struct batch_work *work;
    struct ranks **ranks; /* *ranks is NULL without */
    bool journalled;
    mmv_journal *journal; /* NULL = not begun, or none */
    struct identity *list;
    bool *large;    /* FILEs that all threads share; NULL = there is only one */
    bool stopped;   /* with ranks: a signal has stopped one of them */
    size_t begun;   /* FILEs that were not left out because of a signal */
    size_t changed; /* FILEs that are, whatever came after */
    bool *failed;   /* FILEs that failed, and have said so; NULL = none was looked at */
    size_t failures;
    int worst;
    struct worker *workers;
    size_t worker_count;
    void *own[WORKERS_MOST]; /* the workers, for a crowd */
};

/* A thread's. */
struct worker {
    struct batch *batch;
    mmv_journals *neighbours; /* of the latest FILE */
    struct bright_result *result;
    struct crowd_seat *seat;
};

/* ---- one FILE ---------------------------------------------------------------------------------------------------- */

static bool is_report(const struct bright_settings *settings, const struct file_facts *file)
{
    struct file_facts report;
    return settings->report_file && file_look(fileno(settings->report_file), &report) == 0 &&
           file_is_same(&report, file);
}

static int plan_file(struct worker *worker, const struct console *console, size_t index, struct bright_plan *plan)
{
    const struct batch *batch = worker->batch;
    const struct bright_settings *settings = batch->settings;
    int result = plan_make(plan, settings, settings->files[index], console, &worker->neighbours);
    plan->ranks = *batch->ranks;
    if (result == TOOL_DONE && is_report(settings, &plan->input.info))
        return console_usage(console, "--report=%s is one of the images", settings->report_path);
    return result;
}

/* A FILE that failed has a line in the report, and a place in the list at the end. */
static void note_failure(struct batch *batch, size_t index, int status)
{
    const struct bright_settings *settings = batch->settings;
    batch->failures++;
    if (batch->failed)
        batch->failed[index] = true;
    struct file_facts file;
    if (!settings->report_file ||
        (file_look_at(settings->files[index], true, &file) == 0 && is_report(settings, &file)))
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

/* ---- the workers ------------------------------------------------------------------------------------------------- */

static struct worker *worker_of(struct crowd_seat *seat)
{
    struct worker *worker = seat->own;
    worker->seat = seat;
    return worker;
}

/* As many as there is memory for, at least the first. */
static bool make_workers(struct batch *batch)
{
    size_t wanted = mmv_min(mmv_min(batch->settings->how.threads, WORKERS_MOST), batch->settings->file_count);
    batch->workers = calloc(wanted, sizeof *batch->workers);
    for (size_t i = 0; batch->workers && i < wanted; i++) {
        batch->workers[i] = (struct worker){.batch = batch, .result = calloc(1, sizeof *batch->workers[i].result)};
        batch->own[i] = &batch->workers[i];
        if (!batch->workers[i].result)
            break;
        batch->worker_count++;
    }
    return batch->worker_count > 0;
}

static void drop_workers(struct batch *batch)
{
    for (size_t i = 0; i < batch->worker_count; i++) {
        mmv_journals_free(&batch->workers[i].neighbours);
        free(batch->workers[i].result);
    }
    free(batch->workers);
}

/* ---- before the first is touched --------------------------------------------------------------------------------- */

static int by_identity(const void *a, const void *b)
{
    const struct identity *x = a, *y = b;
    bool x_known = x->status == TOOL_DONE, y_known = y->status == TOOL_DONE;
    if (x_known != y_known)
        return x_known ? -1 : 1;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Twice in the list would be brightened twice, and a second copy has the name of the first. */
static int check_twice(const struct batch *batch)
{
    size_t count = batch->settings->file_count;
    struct identity *list = batch->list;
    qsort(list, count, sizeof *list, by_identity);
    for (size_t i = 1; i < count && list[i].status == TOOL_DONE; i++)
        if (list[i - 1].device == list[i].device && list[i - 1].inode == list[i].inode)
            return console_usage(batch->console, "%s and %s are the same file",
                                 batch->settings->files[list[i - 1].index], batch->settings->files[list[i].index]);
    return TOOL_DONE;
}

/* Whether the rest may still be done, as by cp(1). */
static bool goes_on(const struct batch *batch, int status)
{
    return status == TOOL_DONE || (status == TOOL_FAILED && !batch->journalled);
}

/* Says nothing: see tell_faults(). */
static int by_out(const void *a, const void *b)
{
    const struct identity *x = a, *y = b;
    if (!x->out || !y->out)
        return !x->out - !y->out;
    int order = strcmp(x->out, y->out);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* Two copies of one name: which was made last would be left. */
static int check_outs(const struct batch *batch)
{
    size_t count = batch->settings->file_count;
    struct identity *list = batch->list;
    qsort(list, count, sizeof *list, by_out);
    for (size_t i = 1; i < count && list[i].out; i++)
        if (strcmp(list[i - 1].out, list[i].out) == 0)
            return console_usage(batch->console, "%s and %s would both become %s",
                                 batch->settings->files[list[i - 1].index], batch->settings->files[list[i].index],
                                 list[i].out);
    return TOOL_DONE;
}

static bool look_at(struct crowd_seat *seat, size_t index)
{
    struct worker *worker = worker_of(seat);
    struct batch *batch = worker->batch;
    struct bright_plan plan;
    struct console mute = *batch->console;
    mute.mute = true;
    int status = plan_file(worker, &mute, index, &plan);
    char *out = status == TOOL_DONE && plan.output.path[0] ? strdup(plan.output.path) : NULL;
    batch->list[index] = (struct identity){plan.input.info.device, plan.input.info.inode, index, status, out};
    batch->large[index] = status == TOOL_DONE && plan_work(&plan) > SMALL;
    plan_drop(&plan);
    return goes_on(batch, status);
}

/* What is wrong with FILEs, in their order, up to the first that ends it all: each is looked at once more, aloud. */
static void tell_faults(struct batch *batch)
{
    struct worker *worker = &batch->workers[0];
    struct bright_plan plan;
    for (size_t i = 0; i < batch->settings->file_count && goes_on(batch, batch->worst); i++) {
        if (batch->list[i].status == TOOL_DONE || batch->list[i].status == OPTIONS_GO)
            continue;
        int status = plan_file(worker, batch->console, i, &plan);
        plan_drop(&plan);
        /* Mended meanwhile: then it was never looked at as the others were. */
        if (status == TOOL_DONE)
            status = console_error(batch->console, batch->settings->files[i], "changed while it was looked at");
        note_failure(batch, i, status);
        batch->worst = status > batch->worst ? status : batch->worst;
    }
}

/* Returns whether anything may be changed. */
static bool check_all(struct batch *batch)
{
    size_t count = batch->settings->file_count;
    if (count == 1)
        return true;
    batch->list = calloc(count, sizeof *batch->list);
    batch->failed = calloc(count, sizeof *batch->failed);
    batch->large = calloc(count, sizeof *batch->large);
    if (!batch->list || !batch->failed || !batch->large) {
        batch->worst = console_error(batch->console, NULL, "not enough memory");
        return false;
    }
    for (size_t i = 0; i < count; i++)
        batch->list[i].status = OPTIONS_GO;
    crowd_run(&(struct crowd_row){.end = count, .step = look_at}, batch->own, batch->worker_count);
    tell_faults(batch);
    if (!goes_on(batch, batch->worst))
        return false;
    int twice = check_twice(batch);
    if (twice == TOOL_DONE)
        twice = check_outs(batch);
    batch->worst = twice != TOOL_DONE ? twice : batch->worst;
    return twice == TOOL_DONE;
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

/* ---- parts ------------------------------------------------------------------------------------------------------- */

/*
 * From here on nothing may happen but the end: the other parts may be done, too, and whoever is last takes this part's
 * journal away. Killed without it, this command would be a new run.
 */
static void leave_part(struct batch *batch, const struct bright_plan *plan, int result)
{
    bool alone = !*batch->ranks;
    fflush(NULL);
    ranks_leave(batch->ranks);
    int kept = journal_keep(plan, &batch->journal);
    if (result != TOOL_DONE && alone && signals_stop())
        signals_raise(signals_stop());
    if (batch->stopped && result != TOOL_DONE)
        result = TOOL_RESUMABLE;
    _exit(result > kept ? result : kept);
}

/*
 * With ranks, a new file: looked at as a whole, so that nothing is made when it cannot be; then the first rank makes
 * what all write to. *made_ret is OUT, for free(3), when there was nothing of it before; else NULL.
 */
static int prepare_parts(struct worker *worker, char **made_ret)
{
    const struct batch *batch = worker->batch;
    struct bright_settings whole = *batch->settings;
    struct bright_plan plan;
    bool made = false;
    *made_ret = NULL;
    whole.range.shard = (struct shard_settings){0};
    int result = plan_make(&plan, &whole, whole.files[0], batch->console, &worker->neighbours);
    if (result == TOOL_DONE)
        result = plan_in_parts(&plan);
    result = ranks_agree_first(*batch->ranks, batch->console, result);
    if (result == TOOL_DONE && ranks_first(*batch->ranks))
        result = parts_prepare(batch->console, plan.output.path, plan.file, &plan.input.info, &made);
    if (made)
        *made_ret = strdup(plan.output.path);
    plan_drop(&plan);
    return ranks_agree(*batch->ranks, result);
}

static int finish_parts(const struct batch *batch, const struct bright_plan *plan)
{
    const struct bright_settings *settings = batch->settings;
    int result = TOOL_DONE;
    if (ranks_first(*batch->ranks))
        result = parts_finish(batch->console, plan->output.path, settings->force, settings->sync);
    return ranks_agree(*batch->ranks, result);
}

/* ---- the work ---------------------------------------------------------------------------------------------------- */

static int begin_journal(struct batch *batch, size_t index, struct bright_plan *plan)
{
    bool is_empty_part = batch->settings->range.shard.count && plan->pass_count == 0;
    if (index == 0 && batch->journalled && !is_empty_part)
        return journal_begin(plan, &batch->journal);
    return TOOL_DONE;
}

/* A small FILE is worked on at once, by this thread; a large one when it is its turn. */
static int run_file(struct worker *worker, size_t index, struct bright_plan *plan)
{
    struct batch *batch = worker->batch;
    bool small = batch->large && !batch->journalled && !batch->large[index];
    if (small)
        plan->own.how.threads = 1;
    else
        crowd_turn(worker->seat, index);
    int result = begin_journal(batch, index, plan);
    plan->journal = batch->journal;
    result = ranks_agree(*batch->ranks, result);
    if (result == TOOL_DONE)
        result = batch->work->run(plan, worker->result);
    crowd_turn(worker->seat, index);
    if (result == TOOL_DONE)
        result = batch->work->tell(plan, worker->result);
    return ranks_agree(*batch->ranks, result);
}

static int work_on(struct worker *worker, size_t index)
{
    struct bright_plan plan;
    struct batch *batch = worker->batch;
    const struct bright_settings *settings = batch->settings;
    bool together = *batch->ranks && settings->output;
    char *made = NULL;
    int result = together ? prepare_parts(worker, &made) : TOOL_DONE;
    if (result != TOOL_DONE) {
        free(made);
        return result;
    }
    result = ranks_agree_first(*batch->ranks, batch->console, plan_file(worker, batch->console, index, &plan));
    if (result == TOOL_DONE)
        result = ranks_same_file(*batch->ranks, batch->console, settings->files[index], plan.size);
    if (result != TOOL_DONE && made)
        parts_abandon(made);
    free(made);
    if (result == TOOL_DONE)
        result = run_file(worker, index, &plan);
    if (result != TOOL_DONE && *batch->ranks)
        batch->stopped = ranks_any(*batch->ranks, signals_stop() != 0);
    if (result == TOOL_DONE && together)
        result = finish_parts(batch, &plan);
    /*
     * Whatever came after the change, its part of the journals stays: the same command again must not change it again.
     */
    if (batch->journal && plan.changed && settings->range.shard.count)
        leave_part(batch, &plan, result);
    crowd_turn(worker->seat, index);
    batch->changed += plan.changed;
    plan_drop(&plan);
    return result;
}

static bool step(struct crowd_seat *seat, size_t index)
{
    struct worker *worker = worker_of(seat);
    struct batch *batch = worker->batch;
    bool failed_before = batch->failed && batch->failed[index];
    /* A signal reaches one rank before another: all leave FILE out, or none. */
    bool stopped = ranks_any(*batch->ranks, signals_stop() != 0);
    int result = failed_before || stopped ? TOOL_DONE : work_on(worker, index);
    crowd_turn(worker->seat, index);
    batch->begun += !stopped;
    batch->stopped = batch->stopped || (stopped && *batch->ranks);
    if (result != TOOL_DONE && !signals_stop())
        note_failure(batch, index, result);
    batch->worst = result > batch->worst ? result : batch->worst;
    return !signals_stop() && (result == TOOL_DONE || !batch->journalled);
}

/* One thread where the order is more than that of what is said, as many as the budget has windows for otherwise. */
static size_t crowd_of(const struct batch *batch)
{
    const struct bright_settings *settings = batch->settings;
    uint64_t budget = settings->how.max_mapped ? settings->how.max_mapped : mmv_default_max_mapped();
    bool alone = batch->journalled || settings->dry_run || *batch->ranks;
    return alone ? 1 : (size_t)mmv_max(1, mmv_min(settings->how.threads, budget / SMALL));
}

/* Whether anything is said of a FILE that was done. */
static bool tells(const struct batch *batch)
{
    const struct bright_settings *settings = batch->settings;
    return settings->report.json || settings->report_file || settings->fix_stats || console_summarises(batch->console);
}

/* Small FILEs by a crowd, and each large one by itself: the threads that share it are those of this thread. */
static void run_all(struct batch *batch)
{
    struct crowd_row row = {.ordered = tells(batch), .step = step};
    size_t count = batch->settings->file_count, threads = mmv_min(crowd_of(batch), batch->worker_count);
    bool go_on = true;
    for (; row.begin < count && go_on; row.begin = row.end) {
        row.end = threads > 1 ? row.begin + 1 : count;
        while (row.end < count && !batch->large[row.begin] && !batch->large[row.end])
            row.end++;
        go_on = crowd_run(&row, batch->own, threads);
    }
}

int batch_run(const struct bright_settings *settings, const struct console *console, struct ranks **ranks,
              const struct batch_work *work, mmv_journal **journal_ret)
{
    struct batch batch = {
        .settings = settings,
        .console = console,
        .work = work,
        .ranks = ranks,
        .journalled = settings->in_place && settings->journal != MMV_JOURNAL_OFF && !settings->dry_run,
    };
    if (!make_workers(&batch))
        batch.worst = console_error(console, NULL, "not enough memory");
    else if (check_all(&batch))
        run_all(&batch);
    drop_workers(&batch);
    /* Whatever was done before, this is no success. */
    if (batch.worst == TOOL_DONE && batch.begun < settings->file_count)
        batch.worst = batch.journalled ? TOOL_RESUMABLE : TOOL_FAILED;
    list_failures(&batch);
    for (size_t i = 0; batch.list && i < settings->file_count; i++)
        free(batch.list[i].out);
    free(batch.list);
    free(batch.large);
    free(batch.failed);
    *journal_ret = batch.journal;
    if (batch.journalled && batch.stopped)
        batch.worst = TOOL_RESUMABLE;
    /* When everything is changed the run is over, also when verifying failed: the same command would be a new run. */
    if (batch.journal == NULL || batch.changed == settings->file_count)
        return batch.worst;
    mmv_journal_close(journal_ret);
    return signals_stop() ? TOOL_RESUMABLE : batch.worst;
}
