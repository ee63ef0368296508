/* SPDX-License-Identifier: MIT */
/*
 * runs: see runs.h.
 *
 *     FILE    | header |tile|8|tile|8|tile| directory |page 2 ....|      |page 3 ....|
 *     runs             |==================|           |===========|      |===========|
 *
 * 1. Pieces are in one run only when they lie whole samples apart: a record then never is half of one sample and half
 * of the next, wherever a walk cuts. No assert here: the adjustment asserts that it gets whole samples.
 * 2. There are few runs: gaps up to GAP are gone over, and when that leaves more than RUNS, gaps twice as large, and so
 *    on. What is left are pieces that lie no whole samples apart: so many of these are refused. No assert: that
 *    is said to the user.
 */
#include "mmbright/plan/runs.h"

#include <inttypes.h>
#include <stdlib.h>

#include <mmview/range.h>

/* To begin a walk takes as long as to go over this much, about. */
#define GAP (64 * MMV_KIB)
#define RUNS 4096
#define RUNS_MAX 65536

static mmi_selection selection_of(const struct bright_plan *plan)
{
    return (mmi_selection){plan->region, plan->meaning.channels};
}

/* From the first byte that is meant of a piece to the last; false when none is. */
static bool extent_of(const struct bright_plan *plan, const mmi_piece *piece, mmv_range *extent_ret)
{
    const mmi_selection selection = selection_of(plan);
    size_t record = mmi_image_record(&plan->image);
    mmi_region meant;
    if (!mmi_piece_meant(plan->pieces, piece, &selection, &meant))
        return false;
    extent_ret->offset = piece->offset + meant.y * piece->stride + meant.x * record;
    extent_ret->length = (meant.height - 1) * piece->stride + meant.width * record;
    return true;
}

/* How many runs there are when gaps up to 'gap' are gone over; runs[0..room) are filled. */
static size_t join(const struct bright_plan *plan, uint64_t gap, mmi_span *runs, size_t room)
{
    mmv_range ranks = mmi_pieces_ranks(plan->pieces, plan->turns.file);
    uint64_t size = mmi_type_size(plan->image.type), end = 0;
    size_t count = 0;
    mmi_span run = {0, size, size, 0};
    for (uint64_t rank = ranks.offset; rank < mmv_range_end(ranks); rank++) {
        mmi_piece piece = mmi_pieces_get_placed(plan->pieces, rank);
        mmv_range extent;
        if (!extent_of(plan, &piece, &extent))
            continue;
        /* 1. */
        bool is_near = count > 0 && extent.offset - end <= gap && (extent.offset - run.offset) % size == 0;
        if (!is_near) {
            count++;
            run.offset = extent.offset;
        }
        end = mmv_range_end(extent);
        run.count = (end - run.offset) / size;
        if (count <= room)
            runs[count - 1] = run;
    }
    return count;
}

int runs_find(const struct bright_plan *plan, struct spans *runs_ret)
{
    uint64_t gap = GAP, largest = mmi_pieces_reach(plan->pieces, plan->turns.file).length;
    size_t count = join(plan, gap, NULL, 0);
    *runs_ret = (struct spans){NULL, 0};
    while (count > RUNS && gap < largest) {
        gap *= 2;
        count = join(plan, gap, NULL, 0);
    }
    if (count > RUNS_MAX)
        return console_usage(plan->console,
                             "%s: %zu of its pieces do not lie whole samples apart, at most %d can be worked on; "
                             "another program has to rewrite it",
                             plan->input.path, count, RUNS_MAX);
    runs_ret->list = calloc(count + 1, sizeof *runs_ret->list);
    if (!runs_ret->list)
        return console_error(plan->console, plan->input.path, "not enough memory for the plan");
    runs_ret->count = join(plan, gap, runs_ret->list, count);
    return TOOL_DONE;
}

uint64_t runs_border(const struct spans *runs, uint64_t offset)
{
    size_t low = 0, high = runs->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (runs->list[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return offset;
    const mmi_span *run = &runs->list[low - 1];
    uint64_t place = offset - run->offset;
    return place < run->count * run->record ? run->offset + mmv_round_up(place, run->record) : offset;
}

/* Of a piece what is meant before byte 'end' of the file. */
static uint64_t bytes_before(const mmi_piece *piece, const mmi_region *meant, size_t record, uint64_t end)
{
    if (end <= piece->offset)
        return 0;
    uint64_t place = mmv_min(end - piece->offset, piece->length), row = place / piece->stride;
    uint64_t line = meant->width * record, from = meant->x * record, column = place % piece->stride;
    if (row < meant->y)
        return 0;
    if (row >= meant->y + meant->height)
        return meant->height * line;
    return (row - meant->y) * line + (column > from ? mmv_min(column - from, line) : 0);
}

uint64_t runs_bytes(const struct bright_plan *plan, mmv_range range)
{
    const mmi_selection selection = selection_of(plan);
    size_t record = mmi_image_record(&plan->image);
    mmv_range ranks = mmi_pieces_ranks(plan->pieces, plan->turns.file);
    uint64_t bytes = 0, end = mmv_range_end(range);
    for (uint64_t rank = ranks.offset; rank < mmv_range_end(ranks); rank++) {
        mmi_piece piece = mmi_pieces_get_placed(plan->pieces, rank);
        mmi_region meant;
        if (piece.offset >= end)
            break;
        if (mmi_piece_meant(plan->pieces, &piece, &selection, &meant))
            bytes += bytes_before(&piece, &meant, record, end) - bytes_before(&piece, &meant, record, range.offset);
    }
    return bytes;
}
