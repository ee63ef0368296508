/* SPDX-License-Identifier: MIT */
/*
 * restore: see restore.h. Taking back is a run in place as any other: what a killed one has left half changed the
 * journal has, and the same command goes on.
 *
 *     find the store -> lock -> compare all of FILE with what the run has made -> a walk per span -> say so
 *         -> TAKEN_BACK in the store -> journal finished -> the store goes
 *
 * 1. Nothing is changed before all records were compared. An interrupted run does not compare again: part of FILE is
 *    old by then, and the journal compares what it relies on. No assert: back_ready() comes before back_journal().
 * 2. A store goes when FILE is old and the journal is gone. Killed before, the same command finds TAKEN_BACK, and does
 *    the rest. No assert: it is the order of finish().
 */
#include "kit/undo/restore.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kit/job/leftover.h"
#include "kit/os/signals.h"
#include "kit/undo/back.h"
#include "kit/undo/squeeze.h"

static int tell(const struct back *back)
{
    struct json json;
    const struct chosen *chosen = &back->chosen;
    mmv_range hull = recipe_hull(&chosen->recipe);
    const struct report_subject subject = {chosen->file, hull.offset, hull.length, recipe_count(&chosen->recipe), NULL};
    report_explain(back->order->console, chosen->file, &back->report, back->order->how->max_mapped);
    console_summary(back->order->console, chosen->file, "%" PRIu64 " %s %s", subject.records,
                    chosen->recipe.is_bytes ? "records" : "pixels",
                    back->order->dry_run ? "would be taken back" : "are what they were");
    if (back->order->report->json) {
        report_json_begin(&json, back->order->console, &subject, &back->report);
        json_text(&json, "undo_file", chosen->store.path);
        json_count(&json, "undo_bytes", chosen->store.end);
        json_count(&json, "resumed_bytes", back->report.sum.resumed);
        json_bool(&json, "dry_run", back->order->dry_run);
        int result = report_json_end(&json, back->order->console);
        if (result != TOOL_DONE)
            return result;
    } else if (back->order->dry_run) {
        printf("%s: %" PRIu64 " bytes would be as they were before the run that kept %s\n", chosen->file,
               recipe_bytes(&chosen->recipe), chosen->store.path);
    }
    return console_flush(back->order->console);
}

/* 2. */
static int finish(struct back *back)
{
    struct store *store = &back->chosen.store;
    struct store_frame taken = {.kind = STORE_TAKEN_BACK};
    signals_block();
    int error = store->is_taken_back ? 0 : store_append(store, &taken, NULL);
    if (error == 0 && back_is_synced(back))
        error = store_sync(store);
    if (error)
        return console_error(back->order->console, store->path, "cannot be written: %s", strerror(error));
    mmv_status status = mmv_journal_end(back->journal, MMV_JOURNAL_FINISHED);
    if (status != MMV_OK)
        return status == MMV_EJOURNAL ? leftover_refuse(back->order->console)
                                      : console_failure(back->order->console, NULL);
    error = store_remove(store);
    return error ? console_error(back->order->console, store->path, "cannot be removed: %s", strerror(error))
                 : TOOL_DONE;
}

static int walk(struct back *back)
{
    progress_start(&back->progress, back->order->console, back->order->report->progress, back->chosen.file,
                   recipe_walked(&back->chosen.recipe));
    int result = back_walk(back);
    progress_end(&back->progress);
    return result;
}

static int change_back(struct back *back)
{
    int result = back_journal(back, 1, 0);
    if (result == TOOL_DONE)
        result = walk(back);
    if (result == TOOL_DONE)
        result = back_sync(back);
    if (result == TOOL_DONE)
        result = tell(back);
    return result == TOOL_DONE ? finish(back) : result;
}

/* Taken back, and only the store's name was left. */
static int remove_rest(const struct back *back)
{
    const struct store *store = &back->chosen.store;
    int error = back->order->dry_run ? 0 : store_remove(store);
    if (error)
        return console_error(back->order->console, store->path, "cannot be removed: %s", strerror(error));
    console_warning(back->order->console, back->chosen.file,
                    "note: an earlier command has taken the run back already, and was ended: nothing was left to do");
    return TOOL_DONE;
}

/* 1. */
static int do_restore(struct back *back)
{
    if (back->chosen.store.is_taken_back && !back->chosen.is_begun)
        return remove_rest(back);
    int result = back_ready(back);
    if (result != TOOL_DONE)
        return result;
    return back->order->dry_run ? tell(back) : change_back(back);
}

int restore_run(const struct restore_order *order)
{
    struct back back = {.order = order};
    assert(order->journal != MMV_JOURNAL_OFF);
    /* What was kept may be compressed. */
    squeeze_can();
    int result = choose(&back.chosen, order);
    if (result == TOOL_DONE && back.chosen.store.job.run) {
        back_forget(&back);
        return restore_files(order, &(struct restore_list){&order->file, 1});
    }
    if (result == TOOL_DONE)
        result = do_restore(&back);
    mmv_journal_close(&back.journal);
    back_forget(&back);
    bool is_stopped = result == TOOL_FAILED && signals_stop();
    return is_stopped ? signals_raise(signals_stop()) : result;
}
