/* SPDX-License-Identifier: MIT */
/*
 * reduce: see reduce.h.
 *
 * With --by a block's partial result is a pointer to its rows. The library copies and drops such pointers; the rows
 * belong to the store, and merging leaves one of two. So the result is asked for once.
 */
#include "mmrec/reduce.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <mmview/reduce.h>

#include "kit/os/signals.h"
#include "mmrec/reduced.h"

#define GROUPS_FAILED 2 /* what a code_group_fn says then */

struct reducing {
    struct subject *subject;
    struct group_store store; /* with --by */
};

static mmv_status fold(const mmv_chunk *block, void *partial, void *user)
{
    struct reducing *reducing = user;
    uint64_t fault;
    if (reducing->subject->program->fold(block->source, block->count, block->index, partial, &fault) != 0)
        return subject_fail(reducing->subject, fault);
    return MMV_OK;
}

static mmv_status merge(void *left, const void *right, void *user)
{
    const struct reducing *reducing = user;
    figures_merge(&reducing->subject->command->figures, left, right);
    return MMV_OK;
}

/* ---- groups ------------------------------------------------------------------------------------------------------ */

/* Why there are no rows. */
static mmv_status fail(const struct reducing *reducing)
{
    if (atomic_load(&reducing->store.is_full))
        return mmv_error_set_parameter(MMV_EINVAL, "walk", "groups");
    return mmv_error_set(MMV_ENOMEM, ENOMEM, "walk");
}

static mmv_status fold_groups(const mmv_chunk *block, void *partial, void *user)
{
    struct reducing *reducing = user;
    struct group_rows **rows = partial;
    struct groups groups;
    uint64_t fault;
    int failed = GROUPS_FAILED;
    if (groups_begin(&groups, &reducing->store))
        failed = reducing->subject->program->group(block->source, block->count, block->index, &groups, &fault);
    *rows = failed ? NULL : groups_rows(&groups);
    groups_end(&groups);
    if (failed && failed != GROUPS_FAILED)
        return subject_fail(reducing->subject, fault);
    return *rows ? MMV_OK : fail(reducing);
}

static mmv_status merge_groups(void *left, const void *right, void *user)
{
    struct reducing *reducing = user;
    struct group_rows **rows = left;
    *rows = groups_merge(&reducing->store, *rows, *(struct group_rows *const *)right);
    return *rows ? MMV_OK : fail(reducing);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static int explain(const struct reducing *reducing, mmv_status status)
{
    struct subject *subject = reducing->subject;
    const struct command *command = subject->command;
    if (status != MMV_OK && command->asks.by && atomic_load(&reducing->store.is_full)) {
        progress_end(&subject->progress);
        return console_error(subject->console, command->file,
                             "--by has more than %zu values; --max-groups=N allows more, and a coarser --by has fewer",
                             reducing->store.most);
    }
    return subject_explain(subject, status);
}

static int reduce(struct reducing *reducing, struct reduced *reduced, void *result_ret)
{
    struct subject *subject = reducing->subject;
    const struct command *command = subject->command;
    bool by = command->asks.by != NULL;
    mmv_walk_stats stats = {0};
    struct reading reading = {
        .console = subject->console, .map = subject->map, .path = command->file, .range = subject->range};
    const mmv_walk_options options = subject_options(subject, &stats);
    const mmv_reduction reduction = {.partial_size = by ? sizeof(struct group_rows *)
                                                        : command->figures.count * sizeof(struct figure_state),
                                     .fold = by ? fold_groups : fold,
                                     .merge = by ? merge_groups : merge,
                                     .user = reducing};
    reading_begin(&reading);
    progress_start(&subject->progress, subject->console, command->report.progress, command->file,
                   subject->range.length);
    mmv_status status = subject->range.length ? mmv_reduce(subject->map, &options, &reduction, result_ret) : MMV_OK;
    int result = explain(reducing, status);
    if (result == TOOL_DONE && signals_stop())
        result = TOOL_FAILED;
    if (result != TOOL_DONE)
        return result;
    reduced->changed = reading_end(&reading, "the figures");
    notes_take_reading(&subject->notes, &reading);
    notes_say(&subject->notes, subject->console, command->file);
    report_add(&subject->report, &stats);
    report_explain(subject->console, command->file, &subject->report, command->how.max_mapped);
    return TOOL_DONE;
}

int reduce_do(struct subject *subject)
{
    const struct command *command = subject->command;
    struct figure_state states[FIGURES_MOST] = {{0}};
    struct group_rows *rows = NULL;
    struct reducing reducing = {.subject = subject};
    struct reduced reduced = {.states = states};
    groups_store_begin(&reducing.store, &command->figures, (size_t)command->asks.most_groups);
    int result = reduce(&reducing, &reduced, command->asks.by ? (void *)&rows : states);
    reduced.rows = rows;
    if (result == TOOL_DONE)
        result = reduced_print(subject, &reduced);
    groups_store_end(&reducing.store);
    return result;
}
