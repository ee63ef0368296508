/* SPDX-License-Identifier: MIT */
/*
 * copy: see copy.h.
 *
 *     new file      copy the head | adjust the image | copy the tail -> verify -> header, preview -> publish
 *     a part        the same three, as far as they are this shard's  -> verify -> mark the part as done
 *     stdout        the same three, in order
 *     pieces        in place of the image: adjust a run of them | copy what follows it | adjust the next ...
 *     several files the same of each, behind each other: copy_to_file() is called once for each, in their order, and
 *                   copy_to_part() for those in which this shard's part lies
 *
 * 1. A walk of length 0 would mean "to the end": copy_section() leaves empty sections out. No assert:
 *    it is one line.
 * 2. Of several files OUT is one state, as far as it shows: a lock keeps away who would change that in hand, and all
 * are looked at once more before OUT gets its name. No assert: it is check_state().
 * 3. OUT gets its name only after everything was computed, verified and (with --sync) on the device: that is the order
 *    of copy_to_file(), which no assert can see.
 */
#include "mmbright/run/copy.h"

#include <assert.h>

#include "kit/job/leftover.h"
#include "kit/os/signals.h"
#include "mmbright/plan/destination.h"
#include "mmbright/plan/spans.h"
#include "mmbright/plan/turns.h"
#include "mmbright/run/stale.h"
#include "mmbright/run/walks.h"

struct reading copy_reading(const struct bright_plan *plan)
{
    const struct share *share = &plan->share;
    bool is_part = plan->command->target.kind == TARGET_PART;
    uint64_t first = is_part && !share->has_head ? share->range.offset : 0;
    uint64_t end = is_part && !share->has_tail ? mmv_range_end(share->range) : plan->input.size;
    return (struct reading){.console = plan->console,
                            .map = plan->input.map,
                            .path = plan->input.path,
                            .range = {first, end - first},
                            .neighbours = plan->neighbours};
}

/* It is asked again whether a run has left FILE unfinished: it may have ended while it was waited for. */
int copy_hold(struct reading *reading)
{
    int result = reading_hold(reading, WALKS_LOCK_WAIT_MS);
    return result == TOOL_DONE && reading->is_unfinished ? leftover_refuse(reading->console) : result;
}

/* One of the sections of a copy. A NULL 'out' is stdout. */
static mmv_status copy_section(struct bright_work *work, mmv_map *out, mmv_range range, mmv_walk_fn *fn, size_t record)
{
    struct walk_user user = {work, record, 0};
    mmv_walk_stats stats = {0};
    mmv_walk_options options = work->options;
    mmv_map *in = work->plan->input.map;
    if (range.length == 0)
        return MMV_OK;
    if (signals_stop())
        return MMV_ESTOPPED;
    options.record_size = record;
    options.offset = range.offset;
    options.out_offset = range.offset + turns_shift(work->plan);
    options.length = range.length;
    options.stats = &stats;
    mmv_status status =
        out ? mmv_walk_to(in, out, &options, fn, &user) : mmv_walk_stream(in, FILE_STDOUT, &options, fn, &user);
    walks_count(work, &stats);
    return status;
}

/* Pieces and what is between them, in the order of the file. */
static mmv_status copy_pieces(struct bright_work *work, mmv_map *out)
{
    const struct bright_plan *plan = work->plan;
    const struct share *share = &plan->share;
    mmv_walk_fn *copy = work->verify ? walks_copy : NULL;
    uint64_t at = share->has_head ? 0 : share->range.offset;
    uint64_t end = share->has_tail ? plan->input.size : mmv_range_end(share->range);
    mmv_status status = MMV_OK;
    for (size_t i = 0; i < plan->spans.count && status == MMV_OK; i++) {
        const mmi_span *span = &plan->spans.list[i];
        assert(span->offset >= at && spans_end(span) <= end);
        status = copy_section(work, out, (mmv_range){at, span->offset - at}, copy, 1);
        at = spans_end(span);
        if (status == MMV_OK)
            status = copy_section(work, out, (mmv_range){span->offset, at - span->offset}, walks_adjust,
                                  (size_t)span->record);
    }
    return status == MMV_OK ? copy_section(work, out, (mmv_range){at, end - at}, copy, 1) : status;
}

static mmv_status copy_sections(struct bright_work *work, mmv_map *out)
{
    if (work->plan->pieces)
        return copy_pieces(work, out);

    const struct bright_plan *plan = work->plan;
    const mmi_image *image = &plan->image;
    mmv_walk_fn *copy = work->verify ? walks_copy : NULL;
    size_t record = mmi_image_record(image);
    uint64_t end = mmv_range_end(plan->range);
    mmv_status status = MMV_OK;
    if (plan->share.has_head)
        status = copy_section(work, out, (mmv_range){0, plan->range.offset}, copy, 1);
    if (status == MMV_OK)
        status = copy_section(work, out, plan->share.range, walks_adjust, record);
    if (status == MMV_OK && plan->share.has_tail)
        status = copy_section(work, out, (mmv_range){end, plan->input.size - end}, copy, 1);
    return status;
}

/* A shard's bytes may be somebody else's, too: of a task that was given up and still runs. */
static mmv_status lock_share(const struct bright_plan *plan, mmv_map *out)
{
    /* Of several files in the first turn: it ends with the descriptor, and may be taken again. */
    mmv_range range = turns_written(plan);
    if (plan->command->target.kind != TARGET_PART || range.length == 0)
        return MMV_OK;
    mmv_status status = mmv_map_lock(out, range.offset, range.length, WALKS_LOCK_WAIT_MS);
    return status == MMV_ENOTSUP ? MMV_OK : status;
}

static int fill_output(struct bright_work *work, int descriptor, bool sync)
{
    const struct bright_plan *plan = work->plan;
    const char *path = plan->to->output.path;
    mmv_map *out = NULL;
    uint64_t length = files_copy_bytes(&plan->input);
    if (length == 0)
        return TOOL_DONE;
    mmv_status status = mmv_map_from_descriptor(descriptor, false, MMV_READ_WRITE, length, &out);
    if (status == MMV_OK)
        status = lock_share(plan, out);
    if (status != MMV_OK) {
        mmv_map_close(&out);
        return status == MMV_EBUSY ? console_busy(plan->console, path, "on this part")
                                   : console_failure(plan->console, path);
    }
    status = copy_sections(work, out);
    if (status == MMV_OK && (sync || mmv_map_is_remote(out)))
        status = mmv_map_sync(out);
    mmv_map_close(&out);
    return status == MMV_OK ? TOOL_DONE : walks_explain(work, status, path);
}

/* What is read from the copy. Behind the comparison: the header is not that of the input any more. */
static int reread_output(struct bright_work *work)
{
    const struct bright_plan *plan = work->plan;
    const struct output *output = &plan->to->output;
    mmv_map *map = NULL;
    int result = stale_fix(work, output->descriptor);
    /* Of several files the rows of a preview are known by their places in these: it has what was computed. */
    if (result != TOOL_DONE || !plan->command->preview || plan->input.size == 0 || turns_are(plan))
        return result;
    if (mmv_map_from_descriptor(output->descriptor, false, MMV_READ, 0, &map) != MMV_OK)
        return console_failure(plan->console, output->path);
    result = preview_retake(&work->preview, plan, map);
    mmv_map_close(&map);
    return result;
}

/* The last file in hand: only now the copy, or this shard's part of it, is complete. */
static bool is_last_turn(const struct bright_plan *plan)
{
    return plan->turns.now + 1 >= turns_count(plan);
}

/* 2. Those whose turn was over, or was still to come, may have changed meanwhile. */
static int check_state(const struct bright_plan *plan)
{
    struct reading reading = copy_reading(plan);
    if (!turns_are(plan) || !files_reading_end(&reading, &plan->input, "the copy"))
        return TOOL_DONE;
    return console_error(plan->console, plan->input.header,
                         "its files were being changed while they were copied: %s; repeat the command",
                         plan->command->target.kind == TARGET_PART ? "this part is not done" : "there is no copy");
}

int copy_to_file(struct bright_work *work)
{
    const struct bright_plan *plan = work->plan;
    struct destination *to = plan->to;
    bool is_last = is_last_turn(plan), sync = plan->command->safety.sync && is_last;
    assert(plan->command->target.kind == TARGET_FILE);
    int result = plan->turns.now == 0 ? output_create(&to->output, plan->console) : TOOL_DONE;
    if (result == TOOL_DONE)
        result = fill_output(work, to->output.descriptor, sync);
    if (result == TOOL_DONE)
        result = walks_compare(work, to->output.descriptor, to->output.path);
    if (result == TOOL_DONE && is_last)
        result = reread_output(work);
    if (result == TOOL_DONE && is_last)
        result = check_state(plan);
    if (result != TOOL_DONE || signals_stop())
        return result != TOOL_DONE ? result : TOOL_FAILED;
    const struct output_rights rights = files_rights(&plan->input, OUTPUT_COPY);
    return is_last ? header_file_publish(&to->apart, plan->console, &to->output, &rights, sync) : TOOL_DONE;
}

int copy_to_part(struct bright_work *work)
{
    const struct bright_plan *plan = work->plan;
    const struct destination *to = plan->to;
    const struct parts_work part = destination_part(plan);
    bool sync = plan->command->safety.sync, is_last = is_last_turn(plan);
    int result = fill_output(work, to->parts.data, sync && is_last);
    if (result == TOOL_DONE)
        result = walks_compare(work, to->parts.data, to->parts.path);
    if (result == TOOL_DONE && is_last)
        result = check_state(plan);
    if (result != TOOL_DONE || signals_stop())
        return result != TOOL_DONE ? result : TOOL_FAILED;
    return is_last ? parts_done(&to->parts, plan->console, &part, sync) : TOOL_DONE;
}

int copy_to_stdout(struct bright_work *work)
{
    const struct bright_plan *plan = work->plan;
    assert(plan->command->target.kind == TARGET_STDOUT);
    mmv_status status = copy_sections(work, NULL);
    if (status != MMV_OK)
        return walks_explain(work, status, "stdout");
    return output_finish_stdout(plan->console, plan->command->safety.sync);
}
