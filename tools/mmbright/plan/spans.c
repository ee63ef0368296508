/* SPDX-License-Identifier: MIT */
/*
 * spans: from an image, a rectangle and channels to walks, and from these to the share of one shard.
 *
 *     FILE   |..head..|========== range: the image ==========|..tail..|
 *     bip    |        |  pixels: one span                    |        |
 *     --roi  |        |   ----    ----    ----    ----       |        |   one span with gaps, a record per row
 *     bsq -c |        |           ================           |        |   a span per channel
 *     shard  |        |       |-- only records that begin here --|    |
 *     pieces |        |  ==  ====     ==== ==                |        |   a span per run, see runs.c
 *
 * 1. Spans are disjoint: they come from mmi_image_spans(), whose tests try that, and are only cut here;
 *    test_plan.c tries it for the spans of several shards. No assert: it would compare each with each.
 * 2. Together they are the bytes that may change, in whole pixels (bip) or samples: assert_whole().
 */
#include "mmbright/plan/spans.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include <mmview/range.h>
#include <mmview/shard.h>

#include "mmbright/plan/runs.h"

static const struct shard_settings *shard_of(const struct bright_plan *plan)
{
    return &plan->command->where.range.shard;
}

/* What nothing may cut: of pieces a sample, since pixels need not lie whole pixels apart. */
static size_t record_of(const struct bright_plan *plan)
{
    return plan->pieces ? mmi_type_size(plan->image.type) : mmi_image_record(&plan->image);
}

/* Where a walk over gapless bytes may stop: between pixels, and where the image has rows between rows. */
static uint64_t natural_record(const struct bright_plan *plan)
{
    const mmi_image *image = &plan->image;
    uint64_t sample = mmi_type_size(image->type);
    uint64_t row = image->layout == MMI_BSQ ? image->width * sample : image->width * sample * image->samples;
    /*
     * With a journal nobody has to be told where it stopped, and what is saved at a time is a few pixels. The borders
     * of shards may not depend on a journal.
     */
    if (plan->command->safety.journal != MMV_JOURNAL_OFF || shard_of(plan)->count)
        return mmi_image_record(image);
    return row != 0 && row <= plan->command->row_limit ? row : mmi_image_record(image);
}

static bool make_room(struct spans *spans, uint64_t more)
{
    uint64_t total = spans->count + more;
    if (total > SIZE_MAX / sizeof *spans->list)
        return false;
    mmi_span *list = realloc(spans->list, (size_t)total * sizeof *list);
    if (list == NULL)
        return false;
    spans->list = list;
    return true;
}

/* Keep the records whose first byte lies in 'share'. */
static void cut_to(mmv_range share, mmi_span *span)
{
    uint64_t end = mmv_range_end(share);
    uint64_t from = share.offset > span->offset ? (share.offset - span->offset - 1) / span->stride + 1 : 0;
    uint64_t to = end > span->offset ? mmv_min(span->count, (end - span->offset - 1) / span->stride + 1) : 0;
    from = mmv_min(from, to);
    span->offset += from * span->stride;
    span->count = to - from;
}

/* Invariant 2. */
static void assert_whole(const struct bright_plan *plan, const mmi_span *span)
{
    assert(span->count > 0 && span->record > 0 && span->stride >= span->record);
    assert(span->record % record_of(plan) == 0);
    assert(plan->pieces || (span->offset - plan->range.offset) % mmi_type_size(plan->image.type) == 0);
    (void)plan;
    (void)span;
}

static bool add_gapless(const struct bright_plan *plan, mmv_range share, mmv_range bytes, struct spans *spans)
{
    uint64_t record = natural_record(plan);
    if (bytes.length % record != 0)
        record = mmi_image_record(&plan->image);
    mmi_span span = {bytes.offset, record, record, bytes.length / record};
    cut_to(share, &span);
    if (span.count == 0)
        return true;
    if (!make_room(spans, 1))
        return false;
    spans->list[spans->count++] = span;
    return true;
}

/* 'meant' counts from the image's first byte, spans from that of the file. */
static bool add_span(const struct bright_plan *plan, mmv_range share, const mmi_span *meant, struct spans *spans)
{
    mmi_span span = *meant;
    span.offset += plan->range.offset;
    if (span.count == 1 || span.stride == span.record)
        return add_gapless(plan, share, (mmv_range){span.offset, span.record * span.count}, spans);
    cut_to(share, &span);
    if (span.count == 0)
        return true;
    if (span.record <= plan->command->row_limit) {
        if (!make_room(spans, 1))
            return false;
        spans->list[spans->count++] = span;
        return true;
    }
    /* Rows too long to be records: each is a span of its own. */
    uint64_t record = mmi_image_record(&plan->image);
    if (!make_room(spans, span.count))
        return false;
    for (uint64_t row = 0; row < span.count; row++)
        spans->list[spans->count++] = (mmi_span){span.offset + row * span.stride, record, record, span.record / record};
    return true;
}

/* Of each run what is the share's. */
static bool cut_runs(const struct bright_plan *plan, mmv_range share, struct spans *spans_ret)
{
    *spans_ret = (struct spans){NULL, 0};
    if (!make_room(spans_ret, plan->runs.count + 1))
        return false;
    for (size_t i = 0; i < plan->runs.count; i++) {
        mmi_span span = plan->runs.list[i];
        cut_to(share, &span);
        if (span.count == 0)
            continue;
        assert_whole(plan, &span);
        spans_ret->list[spans_ret->count++] = span;
    }
    return true;
}

/* The spans of one share of the range's bytes. False when there is no memory; spans_ret->list is for free(3) anyway. */
static bool find_spans(const struct bright_plan *plan, mmv_range share, struct spans *spans_ret)
{
    size_t capacity = plan->image.samples;
    if (plan->pieces)
        return cut_runs(plan, share, spans_ret);
    mmi_span *meant = calloc(capacity, sizeof *meant);
    bool fine = meant != NULL;
    const mmi_selection selection = {plan->region, plan->meaning.channels};
    size_t count = fine ? mmi_image_spans(&plan->image, &selection, plan->range.length, meant, capacity) : 0;
    *spans_ret = (struct spans){NULL, 0};
    for (size_t i = 0; i < count && fine; i++)
        fine = add_span(plan, share, &meant[i], spans_ret);
    for (size_t i = 0; i < spans_ret->count; i++)
        assert_whole(plan, &spans_ret->list[i]);
    free(meant);
    return fine;
}

/* From the first byte that its spans change to the last. */
static mmv_range reach_of(const struct spans *spans, mmv_range share)
{
    uint64_t first = UINT64_MAX, end = 0;
    for (size_t i = 0; i < spans->count; i++) {
        first = mmv_min(first, spans->list[i].offset);
        end = mmv_max(end, spans_end(&spans->list[i]));
    }
    return spans->count ? (mmv_range){first, end - first} : (mmv_range){share.offset, 0};
}

static bool share_of(const struct bright_plan *plan, uint64_t index, mmv_range *share_ret)
{
    const struct shard_settings *shard = shard_of(plan);
    *share_ret = (mmv_range){0, INT64_MAX};
    return shard->count == 0 || mmv_shard(plan->range, 1, 0, index, shard->count, share_ret) == MMV_OK;
}

bool spans_reach(const struct bright_plan *plan, uint64_t index, mmv_range *reach_ret)
{
    mmv_range share;
    struct spans spans = {NULL, 0};
    bool fine = share_of(plan, index, &share) && find_spans(plan, share, &spans);
    *reach_ret = reach_of(&spans, share);
    free(spans.list);
    return fine;
}

/* The index-th shard of the image's records. Its offset is right when it is empty, too. */
static mmv_range records_of(const struct bright_plan *plan, uint64_t index)
{
    mmv_range share = {plan->range.offset, MMV_EMPTY};
    size_t record = plan->pieces ? 1 : record_of(plan);
    mmv_status status = mmv_shard(plan->range, record, 0, index, shard_of(plan)->count, &share);
    assert(status == MMV_OK);
    (void)status;
    if (!plan->pieces)
        return share;
    /* The records of each run count from its own start. */
    uint64_t from = runs_border(&plan->runs, share.offset), end = runs_border(&plan->runs, mmv_range_end(share));
    return (mmv_range){from, end > from ? end - from : MMV_EMPTY};
}

uint64_t spans_next_shard(const struct bright_plan *plan, uint64_t from)
{
    uint64_t count = shard_of(plan)->count, low = from, high = count;
    if (from >= count)
        return count;
    /* Offsets grow with the index, so shards that begin where this one does and are empty are passed over at once. */
    uint64_t start = records_of(plan, from).offset;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (mmv_range_end(records_of(plan, middle)) > start)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* The last shard that has anything; 'count' when none has. */
static uint64_t last_shard(const struct bright_plan *plan)
{
    uint64_t count = shard_of(plan)->count, low = 0, high = count;
    uint64_t end = mmv_range_end(records_of(plan, count - 1));
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (mmv_range_end(records_of(plan, middle)) >= end)
            high = middle;
        else
            low = middle + 1;
    }
    return mmv_range_bytes(records_of(plan, low)) ? low : count;
}

/*
 * Whether this shard is the first or the last one that has anything: it copies what is in front of the image, or behind
 * it.
 */
static bool is_outmost(const struct bright_plan *plan, bool last)
{
    const struct shard_settings *shard = shard_of(plan);
    if (shard->count == 0)
        return true;
    uint64_t outmost = last ? last_shard(plan) : spans_next_shard(plan, 0);
    /* An empty image has none. */
    return shard->index == (outmost < shard->count ? outmost : 0);
}

/* What a shard writes: in place what it changes; of a copy all bytes, also those that stay as they are. */
static bool written_by(const struct bright_plan *plan, uint64_t index, mmv_range *range_ret)
{
    if (plan->command->target.kind == TARGET_IN_PLACE)
        return spans_reach(plan, index, range_ret);
    *range_ret = records_of(plan, index);
    range_ret->length = mmv_range_bytes(*range_ret);
    return true;
}

void spans_cut(struct spans *spans, mmv_range share)
{
    size_t kept = 0;
    for (size_t i = 0; i < spans->count; i++) {
        mmi_span span = spans->list[i];
        cut_to(share, &span);
        if (span.count > 0)
            spans->list[kept++] = span;
    }
    spans->count = kept;
}

mmv_range spans_hull(const struct spans *spans)
{
    return reach_of(spans, (mmv_range){0, 0});
}

int spans_refuse_border(const struct bright_plan *plan, const char *path, uint64_t offset)
{
    return console_usage(
        plan->console,
        "%s: on a network file system a pixel or row may not lie across the border of two shards. The one at byte "
        "%" PRIu64 " cuts one: fewer shards may do, or one process",
        path, offset);
}

/*
 * Machines that share a file over a network share none of its pages: a page that two of them write would lose what one
 * of them wrote. Told to all shards alike, whichever border it is.
 */
static int check_borders(const struct bright_plan *plan)
{
    uint64_t count = shard_of(plan)->count;
    if (!mmv_map_is_remote(plan->input.map))
        return TOOL_DONE;
    for (uint64_t i = spans_next_shard(plan, 0); i + 1 < count; i = spans_next_shard(plan, i + 1)) {
        mmv_range share, written;
        if (!share_of(plan, i, &share) || !written_by(plan, i, &written))
            return console_error(plan->console, plan->input.path, "not enough memory for the plan");
        if (written.length > 0 && mmv_range_end(written) > mmv_range_end(share))
            return spans_refuse_border(plan, plan->input.path, mmv_range_end(share));
    }
    return TOOL_DONE;
}

static uint64_t bytes_of(const struct spans *spans)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < spans->count; i++)
        bytes += spans_bytes(&spans->list[i]);
    return bytes;
}

uint64_t spans_own(const struct bright_plan *plan)
{
    return bytes_of(&plan->spans);
}

bool spans_total(const struct bright_plan *plan, uint64_t *bytes_ret)
{
    struct spans all = {NULL, 0};
    bool fine = find_spans(plan, plan->range, &all);
    *bytes_ret = fine ? bytes_of(&all) : 0;
    free(all.list);
    return fine;
}

/* A pixel of planes or lines is counted where its samples are: by each shard the fraction that it has. */
static uint64_t pixels_of(const struct bright_plan *plan, mmv_range share)
{
    if (plan->pieces)
        return runs_bytes(plan, share) / mmi_image_pixel(&plan->image);
    return mmv_min(plan->pixels, spans_own(plan) / mmi_image_pixel(&plan->image));
}

int spans_plan(struct bright_plan *plan)
{
    const struct shard_settings *shard = shard_of(plan);
    mmv_range share;
    int result = plan->pieces ? runs_find(plan, &plan->runs) : TOOL_DONE;
    if (result != TOOL_DONE)
        return result;
    if (!share_of(plan, shard->index, &share) || !find_spans(plan, share, &plan->spans))
        return console_error(plan->console, plan->input.path, "not enough memory for the plan");
    plan->share = (struct share){plan->range, is_outmost(plan, false), is_outmost(plan, true), plan->pixels};
    if (shard->count == 0)
        return TOOL_DONE;
    if (!written_by(plan, shard->index, &plan->share.range))
        return console_error(plan->console, plan->input.path, "not enough memory for the plan");
    result = check_borders(plan);
    if (result == TOOL_DONE)
        plan->share.pixels = pixels_of(plan, share);
    return result;
}

void spans_plan_empty(struct bright_plan *plan)
{
    assert(plan->range.length == 0 && plan->spans.count == 0);
    bool is_first = is_outmost(plan, false);
    plan->share = (struct share){{0, 0}, is_first, is_first, plan->pixels};
}

uint64_t spans_bytes(const mmi_span *span)
{
    return span->record * span->count;
}

uint64_t spans_end(const mmi_span *span)
{
    return span->offset + span->stride * (span->count - 1) + span->record;
}
