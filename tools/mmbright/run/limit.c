/* SPDX-License-Identifier: MIT */
/*
 * limit: see limit.h.
 *
 * 1. FILE is not written to: it is walked over through a map that can only read, and the change goes to memory of the
 *    thread's own. No assert can see that: tests/tools/limit.bash looks at the files.
 */
#include "mmbright/run/limit.h"

#include <assert.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "mmbright/plan/change.h"
#include "mmbright/plan/spans.h"
#include "mmbright/plan/turns.h"
#include "mmbright/run/walks.h"
#include "mmbright/undo/gauge.h"

/* So much is changed at a time: the first-level cache keeps it. A whole number of samples of any type. */
#define PIECE 8192

struct counting {
    struct bright_work *work;
    char *rooms; /* of each thread one */
    size_t record;
    _Atomic uint64_t bytes; /* that the change reaches */
    struct gauge *gauge;    /* NULL = nobody asks how large an undo file would be */
};

/* A thread's. */
struct seat {
    struct counting *counting;
    mmi_adjuster *adjuster;
    uint64_t bytes;
};

static void count_batch(void *user, const mmi_batch *batch)
{
    struct seat *seat = user;
    seat->bytes += batch->length;
    mmi_adjuster_run(seat->adjuster, batch);
}

/* Bytes of FILE that lie one behind the other, from 'offset' on. */
static void count_bytes(struct seat *seat, char *room, uint64_t offset, const char *source, size_t length)
{
    const struct bright_plan *plan = seat->counting->work->plan;
    mmi_scout scout = change_scout(plan);
    const struct change_work change = {plan, &scout, count_batch, seat};
    for (size_t at = 0; at < length; at += PIECE)
        change_bytes(&change, offset + at, source + at, room, mmv_min(PIECE, length - at));
}

static mmv_status count_chunk(const mmv_chunk *chunk, void *user)
{
    struct counting *counting = user;
    struct seat seat = {counting, counting->work->adjusters[chunk->thread], 0};
    char *room = counting->rooms + (size_t)chunk->thread * PIECE;
    bool is_gapless = chunk->file_stride == counting->record;
    size_t length = is_gapless ? chunk->count * counting->record : counting->record;
    assert(chunk->thread < counting->work->options.threads);
    for (size_t i = 0; i < (is_gapless ? 1 : chunk->count); i++)
        count_bytes(&seat, room, chunk->offset + i * chunk->file_stride,
                    (const char *)chunk->source + i * chunk->stride, length);
    atomic_fetch_add(&counting->bytes, seat.bytes);
    return counting->gauge ? gauge_chunk(counting->gauge, chunk, counting->record) : MMV_OK;
}

static int count_spans(struct counting *counting, mmv_map *map)
{
    struct bright_work *work = counting->work;
    const struct spans *spans = &work->plan->spans;
    mmv_status status = MMV_OK;
    for (size_t i = 0; i < spans->count && status == MMV_OK; i++) {
        mmv_walk_stats stats = {0};
        mmv_walk_options options = walks_over(work, &spans->list[i]);
        options.stats = &stats;
        counting->record = options.record_size;
        status = mmv_walk(map, &options, count_chunk, counting);
        progress_next(&work->progress, stats.bytes);
    }
    return status == MMV_OK ? TOOL_DONE : walks_explain(work, status, work->plan->input.path);
}

/* Pixels that lie together are gone over in whole; of planes and lines only those of channels that change. */
static uint64_t reached_of(const struct bright_plan *plan, uint64_t bytes)
{
    const mmi_image *image = &plan->image;
    uint64_t samples = bytes / mmi_type_size(image->type), channels = 0;
    for (uint32_t c = 0; c < image->samples; c++)
        channels += plan->meaning.channels[c];
    return image->layout == MMI_BIP ? samples / image->samples * channels : samples;
}

static int count_here(struct bright_work *work)
{
    const struct bright_plan *plan = work->plan;
    struct counting counting = {work, malloc((size_t)work->options.threads * PIECE), 0, 0, NULL};
    bool is_gauged = plan->command->count && plan->command->undo.keep;
    if (is_gauged)
        counting.gauge = gauge_create(plan, work->options.threads);
    mmv_map *map = NULL;
    int result = TOOL_DONE;
    if (!walks_prepare(work) || !counting.rooms || (is_gauged && !counting.gauge))
        result = console_error(plan->console, plan->input.path, "not enough memory");
    else if (mmv_map_from_descriptor(mmv_map_descriptor(plan->input.map), false, MMV_READ, 0, &map) != MMV_OK)
        result = console_failure(plan->console, plan->input.path);
    if (result == TOOL_DONE)
        result = count_spans(&counting, map);
    work->outcome->reached += reached_of(plan, atomic_load(&counting.bytes));
    if (counting.gauge)
        work->outcome->undo_bytes += gauge_bytes(counting.gauge);
    gauge_destroy(counting.gauge);
    walks_settle(work);
    mmv_map_close(&map);
    free(counting.rooms);
    return result;
}

int limit_count(struct bright_work *work, struct outcome *outcome)
{
    const struct bright_plan *plan = work->plan;
    struct ranks *ranks = work->run->ranks;
    uint64_t bytes = turns_bytes(plan);
    int result = TOOL_DONE;
    work->outcome = outcome;
    outcome_reset(outcome, plan);
    work->options = work_options(work);
    ranks_sum(ranks, &bytes, 1);
    progress_start(&work->progress, plan->console, plan->command->report.progress, plan->input.path, bytes);
    ranks_begin(ranks, &work->options, &work->progress);
    for (size_t i = 0; i < turns_count(plan) && result == TOOL_DONE; i++) {
        result = turns_are(plan) ? turns_take(work->turning, i) : TOOL_DONE;
        if (result == TOOL_DONE && plan->spans.count > 0)
            result = count_here(work);
    }
    if (turns_are(plan) && plan->turns.count > 0 && result == TOOL_DONE)
        result = turns_take(work->turning, 0);
    result = ranks_end(ranks, result);
    progress_end(&work->progress);
    outcome_total(outcome, work);
    ranks_sum(ranks, &outcome->reached, 1);
    work->outcome = NULL;
    return result;
}

uint64_t limit_saturated(const struct bright_work *work, const struct outcome *outcome, uint64_t *of_ret)
{
    const mmi_tally sum = outcome_sum(outcome, work->plan);
    *of_ret = outcome->reached;
    /* A sample that means no data from now on is lost, too. */
    return sum.low + sum.high + sum.became_no_data;
}

int limit_judge(const struct bright_work *work, const struct outcome *outcome)
{
    const struct limit_settings *limit = &work->plan->command->limit;
    uint64_t of, saturated = limit_saturated(work, outcome, &of);
    /* As it was typed: 0.7 % has no exact tenth of a tenth, and 7 of 1000 are no more than that. */
    if (!limit->text || saturated == 0 || (double)saturated * limit->whole / (double)of <= limit->share)
        return TOOL_DONE;
    if (!ranks_first(work->run->ranks))
        return TOOL_FAILED;
    return console_error(work->plan->console, work->plan->input.path,
                         "%" PRIu64 " of %" PRIu64
                         " samples (%.3g%%) would saturate, and --max-saturated=%s allows no more: nothing is changed",
                         saturated, of, 100 * (double)saturated / (double)of, limit->text);
}

/* Whether an unfinished run has begun with what this one is to change. */
struct begun {
    const struct bright_plan *plan;
    bool found;
};

static void see_extent(const mmv_journal_extent *extent, void *user)
{
    struct begun *begun = user;
    const mmv_range *share = &begun->plan->share.range;
    const mmv_range its = {extent->offset, extent->length ? extent->length : MMV_EMPTY};
    struct file_facts info;
    /* A file that has another name by now, or is on another file system (--adopt), may be this one. */
    bool is_other = file_look_at(extent->path, true, &info) == 0 && !file_is_same(&info, &begun->plan->input.info);
    if (extent->state == MMV_JOURNAL_UNTOUCHED || is_other)
        return;
    begun->found = begun->found || mmv_range_bytes(mmv_range_clip(its, *share)) > 0;
}

static bool is_begun(const struct bright_plan *plan)
{
    const mmv_range *share = &plan->share.range;
    struct begun begun = {plan, false};
    mmv_journal_found found;
    if (plan->command->safety.journal == MMV_JOURNAL_OFF || share->length == 0 ||
        mmv_journal_find(plan->input.map, share->offset, share->length, &found) != MMV_OK)
        return false;
    /* A file that was moved away does not say where the journal is; no other command than its own goes on. */
    begun.found = found.kind != MMV_JOURNAL_NONE && found.path[0] == '\0';
    if (found.kind != MMV_JOURNAL_NONE && !begun.found)
        mmv_journal_extents(found.path, see_extent, &begun);
    free(found.path);
    return begun.found;
}

int limit_check(struct bright_work *work, struct outcome *outcome)
{
    const struct bright_plan *plan = work->plan;
    if (!plan->command->limit.text)
        return TOOL_DONE;
    if (ranks_any(work->run->ranks, is_begun(plan))) {
        console_warning(plan->console, plan->input.path,
                        "note: an interrupted run goes on, and --max-saturated=%s is not judged again: it was before "
                        "that run began, if that run had it",
                        plan->command->limit.text);
        return TOOL_DONE;
    }
    int result = limit_count(work, outcome);
    return ranks_agree(work->run->ranks, result == TOOL_DONE ? limit_judge(work, outcome) : result);
}
