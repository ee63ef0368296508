/* SPDX-License-Identifier: MIT */
/*
 * walks: see walks.h.
 *
 * 1. A chunk is adjusted from its source to its data with a tally of its thread; threads share nothing that they write:
 *    walks_adjust() asserts that the thread has its own, walks_prepare() that tallies lie whole lines apart.
 */
#include "mmbright/run/walks.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kit/os/memory.h"
#include "mmbright/plan/change.h"
#include "mmbright/plan/spans.h"
#include "mmbright/plan/turns.h"
#include "mmbright/plan/unfinished.h"
#include "kit/undo/keep.h"

/* Two threads never write to one line, nor to the pair of lines that processors fetch together. */
#define LINE 128

static mmi_tally *tally_of(const struct bright_work *work, unsigned thread)
{
    return (mmi_tally *)(void *)(work->tallies + thread * work->tally_bytes);
}

static mmv_status adjust_uncounted(const mmv_chunk *chunk, const struct walk_user *to)
{
    const struct bright_plan *plan = to->work->plan;
    bool is_gapless = chunk->file_stride == to->record && chunk->stride == to->record;
    size_t count = is_gapless ? 1 : chunk->count, length = is_gapless ? chunk->count * to->record : to->record;
    for (size_t i = 0; i < count; i++) {
        char *record = (char *)chunk->data + i * chunk->stride;
        change_once(plan, chunk->offset + i * chunk->file_stride, record, record, length);
    }
    return MMV_OK;
}

static void adjust_batch(void *user, const mmi_batch *batch)
{
    mmi_adjuster_run(user, batch);
}

static void adjust_chunk(const struct bright_work *work, const mmv_chunk *chunk, size_t record)
{
    mmi_adjuster *adjuster = work->adjusters[chunk->thread];
    uint64_t place = chunk->offset - work->plan->range.offset;
    const struct change_work change = {work->plan, &work->scouts[chunk->thread], adjust_batch, adjuster};
    if (work->plan->pieces) {
        change_bytes(&change, chunk->offset, chunk->source, chunk->data, chunk->count * record);
        return;
    }
    /* Without gaps in the file the chunk is one batch; with gaps the memory may have them, too, or not. */
    if (chunk->file_stride == record) {
        mmi_adjuster_run(adjuster, &(mmi_batch){place, chunk->source, chunk->data, chunk->count * record});
        return;
    }
    for (size_t i = 0; i < chunk->count; i++) {
        size_t at = i * chunk->stride;
        mmi_adjuster_run(adjuster, &(mmi_batch){place + i * chunk->file_stride, (const char *)chunk->source + at,
                                                (char *)chunk->data + at, record});
    }
}

mmv_status walks_adjust(const mmv_chunk *chunk, void *user)
{
    const struct walk_user *to = user;
    const struct bright_work *work = to->work;
    struct keep *keep = work->run->keep;
    mmv_status status = MMV_OK;
    assert(chunk->thread < work->options.threads);
    /* What is only tried will come again, and is neither counted nor expected. */
    if (chunk->is_trial)
        return adjust_uncounted(chunk, to);
    if (work->verify)
        status = verify_expect(work->verify, chunk, to->record);
    if (status == MMV_OK && keep)
        status = keep_chunk(keep, chunk, to->span, to->record);
    if (status != MMV_OK)
        return status;
    adjust_chunk(work, chunk, to->record);
    return keep ? keep_result(keep, chunk, to->span, to->record) : MMV_OK;
}

mmv_status walks_copy(const mmv_chunk *chunk, void *user)
{
    const struct walk_user *to = user;
    mmv_status status = verify_expect_same(to->work->verify, chunk, to->record);
    memcpy(chunk->data, chunk->source, chunk->count * to->record);
    return status;
}

/* An empty image has nothing to adjust, and no adjustment. */
bool walks_prepare(struct bright_work *work)
{
    const struct bright_plan *plan = work->plan;
    unsigned threads = work->options.threads;
    work->tally_bytes = (size_t)mmv_round_up(plan->image.samples * sizeof(mmi_tally), LINE);
    assert(threads >= 1 && work->tally_bytes % LINE == 0);
    work->tallies = memory_aligned(LINE, work->tally_bytes * threads);
    work->adjusters = calloc(threads, sizeof *work->adjusters);
    work->scouts = calloc(threads, sizeof *work->scouts);
    bool fine = work->tallies && work->adjusters && work->scouts;
    if (fine)
        memset(work->tallies, 0, work->tally_bytes * threads);
    for (unsigned i = 0; i < threads && fine && plan->adjust; i++) {
        work->adjusters[i] = mmi_adjuster_create(plan->adjust, tally_of(work, i));
        work->scouts[i] = change_scout(plan);
        fine = work->adjusters[i] != NULL;
    }
    return fine;
}

static void sum_tallies(const struct bright_work *work)
{
    for (unsigned thread = 0; thread < work->options.threads; thread++) {
        const mmi_tally *tally = tally_of(work, thread);
        for (uint32_t c = 0; c < work->plan->image.samples; c++) {
            work->outcome->tally[c].low += tally[c].low;
            work->outcome->tally[c].high += tally[c].high;
            work->outcome->tally[c].no_data += tally[c].no_data;
            work->outcome->tally[c].became_no_data += tally[c].became_no_data;
        }
    }
}

void walks_settle(struct bright_work *work)
{
    for (unsigned i = 0; i < work->options.threads && work->adjusters; i++)
        mmi_adjuster_destroy(&work->adjusters[i]);
    /* Without the other list the tallies were never set. */
    if (work->tallies && work->adjusters)
        sum_tallies(work);
    free(work->adjusters);
    memory_aligned_free(work->tallies);
    free(work->scouts);
    work->scouts = NULL;
    work->adjusters = NULL;
    work->tallies = NULL;
}

mmv_walk_options walks_over(const struct bright_work *work, const mmi_span *span)
{
    mmv_walk_options options = work->options;
    options.record_size = (size_t)span->record;
    options.offset = span->offset;
    options.stride = span->stride == span->record ? 0 : span->stride;
    options.length = spans_end(span) - span->offset;
    assert(options.length > 0); /* 0 would mean "to the end" */
    return options;
}

void walks_count(struct bright_work *work, const mmv_walk_stats *stats)
{
    report_add(&work->outcome->report, stats);
    progress_next(&work->progress, stats->bytes);
}

int walks_explain(struct bright_work *work, mmv_status status, const char *file)
{
    const struct console *console = work->plan->console;
    progress_end(&work->progress);
    if (status == MMV_ESTOPPED)
        return TOOL_FAILED;
    if (settings_refused(console, &work->plan->command->how))
        return TOOL_USAGE;
    if (status == MMV_EJOURNAL)
        return unfinished_explain(work->plan);
    if (status == MMV_EBUSY)
        return console_busy(console, file, "on this range");
    return console_failure(console, file);
}

/* Whole samples of any type: a multiple of every sample's size. */
#define SCALAR_PIECE 4096

static void adjust_scalar(void *user, const mmi_batch *batch)
{
    mmi_adjust_run_scalar(user, batch, NULL);
}

static mmv_status compute_again(const struct verify_piece *piece, size_t *made_ret, void *user)
{
    const struct bright_work *work = user;
    mmi_scout scout = work->scouts[piece->thread];
    const struct change_work change = {work->plan, &scout, adjust_scalar, work->plan->adjust};
    assert(*made_ret == piece->length && piece->length <= SCALAR_PIECE);
    (void)made_ret;
    change_bytes(&change, piece->offset, piece->from, piece->made, piece->length);
    return MMV_OK;
}

struct verify *walks_verify(struct bright_work *work)
{
    const struct verify_way way = {compute_again, work, SCALAR_PIECE, SCALAR_PIECE, false};
    return verify_create(work->options.threads, &way);
}

int walks_compare(struct bright_work *work, int descriptor, const char *file)
{
    const struct bright_plan *plan = work->plan;
    const struct verify_result result = {.console = plan->console,
                                         .file = file,
                                         .descriptor = descriptor,
                                         .shift = turns_shift(plan),
                                         .expected = work->run->journal ? spans_own(plan) : 0,
                                         .is_synced = plan->command->safety.sync};
    if (work->verify == NULL)
        return TOOL_DONE;
    progress_end(&work->progress);
    return verify_compare(work->verify, &result);
}
