/* SPDX-License-Identifier: MIT */
/*
 * choose: see choose.h.
 *
 * 1. A store is believed when its owner is the user, root or FILE's owner, and nobody may write to it who may not write
 *    to FILE: a journal is believed on the same terms. No assert: is_believed() is all there is.
 */
#include "kit/undo/choose.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/job/leftover.h"
#include "kit/undo/names.h"

#define MAY_WRITE_OTHERS 0022u

/* As kit/file/sharing.h has it, which this room does not know. */
static bool open_beside(struct chosen *chosen)
{
    if (mmv_map_open(chosen->file, MMV_READ_WRITE, &chosen->map) != MMV_OK)
        return false;
    return mmv_map_set_sharing(chosen->map, MMV_SHARING_OTHERS) != MMV_EBUSY;
}

static int open_file(struct chosen *chosen, const struct console *console)
{
    if (!chosen->is_lent && !open_beside(chosen))
        return console_failure(console, chosen->file);
    int error = file_look(mmv_map_descriptor(chosen->map), &chosen->facts);
    return error ? console_error(console, chosen->file, "cannot be looked at: %s", strerror(error)) : TOOL_DONE;
}

/* 1. */
static bool is_believed(const struct chosen *chosen)
{
    struct file_facts store;
    if (file_look(chosen->store.descriptor, &store) != 0)
        return false;
    bool is_owned = file_is_own(&store) || store.owner == chosen->facts.owner;
    return is_owned && (store.permissions & MAY_WRITE_OTHERS & ~chosen->facts.permissions) == 0;
}

static int open_store(struct chosen *chosen, const struct console *console, const char *path)
{
    int error = store_open(&chosen->store, path, true);
    if (error == EAGAIN)
        return console_error(console, path, "another process works with this undo file");
    if (error == EILSEQ)
        return console_error(console, path, "is no undo file of this version and byte order, or is damaged");
    if (error)
        return console_error(console, path, "cannot be opened: %s", strerror(error));
    if (is_believed(chosen))
        return TOOL_DONE;
    return console_error(console, path,
                         "somebody else could have made it. Its owner must be the user, root or FILE's "
                         "owner, and nobody may write to it who may not write to FILE");
}

static int read_recipe(struct chosen *chosen, const struct console *console)
{
    const struct store *store = &chosen->store;
    uint64_t size = mmv_map_capacity(chosen->map);
    if (size < store->header.size)
        return console_error(console, chosen->file,
                             "has become shorter since: %" PRIu64 " bytes, and %" PRIu64 " when the run changed it",
                             size, store->header.size);
    if (recipe_read(&chosen->recipe, store->recipe, (size_t)store->header.recipe, store->header.size))
        return TOOL_DONE;
    return console_error(console, store->path, "is damaged: nothing is taken back");
}

/* What an --undo of this run calls itself in its journal. */
const char *chosen_operation(const struct chosen *chosen, char text[CHOSEN_OPERATION])
{
    uint64_t job = chosen->store.job.run, group = chosen->recipe.group.id;
    uint64_t run = job ? job : group ? group : chosen->store.header.run;
    snprintf(text, CHOSEN_OPERATION, "undo %016" PRIx64, run);
    return text;
}

/* With an --undo that was interrupted FILE is in part what it was. */
static void look_at_journal(struct chosen *chosen, const mmv_journal_found *found)
{
    char operation[CHOSEN_OPERATION];
    mmv_journal_info *info = NULL;
    chosen->is_unfinished = found->kind != MMV_JOURNAL_NONE;
    if (found->kind == MMV_JOURNAL_RUN && mmv_journal_inspect(found->path, &info) == MMV_OK) {
        chosen->is_begun = info->operation && strcmp(info->operation, chosen_operation(chosen, operation)) == 0;
        chosen->is_spoiled = info->spoiled;
    }
    mmv_journal_info_free(&info);
}

/* Ended in the middle of the journal's end FILE has no mark any more, but the journal is there: it goes first. */
static bool is_ending(const struct chosen *chosen)
{
    char operation[CHOSEN_OPERATION];
    mmv_journal_info *info = NULL;
    bool is = chosen->store.is_taken_back && mmv_journal_inspect(chosen->journal_path, &info) == MMV_OK &&
              info->finished && strcmp(info->operation, chosen_operation(chosen, operation)) == 0;
    mmv_journal_info_free(&info);
    return is;
}

/* Whether FILE belongs to an unfinished run, and where the journal of this one is. */
static int look_for_journal(struct chosen *chosen, const struct restore_order *order)
{
    const mmv_range *reach = &chosen->reach;
    mmv_journal_found found = {.kind = MMV_JOURNAL_NONE};
    mmv_status status = mmv_journal_find(chosen->map, reach->offset, reach->length, &found);
    if (status == MMV_OK)
        look_at_journal(chosen, &found);
    free(found.path);
    if (status == MMV_OK && order->journal_file)
        chosen->journal_path = strdup(order->journal_file);
    else if (status == MMV_OK)
        status = mmv_journal_name(chosen->map, reach->offset, reach->length, 0, &chosen->journal_path);
    if (status != MMV_OK)
        return console_failure(order->console, chosen->file);
    if (chosen->journal_path)
        chosen->is_begun = chosen->is_begun || is_ending(chosen);
    return chosen->journal_path ? TOOL_DONE : console_error(order->console, chosen->file, "not enough memory");
}

static void forget_store(struct chosen *chosen)
{
    recipe_drop(&chosen->recipe);
    store_close(&chosen->store);
    free(chosen->journal_path);
    chosen->journal_path = NULL;
}

static int take(struct chosen *chosen, const struct restore_order *order, const char *path, const mmv_range *reach)
{
    int result = open_store(chosen, order->console, path);
    if (result == TOOL_DONE)
        result = read_recipe(chosen, order->console);
    chosen->reach = reach ? *reach : recipe_hull(&chosen->recipe);
    return result == TOOL_DONE ? look_for_journal(chosen, order) : result;
}

/*
 * One without a header, of a run that has changed nothing: no run over any byte of FILE goes on with it. It is gone
 * then, while it is locked; but a dry run removes nothing.
 */
static bool was_blank(const struct chosen *chosen, const char *path, bool is_dry)
{
    struct store store;
    mmv_journal_found found = {.kind = MMV_JOURNAL_NONE};
    bool was = store_open(&store, path, true) == EILSEQ && store.is_blank;
    if (was)
        was = mmv_journal_find(chosen->map, 0, mmv_max(1, mmv_map_capacity(chosen->map)), &found) == MMV_OK &&
              found.kind == MMV_JOURNAL_NONE && (is_dry || store_remove(&store) == 0);
    free(found.path);
    store_close(&store);
    return was;
}

/* One with a header, of such a run. */
static bool was_void(struct chosen *chosen, bool is_dry)
{
    bool was = chosen->store.frames == 0 && !chosen->is_unfinished && (is_dry || store_remove(&chosen->store) == 0);
    if (was)
        forget_store(chosen);
    return was;
}

/* Another run has to come to its end first: what is the kept one's samples now nobody knows before. */
static int refuse_others(const struct chosen *chosen, const struct console *console)
{
    const mmv_range *reach = &chosen->reach;
    if (mmv_journal_check(chosen->map, reach->offset, reach->length, NULL) == MMV_OK)
        return TOOL_DONE;
    return mmv_last_error()->status == MMV_EJOURNAL ? leftover_refuse(console) : console_failure(console, chosen->file);
}

static int refuse_unfinished(const struct chosen *chosen, const struct console *console)
{
    if (chosen->is_spoiled)
        return refuse_others(chosen, console);
    if (chosen->is_unfinished)
        return console_error(console, chosen->file,
                             "the run that keeps %s is not finished: the same command again finishes it, and then "
                             "--undo takes it back",
                             chosen->store.path);
    if (store_is_damaged(&chosen->store))
        return console_error(console, chosen->store.path,
                             "is damaged: nothing is taken back. A good copy of it takes the run back");
    return console_error(console, chosen->store.path,
                         "the run that kept it was given up, and nobody knows what it has changed: put FILE back from "
                         "a copy, and remove this file");
}

/*
 * The latest that has kept something; *found_ret: there is one. Those that a killed run has left before it changed
 * anything go, and a dry run passes them over.
 */
static int take_latest(struct chosen *chosen, const struct restore_order *order, bool *found_ret)
{
    char path[PATH_MAX];
    uint64_t number = UINT64_MAX;
    *found_ret = false;
    for (;;) {
        int error = undo_before(chosen->file, number, &number), result = TOOL_DONE;
        if (error)
            return console_error(order->console, chosen->file, "cannot look for undo files beside it: %s",
                                 strerror(error));
        if (number == 0)
            return TOOL_DONE;
        if (!undo_name(chosen->file, number, path))
            return console_error(order->console, chosen->file, "its name is too long");
        bool is_blank = was_blank(chosen, path, order->dry_run);
        if (!is_blank)
            result = take(chosen, order, path, NULL);
        *found_ret = !is_blank && (result != TOOL_DONE || !was_void(chosen, order->dry_run));
        if (*found_ret)
            return result;
    }
}

/* A later run may have changed what the named one has kept. */
static int check_order(const struct chosen *chosen, const struct console *console, const char *named)
{
    char path[PATH_MAX];
    uint64_t latest, number = undo_number(chosen->file, named);
    if (number == 0 || undo_latest(chosen->file, &latest) != 0 || latest <= number ||
        !undo_name(chosen->file, latest, path))
        return TOOL_DONE;
    return console_error(console, chosen->file,
                         "a later run has kept %s: take that back first, the latest run comes first", path);
}

int choose_alone(struct chosen *chosen, const struct restore_order *order, bool *found_ret)
{
    *chosen = (struct chosen){.store.descriptor = -1, .file = order->file};
    *found_ret = false;
    int result = open_file(chosen, order->console);
    return result == TOOL_DONE ? take_latest(chosen, order, found_ret) : result;
}

int choose_store(struct chosen *chosen, const struct restore_order *order, const char *path,
                 const struct choose_among *among)
{
    *chosen =
        (struct chosen){.store.descriptor = -1, .file = order->file, .map = among->map, .is_lent = among->map != NULL};
    int result = open_file(chosen, order->console);
    return result == TOOL_DONE ? take(chosen, order, path, among->reach) : result;
}

int choose_refuse(const struct chosen *chosen, const struct restore_order *order)
{
    if (!chosen->store.is_complete)
        return refuse_unfinished(chosen, order->console);
    return chosen->is_unfinished && !chosen->is_begun ? refuse_others(chosen, order->console) : TOOL_DONE;
}

/* Of several files one is not taken back alone: the others would be of another run. */
static int check_group(const struct chosen *chosen, const struct console *console)
{
    if (chosen->recipe.group.id == 0)
        return TOOL_DONE;
    return console_error(console, chosen->file,
                         "is one of %" PRIu32
                         " files that a run has changed together: mmbright --undo of their header, %s, "
                         "takes the run back",
                         chosen->recipe.group.count, chosen->recipe.name);
}

int choose(struct chosen *chosen, const struct restore_order *order)
{
    const char *named = order->named;
    *chosen = (struct chosen){.store.descriptor = -1, .file = order->file};
    int result = open_file(chosen, order->console);
    if (result == TOOL_DONE && named)
        result = check_order(chosen, order->console, named);
    bool found = true;
    if (result == TOOL_DONE)
        result = named ? take(chosen, order, named, NULL) : take_latest(chosen, order, &found);
    if (result == TOOL_DONE && !found)
        result = console_error(order->console, chosen->file,
                               "no run with --keep-undo has left an undo file beside it; --undo=PATH names one");
    if (result == TOOL_DONE)
        result = check_group(chosen, order->console);
    if (result == TOOL_DONE && named && chosen->store.job.run)
        result =
            console_error(order->console, named,
                          "is of one of the parts that have changed FILE together: --undo without a path takes all "
                          "of them back");
    return result == TOOL_DONE ? choose_refuse(chosen, order) : result;
}

void chosen_drop(struct chosen *chosen)
{
    forget_store(chosen);
    if (!chosen->is_lent)
        mmv_map_close(&chosen->map);
    chosen->map = NULL;
}
