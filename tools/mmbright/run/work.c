/* SPDX-License-Identifier: MIT */
/* work: see work.h. in_place.c and copy.c have the walks. */
#include "mmbright/run/work.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "mmbright/plan/spans.h"
#include "mmbright/plan/turns.h"
#include "mmbright/run/copy.h"
#include "mmbright/run/in_place.h"
#include "mmbright/run/limit.h"
#include "mmbright/run/walks.h"
#include "mmbright/undo/undo.h"

void work_begin(struct bright_work *work, struct bright_run *run, struct bright_plan *plan)
{
    *work = (struct bright_work){.run = run,
                                 .kept = &run->keep,
                                 .plan = plan,
                                 .turning = plan,
                                 .notes = &plan->input.notes,
                                 .threads = run->command->how.threads,
                                 .preview = PREVIEW_NONE};
}

void work_drop(struct bright_work *work)
{
    preview_drop(&work->preview);
}

mmv_walk_options work_options(const struct bright_work *work)
{
    mmv_walk_options options = settings_walk(&work->plan->command->how);
    options.threads = work->threads;
    return options;
}

void outcome_reset(struct outcome *outcome, const struct bright_plan *plan)
{
    outcome->report = (struct report){0};
    outcome->pixels = plan->share.pixels;
    outcome->changed_meanwhile = false;
    outcome->reached = 0;
    outcome->undo_bytes = 0;
    /* Not all that there is room for: it would take longer than a small file. */
    memset(outcome->tally, 0, plan->image.samples * sizeof *outcome->tally);
}

static_assert(sizeof(mmi_tally) == 4 * sizeof(uint64_t), "a tally is a list of counts");

void outcome_total(struct outcome *outcome, const struct bright_work *work)
{
    ranks_sum(work->run->ranks, (uint64_t *)(void *)outcome->tally, 4 * (size_t)work->plan->image.samples);
}

mmi_tally outcome_sum(const struct outcome *outcome, const struct bright_plan *plan)
{
    mmi_tally sum = {0};
    for (uint32_t c = 0; c < plan->image.samples; c++) {
        sum.low += outcome->tally[c].low;
        sum.high += outcome->tally[c].high;
        sum.no_data += outcome->tally[c].no_data;
        sum.became_no_data += outcome->tally[c].became_no_data;
    }
    return sum;
}

/* Of a share what all did; the same on every rank. */
static void total_outcome(struct outcome *outcome, const struct bright_work *work)
{
    struct ranks *ranks = work->run->ranks;
    outcome_total(outcome, work);
    if (ranks)
        outcome->pixels = work->plan->pixels;
    outcome->changed_meanwhile = ranks_any(ranks, outcome->changed_meanwhile);
    ranks_sum(ranks, &outcome->undo_bytes, 1);
    ranks_report(ranks, &outcome->report);
}

static int do_target(struct bright_work *work)
{
    switch (work->plan->command->target.kind) {
    case TARGET_IN_PLACE:
        return in_place_do(work);
    case TARGET_FILE:
        return copy_to_file(work);
    case TARGET_PART:
        return copy_to_part(work);
    default:
        return copy_to_stdout(work);
    }
}

/* FILE as one state: a copy keeps away who would change it. */
static int read_and_do(struct bright_work *work)
{
    const struct bright_plan *plan = work->plan;
    bool is_copy = plan->command->target.kind != TARGET_IN_PLACE;
    struct reading reading = copy_reading(plan);
    int status = is_copy ? copy_hold(&reading) : TOOL_DONE;
    if (status == TOOL_DONE && plan->turns.now == 0)
        status = preview_take(&work->preview, plan, work->run->journal);
    if (status == TOOL_DONE)
        status = do_target(work);
    /* Of several files the others may have changed since their turn, too: copy_to_file() looks at all. */
    if (status == TOOL_DONE && is_copy && !turns_are(plan))
        work->outcome->changed_meanwhile = reading_end(&reading, "the copy");
    notes_take_reading(work->notes, &reading);
    return status;
}

/* What --verify expects is kept in the journal, if there is one, for whoever goes on with the run. */
static int keep_expected(struct bright_work *work)
{
    const struct bright_plan *plan = work->plan;
    mmv_journal *journal = work->run->journal;
    if (!work->verify || !journal ||
        verify_keep(work->verify, journal, plan->input.map, plan->command->safety.journal) == MMV_OK)
        return TOOL_DONE;
    return console_failure(plan->console, plan->input.path);
}

static int prepare_and_do(struct bright_work *work)
{
    const struct bright_plan *plan = work->plan;
    bool verify = plan->command->safety.verify;
    if (verify)
        work->verify = walks_verify(work);
    bool fine = walks_prepare(work) && (!verify || work->verify);
    int status = fine ? keep_expected(work) : console_error(plan->console, plan->input.path, "not enough memory");
    if (status == TOOL_DONE)
        status = read_and_do(work);
    walks_settle(work);
    verify_destroy(work->verify);
    work->verify = NULL;
    return status;
}

static void add_outcome(struct outcome *sum, const struct outcome *part, uint32_t samples)
{
    report_add(&sum->report, &part->report.sum);
    sum->changed_meanwhile = sum->changed_meanwhile || part->changed_meanwhile;
    sum->undo_bytes += part->undo_bytes;
    for (uint32_t c = 0; c < samples; c++) {
        sum->tally[c].low += part->tally[c].low;
        sum->tally[c].high += part->tally[c].high;
        sum->tally[c].no_data += part->tally[c].no_data;
        sum->tally[c].became_no_data += part->tally[c].became_no_data;
    }
}

/*
 * Files of one image, one after the other, each with an outcome of its own: that is what the journal keeps of it.
 * 'work->touched' is of all.
 */
static int do_turns(struct bright_work *work)
{
    struct outcome *sum = work->outcome, *part = malloc(sizeof *part);
    bool touched = false;
    int status = part ? TOOL_DONE : console_error(work->plan->console, work->plan->input.header, "not enough memory");
    for (size_t i = 0; i < work->plan->turns.count && status == TOOL_DONE; i++) {
        status = turns_take(work->turning, i);
        if (status != TOOL_DONE)
            break;
        /* Each file has an undo file of its own. */
        keep_drop(work->kept);
        work->outcome = part;
        outcome_reset(part, work->plan);
        status = prepare_and_do(work);
        work->outcome = sum;
        add_outcome(sum, part, work->plan->image.samples);
        touched = touched || work->touched;
    }
    work->touched = touched;
    free(part);
    return status;
}

static int do_all(struct bright_work *work)
{
    const struct bright_plan *plan = work->plan;
    struct ranks *ranks = work->run->ranks;
    uint64_t bytes = plan_work(plan);
    int status = TOOL_DONE;
    work->changed = plan->command->target.kind == TARGET_IN_PLACE && plan->spans.count == 0;
    if (work->changed && !ranks)
        return TOOL_DONE;
    work->options = work_options(work);
    ranks_sum(ranks, &bytes, 1);
    progress_start(&work->progress, plan->console, plan->command->report.progress, plan->input.path, bytes);
    ranks_begin(ranks, &work->options, &work->progress);
    if (!work->changed)
        status = turns_are(plan) ? do_turns(work) : prepare_and_do(work);
    status = ranks_end(ranks, status);
    progress_end(&work->progress);
    return status;
}

/* With --count also what would saturate: a plan alone is there at once, however large FILE is. */
static int rehearse(struct bright_work *work)
{
    struct outcome *outcome = work->outcome;
    int status = preview_take(&work->preview, work->plan, NULL);
    if (status == TOOL_DONE && work->plan->command->count)
        status = limit_count(work, outcome);
    work->outcome = outcome;
    return status;
}

int work_do(struct bright_work *work, struct outcome *outcome)
{
    assert(work->threads >= 1 && !work->outcome);
    work->outcome = outcome;
    outcome_reset(outcome, work->plan);
    int status = work->plan->command->dry_run ? rehearse(work) : do_all(work);
    if (work->plan->command->dry_run)
        return status;
    if (status == TOOL_DONE)
        total_outcome(outcome, work);
    return status;
}
