/* SPDX-License-Identifier: MIT */
/*
 * back: see back.h.
 *
 * 1. A chunk is stored to only when all of it could be taken back: meant_restore() touches nothing otherwise. No
 * assert: it is one branch there.
 */
#include "kit/undo/back.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/job/leftover.h"
#include "kit/os/path.h"
#include "kit/os/signals.h"
#include "kit/undo/compare.h"
#include "kit/undo/meant.h"
#include "kit/undo/room.h"

#define WAIT_MS 3000

struct back_seat {
    unsigned char *words, *old;
    size_t words_room, old_room;
    struct unit_reader reader;
};

/* ---- FILE is what the run has made --------------------------------------------------------------------------------
 */

static int see_gap(uint32_t span, uint64_t first, uint64_t count, void *user)
{
    (void)span, (void)first, (void)count, (void)user;
    return EILSEQ;
}

static int say_changed(const struct back *back, const struct store_sum *sum)
{
    const mmi_span *span = &back->chosen.recipe.spans[sum->span];
    uint64_t from = span->offset + sum->first * span->stride;
    console_error(
        back->order->console, back->chosen.file,
        "was changed since, among the %" PRIu64 " bytes from offset %" PRIu64
        ": the run cannot be taken back over them. Put these bytes back as the run has left them, and then the "
        "same command takes it back. Where nobody has them any more, or FILE was put back otherwise, %s is of no use: "
        "move it away",
        (sum->count - 1) * span->stride + span->record, from, path_base(back->chosen.store.path));
    return TOOL_FAILED;
}

static int damaged(const struct back *back, int error)
{
    if (error == EILSEQ)
        return console_error(back->order->console, back->chosen.store.path, "is damaged: nothing is taken back");
    if (error == ENOTSUP)
        return console_error(back->order->console, back->chosen.store.path,
                             "is compressed, and zstd (libzstd) is not here, or was not there when this was built: "
                             "nothing is taken back");
    return console_error(back->order->console, back->chosen.store.path, "cannot be used: %s", strerror(error));
}

static int compare_all(struct back *back)
{
    struct sum_list *sums = &back->units.sums;
    const struct store_sum *first;
    int error = sums_gaps(sums, &back->chosen.recipe, see_gap, NULL);
    if (error)
        return damaged(back, error);
    const struct compare_work work = {mmv_map_descriptor(back->chosen.map), &back->chosen.recipe, sums,
                                      back->order->how->threads};
    error = compare_file(&work, &first);
    if (error && error != EILSEQ)
        return console_error(back->order->console, back->chosen.file, "cannot be read: %s", strerror(error));
    return error ? say_changed(back, first) : TOOL_DONE;
}

/* ---- the walks ----------------------------------------------------------------------------------------------------
 */

/* 1. */
static mmv_status take_samples_back(struct back *back, const mmv_chunk *chunk, bool has_words)
{
    const struct back_seat *seat = &back->seats[chunk->thread];
    const struct recipe *recipe = &back->chosen.recipe;
    size_t record = (size_t)recipe->spans[back->span].record;
    const struct meant_records records = {chunk->data,   chunk->offset,      record,
                                          chunk->stride, chunk->file_stride, chunk->count};
    const struct meant_back to = {chunk->data, seat->old, has_words ? seat->words : NULL};
    return meant_restore(recipe, back->inverse, &records, &to) ? MMV_OK : mmv_error_set(MMV_EIO, EILSEQ, "undo");
}

/* Bytes that have not changed are not stored to. */
static mmv_status take_bytes_back(const struct back *back, const mmv_chunk *chunk, bool has_words)
{
    const unsigned char *words = back->seats[chunk->thread].words;
    size_t record = (size_t)back->chosen.recipe.spans[back->span].record;
    for (size_t i = 0; i < chunk->count && has_words; i++) {
        unsigned char *data = (unsigned char *)chunk->data + i * chunk->stride;
        for (size_t k = 0; k < record; k++)
            if (words[i * record + k])
                data[k] ^= words[i * record + k];
    }
    return MMV_OK;
}

static mmv_status take_back(const mmv_chunk *chunk, void *user)
{
    struct back *back = user;
    struct back_seat *seat = &back->seats[chunk->thread];
    size_t bytes = chunk->count * (size_t)back->chosen.recipe.spans[back->span].record;
    bool any;
    if (!room_take(&seat->words, &seat->words_room, bytes) || !room_take(&seat->old, &seat->old_room, bytes))
        return mmv_error_set(MMV_ENOMEM, ENOMEM, "undo");
    int error = units_words(&back->units, &seat->reader, &(struct unit_records){back->span, chunk->index, chunk->count},
                            seat->words, &any);
    if (error)
        return mmv_error_set(error == ENOMEM ? MMV_ENOMEM : MMV_EIO, error, "undo");
    return back->inverse ? take_samples_back(back, chunk, any) : take_bytes_back(back, chunk, any);
}

static int walk_span(struct back *back, uint32_t index)
{
    const mmi_span *span = &back->chosen.recipe.spans[index];
    mmv_walk_stats stats = {0};
    mmv_walk_options options = settings_walk(back->order->how);
    options.record_size = (size_t)span->record;
    options.offset = span->offset;
    options.stride = span->stride == span->record ? 0 : span->stride;
    options.length = recipe_span_end(span) - span->offset;
    options.stats = &stats;
    options.journal = back->journal;
    options.tick = progress_tick;
    options.tick_user = &back->progress;
    back->span = index;
    mmv_status status = signals_stop() ? MMV_ESTOPPED : mmv_walk(back->chosen.map, &options, take_back, back);
    report_add(&back->report, &stats);
    progress_next(&back->progress, stats.bytes);
    if (status == MMV_OK)
        return TOOL_DONE;
    progress_end(&back->progress);
    if (status == MMV_EJOURNAL)
        return leftover_refuse(back->order->console);
    if (status == MMV_EBUSY)
        return console_busy(back->order->console, back->chosen.file, "on this range");
    const mmv_error error = *mmv_last_error();
    if (status != MMV_ESTOPPED)
        console_failure(back->order->console, back->chosen.file);
    bool is_begun = status == MMV_ESTOPPED || index > 0 || stats.bytes > 0 || stats.resumed > 0;
    console_error(back->order->console, back->chosen.file,
                  is_begun ? "%s: the same command again goes on from here" : "%s: nothing of it is taken back",
                  status == MMV_ESTOPPED ? "stopped" : "failed");
    console_journal_place(back->order->console, back->chosen.file, &error);
    return status == MMV_ESTOPPED ? TOOL_RESUMABLE : TOOL_FAILED;
}

int back_walk(struct back *back)
{
    int result = TOOL_DONE;
    for (uint32_t i = 0; i < back->chosen.recipe.span_count && result == TOOL_DONE; i++)
        result = walk_span(back, i);
    return result;
}

/* ---- in front of the walks, and behind them ---------------------------------------------------------------------- */

static int lock_file(const struct back *back)
{
    const mmv_range *reach = &back->chosen.reach;
    mmv_status status = mmv_map_lock(back->chosen.map, reach->offset, reach->length, WAIT_MS);
    if (status == MMV_OK || status == MMV_ENOTSUP)
        return TOOL_DONE;
    if (status == MMV_EBUSY)
        return console_busy(back->order->console, back->chosen.file, "on this range");
    return console_failure(back->order->console, back->chosen.file);
}

static int prepare(struct back *back)
{
    struct recipe *recipe = &back->chosen.recipe;
    if (!recipe->is_bytes && mmi_adjust_create(&recipe->image, &recipe->options, &back->adjust) != MMV_OK)
        return damaged(back, EILSEQ);
    back->seats = calloc(back->order->how->threads, sizeof *back->seats);
    if (!back->seats || (back->adjust && mmi_inverse_create(back->adjust, &back->inverse) != MMV_OK))
        return damaged(back, ENOMEM);
    int error = units_load(&back->units, &back->chosen.store, recipe);
    return error ? damaged(back, error) : TOOL_DONE;
}

int back_ready(struct back *back)
{
    int result = prepare(back);
    if (result == TOOL_DONE && !back->order->dry_run && !back->chosen.is_lent)
        result = lock_file(back);
    if (result == TOOL_DONE && !back->chosen.is_begun)
        result = compare_all(back);
    return result == TOOL_DONE && signals_stop() ? TOOL_FAILED : result;
}

int back_sync(struct back *back)
{
    if (!back->order->sync || mmv_map_sync(back->chosen.map) == MMV_OK)
        return TOOL_DONE;
    int result = console_failure(back->order->console, back->chosen.file);
    mmv_journal_end(back->journal, MMV_JOURNAL_SPOILED);
    return result;
}

/* Nothing is stored elsewhere. But on file systems of other machines the mode is power, though the command says kill.
 */
static mmv_status see_power(void *user)
{
    struct back *back = user;
    atomic_store(&back->is_power, true);
    return MMV_OK;
}

int back_journal(struct back *back, uint64_t files, uint64_t largest)
{
    const struct chosen *chosen = &back->chosen;
    const struct console *console = back->order->console;
    char operation[CHOSEN_OPERATION];
    const mmv_journal_options options = {.mode = back->order->journal,
                                         .operation = chosen_operation(chosen, operation),
                                         .files = files,
                                         .bytes = largest,
                                         .threads = back->order->how->threads,
                                         .wait_ms = WAIT_MS,
                                         .offset = chosen->reach.offset,
                                         .length = chosen->reach.length,
                                         .settle = see_power,
                                         .settle_user = back};
    mmv_status status = mmv_journal_open(chosen->journal_path, &options, &back->journal);
    if (status == MMV_OK)
        return TOOL_DONE;
    if (status == MMV_EJOURNAL)
        return leftover_refuse(console);
    if (status == MMV_EBUSY)
        return console_busy(console, chosen->journal_path, "with this journal");
    return console_failure(console, chosen->journal_path);
}

bool back_is_synced(const struct back *back)
{
    return back->order->sync || back->order->journal == MMV_JOURNAL_POWER || atomic_load(&back->is_power);
}

void back_forget(struct back *back)
{
    for (unsigned i = 0; back->seats && i < back->order->how->threads; i++) {
        free(back->seats[i].words);
        free(back->seats[i].old);
        unit_reader_drop(&back->seats[i].reader);
    }
    free(back->seats);
    back->seats = NULL;
    units_drop(&back->units);
    mmi_inverse_destroy(&back->inverse);
    mmi_adjust_destroy(&back->adjust);
    chosen_drop(&back->chosen);
}
