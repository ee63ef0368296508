/* SPDX-License-Identifier: MIT */
/*
 * passes: from an image, a rectangle and channels to walks, and from these to the part of one shard.
 *
 *     FILE   |..head..|========== range: the image ==========|..tail..|
 *     bip    |        |  pixels: one pass                    |        |
 *     --roi  |        |   ----    ----    ----    ----       |        |   one strided pass, a record per row
 *     bsq -c |        |           ================           |        |   a pass per channel
 *     shard  |        |       |-- only records that begin here --|    |
 *
 * Passes are disjoint, and together they are the bytes that may change, in whole pixels (bip) or samples.
 */
#include "mmbright/plan/passes.h"

#include <inttypes.h>
#include <stdlib.h>

#include <mmview/range.h>
#include <mmview/shard.h>

/* Where a walk over gapless bytes may stop: between pixels, and where the image has rows between rows. */
static uint64_t natural_record(const struct bright_plan *plan, uint64_t limit)
{
    const mmi_image *image = &plan->image;
    uint64_t sample = mmi_type_size(image->type);
    uint64_t row = image->layout == MMI_BSQ ? image->width * sample : image->width * sample * image->samples;
    /*
     * With a journal nobody has to be told where it stopped, and what is saved at a time is a few pixels. The borders
     * of shards may not depend on a journal.
     */
    if ((plan->settings->in_place && plan->settings->journal != MMV_JOURNAL_OFF) || plan->settings->range.shard.count)
        return mmi_image_record(&plan->image);
    return row != 0 && row <= limit ? row : mmi_image_record(&plan->image);
}

static void add_pass(struct bright_plan *plan, uint64_t offset, uint64_t record, uint64_t stride, uint64_t count)
{
    plan->passes[plan->pass_count++] = (struct bright_pass){offset, record, stride, count};
}

/* Rows too long to be records: each is a pass of its own. */
static bool grow_passes(struct bright_plan *plan, uint64_t more)
{
    uint64_t total = plan->pass_count + more;
    if (total > SIZE_MAX / sizeof *plan->passes)
        return false;
    struct bright_pass *passes = realloc(plan->passes, (size_t)total * sizeof *passes);
    if (passes == NULL)
        return false;
    plan->passes = passes;
    return true;
}

/* Of 'count' records from 'offset' on those whose first byte lies in 'share'. */
static void cut(mmv_range share, uint64_t stride, uint64_t *offset, uint64_t *count)
{
    uint64_t end = mmv_range_end(share);
    uint64_t from = share.offset > *offset ? (share.offset - *offset - 1) / stride + 1 : 0;
    uint64_t to = end > *offset ? mmv_min(*count, (end - *offset - 1) / stride + 1) : 0;
    from = mmv_min(from, to);
    *offset += from * stride;
    *count = to - from;
}

static bool add_gapless(struct bright_plan *plan, mmv_range share, uint64_t offset, uint64_t length)
{
    uint64_t record = natural_record(plan, plan->settings->row_limit);
    if (length % record != 0)
        record = mmi_image_record(&plan->image);
    uint64_t count = length / record;
    cut(share, record, &offset, &count);
    if (count == 0)
        return true;
    if (!grow_passes(plan, 1))
        return false;
    add_pass(plan, offset, record, record, count);
    return true;
}

static bool add_span(struct bright_plan *plan, const mmi_span *span, mmv_range share)
{
    uint64_t offset = plan->range.offset + span->offset;
    uint64_t rows = span->count;
    if (rows == 1 || span->stride == span->record)
        return add_gapless(plan, share, offset, span->record * rows);
    cut(share, span->stride, &offset, &rows);
    if (rows > 0 && span->record <= plan->settings->row_limit) {
        if (!grow_passes(plan, 1))
            return false;
        add_pass(plan, offset, span->record, span->stride, rows);
        return true;
    }
    uint64_t unit = mmi_image_record(&plan->image);
    if (!grow_passes(plan, rows))
        return false;
    for (uint64_t row = 0; row < rows; row++)
        add_pass(plan, offset + row * span->stride, unit, unit, span->record / unit);
    return true;
}

/* The passes of one share of the range's bytes. */
static bool pass_over(struct bright_plan *plan, mmv_range share)
{
    size_t capacity = plan->image.samples;
    mmi_span *spans = calloc(capacity, sizeof *spans);
    bool fine = spans != NULL;
    const mmi_selection selection = {plan->region, plan->settings->channels};
    size_t count = fine ? mmi_image_spans(&plan->image, &selection, plan->range.length, spans, capacity) : 0;
    plan->passes = NULL;
    plan->pass_count = 0;
    for (size_t i = 0; i < count && fine; i++)
        fine = add_span(plan, &spans[i], share);
    free(spans);
    return fine;
}

/* From the first byte that its passes change to the last. */
static mmv_range reach_of(const struct bright_plan *plan, mmv_range share)
{
    uint64_t first = UINT64_MAX, end = 0;
    for (size_t i = 0; i < plan->pass_count; i++) {
        const struct bright_pass *pass = &plan->passes[i];
        first = mmv_min(first, pass->offset);
        end = mmv_max(end, pass->offset + pass->stride * (pass->count - 1) + pass->record);
    }
    return plan->pass_count ? (mmv_range){first, end - first} : (mmv_range){share.offset, 0};
}

static bool share_of(const struct bright_plan *plan, uint64_t index, mmv_range *share_ret)
{
    const struct shard_settings *shard = &plan->settings->range.shard;
    *share_ret = (mmv_range){0, UINT64_MAX};
    return shard->count == 0 || mmv_shard(plan->range, 1, 0, index, shard->count, share_ret) == MMV_OK;
}

bool passes_part(const struct bright_plan *plan, uint64_t index, mmv_range *part_ret)
{
    struct bright_plan other = *plan;
    mmv_range share;
    bool fine = share_of(plan, index, &share) && pass_over(&other, share);
    *part_ret = reach_of(&other, share);
    free(other.passes);
    return fine;
}

/*
 * Whether a shard is the first or the last one that has anything: it copies what is in front of the image, or behind
 * it.
 */
bool passes_are_outmost(const struct bright_plan *plan, bool last)
{
    const struct shard_settings *shard = &plan->settings->range.shard;
    mmv_range part = {0, 0};
    if (shard->count == 0)
        return true;
    /* An empty image has none. */
    for (uint64_t i = last ? shard->count - 1 : 0; i < shard->count; i += last ? UINT64_MAX : 1)
        if (mmv_shard(plan->range, mmi_image_record(&plan->image), 0, i, shard->count, &part) == MMV_OK &&
            part.length > 0)
            return i == shard->index;
    return shard->index == 0;
}

/* What a shard writes: in place what it changes; of a copy all bytes, also those that stay as they are. */
static bool written_by(const struct bright_plan *plan, uint64_t index, mmv_range *part_ret)
{
    if (plan->settings->in_place)
        return passes_part(plan, index, part_ret);
    return mmv_shard(plan->range, mmi_image_record(&plan->image), 0, index, plan->settings->range.shard.count,
                     part_ret) == MMV_OK;
}

/*
 * Machines that share a file over a network share none of its pages: a page that two of them write would lose what one
 * of them wrote. Told to all shards alike, whichever border it is.
 */
static int check_borders(const struct bright_plan *plan)
{
    uint64_t count = plan->settings->range.shard.count;
    if (!mmv_map_is_remote(plan->map))
        return TOOL_DONE;
    for (uint64_t i = 0; i + 1 < count; i++) {
        mmv_range share, part;
        if (!share_of(plan, i, &share) || !written_by(plan, i, &part))
            return console_error(plan->console, plan->file, "not enough memory for the plan");
        if (part.length > 0 && mmv_range_end(part) > mmv_range_end(share))
            return console_usage(
                plan->console,
                "%s: on a network file system a pixel or row may not lie across the border of two shards, and the one "
                "at byte %" PRIu64 " cuts one; fewer shards may do, or one process",
                plan->file, mmv_range_end(share));
    }
    return TOOL_DONE;
}

int passes_make(struct bright_plan *plan)
{
    const struct shard_settings *shard = &plan->settings->range.shard;
    mmv_range share;
    uint64_t bytes = 0;
    plan->all_pixels = plan->pixels;
    if (!share_of(plan, shard->index, &share) || !pass_over(plan, share))
        return console_error(plan->console, plan->file, "not enough memory for the plan");
    plan->part = plan->range;
    plan->has_head = passes_are_outmost(plan, false);
    plan->has_tail = passes_are_outmost(plan, true);
    if (shard->count == 0)
        return TOOL_DONE;
    if (!written_by(plan, shard->index, &plan->part))
        return console_error(plan->console, plan->file, "not enough memory for the plan");
    int result = check_borders(plan);
    if (result != TOOL_DONE)
        return result;
    for (size_t i = 0; i < plan->pass_count; i++)
        bytes += passes_bytes(&plan->passes[i]);
    /* A pixel of planes or lines is counted where its samples are, a part each. */
    uint64_t pixel = mmi_image_record(&plan->image) * (plan->image.layout == MMI_BIP ? 1 : plan->image.samples);
    plan->pixels = mmv_min(plan->all_pixels, bytes / pixel);
    return TOOL_DONE;
}

uint64_t passes_bytes(const struct bright_pass *pass)
{
    return pass->record * pass->count;
}
