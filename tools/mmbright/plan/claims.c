/* SPDX-License-Identifier: MIT */
/*
 * claims.c - see claims.h.
 *
 * 1. Nothing is changed before all files are known to be of the run. No assert: claims_look() comes first.
 * 2. A mark of another run stays. No assert: is_of_run() is asked of each.
 */
#include "mmbright/plan/claims.h"

#include <stdlib.h>

#include <mmview/range.h>

#include "kit/job/leftover.h"

/* 2 */
static bool is_of_run(const struct claims *claims, const mmv_journal_found *found)
{
    const char *journal = claims->command->safety.journal_file;
    mmv_journal_info *info = NULL;
    if (found->kind == MMV_JOURNAL_FOREIGN)
        return false;
    if (found->kind == MMV_JOURNAL_RUN && leftover_is_same(found->path, journal))
        return true;
    bool is = mmv_journal_inspect(journal, &info) == MMV_OK && found->run != 0 && info->run == found->run;
    mmv_journal_info_free(&info);
    return is;
}

static int look_at(struct claims *claims, struct claimed_file *file, const char *name)
{
    const struct console *console = claims->console;
    if (mmv_map_open(name, MMV_READ, &file->map) != MMV_OK ||
        mmv_journal_find(file->map, 0, mmv_max(1, mmv_map_capacity(file->map)), &file->found) != MMV_OK)
        return console_failure(console, name);
    if (file->found.kind == MMV_JOURNAL_NONE) {
        console_warning(console, name, "no unfinished run has left a mark on it");
        return TOOL_DONE;
    }
    if (is_of_run(claims, &file->found))
        return TOOL_DONE;
    console_error(console, name, "its mark is not of the run that --journal-file names: nothing is done");
    leftover_advise(console, "to see what the mark is of, use", "--status -- ", name);
    return TOOL_FAILED;
}

int claims_look(struct claims *claims, const struct command *command, const struct console *console)
{
    size_t count = command->files.count;
    *claims = (struct claims){command, console, calloc(mmv_max(1, count), sizeof *claims->files)};
    if (!claims->files)
        return console_error(console, NULL, "not enough memory");
    int result = TOOL_DONE;
    for (size_t i = 0; i < count; i++)
        if (look_at(claims, &claims->files[i], command->files.names[i]) != TOOL_DONE)
            result = TOOL_FAILED;
    return result;
}

int claims_unmark(const struct claims *claims)
{
    int result = TOOL_DONE;
    for (size_t i = 0; i < claims->command->files.count; i++) {
        const struct claimed_file *file = &claims->files[i];
        if (file->found.run != 0 && mmv_journal_unmark(file->map, &file->found) != MMV_OK)
            result = console_failure(claims->console, claims->command->files.names[i]);
    }
    return result;
}

void claims_drop(struct claims *claims)
{
    for (size_t i = 0; claims->files && i < claims->command->files.count; i++) {
        mmv_map_close(&claims->files[i].map);
        free(claims->files[i].found.path);
    }
    free(claims->files);
}
