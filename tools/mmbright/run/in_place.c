/* SPDX-License-Identifier: MIT */
/*
 * in_place: see in_place.h.
 *
 *     lock -> a walk per span -> header -> work->changed -> sync -> verify -> preview
 */
#include "mmbright/run/in_place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/os/signals.h"
#include "mmbright/plan/spans.h"
#include "mmbright/plan/turns.h"
#include "mmbright/run/journal.h"
#include "mmbright/run/rest.h"
#include "mmbright/run/stale.h"
#include "mmbright/run/tell.h"
#include "mmbright/run/walks.h"
#include "mmbright/undo/undo.h"

static int lock_range(const struct bright_plan *plan)
{
    const mmv_range *range = &plan->share.range;
    uint64_t length = range->length ? range->length : MMV_EMPTY;
    mmv_status status = mmv_map_lock(plan->input.map, range->offset, length, WALKS_LOCK_WAIT_MS);
    if (status == MMV_OK)
        return TOOL_DONE;
    if (status == MMV_EBUSY)
        return console_busy(plan->console, plan->input.path, "on this range");
    if (status != MMV_ENOTSUP)
        return console_failure(plan->console, plan->input.path);
    console_explain(plan->console, plan->input.path, "this file system has no locks: nothing keeps a second run away");
    return TOOL_DONE;
}

/* A walk that failed before it had an entry in the journal leaves neither a mark on FILE nor a pointer beside it. */
static bool is_untouched(const struct bright_plan *plan, size_t index, const mmv_walk_stats *stats)
{
    const mmv_range *range = &plan->share.range;
    mmv_journal_found found = {.kind = MMV_JOURNAL_NONE};
    if (index > 0 || stats->bytes > 0 || stats->resumed > 0)
        return false;
    mmv_status status = mmv_journal_find(plan->input.map, range->offset, range->length, &found);
    free(found.path);
    return status == MMV_OK && found.kind == MMV_JOURNAL_NONE;
}

/* What a walk over a span has left, when it was stopped or failed. */
static void explain_state(const struct bright_work *work, size_t index, const mmv_walk_stats *stats, mmv_status status)
{
    const struct bright_plan *plan = work->plan;
    const mmi_span *span = &plan->spans.list[index];
    char why[64];
    /* The prefix counts from the start of the span; a record that begins before it is done to its end. */
    uint64_t records = mmv_min(mmv_round_up(stats->prefix, span->stride) / span->stride, span->count);
    struct stop stop = {.span = index, .done = records * span->record};
    stop.exact = stats->bytes == stop.done && status == MMV_ESTOPPED;
    if (status == MMV_ESTOPPED)
        snprintf(why, sizeof why, "stopped by %s", signals_name(signals_stop()));
    else
        snprintf(why, sizeof why, "failed");
    if (status == MMV_EJOURNAL || status == MMV_EBUSY || (index == 0 && stats->bytes == 0 && status == MMV_EINVAL))
        return;
    if (work->run->journal && is_untouched(plan, index, stats))
        console_error(plan->console, plan->input.path, "%s: nothing of it is changed", why);
    else if (*work->kept && keep_is_lost(*work->kept))
        console_error(plan->console, plan->input.path,
                      "%s: the device has not taken the undo file; the run ends here, and this file may be a mixture "
                      "of old and new",
                      why);
    else if (work->run->journal)
        console_error(plan->console, plan->input.path, "%s: the same command again goes on from here", why);
    else
        rest_describe(plan, &stop, why);
}

static int walk_span(struct bright_work *work, size_t index)
{
    const mmi_span *span = &work->plan->spans.list[index];
    struct walk_user user = {work, (size_t)span->record, (uint32_t)index};
    mmv_walk_stats stats = {0};
    mmv_walk_options options = walks_over(work, span);
    options.stats = &stats;
    options.journal = work->run->journal;
    mmv_status status = signals_stop() ? MMV_ESTOPPED : mmv_walk(work->plan->input.map, &options, walks_adjust, &user);
    walks_count(work, &stats);
    if (status == MMV_OK)
        return TOOL_DONE;
    const mmv_error error = *mmv_last_error();
    int result = walks_explain(work, status, work->plan->input.path);
    explain_state(work, index, &stats, status);
    console_journal_place(work->plan->console, work->plan->input.path, &error);
    return result;
}

/* A second try could succeed although data is lost: the run ends here, and its journal refuses to go on. */
static int sync_file(struct bright_work *work)
{
    const struct bright_plan *plan = work->plan;
    if (mmv_map_sync(plan->input.map) == MMV_OK)
        return TOOL_DONE;
    int result = console_failure(plan->console, plan->input.path);
    work->changed = false;
    journal_spoil(work->run);
    return result;
}

static int check_result(struct bright_work *work)
{
    const struct bright_plan *plan = work->plan;
    int result = walks_compare(work, mmv_map_descriptor(plan->input.map), plan->input.path);
    if (result == TOOL_DONE && plan->turns.now + 1 >= turns_count(plan))
        result = preview_retake(&work->preview, plan, plan->input.map);
    if (result != TOOL_DONE && signals_stop())
        console_error(plan->console, plan->input.path, "stopped by %s: the whole range is changed, but not verified",
                      signals_name(signals_stop()));
    return result;
}

static mmv_status take_counts(uint32_t tag, const void *bytes, size_t length, void *user)
{
    struct bright_work *work = user;
    size_t size = work->plan->image.samples * sizeof(mmi_tally);
    if (tag != JOURNAL_NOTE_OUTCOME || length != size)
        return MMV_OK;
    memcpy(work->outcome->tally, bytes, size);
    work->outcome->is_recalled = true;
    return MMV_ESTOPPED;
}

/*
 * Everything is changed, and nothing else is done. Should the rest fail, the same command finds what it is to report;
 * and what --verify expects.
 */
static int note_outcome(struct bright_work *work)
{
    const struct bright_plan *plan = work->plan;
    const mmv_walk_stats *sum = &work->outcome->report.sum;
    mmv_journal *journal = work->run->journal;
    size_t size = plan->image.samples * sizeof(mmi_tally);
    mmv_status status = work->verify ? verify_complete(work->verify) : MMV_OK;
    bool is_told = tell_is_wanted(work->run);
    if (status == MMV_OK && is_told && sum->resumed == 0)
        status = mmv_journal_note(journal, plan->input.map, JOURNAL_NOTE_OUTCOME, work->outcome->tally, size);
    else if (status == MMV_OK && is_told && sum->resumed == sum->bytes)
        status = mmv_journal_notes(journal, plan->input.map, take_counts, work);
    return status == MMV_OK ? TOOL_DONE : console_failure(plan->console, plan->input.path);
}

/* The run is that of all FILEs, and constant for whoever works on one: what is kept is of the one in hand. */
static int begin_keeping(struct bright_work *work)
{
    const struct keep_run run = {
        .journal = work->run->journal, .journal_path = work->run->journal_path, .threads = work->options.threads};
    if (!work->plan->command->undo.keep)
        return TOOL_DONE;
    int result = undo_begin(work->plan, run, work->undo_group, work->kept);
    /* That of an interrupted run, where this one goes on with it. */
    if (result == TOOL_DONE)
        work->undo_group = keep_group(*work->kept)->id;
    return result;
}

static int end_keeping(struct bright_work *work, int result)
{
    if (!*work->kept)
        return result;
    int kept = keep_finish(*work->kept, result == TOOL_DONE, work->outcome->report.sum.resumed);
    work->outcome->undo_bytes = keep_bytes(*work->kept);
    if (keep_is_lost(*work->kept))
        journal_spoil(work->run);
    return result == TOOL_DONE ? kept : result;
}

int in_place_do(struct bright_work *work)
{
    const struct bright_plan *plan = work->plan;
    int result = lock_range(plan);
    /* With a journal FILE may be one that an interrupted run has changed. */
    work->touched = result == TOOL_DONE || work->run->journal;
    if (result == TOOL_DONE)
        result = begin_keeping(work);
    for (size_t i = 0; i < plan->spans.count && result == TOOL_DONE; i++)
        result = walk_span(work, i);
    walks_settle(work);
    result = end_keeping(work, result);
    /* Stopped, or failed: whoever goes on needs what was expected so far. */
    if (result != TOOL_DONE && work->run->journal && work->verify)
        verify_complete(work->verify);
    if (result == TOOL_DONE && work->run->journal)
        result = note_outcome(work);
    /* Before the run counts as done: repeated, it corrects them again. */
    bool is_last = plan->turns.now + 1 >= turns_count(plan);
    if (result == TOOL_DONE && is_last)
        result = stale_fix(work, mmv_map_descriptor(plan->input.map));
    work->changed = result == TOOL_DONE;
    /* Whoever reads the parts together may do so on another machine. */
    bool is_shared = command_is_divided(plan->command) && mmv_map_is_remote(plan->input.map);
    if (result == TOOL_DONE && (plan->command->safety.sync || is_shared))
        result = sync_file(work);
    return result == TOOL_DONE ? check_result(work) : result;
}
