/* SPDX-License-Identifier: MIT */
/*
 * together: see together.h.
 *
 * 1. Of the members none is missing: a group says how many it has, and what all parts of a job change is the sum of
 *    what each does. No assert: it is choose_run().
 * 2. The order is that of whoever began: the first one leads to the journal. No assert: 'all' is sorted.
 */
#include "kit/undo/together.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/undo/names.h"

/* ---- what is there ----------------------------------------------------------------------------------------------- */

static struct restore_order order_of(const struct together *members, const char *file)
{
    struct restore_order order = *members->order;
    order.file = file;
    return order;
}

static int no_memory(const struct together *members)
{
    return console_error(members->order->console, members->order->file, "not enough memory");
}

/* A copy of an undo file is not another part. */
static const struct member *find_twin(const struct together *members, const struct chosen *chosen)
{
    for (uint32_t i = 0; i < members->count; i++)
        if (members->all[i].run == chosen->store.header.run)
            return &members->all[i];
    return NULL;
}

static int add(struct together *members, uint32_t place, const struct chosen *chosen)
{
    const struct member *twin = find_twin(members, chosen);
    if (twin)
        return console_error(members->order->console, chosen->store.path,
                             "and %s are copies of one undo file: move one of them to another folder", twin->store);
    if (members->count == members->room) {
        uint32_t room = members->room ? 2 * members->room : 16;
        struct member *all = realloc(members->all, room * sizeof *all);
        if (!all)
            return no_memory(members);
        members->all = all;
        members->room = room;
    }
    struct member *member = &members->all[members->count];
    *member = (struct member){.file = members->list->files[place],
                              .place = place,
                              .store = strdup(chosen->store.path),
                              .number = undo_number(chosen->file, chosen->store.path),
                              .run = chosen->store.header.run,
                              .begun = chosen->store.header.begun,
                              .own = recipe_hull(&chosen->recipe),
                              .group = chosen->recipe.group,
                              .job = chosen->store.job,
                              .is_bytes = chosen->recipe.is_bytes,
                              .is_complete = chosen->store.is_complete,
                              .is_taken_back = chosen->store.is_taken_back,
                              .is_begun = chosen->is_begun,
                              .is_unfinished = chosen->is_unfinished};
    if (!member->store)
        return no_memory(members);
    members->count++;
    return TOOL_DONE;
}

/* 0, or an errno; what is no undo file is of no job. */
static int look_for_job(const char *path, struct store_job *job_ret)
{
    struct store store;
    int error = store_open(&store, path, false);
    *job_ret = store.job;
    store_close(&store);
    return error == EILSEQ || error == ENOENT ? 0 : error;
}

static int add_part(struct together *members, uint32_t place, const char *path)
{
    struct chosen chosen;
    const struct restore_order order = order_of(members, members->list->files[place]);
    int result = choose_store(&chosen, &order, path, &(struct choose_among){NULL, NULL});
    if (result == TOOL_DONE)
        result = add(members, place, &chosen);
    chosen_drop(&chosen);
    return result;
}

/* Those of other parts of the same job, below the latest: all there are, so that copies are found, too. */
static int add_parts(struct together *members, uint32_t place, const struct member *latest)
{
    const struct console *console = members->order->console;
    const struct store_job job = latest->job;
    uint64_t number = latest->number;
    const char *file = latest->file;
    char path[PATH_MAX];
    int result = TOOL_DONE;
    while (result == TOOL_DONE) {
        struct store_job other = {0};
        int error = undo_before(file, number, &number);
        if (error)
            return console_error(console, file, "cannot look for undo files beside it: %s", strerror(error));
        if (number == 0)
            break;
        if (!undo_name(file, number, path))
            return console_error(console, file, "its name is too long");
        error = look_for_job(path, &other);
        if (error)
            return console_error(console, path, "cannot be opened: %s", strerror(error));
        if (other.run != job.run)
            continue;
        result = add_part(members, place, path);
    }
    return result;
}

static int look_at(struct together *members, uint32_t place)
{
    struct chosen chosen;
    bool found;
    const struct restore_order order = order_of(members, members->list->files[place]);
    int result = choose_alone(&chosen, &order, &found);
    if (result == TOOL_DONE && found)
        result = add(members, place, &chosen);
    chosen_drop(&chosen);
    if (result != TOOL_DONE || !found || members->all[members->count - 1].job.run == 0)
        return result;
    const struct member latest = members->all[members->count - 1];
    return add_parts(members, place, &latest);
}

static int look_at_all(struct together *members)
{
    int result = TOOL_DONE;
    for (uint32_t i = 0; i < members->list->count && result == TOOL_DONE; i++)
        result = look_at(members, i);
    if (result == TOOL_DONE && members->count == 0)
        return console_error(members->order->console, members->order->file,
                             "no run with --keep-undo has left undo files beside the files that it lists");
    return result;
}

/* ---- which run --------------------------------------------------------------------------------------------------- */

static bool are_together(const struct member *a, const struct member *b)
{
    if (a->job.run || b->job.run)
        return a->job.run == b->job.run;
    return a->store == b->store || (a->group.id != 0 && a->group.id == b->group.id);
}

static uint32_t count_with(const struct together *members, const struct member *member)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < members->count; i++)
        count += are_together(&members->all[i], member);
    return count;
}

static uint64_t units_with(const struct together *members, const struct member *member)
{
    uint64_t units = 0;
    for (uint32_t i = 0; i < members->count; i++)
        units += are_together(&members->all[i], member) ? members->all[i].job.units : 0;
    return units;
}

/* 1. */
static bool is_whole(const struct together *members, const struct member *member)
{
    if (member->job.run)
        return units_with(members, member) == member->job.total;
    return member->group.id == 0 || count_with(members, member) == member->group.count;
}

/* The latest one. Of two at a time one that is all there: the other one lies below it. */
static const struct member *find_latest(const struct together *members)
{
    const struct member *latest = &members->all[0];
    for (uint32_t i = 0; i < members->count; i++) {
        const struct member *member = &members->all[i];
        if (member->is_begun)
            return member;
        if (member->begun > latest->begun ||
            (member->begun == latest->begun && !is_whole(members, latest) && is_whole(members, member)))
            latest = member;
    }
    return latest;
}

/* 2. The group of one part of a job has an order of its own. */
static int by_order(const void *a, const void *b)
{
    const struct member *left = a, *right = b;
    if (left->job.run == 0 && left->group.index != right->group.index)
        return left->group.index < right->group.index ? -1 : 1;
    if (left->place != right->place)
        return left->place < right->place ? -1 : 1;
    return left->number < right->number ? -1 : left->number > right->number;
}

/* Of the members those that are together with this one, in the order of the run. */
static void keep_together(struct together *members, const struct member *with)
{
    const struct member chosen = *with;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < members->count; i++) {
        struct member member = members->all[i];
        if (are_together(&chosen, &member))
            members->all[kept++] = member;
        else
            free(member.store);
    }
    members->count = kept;
    qsort(members->all, kept, sizeof *members->all, by_order);
}

static void find_reaches(struct together *members)
{
    for (uint32_t i = 0; i < members->count; i++) {
        struct member *member = &members->all[i];
        uint64_t first = member->own.offset, end = mmv_range_end(member->own);
        for (uint32_t k = 0; k < members->count; k++) {
            const struct member *other = &members->all[k];
            if (other->place != member->place)
                continue;
            first = mmv_min(first, other->own.offset);
            end = mmv_max(end, mmv_range_end(other->own));
        }
        member->reach = (mmv_range){first, end - first};
    }
}

/* ---- what is wrong with it --------------------------------------------------------------------------------------- */

/* Each one says who the next is. */
static uint32_t find_missing(const struct together *members)
{
    const struct member *all = members->all;
    uint32_t at = 0;
    while (at < members->count && all[at].group.index == at)
        at++;
    return at == 0 ? all[0].group.first : all[at - 1].group.next;
}

/* An undo file is missing, or lies below one of a later run. */
static int refuse_missing(const struct together *members)
{
    uint32_t missing = find_missing(members);
    const struct console *console = members->order->console;
    const char *file = missing < members->list->count ? members->list->files[missing] : members->order->file;
    struct chosen chosen;
    bool found;
    const struct restore_order order = order_of(members, file);
    int result = choose_alone(&chosen, &order, &found);
    if (result == TOOL_DONE && found)
        result =
            console_error(console, file, "a later run has kept %s: take that back first, the latest run comes first",
                          chosen.store.path);
    else if (result == TOOL_DONE)
        result = console_error(console, file,
                               "the undo file of the run that has changed it together with %s is gone: nothing is "
                               "taken back",
                               members->all[0].file);
    chosen_drop(&chosen);
    return result;
}

static int refuse_missing_parts(const struct together *members)
{
    const struct member *first = &members->all[0];
    return console_error(members->order->console, members->order->file,
                         "%s is of one of several parts that have changed %" PRIu64
                         " bytes together, and there are undo files for %" PRIu64
                         " of them: nothing is taken back. The others are gone, the job was given up, or it has "
                         "changed other files that the header lists. --undo of the header takes all of them",
                         first->store, first->job.total, units_with(members, first));
}

/* The run is not finished, or nobody knows. */
static int refuse_unfinished(const struct together *members, const struct member *member)
{
    struct chosen chosen;
    const struct restore_order order = order_of(members, member->file);
    int result = choose_store(&chosen, &order, member->store, &(struct choose_among){NULL, NULL});
    if (result == TOOL_DONE)
        result = choose_refuse(&chosen, &order);
    chosen_drop(&chosen);
    return result == TOOL_DONE ? console_error(members->order->console, member->file, "is being changed") : result;
}

/* What says that all is taken back is believed: only names are left then. */
static const struct member *find_taken(const struct together *members)
{
    for (uint32_t i = 0; i < members->count; i++)
        if (members->all[i].is_taken_back)
            return &members->all[i];
    return NULL;
}

/* 1. */
static int choose_run(struct together *members)
{
    const struct member *taken = find_taken(members);
    keep_together(members, taken ? taken : find_latest(members));
    find_reaches(members);
    if (taken)
        return TOOL_DONE;
    for (uint32_t i = 0; i < members->count; i++) {
        const struct member *member = &members->all[i];
        if (!member->is_complete || (member->is_unfinished && !member->is_begun))
            return refuse_unfinished(members, member);
    }
    if (is_whole(members, &members->all[0]))
        return TOOL_DONE;
    return members->all[0].job.run ? refuse_missing_parts(members) : refuse_missing(members);
}

int together_find(struct together *members)
{
    int result = look_at_all(members);
    return result == TOOL_DONE ? choose_run(members) : result;
}

void together_drop(struct together *members)
{
    for (uint32_t i = 0; i < members->count; i++)
        free(members->all[i].store);
    free(members->all);
    members->all = NULL;
    members->count = 0;
}

bool together_taken(const struct together *members)
{
    return find_taken(members) != NULL;
}

uint32_t together_files(const struct together *members)
{
    uint32_t files = 0;
    for (uint32_t i = 0; i < members->count; i++)
        files += i == 0 || members->all[i].place != members->all[i - 1].place;
    return files;
}
