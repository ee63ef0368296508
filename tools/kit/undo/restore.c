/* SPDX-License-Identifier: MIT */
/*
 * restore: see restore.h. Taking back is a run in place as any other: what a killed one has left half changed the
 * journal has, and the same command goes on.
 *
 *     find the store -> lock -> compare all of FILE with what the run has made -> a walk per span -> say so
 *         -> TAKEN_BACK in the store -> journal finished -> the store goes
 *
 * 1. Nothing is changed before all records were compared. An interrupted run does not compare again: part of FILE is
 *    old by then, and the journal compares what it relies on. No assert: compare_all() comes before journal_open().
 * 2. A store goes when FILE is old and the journal is gone. Killed before, the same command finds TAKEN_BACK, and does
 *    the rest. No assert: it is the order of finish().
 * 3. A chunk is stored to only when all of it could be taken back. No assert: it is one branch.
 */
#include "kit/undo/restore.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmimage/inverse.h>
#include <mmview/range.h>

#include "kit/cli/progress.h"
#include "kit/cli/report.h"
#include "kit/job/leftover.h"
#include "kit/os/signals.h"
#include "kit/undo/choose.h"
#include "kit/undo/compare.h"
#include "kit/undo/room.h"
#include "kit/undo/squeeze.h"
#include "kit/undo/units.h"

#define WAIT_MS 3000

struct seat {
    unsigned char *words, *old;
    size_t words_room, old_room;
    struct unit_reader reader;
};

/* size: a run from the store to its end */
struct restore {
    const struct restore_order *order;
    const struct console *console;
    struct chosen chosen;
    mmi_adjust *adjust;
    mmi_inverse *inverse;
    struct units units;
    struct seat *seats;
    mmv_journal *journal;
    struct progress progress;
    struct report report;
    uint32_t span; /* of the walk that is on */
};

/* ---- FILE is what the run has made --------------------------------------------------------------------------------
 */

static int see_gap(uint32_t span, uint64_t first, uint64_t count, void *user)
{
    (void)span, (void)first, (void)count, (void)user;
    return EILSEQ;
}

static int say_changed(const struct restore *restore, const struct store_sum *sum)
{
    const mmi_span *span = &restore->chosen.recipe.spans[sum->span];
    uint64_t from = span->offset + sum->first * span->stride;
    console_error(restore->console, restore->chosen.file,
                  "was changed since, among the %" PRIu64 " bytes from offset %" PRIu64
                  ": nothing is taken back. Put these bytes back as the run has left them, or remove %s",
                  (sum->count - 1) * span->stride + span->record, from, restore->chosen.store.path);
    return TOOL_FAILED;
}

static int damaged(const struct restore *restore, int error)
{
    if (error == EILSEQ)
        return console_error(restore->console, restore->chosen.store.path, "is damaged: nothing is taken back");
    if (error == ENOTSUP)
        return console_error(restore->console, restore->chosen.store.path,
                             "is compressed, and zstd (libzstd) is not here, or was not there when this was built: "
                             "nothing is taken back");
    return console_error(restore->console, restore->chosen.store.path, "cannot be used: %s", strerror(error));
}

/* 1. */
static int compare_all(struct restore *restore)
{
    struct sum_list *sums = &restore->units.sums;
    const struct store_sum *first;
    int error = sums_gaps(sums, &restore->chosen.recipe, see_gap, NULL);
    if (error)
        return damaged(restore, error);
    const struct compare_work work = {mmv_map_descriptor(restore->chosen.map), &restore->chosen.recipe, sums,
                                      restore->order->how->threads};
    error = compare_file(&work, &first);
    if (error && error != EILSEQ)
        return console_error(restore->console, restore->chosen.file, "cannot be read: %s", strerror(error));
    return error ? say_changed(restore, first) : TOOL_DONE;
}

/* ---- the walks ----------------------------------------------------------------------------------------------------
 */

/* 3. */
static mmv_status take_samples_back(struct restore *restore, const mmv_chunk *chunk, bool has_words)
{
    const struct seat *seat = &restore->seats[chunk->thread];
    const struct recipe *recipe = &restore->chosen.recipe;
    size_t record = (size_t)recipe->spans[restore->span].record;
    const struct meant_records records = {chunk->data,   chunk->offset,      record,
                                          chunk->stride, chunk->file_stride, chunk->count};
    const struct meant_back back = {chunk->data, seat->old, has_words ? seat->words : NULL};
    return meant_restore(recipe, restore->inverse, &records, &back) ? MMV_OK : mmv_error_set(MMV_EIO, EILSEQ, "undo");
}

/* Bytes that have not changed are not stored to. */
static mmv_status take_bytes_back(const struct restore *restore, const mmv_chunk *chunk, bool has_words)
{
    const unsigned char *words = restore->seats[chunk->thread].words;
    size_t record = (size_t)restore->chosen.recipe.spans[restore->span].record;
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
    struct restore *restore = user;
    struct seat *seat = &restore->seats[chunk->thread];
    size_t bytes = chunk->count * (size_t)restore->chosen.recipe.spans[restore->span].record;
    bool any;
    if (!room_take(&seat->words, &seat->words_room, bytes) || !room_take(&seat->old, &seat->old_room, bytes))
        return mmv_error_set(MMV_ENOMEM, ENOMEM, "undo");
    int error = units_words(&restore->units, &seat->reader,
                            &(struct unit_records){restore->span, chunk->index, chunk->count}, seat->words, &any);
    if (error)
        return mmv_error_set(error == ENOMEM ? MMV_ENOMEM : MMV_EIO, error, "undo");
    return restore->inverse ? take_samples_back(restore, chunk, any) : take_bytes_back(restore, chunk, any);
}

static int walk_span(struct restore *restore, uint32_t index)
{
    const mmi_span *span = &restore->chosen.recipe.spans[index];
    mmv_walk_stats stats = {0};
    mmv_walk_options options = settings_walk(restore->order->how);
    options.record_size = (size_t)span->record;
    options.offset = span->offset;
    options.stride = span->stride == span->record ? 0 : span->stride;
    options.length = recipe_span_end(span) - span->offset;
    options.stats = &stats;
    options.journal = restore->journal;
    options.tick = progress_tick;
    options.tick_user = &restore->progress;
    restore->span = index;
    mmv_status status = signals_stop() ? MMV_ESTOPPED : mmv_walk(restore->chosen.map, &options, take_back, restore);
    report_add(&restore->report, &stats);
    progress_next(&restore->progress, stats.bytes);
    if (status == MMV_OK)
        return TOOL_DONE;
    progress_end(&restore->progress);
    if (status == MMV_EJOURNAL)
        return leftover_refuse(restore->console);
    if (status == MMV_EBUSY)
        return console_busy(restore->console, restore->chosen.file, "on this range");
    if (status != MMV_ESTOPPED)
        console_failure(restore->console, restore->chosen.file);
    console_error(restore->console, restore->chosen.file, "%s: the same command again goes on from here",
                  status == MMV_ESTOPPED ? "stopped" : "failed");
    return status == MMV_ESTOPPED ? TOOL_RESUMABLE : TOOL_FAILED;
}

static int walk_all(struct restore *restore)
{
    int result = TOOL_DONE;
    progress_start(&restore->progress, restore->console, restore->order->report->progress, restore->chosen.file,
                   recipe_walked(&restore->chosen.recipe));
    for (uint32_t i = 0; i < restore->chosen.recipe.span_count && result == TOOL_DONE; i++)
        result = walk_span(restore, i);
    progress_end(&restore->progress);
    return result;
}

/* ---- from the beginning to the end ------------------------------------------------------------------------------- */

static int lock_file(const struct restore *restore)
{
    mmv_range hull = recipe_hull(&restore->chosen.recipe);
    mmv_status status = mmv_map_lock(restore->chosen.map, hull.offset, hull.length, WAIT_MS);
    if (status == MMV_OK || status == MMV_ENOTSUP)
        return TOOL_DONE;
    if (status == MMV_EBUSY)
        return console_busy(restore->console, restore->chosen.file, "on this range");
    return console_failure(restore->console, restore->chosen.file);
}

static int prepare(struct restore *restore)
{
    struct recipe *recipe = &restore->chosen.recipe;
    if (!recipe->is_bytes && mmi_adjust_create(&recipe->image, &recipe->options, &restore->adjust) != MMV_OK)
        return damaged(restore, EILSEQ);
    restore->seats = calloc(restore->order->how->threads, sizeof *restore->seats);
    if (!restore->seats || (restore->adjust && mmi_inverse_create(restore->adjust, &restore->inverse) != MMV_OK))
        return damaged(restore, ENOMEM);
    int error = units_load(&restore->units, &restore->chosen.store, recipe);
    return error ? damaged(restore, error) : TOOL_DONE;
}

static int open_journal(struct restore *restore)
{
    const struct chosen *chosen = &restore->chosen;
    char operation[CHOSEN_OPERATION];
    mmv_range hull = recipe_hull(&chosen->recipe);
    const mmv_journal_options options = {.mode = restore->order->journal,
                                         .operation = chosen_operation(chosen, operation),
                                         .files = 1,
                                         .threads = restore->order->how->threads,
                                         .wait_ms = WAIT_MS,
                                         .offset = hull.offset,
                                         .length = hull.length};
    mmv_status status = mmv_journal_open(chosen->journal_path, &options, &restore->journal);
    if (status == MMV_OK)
        return TOOL_DONE;
    if (status == MMV_EJOURNAL)
        return leftover_refuse(restore->console);
    if (status == MMV_EBUSY)
        return console_busy(restore->console, chosen->journal_path, "with this journal");
    return console_failure(restore->console, chosen->journal_path);
}

static int tell(const struct restore *restore)
{
    struct json json;
    const struct chosen *chosen = &restore->chosen;
    mmv_range hull = recipe_hull(&chosen->recipe);
    const struct report_subject subject = {chosen->file, hull.offset, hull.length, recipe_count(&chosen->recipe), NULL};
    report_explain(restore->console, chosen->file, &restore->report, restore->order->how->max_mapped);
    console_summary(restore->console, chosen->file, "%" PRIu64 " %s %s", subject.records,
                    chosen->recipe.is_bytes ? "records" : "pixels",
                    restore->order->dry_run ? "would be taken back" : "are what they were");
    if (restore->order->report->json) {
        report_json_begin(&json, restore->console, &subject, &restore->report);
        json_text(&json, "undo_file", chosen->store.path);
        json_count(&json, "undo_bytes", chosen->store.end);
        json_count(&json, "resumed_bytes", restore->report.sum.resumed);
        json_bool(&json, "dry_run", restore->order->dry_run);
        int result = report_json_end(&json, restore->console);
        if (result != TOOL_DONE)
            return result;
    } else if (restore->order->dry_run) {
        printf("%s: %" PRIu64 " bytes would be as they were before the run that kept %s\n", chosen->file,
               recipe_bytes(&chosen->recipe), chosen->store.path);
    }
    return console_flush(restore->console);
}

/* 2. */
static int finish(struct restore *restore)
{
    struct store *store = &restore->chosen.store;
    struct store_frame taken = {.kind = STORE_TAKEN_BACK};
    bool is_synced = restore->order->sync || restore->order->journal == MMV_JOURNAL_POWER;
    signals_block();
    int error = store->is_taken_back ? 0 : store_append(store, &taken, NULL);
    if (error == 0 && is_synced)
        error = store_sync(store);
    if (error)
        return console_error(restore->console, store->path, "cannot be written: %s", strerror(error));
    mmv_status status = mmv_journal_end(restore->journal, MMV_JOURNAL_FINISHED);
    if (status != MMV_OK)
        return status == MMV_EJOURNAL ? leftover_refuse(restore->console) : console_failure(restore->console, NULL);
    error = store_remove(store);
    return error ? console_error(restore->console, store->path, "cannot be removed: %s", strerror(error)) : TOOL_DONE;
}

static int change_back(struct restore *restore)
{
    int result = open_journal(restore);
    if (result == TOOL_DONE)
        result = walk_all(restore);
    if (result == TOOL_DONE && restore->order->sync && mmv_map_sync(restore->chosen.map) != MMV_OK) {
        result = console_failure(restore->console, restore->chosen.file);
        mmv_journal_end(restore->journal, MMV_JOURNAL_SPOILED);
    }
    if (result == TOOL_DONE)
        result = tell(restore);
    return result == TOOL_DONE ? finish(restore) : result;
}

/* Taken back, and only the store's name was left. */
static int remove_rest(const struct restore *restore)
{
    const struct store *store = &restore->chosen.store;
    int error = restore->order->dry_run ? 0 : store_remove(store);
    if (error)
        return console_error(restore->console, store->path, "cannot be removed: %s", strerror(error));
    console_warning(restore->console, restore->chosen.file,
                    "note: an earlier command has taken the run back already, and was ended: nothing was left to do");
    return TOOL_DONE;
}

static int do_restore(struct restore *restore)
{
    if (restore->chosen.store.is_taken_back && !restore->chosen.is_begun)
        return remove_rest(restore);
    int result = prepare(restore);
    if (result == TOOL_DONE && !restore->order->dry_run)
        result = lock_file(restore);
    if (result == TOOL_DONE && !restore->chosen.is_begun)
        result = compare_all(restore);
    if (result == TOOL_DONE && signals_stop())
        return TOOL_FAILED;
    if (result != TOOL_DONE)
        return result;
    return restore->order->dry_run ? tell(restore) : change_back(restore);
}

static void drop(struct restore *restore)
{
    mmv_journal_close(&restore->journal);
    for (unsigned i = 0; restore->seats && i < restore->order->how->threads; i++) {
        free(restore->seats[i].words);
        free(restore->seats[i].old);
        unit_reader_drop(&restore->seats[i].reader);
    }
    free(restore->seats);
    units_drop(&restore->units);
    mmi_inverse_destroy(&restore->inverse);
    mmi_adjust_destroy(&restore->adjust);
    chosen_drop(&restore->chosen);
}

int restore_run(const struct restore_order *order)
{
    struct restore restore = {.order = order, .console = order->console};
    assert(order->journal != MMV_JOURNAL_OFF);
    /* What was kept may be compressed. */
    squeeze_can();
    int result = choose(&restore.chosen, order);
    if (result == TOOL_DONE)
        result = do_restore(&restore);
    drop(&restore);
    bool is_stopped = result == TOOL_FAILED && signals_stop();
    return is_stopped ? signals_raise(signals_stop()) : result;
}
