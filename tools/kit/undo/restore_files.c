/* SPDX-License-Identifier: MIT */
/*
 * restore_files: see restore.h. Each file of an image in several has an undo file of its own; what they have in common
 * is their group.
 *
 *     look at all -> the latest group, all of it -> each: lock, compare -> journal -> each: lock, compare, walk
 *         -> say so -> TAKEN_BACK in each store -> journal finished -> the stores go
 *
 * 1. Nothing is changed before each file of the group was compared with what the run has made of it. As only one is
 * open at a time each is compared once more before it changes, unless the journal has it already. No assert: both is
 *    check_member().
 * 2. TAKEN_BACK is written when all files are old. So where one store has it nothing is compared: the journal, to which
 *    index 0 leads as long as there is one, has all files as done. Behind its end only stores are left. No assert: it
 *    is the order of finish().
 * 3. Index 0 comes first: it leads to the journal, whoever goes on. No assert: 'members' are sorted.
 */
#include "kit/undo/restore.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/job/leftover.h"
#include "kit/os/machine.h"
#include "kit/os/signals.h"
#include "kit/undo/back.h"
#include "kit/undo/squeeze.h"

/* Longer than a command with a store in hand waits for its file, which this one's journal may have in hand: see back.c.
 */
#define WAIT_MS 12000
#define TURN_MS 20

/* What was found of one file: its latest undo file. */
struct member {
    const char *file;
    char *store;
    uint64_t run, begun, reach; /* reach: from its first byte that changes to the last */
    struct recipe_group group;
    bool is_complete, is_taken_back, is_begun, is_unfinished;
};

struct restoring {
    const struct restore_order *order;
    const struct restore_list *list;
    struct member *members; /* those with an undo file; once a group is chosen, those of it */
    uint32_t count;
    struct back back;
    struct restore_order one; /* the order of the file in hand */
    bool is_old;              /* all files are what they were, and only that was not said to the end */
    uint64_t bytes, records, walked, stored;
};

/* ---- what is there ----------------------------------------------------------------------------------------------- */

static void turn_to(struct restoring *restoring, const char *file)
{
    restoring->one = *restoring->order;
    restoring->one.file = file;
    restoring->back.order = &restoring->one;
}

static int look_at(struct restoring *restoring, const char *file)
{
    struct chosen *chosen = &restoring->back.chosen;
    bool found;
    turn_to(restoring, file);
    int result = choose_alone(chosen, &restoring->one, &found);
    if (result == TOOL_DONE && found) {
        struct member *member = &restoring->members[restoring->count++];
        *member = (struct member){.file = file,
                                  .store = strdup(chosen->store.path),
                                  .run = chosen->store.header.run,
                                  .begun = chosen->store.header.begun,
                                  .reach = recipe_hull(&chosen->recipe).length,
                                  .group = chosen->recipe.group,
                                  .is_complete = chosen->store.is_complete,
                                  .is_taken_back = chosen->store.is_taken_back,
                                  .is_begun = chosen->is_begun,
                                  .is_unfinished = chosen->is_unfinished};
        if (!member->store)
            result = console_error(restoring->order->console, file, "not enough memory");
    }
    back_forget(&restoring->back);
    return result;
}

static int look_at_all(struct restoring *restoring)
{
    int result = TOOL_DONE;
    restoring->members = calloc((size_t)restoring->list->count + 1, sizeof *restoring->members);
    if (!restoring->members)
        return console_error(restoring->order->console, restoring->order->file, "not enough memory");
    for (uint32_t i = 0; i < restoring->list->count && result == TOOL_DONE; i++)
        result = look_at(restoring, restoring->list->files[i]);
    if (result == TOOL_DONE && restoring->count == 0)
        return console_error(restoring->order->console, restoring->order->file,
                             "no run with --keep-undo has left undo files beside the files that it lists");
    return result;
}

/* ---- which run --------------------------------------------------------------------------------------------------- */

static bool are_together(const struct member *a, const struct member *b)
{
    return a == b || (a->group.id != 0 && a->group.id == b->group.id);
}

static uint32_t count_with(const struct restoring *restoring, const struct member *member)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < restoring->count; i++)
        count += are_together(&restoring->members[i], member);
    return count;
}

static bool is_whole(const struct restoring *restoring, const struct member *member)
{
    return member->group.id == 0 || count_with(restoring, member) == member->group.count;
}

/* The latest one. Of two at a time one that is all there: the other one lies below it. */
static const struct member *find_latest(const struct restoring *restoring)
{
    const struct member *latest = &restoring->members[0];
    for (uint32_t i = 0; i < restoring->count; i++) {
        const struct member *member = &restoring->members[i];
        if (member->is_begun)
            return member;
        if (member->begun > latest->begun ||
            (member->begun == latest->begun && !is_whole(restoring, latest) && is_whole(restoring, member)))
            latest = member;
    }
    return latest;
}

static int by_index(const void *a, const void *b)
{
    const struct member *left = a, *right = b;
    return left->group.index < right->group.index ? -1 : left->group.index > right->group.index;
}

/* 3. Of the members those that are together with this one, in the order of the run. */
static void keep_together(struct restoring *restoring, const struct member *with)
{
    const struct member chosen = *with;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < restoring->count; i++) {
        struct member member = restoring->members[i];
        if (&restoring->members[i] == with || are_together(&chosen, &member))
            restoring->members[kept++] = member;
        else
            free(member.store);
    }
    restoring->count = kept;
    qsort(restoring->members, kept, sizeof *restoring->members, by_index);
}

/* Each one says who the next is. */
static uint32_t find_missing(const struct restoring *restoring)
{
    const struct member *members = restoring->members;
    uint32_t at = 0;
    while (at < restoring->count && members[at].group.index == at)
        at++;
    return at == 0 ? members[0].group.first : members[at - 1].group.next;
}

/* An undo file is missing, or lies below one of a later run. */
static int refuse_missing(struct restoring *restoring)
{
    uint32_t missing = find_missing(restoring);
    const char *file = missing < restoring->list->count ? restoring->list->files[missing] : restoring->order->file;
    struct chosen *chosen = &restoring->back.chosen;
    bool found;
    turn_to(restoring, file);
    int result = choose_alone(chosen, &restoring->one, &found);
    if (result == TOOL_DONE && found)
        result = console_error(restoring->order->console, file,
                               "a later run has kept %s: take that back first, the latest run comes first",
                               chosen->store.path);
    else if (result == TOOL_DONE)
        result = console_error(restoring->order->console, file,
                               "the undo file of the run that has changed it together with %s is gone: nothing is "
                               "taken back",
                               restoring->members[0].file);
    back_forget(&restoring->back);
    return result;
}

/* The run is not finished, or nobody knows. */
static int refuse_unfinished(struct restoring *restoring, const struct member *member)
{
    bool found;
    turn_to(restoring, member->file);
    int result = choose_alone(&restoring->back.chosen, &restoring->one, &found);
    if (result == TOOL_DONE)
        result = choose_refuse(&restoring->back.chosen, &restoring->one);
    back_forget(&restoring->back);
    return result == TOOL_DONE ? console_error(restoring->order->console, member->file, "is being changed") : result;
}

/* 2. The first of them that is all back; NULL = none. */
static const struct member *find_taken(const struct restoring *restoring)
{
    for (uint32_t i = 0; i < restoring->count; i++)
        if (restoring->members[i].is_taken_back)
            return &restoring->members[i];
    return NULL;
}

static int choose_group(struct restoring *restoring)
{
    const struct member *taken = find_taken(restoring);
    keep_together(restoring, taken ? taken : find_latest(restoring));
    if (taken)
        return TOOL_DONE;
    for (uint32_t i = 0; i < restoring->count; i++) {
        const struct member *member = &restoring->members[i];
        if (!member->is_complete || (member->is_unfinished && !member->is_begun))
            return refuse_unfinished(restoring, member);
    }
    return is_whole(restoring, &restoring->members[0]) ? TOOL_DONE : refuse_missing(restoring);
}

/* ---- files, one after the other ---------------------------------------------------------------------------------- */

/* 1. */
static int check_member(struct restoring *restoring, const struct member *member)
{
    struct chosen *chosen = &restoring->back.chosen;
    bool found;
    turn_to(restoring, member->file);
    int result = choose_alone(chosen, &restoring->one, &found);
    if (result == TOOL_DONE && (!found || chosen->store.header.run != member->run))
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
    for (uint32_t i = 0; i < restoring->count && result == TOOL_DONE; i++) {
        const struct recipe *recipe = &restoring->back.chosen.recipe;
        result = check_member(restoring, &restoring->members[i]);
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

/* The journal is that of index 0, as it was for whoever began. */
static int open_journal(struct restoring *restoring)
{
    uint64_t largest = 0;
    for (uint32_t i = 0; i < restoring->count; i++)
        largest = mmv_max(largest, restoring->members[i].reach);
    return back_journal(&restoring->back, restoring->count, largest);
}

static int change_member(struct restoring *restoring, uint32_t index)
{
    struct back *back = &restoring->back;
    int result = check_member(restoring, &restoring->members[index]);
    if (result == TOOL_DONE && index == 0)
        result = open_journal(restoring);
    if (result == TOOL_DONE)
        result = back_walk(back);
    if (result == TOOL_DONE)
        result = back_sync(back);
    if (result != TOOL_DONE && index > 0)
        console_error(restoring->order->console, restoring->members[index].file,
                      "the files before it are what they were: the same command again goes on");
    back_forget(back);
    return result;
}

static int change_all(struct restoring *restoring)
{
    struct back *back = &restoring->back;
    int result = TOOL_DONE;
    progress_start(&back->progress, restoring->order->console, restoring->order->report->progress,
                   restoring->order->file, restoring->walked);
    for (uint32_t i = 0; i < restoring->count && result == TOOL_DONE; i++)
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
    console_summary(order->console, order->file, "%" PRIu64 " pixels in %" PRIu32 " files %s", restoring->records,
                    restoring->count, order->dry_run ? "would be taken back" : "are what they were");
    if (order->report->json) {
        struct json json;
        report_json_begin(&json, order->console, &subject, &restoring->back.report);
        json_count(&json, "undo_files", restoring->count);
        json_count(&json, "undo_bytes", restoring->stored);
        json_count(&json, "resumed_bytes", restoring->back.report.sum.resumed);
        json_bool(&json, "dry_run", order->dry_run);
        int result = report_json_end(&json, order->console);
        if (result != TOOL_DONE)
            return result;
    } else if (order->dry_run) {
        printf("%s: %" PRIu64 " bytes in %" PRIu32 " files would be as they were before the run that kept %s\n",
               order->file, restoring->bytes, restoring->count, restoring->members[0].store);
    }
    return console_flush(order->console);
}

/* Another command that looks for a run to take back has a store in hand for a moment. */
static int open_patiently(struct store *store, const char *path)
{
    int error = store_open(store, path, true);
    for (unsigned waited_ms = 0; error == EAGAIN && waited_ms < WAIT_MS; waited_ms += TURN_MS) {
        store_close(store);
        machine_pause(TURN_MS);
        error = store_open(store, path, true);
    }
    return error;
}

static int mark_taken(const struct restoring *restoring, const struct member *member)
{
    struct store store;
    struct store_frame taken = {.kind = STORE_TAKEN_BACK};
    int error = open_patiently(&store, member->store);
    if (error == 0 && !store.is_taken_back)
        error = store_append(&store, &taken, NULL);
    if (error == 0 && back_is_synced(&restoring->back))
        error = store_sync(&store);
    store_close(&store);
    if (error == 0)
        return TOOL_DONE;
    return console_error(restoring->order->console, member->store, "cannot be written: %s", strerror(error));
}

static int remove_store(const struct restoring *restoring, const struct member *member)
{
    struct store store;
    int error = open_patiently(&store, member->store);
    if (error == 0)
        error = store_remove(&store);
    store_close(&store);
    if (error == 0)
        return TOOL_DONE;
    return console_error(restoring->order->console, member->store, "cannot be removed: %s", strerror(error));
}

static int remove_all(const struct restoring *restoring)
{
    int result = TOOL_DONE;
    for (uint32_t i = 0; i < restoring->count && result == TOOL_DONE; i++)
        result = remove_store(restoring, &restoring->members[i]);
    return result;
}

/* 2. */
static int finish(struct restoring *restoring)
{
    const struct console *console = restoring->order->console;
    int result = TOOL_DONE;
    signals_block();
    for (uint32_t i = 0; i < restoring->count && result == TOOL_DONE; i++)
        result = mark_taken(restoring, &restoring->members[i]);
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
    turn_to(restoring, restoring->members[0].file);
    return restore_run(&restoring->one);
}

static int do_restore(struct restoring *restoring)
{
    int result = look_at_all(restoring);
    if (result == TOOL_DONE)
        result = choose_group(restoring);
    if (result != TOOL_DONE)
        return result;
    if (restoring->members[0].group.id == 0)
        return restore_one(restoring);
    restoring->is_old = find_taken(restoring) != NULL;
    if (restoring->is_old && !restoring->members[0].is_begun)
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
    struct restoring restoring = {.order = order, .list = list};
    restoring.back.chosen.store.descriptor = -1;
    assert(order->journal != MMV_JOURNAL_OFF && list->count > 0);
    if (order->named)
        return console_usage(order->console,
                             "--undo=PATH is of one file: of several that a header lists each has an undo file beside "
                             "it");
    squeeze_can();
    int result = do_restore(&restoring);
    mmv_journal_close(&restoring.back.journal);
    for (uint32_t i = 0; i < restoring.count; i++)
        free(restoring.members[i].store);
    free(restoring.members);
    bool is_stopped = result == TOOL_FAILED && signals_stop();
    return is_stopped ? signals_raise(signals_stop()) : result;
}
