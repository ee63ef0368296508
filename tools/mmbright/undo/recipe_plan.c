/* SPDX-License-Identifier: MIT */
/*
 * recipe_plan: see recipe_plan.h.
 *
 *     tiles     |0000|8|1111|8|2222|  |3333|8|4444|        equally far apart: one piece, with a record for each tile
 *     pieces    |---------------|     |----------|
 *
 * 1. A piece lies in one span, so its records lie whole samples apart: runs.c has cut the spans where they do not. No
 *    assert here: recipe_read() compares them, and keep_begin() reads what was written.
 */
#include "mmbright/undo/recipe_plan.h"

#include <assert.h>
#include <stdlib.h>

#include "mmbright/plan/change.h"
#include "mmbright/plan/spans.h"

/* The pieces of a recipe as they come, in the order of the file. */
struct gathering {
    const struct bright_plan *plan;
    struct recipe_piece *list; /* NULL = they are only counted */
    size_t count;
    struct recipe_piece last;
    size_t span; /* that 'last' lies in */
};

/* What of a piece is meant; false when nothing is. */
static bool records_of(const struct bright_plan *plan, const mmi_piece *piece, mmi_span *bytes_ret)
{
    const mmi_selection selection = {plan->region, plan->meaning.channels};
    size_t record = mmi_image_record(&plan->image);
    mmi_region meant;
    if (!mmi_piece_meant(plan->pieces, piece, &selection, &meant))
        return false;
    *bytes_ret = (mmi_span){piece->offset + meant.y * piece->stride + meant.x * record, meant.width * record,
                            piece->stride, meant.height};
    /* Rows that lie close together are one record. */
    if (bytes_ret->record == bytes_ret->stride)
        bytes_ret->record *= bytes_ret->count;
    if (bytes_ret->record > bytes_ret->stride || bytes_ret->count == 1) {
        bytes_ret->stride = bytes_ret->record;
        bytes_ret->count = 1;
    }
    return true;
}

/* Whether 'next' goes on where 'last' ends, as 'last' does or as the two would. */
static bool join(struct recipe_piece *last, const struct recipe_piece *next, uint32_t channels)
{
    bool is_first = last->bytes.count == 1;
    uint64_t stride = is_first ? next->bytes.offset - last->bytes.offset : last->bytes.stride;
    uint32_t step = is_first ? (next->channel + channels - last->channel) % channels : last->step;
    uint64_t channel = (last->channel + last->bytes.count % channels * step) % channels;
    if (next->bytes.record != last->bytes.record || next->channel != channel ||
        next->bytes.offset != last->bytes.offset + last->bytes.count * stride ||
        (next->bytes.count > 1 && (next->bytes.stride != stride || step != 0)))
        return false;
    last->bytes.stride = stride;
    last->bytes.count += next->bytes.count;
    last->step = step;
    return true;
}

/* 1. The spans are in the order of the file, too. */
static void add(struct gathering *gathering, const struct recipe_piece *next)
{
    const struct spans *spans = &gathering->plan->spans;
    size_t span = gathering->span;
    while (span < spans->count && spans_end(&spans->list[span]) <= next->bytes.offset)
        span++;
    assert(span < spans->count);
    bool is_near = gathering->count > 0 && span == gathering->span;
    if (!is_near || !join(&gathering->last, next, gathering->plan->image.samples)) {
        gathering->last = *next;
        gathering->count++;
    }
    gathering->span = span;
    if (gathering->list)
        gathering->list[gathering->count - 1] = gathering->last;
}

static size_t gather(const struct bright_plan *plan, struct recipe_piece *list)
{
    struct gathering gathering = {.plan = plan, .list = list};
    mmv_range ranks = mmi_pieces_ranks(plan->pieces, plan->turns.file);
    for (uint64_t rank = ranks.offset; rank < mmv_range_end(ranks); rank++) {
        const mmi_piece piece = mmi_pieces_get_placed(plan->pieces, rank);
        struct recipe_piece next = {.channel = piece.channel};
        if (records_of(plan, &piece, &next.bytes))
            add(&gathering, &next);
    }
    return gathering.count;
}

size_t recipe_plan_pieces(const struct bright_plan *plan)
{
    return plan->pieces && plan->spans.count > 0 ? gather(plan, NULL) : 0;
}

bool recipe_plan(const struct bright_plan *plan, struct recipe *recipe_ret)
{
    assert(plan->adjust);
    *recipe_ret = (struct recipe){.image = change_image(plan),
                                  .options = plan->options,
                                  .offset = plan->range.offset,
                                  .spans = plan->spans.list,
                                  .span_count = plan->spans.count};
    if (!plan->pieces)
        return true;
    recipe_ret->piece_count = recipe_plan_pieces(plan);
    recipe_ret->pieces = calloc(recipe_ret->piece_count + 1, sizeof *recipe_ret->pieces);
    if (recipe_ret->pieces && recipe_ret->piece_count > 0)
        gather(plan, recipe_ret->pieces);
    return recipe_ret->pieces != NULL;
}

void recipe_plan_drop(struct recipe *recipe)
{
    free(recipe->pieces);
    *recipe = (struct recipe){.spans = NULL};
}
