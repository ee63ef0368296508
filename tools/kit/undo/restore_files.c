/* SPDX-License-Identifier: MIT */
/*
 * restore_files: see restore.h. Each file of an image in several has an undo file of its own, and so has each part of a
 * job; together.h has which of them are of one run.
 *
 *     all of the latest run -> each: lock, compare -> journal -> each: lock, compare, walk
 *         -> say so -> TAKEN_BACK in each store -> journal finished -> the stores go
 *
 * 1. Nothing is changed before each member was compared with what the run has made of it. As only one file is open at a
 *    time each is compared once more with its lock held, unless the journal has it already: parts of one file together,
 *    see check_parts(). No assert: both is check_member().
 * 2. TAKEN_BACK is written when all files are old. So where one store has it nothing is compared: the journal, to which
 *    the first member leads as long as there is one, has all files as done. Behind its end only stores are left. No
 *    assert: it is the order of finish().
 */
#include "kit/undo/restore.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/job/leftover.h"
#include "kit/os/machine.h"
#include "kit/os/signals.h"
#include "kit/undo/back.h"
#include "kit/undo/together.h"
#include "kit/undo/squeeze.h"

/* Longer than a command with a store in hand waits for its file, which this one's journal may have in hand: see back.c.
 */
#define WAIT_MS 12000

struct restoring {
    const struct restore_order *order;
    struct together members;
    struct back back;
    struct restore_order one;    /* the order of the file in hand */
    const struct member *holder; /* of the map below: the first member of its file; NULL = there is none */
    mmv_map *map;                /* with the lock on all that its members change: the journal keeps hold of it, too */
    bool is_old;                 /* all files are what they were, and only that was not said to the end */
    uint64_t bytes, records, walked, stored;
};

static void turn_to(struct restoring *restoring, const char *file)
{
    restoring->one = *restoring->order;
    restoring->one.file = file;
    restoring->back.order = &restoring->one;
}

/* ---- members, one after the other -------------------------------------------------------------------------------- */

/* 1. */
static int check_member(struct restoring *restoring, const struct member *member)
{
    struct chosen *chosen = &restoring->back.chosen;
    const struct choose_among among = {&member->reach, restoring->map};
    turn_to(restoring, member->file);
    int result = choose_store(chosen, &restoring->one, member->store, &among);
    if (result == TOOL_DONE && chosen->store.header.run != member->run)
        return console_error(restoring->order->console, member->file, "another run has changed it meanwhile");
    if (result == TOOL_DONE)
        result = choose_refuse(chosen, &restoring->one);
    /* 2. The journal's end has taken its mark off, perhaps. */
    chosen->is_begun = chosen->is_begun || restoring->is_old;
    return result == TOOL_DONE ? back_ready(&restoring->back) : result;
}

static int check_all(struct restoring *restoring)
{
    int result = TOOL_DONE;
    for (uint32_t i = 0; i < restoring->members.count && result == TOOL_DONE; i++) {
        const struct recipe *recipe = &restoring->back.chosen.recipe;
        result = check_member(restoring, &restoring->members.all[i]);
        if (result == TOOL_DONE) {
            restoring->bytes += recipe_bytes(recipe);
            restoring->records += recipe_count(recipe);
            restoring->walked += recipe_walked(recipe);
            restoring->stored += restoring->back.chosen.store.end;
        }
        back_forget(&restoring->back);
    }
    return result;
}

/* The journal is that of the first member, as it was for whoever began. */
static int open_journal(struct restoring *restoring)
{
    uint64_t largest = 0;
    for (uint32_t i = 0; i < restoring->members.count; i++)
        largest = mmv_max(largest, restoring->members.all[i].own.length);
    return back_journal(&restoring->back, together_files(&restoring->members), largest);
}

/* What the members are. */
static const char *kind_of(const struct restoring *restoring)
{
    return restoring->members.all[0].job.run ? "parts" : "files";
}

static void let_go(struct restoring *restoring)
{
    mmv_map_close(&restoring->map);
    restoring->holder = NULL;
}

/* The map stays for the next member, if that is of the same file. */
static void hold(struct restoring *restoring, const struct member *member)
{
    struct chosen *chosen = &restoring->back.chosen;
    if (chosen->is_lent)
        return;
    restoring->holder = member;
    restoring->map = chosen->map;
    chosen->is_lent = true;
}

static int change_member(struct restoring *restoring, uint32_t index)
{
    struct back *back = &restoring->back;
    const struct member *member = &restoring->members.all[index];
    if (restoring->holder && restoring->holder->place != member->place)
        let_go(restoring);
    int result = check_member(restoring, member);
    if (result == TOOL_DONE)
        hold(restoring, member);
    if (result == TOOL_DONE && index == 0)
        result = open_journal(restoring);
    if (result == TOOL_DONE)
        result = back_walk(back);
    if (result == TOOL_DONE)
        result = back_sync(back);
    if (result != TOOL_DONE && index > 0)
        console_error(restoring->order->console, restoring->members.all[index].file,
                      "the %s before it are what they were: the same command again goes on", kind_of(restoring));
    back_forget(back);
    return result;
}

/* 1. Parts of one file: all of them are compared under the lock that is held until the last one is done. */
static int check_parts(struct restoring *restoring)
{
    int result = TOOL_DONE;
    for (uint32_t i = 0; i < restoring->members.count && result == TOOL_DONE; i++) {
        result = check_member(restoring, &restoring->members.all[i]);
        if (result == TOOL_DONE)
            hold(restoring, &restoring->members.all[i]);
        back_forget(&restoring->back);
    }
    return result;
}

static int change_all(struct restoring *restoring)
{
    struct back *back = &restoring->back;
    int result = restoring->members.all[0].job.run ? check_parts(restoring) : TOOL_DONE;
    progress_start(&back->progress, restoring->order->console, restoring->order->report->progress,
                   restoring->order->file, restoring->walked);
    for (uint32_t i = 0; i < restoring->members.count && result == TOOL_DONE; i++)
        result = change_member(restoring, i);
    progress_end(&back->progress);
    return result;
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static int tell(const struct restoring *restoring)
{
    const struct restore_order *order = restoring->order;
    const struct report_subject subject = {order->file, 0, restoring->bytes, restoring->records, NULL};
    report_explain(order->console, order->file, &restoring->back.report, order->how->max_mapped);
    const char *what = restoring->members.all[0].is_bytes ? "records" : "pixels", *kind = kind_of(restoring);
    console_summary(order->console, order->file, "%" PRIu64 " %s in %" PRIu32 " %s %s", restoring->records, what,
                    restoring->members.count, kind, order->dry_run ? "would be taken back" : "are what they were");
    if (order->report->json) {
        struct json json;
        report_json_begin(&json, order->console, &subject, &restoring->back.report);
        json_count(&json, "undo_files", restoring->members.count);
        json_count(&json, "undo_bytes", restoring->stored);
        json_count(&json, "resumed_bytes", restoring->back.report.sum.resumed);
        json_bool(&json, "dry_run", order->dry_run);
        int result = report_json_end(&json, order->console);
        if (result != TOOL_DONE)
            return result;
    } else if (order->dry_run) {
        printf("%s: %" PRIu64 " bytes in %" PRIu32 " %s would be as they were before the run that kept %s\n",
               order->file, restoring->bytes, restoring->members.count, kind, restoring->members.all[0].store);
    }
    return console_flush(order->console);
}

static int mark_taken(const struct restoring *restoring, const struct member *member)
{
    struct store store;
    struct store_frame taken = {.kind = STORE_TAKEN_BACK};
    int error = store_open_patiently(&store, member->store, WAIT_MS);
    bool is_another = error == 0 && store.header.run != member->run;
    if (error == 0 && !is_another && !store.is_taken_back)
        error = store_append(&store, &taken, NULL);
    if (error == 0 && !is_another && back_is_synced(&restoring->back))
        error = store_sync(&store);
    store_close(&store);
    if (is_another)
        return console_error(restoring->order->console, member->store, "was replaced while it was looked at");
    if (error == 0)
        return TOOL_DONE;
    return console_error(restoring->order->console, member->store, "cannot be written: %s", strerror(error));
}

static int remove_store(const struct restoring *restoring, const struct member *member)
{
    struct store store;
    int error = store_open_patiently(&store, member->store, WAIT_MS);
    /* Another command has removed it, and a later run may have its name now. */
    bool is_gone = error == ENOENT || (error == 0 && (store.header.run != member->run || !store.is_taken_back));
    if (error == 0 && !is_gone)
        error = store_remove(&store);
    if (is_gone)
        error = 0;
    store_close(&store);
    if (error == 0)
        return TOOL_DONE;
    return console_error(restoring->order->console, member->store, "cannot be removed: %s", strerror(error));
}

static int remove_all(const struct restoring *restoring)
{
    int result = TOOL_DONE;
    for (uint32_t i = 0; i < restoring->members.count && result == TOOL_DONE; i++)
        result = remove_store(restoring, &restoring->members.all[i]);
    return result;
}

/* 2. */
static int finish(struct restoring *restoring)
{
    const struct console *console = restoring->order->console;
    int result = TOOL_DONE;
    signals_block();
    for (uint32_t i = 0; i < restoring->members.count && result == TOOL_DONE; i++)
        result = mark_taken(restoring, &restoring->members.all[i]);
    if (result != TOOL_DONE)
        return result;
    mmv_status status = mmv_journal_end(restoring->back.journal, MMV_JOURNAL_FINISHED);
    if (status != MMV_OK)
        return status == MMV_EJOURNAL ? leftover_refuse(console) : console_failure(console, NULL);
    return remove_all(restoring);
}

static int remove_rest(const struct restoring *restoring)
{
    int result = restoring->order->dry_run ? TOOL_DONE : remove_all(restoring);
    if (result == TOOL_DONE)
        console_warning(restoring->order->console, restoring->order->file,
                        "note: an earlier command has taken the run back already, and was ended: nothing was left to "
                        "do");
    return result;
}

/* A run over one of the files alone. */
static int restore_one(struct restoring *restoring)
{
    turn_to(restoring, restoring->members.all[0].file);
    return restore_run(&restoring->one);
}

static int do_restore(struct restoring *restoring)
{
    int result = together_find(&restoring->members);
    if (result != TOOL_DONE)
        return result;
    const struct member *first = &restoring->members.all[0];
    if (first->group.id == 0 && first->job.run == 0)
        return restore_one(restoring);
    restoring->is_old = together_taken(&restoring->members);
    if (restoring->is_old && !restoring->members.all[0].is_begun)
        return remove_rest(restoring);
    result = check_all(restoring);
    if (result != TOOL_DONE)
        return result;
    if (restoring->order->dry_run)
        return tell(restoring);
    result = change_all(restoring);
    if (result == TOOL_DONE)
        result = tell(restoring);
    return result == TOOL_DONE ? finish(restoring) : result;
}

int restore_files(const struct restore_order *order, const struct restore_list *list)
{
    struct restoring restoring = {.order = order, .members = {.order = order, .list = list}};
    restoring.back.chosen.store.descriptor = -1;
    assert(order->journal != MMV_JOURNAL_OFF && list->count > 0);
    if (order->named)
        return console_usage(order->console,
                             "--undo=PATH is of one file: of several that a header lists each has an undo file beside "
                             "it");
    squeeze_can();
    int result = do_restore(&restoring);
    mmv_journal_close(&restoring.back.journal);
    let_go(&restoring);
    together_drop(&restoring.members);
    bool is_stopped = result == TOOL_FAILED && signals_stop();
    return is_stopped ? signals_raise(signals_stop()) : result;
}
