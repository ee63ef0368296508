/* SPDX-License-Identifier: MIT */
/*
 * turns: see turns.h.
 *
 *     header    | a.raw | b.raw | c.raw | d.raw |
 *     --roi              ---------------               b and c change, in this order: two turns
 *
 *     --shard                    ----               the end of b and the start of c change
 *
 *     a.raw     |in front| samples |behind|     b.raw   |in front| samples |behind|     c.raw ...     d.raw
 *     copy      |in front| samples of a | of b | of c | of d |behind d|                four turns
 *     --shard                     ------------                              the end of a and the start of b are written
 *
 * 1. Nothing changes before all files were looked at: each can be written to, and no run but the one that this command
 *    goes on with has left it unfinished. No assert: it is what turns_plan() does.
 * 2. The spans of a turn are bytes of its file. No assert: spans.c sees to it.
 */
#include "mmbright/plan/turns.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <mmview/range.h>

#include "kit/image/files_share.h"
#include "mmbright/plan/destination.h"
#include "mmbright/plan/runs.h"
#include "mmbright/plan/spans.h"
#include "mmbright/plan/unfinished.h"

static bool is_copy(const struct bright_plan *plan)
{
    return plan->command->target.kind != TARGET_IN_PLACE;
}

static struct files_division division_of(const struct bright_plan *plan)
{
    return (struct files_division){plan->pieces, plan->command->where.range.shard.count, is_copy(plan)};
}

static bool add_turn(struct bright_plan *plan, const struct file_turn *turn)
{
    struct turns *turns = &plan->turns;
    struct file_turn *list = realloc(turns->list, (turns->count + 1) * sizeof *list);
    if (!list)
        return false;
    turns->list = list;
    list[turns->count++] = *turn;
    return true;
}

static uint64_t bytes_of(const struct spans *spans)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < spans->count; i++)
        bytes += spans_bytes(&spans->list[i]);
    return bytes;
}

/* What all shards change of the file in hand. */
static bool add_whole(struct bright_plan *plan, const struct spans *spans)
{
    struct file_wholes *whole = &plan->turns.whole;
    uint32_t file = plan->turns.file;
    if (spans->count == 0)
        return true;
    struct file_whole *list = realloc(whole->list, (whole->count + 1) * sizeof *list);
    if (!list)
        return false;
    whole->list = list;
    list[whole->count++] = (struct file_whole){file, mmi_pieces_reach(plan->pieces, file)};
    whole->bytes += bytes_of(spans);
    return true;
}

/* Of the file that is written to: of a copy all parts' one. */
static mmv_status open_written(const struct bright_plan *plan, mmv_map **map_ret)
{
    return is_copy(plan) ? mmv_map_from_descriptor(plan->to->parts.data, false, MMV_READ_WRITE, 0, map_ret)
                         : files_open(&plan->input.files, plan->turns.file, MMV_READ, map_ret);
}

static int refuse_border(const struct bright_plan *plan, uint64_t offset)
{
    const char *path = is_copy(plan) ? plan->to->parts.path : files_path(&plan->input, plan->turns.file);
    mmv_map *map = NULL;
    if (open_written(plan, &map) != MMV_OK)
        return console_failure(plan->console, path);
    bool is_remote = mmv_map_is_remote(map);
    mmv_map_close(&map);
    return is_remote ? spans_refuse_border(plan, path, offset + turns_shift(plan)) : TOOL_DONE;
}

/* Those in the file in hand; *shard is the first whose border may lie in it, and moves on. Told to all shards alike. */
static int check_borders(const struct bright_plan *plan, const struct spans *spans, uint64_t *shard)
{
    const struct files_division division = division_of(plan);
    int result = TOOL_DONE;
    for (; *shard < division.count && result == TOOL_DONE; *shard = files_next_border(&division, *shard)) {
        struct files_place place = files_border(&division, *shard);
        if (place.file > plan->turns.file)
            break;
        if (runs_border(spans, place.offset) != place.offset)
            result = refuse_border(plan, place.offset);
    }
    return result;
}

/* Of a copy also what stays as it is; a record is written by the shard of its first byte. */
static mmv_range written_of(const struct spans *spans, mmv_range share)
{
    uint64_t from = runs_border(spans, share.offset);
    return (mmv_range){from, runs_border(spans, mmv_range_end(share)) - from};
}

/* Of the spans of the file in hand those of this shard stay. */
static void cut(struct bright_plan *plan, struct file_turn *turn)
{
    const struct files_division division = division_of(plan);
    mmv_range share = files_share(&division, turn->file, plan->command->where.range.shard.index);
    turn->own = written_of(&turn->spans, share);
    spans_cut(&turn->spans, share);
    plan->share.pixels += turn->spans.count ? runs_bytes(plan, spans_hull(&turn->spans)) : 0;
    if (!is_copy(plan))
        turn->own = spans_hull(&turn->spans);
}

/* Of a copy all; a shard that has nothing of it has an empty turn: the last file's. */
static bool is_kept(const struct bright_plan *plan, const struct file_turn *turn)
{
    bool is_last = turn->file + 1 == plan->input.files.count;
    if (is_copy(plan))
        return turn->own.length > 0 || (is_last && plan->turns.count == 0);
    return turn->spans.count > 0;
}

/* What the file in hand has of the rectangle and the channels. *shard is for check_borders(). */
static int find_turn(struct bright_plan *plan, struct file_turn *turn, uint64_t *shard)
{
    bool divided = command_is_divided(plan->command);
    uint32_t file = plan->turns.file;
    *turn = (struct file_turn){.file = file, .reach = mmi_pieces_reach(plan->pieces, file)};
    turn->own = turn->reach;
    int result = runs_find(plan, &turn->spans);
    if (result == TOOL_DONE && divided)
        result = check_borders(plan, &turn->spans, shard);
    if (result != TOOL_DONE || !divided)
        return result;
    if (!add_whole(plan, &turn->spans))
        return console_error(plan->console, plan->input.header, "not enough memory for the plan");
    cut(plan, turn);
    return TOOL_DONE;
}

static int find_turns(struct bright_plan *plan)
{
    uint64_t shard = 0;
    int result = TOOL_DONE;
    for (plan->turns.file = 0; plan->turns.file < plan->input.files.count && result == TOOL_DONE; plan->turns.file++) {
        struct file_turn turn;
        result = find_turn(plan, &turn, &shard);
        bool wanted = result == TOOL_DONE && is_kept(plan, &turn);
        if (wanted && !add_turn(plan, &turn)) {
            result = console_error(plan->console, plan->input.header, "not enough memory for the plan");
            wanted = false;
        }
        if (!wanted)
            free(turn.spans.list);
    }
    return result;
}

static int open_file(const struct bright_plan *plan, size_t index, mmv_map **map_ret)
{
    const struct file_turn *turn = &plan->turns.list[index];
    const char *path = files_path(&plan->input, turn->file);
    mmv_access access = is_copy(plan) ? MMV_READ : MMV_READ_WRITE;
    if (files_open(&plan->input.files, turn->file, access, map_ret) == MMV_OK)
        return TOOL_DONE;
    if (mmv_last_error()->status == MMV_EKIND)
        return console_error(plan->console, path, "was replaced while it was looked at");
    return console_failure(plan->console, path);
}

int turns_take(struct bright_plan *plan, size_t index)
{
    const struct file_turn *turn = &plan->turns.list[index];
    mmv_map *map = NULL;
    assert(index < plan->turns.count);
    if (plan->turns.is_taken && plan->turns.now == index)
        return TOOL_DONE;
    int result = open_file(plan, index, &map);
    if (result != TOOL_DONE)
        return result;
    mmv_map_close(&plan->input.map);
    plan->input.map = map;
    plan->input.info = plan->input.files.list[turn->file].info;
    plan->input.size = mmv_map_capacity(map);
    snprintf(plan->input.path, sizeof plan->input.path, "%s", files_path(&plan->input, turn->file));
    plan->turns.file = turn->file;
    plan->range = turn->reach;
    plan->share.range = turn->own;
    bool is_first = turn->file == 0, is_last = turn->file + 1 == plan->input.files.count;
    plan->share.has_head = is_first && turn->own.length > 0 && turn->own.offset == turn->reach.offset;
    plan->share.has_tail = is_last && turn->own.length > 0 && mmv_range_end(turn->own) == mmv_range_end(turn->reach);
    plan->spans = turn->spans;
    plan->turns.now = index;
    plan->turns.is_taken = true;
    return TOOL_DONE;
}

/*
 * 1. Each is opened, and asked for marks; then it is the first one's turn. The files of a job, also those that other
 * shards change, the library looks at, when it marks them all.
 */
static int look_at_all(struct bright_plan *plan, mmv_journal_cache **neighbours)
{
    char *journal = NULL;
    int result = TOOL_DONE;
    for (size_t i = 0; i < plan->turns.count && result == TOOL_DONE; i++) {
        result = turns_take(plan, i);
        bool is_asked = command_is_divided(plan->command) && plan->command->safety.journal != MMV_JOURNAL_OFF;
        if (result == TOOL_DONE && !is_asked)
            result = unfinished_check_turn(plan, neighbours, &journal);
    }
    free(journal);
    return result == TOOL_DONE ? turns_take(plan, 0) : result;
}

/* What is in front of the first file's samples goes along, and what is behind the last one's; the rest has no place. */
static void note_dropped(struct bright_plan *plan)
{
    uint64_t bytes = 0;
    uint32_t count = plan->input.files.count;
    for (uint32_t i = 0; i < count; i++) {
        mmv_range reach = mmi_pieces_reach(plan->pieces, i);
        bytes += i > 0 ? reach.offset : 0;
        if (i + 1 < count)
            bytes += plan->input.files.list[i].info.size - mmv_range_end(reach);
    }
    if (bytes > 0)
        notes_add(&plan->input.notes, MMI_NOTE_BEHIND,
                  "%" PRIu64 " %s in front of the samples of its files, and behind them, are not in the copy", bytes,
                  bytes == 1 ? "byte" : "bytes");
}

int turns_plan(struct bright_plan *plan)
{
    plan->share = (struct share){.range = plan->range, .has_head = true, .has_tail = true};
    int result = find_turns(plan);
    plan->turns.file = 0;
    plan->share.pixels =
        command_is_divided(plan->command) ? plan->share.pixels / mmi_image_pixel(&plan->image) : plan->pixels;
    if (result != TOOL_DONE || plan->turns.count == 0)
        return result;
    if (is_copy(plan))
        note_dropped(plan);
    return look_at_all(plan, plan->neighbours);
}

size_t turns_count(const struct bright_plan *plan)
{
    return turns_are(plan) ? plan->turns.count : 1;
}

mmv_range turns_at(const struct bright_plan *plan)
{
    const struct turns *turns = &plan->turns;
    assert(turns->count > 0);
    const struct file_turn *first = &turns->list[0], *last = &turns->list[turns->count - 1];
    uint64_t from = files_at(plan->pieces, (struct files_place){first->file, first->own.offset});
    /* The byte behind the last may be another file's. */
    uint64_t end = files_at(plan->pieces, (struct files_place){last->file, mmv_range_end(last->own) - 1}) + 1;
    return (mmv_range){from, end - from};
}

uint64_t turns_bytes(const struct bright_plan *plan)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < plan->turns.count; i++)
        bytes += bytes_of(&plan->turns.list[i].spans);
    return turns_are(plan) ? bytes : spans_own(plan);
}

uint64_t turns_largest(const struct bright_plan *plan)
{
    uint64_t largest = turns_are(plan) ? 0 : plan->share.range.length;
    for (size_t i = 0; i < plan->turns.count; i++)
        largest = mmv_max(largest, plan->turns.list[i].own.length);
    return largest;
}

mmv_range turns_written(const struct bright_plan *plan)
{
    const struct turns *turns = &plan->turns;
    if (!turns_are(plan) || turns->count == 0)
        return plan->share.range;
    const struct file_turn *first = &turns->list[0], *last = &turns->list[turns->count - 1];
    uint64_t from = first->own.offset + files_shift(&plan->input, first->file);
    return (mmv_range){from, mmv_range_end(last->own) + files_shift(&plan->input, last->file) - from};
}

uint64_t turns_shift(const struct bright_plan *plan)
{
    return is_copy(plan) ? files_shift(&plan->input, plan->turns.file) : 0;
}

size_t turns_changing(const struct bright_plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->turns.count; i++)
        count += plan->turns.list[i].spans.count > 0;
    return count;
}

void turns_drop(struct bright_plan *plan)
{
    /* Those in hand are one turn's. */
    if (plan->turns.count > 0)
        plan->spans = (struct spans){NULL, 0};
    for (size_t i = 0; i < plan->turns.count; i++)
        free(plan->turns.list[i].spans.list);
    free(plan->turns.list);
    free(plan->turns.whole.list);
    plan->turns = (struct turns){.count = 0};
}
