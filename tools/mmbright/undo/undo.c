/* SPDX-License-Identifier: MIT */
/* undo: see undo.h. */
#include "mmbright/undo/undo.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <mmview/guard.h>

#include "kit/image/image_file.h"
#include "kit/os/signals.h"
#include "kit/undo/restore.h"
#include "kit/undo/squeeze.h"
#include "mmbright/undo/recipe_plan.h"

static const char *why_not(const struct bright_plan *plan)
{
    if (!squeeze_can())
        return "--keep-undo: zstd (libzstd) is not here, or was not there when this was built";
    if (plan->turns.count > 0 || plan->input.files.count > 0)
        return "--keep-undo is for samples in one file; -o OUT leaves these as they are";
    if (plan->spans.count > RECIPE_SPANS_MAX)
        return "--keep-undo: --max-mapped is so small that there are too many walks, one for each row; a larger one "
               "takes rows together";
    if (recipe_plan_pieces(plan) > RECIPE_PIECES_MAX)
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

int undo_begin(const struct bright_plan *plan, struct keep_run of, struct keep **keep_ret)
{
    struct recipe recipe;
    if (!recipe_plan(plan, &recipe)) {
        recipe_plan_drop(&recipe);
        return console_error(plan->console, plan->input.path, "not enough memory for --keep-undo");
    }
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

/* A header stands for the file with the samples, as it did when they were changed. */
static int find_samples(const struct command *command, const struct console *console, char file[PATH_MAX])
{
    const char *name = command->files.names[0];
    struct console mute = *console;
    struct image_file image;
    mute.mute = mute.quiet = true;
    int opened = image_file_open(&image, &mute, &(struct image_request){name, &command->pixels, MMV_READ, NULL, NULL});
    bool is_header = opened == TOOL_DONE && image.header[0] && image.is == IDENTITY_CONTAINER;
    int length = snprintf(file, PATH_MAX, "%s", is_header ? image.path : name);
    image_file_close(&image);
    if (length >= 0 && (size_t)length < PATH_MAX)
        return TOOL_DONE;
    return console_error(console, name, "cannot be opened: %s", strerror(ENAMETOOLONG));
}

int undo_command(const struct command *command, struct console *console)
{
    char file[PATH_MAX];
    assert(command->task == TASK_UNDO && command->files.count == 1);
    const struct restore_order order = {.console = console,
                                        .file = file,
                                        .named = command->undo.path,
                                        .journal = command->safety.journal,
                                        .journal_file = command->safety.journal_file,
                                        .sync = command->safety.sync,
                                        .dry_run = command->dry_run,
                                        .how = &command->how,
                                        .report = &command->report};
    signals_install(true);
    mmv_guard_enable();
    int result = find_samples(command, console, file);
    return result == TOOL_DONE ? restore_run(&order) : result;
}
