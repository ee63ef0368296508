/* SPDX-License-Identifier: MIT */
/* undo: see undo.h. */
#include "mmbright/undo/undo.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <mmview/guard.h>

#include "kit/image/files.h"
#include "kit/image/image_file.h"
#include "kit/image/notes.h"
#include "kit/os/machine.h"
#include "kit/os/path.h"
#include "kit/os/signals.h"
#include "kit/undo/earlier.h"
#include "kit/undo/restore.h"
#include "kit/undo/squeeze.h"
#include "mmbright/plan/spans.h"
#include "mmbright/plan/turns.h"
#include "mmbright/undo/recipe_plan.h"

/* Of several files in any of them. */
static size_t most_pieces(const struct bright_plan *plan)
{
    struct bright_plan one = *plan;
    size_t most = turns_are(plan) ? 0 : recipe_plan_pieces(plan);
    for (size_t i = 0; i < plan->turns.count; i++) {
        one.turns.file = plan->turns.list[i].file;
        one.spans = plan->turns.list[i].spans;
        size_t pieces = recipe_plan_pieces(&one);
        most = pieces > most ? pieces : most;
    }
    return most;
}

static const char *why_not(const struct bright_plan *plan)
{
    if (!squeeze_can())
        return "--keep-undo: zstd (libzstd) is not here, or was not there when this was built";
    if (turns_are(plan) && plan->command->undo.path)
        return "--keep-undo=PATH is of one file: without PATH each of several has an undo file beside it";
    if (plan->spans.count > RECIPE_SPANS_MAX)
        return "--keep-undo: --max-mapped is so small that there are too many walks, one for each row; a larger one "
               "takes rows together";
    if (command_is_divided(plan->command) && (turns_are(plan) || most_pieces(plan) > 0))
        return "--keep-undo: samples that lie in pieces (tiles, strips, planes, rows with gaps, several files) are "
               "kept by "
               "one process, without --shard";
    if (most_pieces(plan) > RECIPE_PIECES_MAX)
        return "--keep-undo: its samples lie in more than 4194304 places, each at a distance of its own; -o OUT leaves "
               "them as they are";
    return NULL;
}

int undo_check(const struct bright_plan *plan)
{
    const char *why = why_not(plan);
    return why ? console_usage(plan->console, "%s: %s", plan->input.name, why) : TOOL_DONE;
}

bool undo_could(const struct bright_plan *plan)
{
    return why_not(plan) == NULL;
}

static void note_earlier(struct bright_plan *plan, const char *file, mmv_range own)
{
    char path[PATH_MAX];
    if (own.length > 0 && earlier_find(file, own, path))
        notes_add(&plan->input.notes, MMI_NOTE_UNFINISHED, EARLIER_NOTE, path_base(path));
}

void undo_note_earlier(struct bright_plan *plan)
{
    if (plan->command->target.kind != TARGET_IN_PLACE || plan->command->undo.keep)
        return;
    if (!turns_are(plan))
        note_earlier(plan, plan->input.path, plan->share.range);
    for (size_t i = 0; i < plan->turns.count; i++)
        note_earlier(plan, files_path(&plan->input, plan->turns.list[i].file), plan->turns.list[i].own);
}

/* Which of several files is in hand. 'header' has room for a path. */
static void join_group(const struct bright_plan *plan, uint64_t group, struct recipe *recipe, char header[PATH_MAX])
{
    const struct turns *turns = &plan->turns;
    if (turns->count < 2)
        return;
    uint64_t random = machine_random();
    recipe->group = (struct recipe_group){.id = group    ? group
                                                : random ? random
                                                         : 1,
                                          .index = (uint32_t)turns->now,
                                          .count = (uint32_t)turns->count,
                                          .file = turns->file,
                                          .first = turns->list[0].file,
                                          .next = turns->list[(turns->now + 1) % turns->count].file};
    if (!path_real(plan->input.header, header))
        snprintf(header, PATH_MAX, "%s", plan->input.header);
    recipe->name = header;
}

/* The journal's job counts them in the same way. False when there is no memory. */
static bool tell_part(const struct bright_plan *plan, struct keep_run *run)
{
    if (!command_is_divided(plan->command))
        return true;
    run->units = spans_own(plan);
    run->total = plan->turns.whole.bytes;
    return turns_are(plan) || spans_total(plan, &run->total);
}

int undo_begin(const struct bright_plan *plan, struct keep_run of, uint64_t group, struct keep **keep_ret)
{
    struct recipe recipe;
    char header[PATH_MAX];
    if (!recipe_plan(plan, &recipe) || !tell_part(plan, &of)) {
        recipe_plan_drop(&recipe);
        return console_error(plan->console, plan->input.path, "not enough memory for --keep-undo");
    }
    join_group(plan, group, &recipe, header);
    of.console = plan->console;
    of.file = plan->input.path;
    of.map = plan->input.map;
    of.inode = plan->input.info.inode;
    of.size = plan->input.size;
    of.named = plan->command->undo.path;
    of.recipe = &recipe;
    of.adjust = plan->adjust;
    of.mode = plan->command->safety.journal;
    of.sync = plan->command->safety.sync;
    int result = keep_begin(&of, keep_ret);
    recipe_plan_drop(&recipe);
    return result;
}

/*
 * A header stands for the file with the samples, as it did when they were changed, or for the files. 'image' is open
 * then: the names are in it.
 */
static int find_samples(const struct command *command, const struct console *console, struct image_file *image)
{
    const char *name = command->files.names[0];
    const struct image_request request = {name, &command->pixels, MMV_READ, NULL, NULL};
    struct console mute = *console;
    mute.mute = mute.quiet = true;
    int opened = image_file_open(image, &mute, &request);
    /* Files that do not fit their header are no files to take back. */
    if (opened != TOOL_DONE && image->container.files) {
        image_file_close(image);
        return image_file_open(image, console, &request);
    }
    if (opened != TOOL_DONE || !image->header[0] || image->is != IDENTITY_CONTAINER) {
        image->files.count = 0;
        image->path[0] = '\0';
    }
    return TOOL_DONE;
}

static int restore_listed(const struct restore_order *order, const struct listed_files *files)
{
    const char **names = calloc(files->count, sizeof *names);
    if (!names)
        return console_error(order->console, order->file, "not enough memory");
    for (uint32_t i = 0; i < files->count; i++)
        names[i] = files->list[i].path;
    int result = restore_files(order, &(struct restore_list){names, files->count});
    free(names);
    return result;
}

int undo_command(const struct command *command, struct console *console)
{
    struct image_file image;
    assert(command->task == TASK_UNDO && command->files.count == 1);
    struct restore_order order = {.console = console,
                                  .file = command->files.names[0],
                                  .named = command->undo.path,
                                  .journal = command->safety.journal,
                                  .journal_file = command->safety.journal_file,
                                  .sync = command->safety.sync,
                                  .dry_run = command->dry_run,
                                  .how = &command->how,
                                  .report = &command->report};
    signals_install(true);
    mmv_guard_enable();
    int result = find_samples(command, console, &image);
    if (result == TOOL_DONE && image.files.count > 0)
        result = restore_listed(&order, &image.files);
    else if (result == TOOL_DONE) {
        order.file = image.path[0] ? image.path : order.file;
        result = restore_run(&order);
    }
    image_file_close(&image);
    return result;
}
