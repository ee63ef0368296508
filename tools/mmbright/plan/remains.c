/* SPDX-License-Identifier: MIT */
/* remains: see remains.h. */
#include "mmbright/plan/remains.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/text.h"
#include "kit/job/leftover.h"
#include "kit/os/file.h"

bool remains_are_done(const mmv_journal_info *info)
{
    return info->is_job ? info->ended == info->parts && info->units == info->total
                        : info->walks > 0 && info->done == info->bytes && info->files <= 1;
}

/* A file that was renamed is shown by both names. */
static bool has_moved(const struct remains *remains, const char *path)
{
    struct file_facts facts;
    return remains->file && file_look_at(path, true, &facts) != 0;
}

static void see_extent(const mmv_journal_extent *extent, void *user)
{
    static const char *const states[] = {"not changed", "half changed", "changed"};
    struct remains *remains = user;
    bool moved = has_moved(remains, extent->path);
    text_line(stdout, "           %s%s%s%s: %" PRIu64 " bytes from offset %" PRIu64 ": %s", extent->path,
              moved ? " (now " : "", moved ? remains->file : "", moved ? ")" : "", extent->length, extent->offset,
              states[extent->state]);
    remains->changed += extent->state == MMV_JOURNAL_DONE ? extent->length : 0;
    remains->half += extent->state == MMV_JOURNAL_HALF ? extent->length : 0;
    if (remains->latest && strcmp(remains->latest, extent->path) == 0)
        return;
    remains->files++;
    free(remains->latest);
    remains->latest = strdup(extent->path);
}

mmv_status remains_show(struct remains *remains, const mmv_journal_info *info)
{
    if (info->files > 1)
        remains->file = NULL;
    mmv_status status = mmv_journal_extents(info->path, see_extent, remains);
    remains->is_done = remains_are_done(info);
    remains->keeps_undo = leftover_keeps_undo(info);
    remains->apart = info->is_job && info->total > info->units ? info->total - info->units : 0;
    remains->has_more_files = !info->is_job && info->files > remains->files;
    if (status == MMV_OK && remains->apart > 0)
        text_line(stdout, "           %" PRIu64 " more bytes, in parts that were not begun: not changed",
                  remains->apart);
    if (status == MMV_OK && remains->has_more_files)
        text_line(stdout, "           files of the command that are not in this list: not changed");
    return status;
}

static void tell_undo(const struct remains *remains, const struct console *console)
{
    if (remains->keeps_undo && remains->is_done)
        console_warning(console, remains->path,
                        "its undo file stays: when it is complete, mmbright --undo takes all of it back");
    else if (remains->keeps_undo)
        console_warning(console, remains->path,
                        "note: its undo file stays, and takes nothing back: --undo is for runs that are finished");
}

void remains_tell(const struct remains *remains, const struct console *console)
{
    const char *path = remains->path;
    if (remains->is_done)
        console_warning(
            console, path,
            "note: given up, and all of it is done: the journal is removed. The same command would now change "
            "everything once more");
    else
        console_warning(console, path, "note: given up: the journal is removed, and every byte stays as it is now");
    if (!remains->is_done && remains->changed > 0)
        console_warning(
            console, path,
            "note: the same command would now change once more what is changed. The list counts from the first "
            "byte of a file; where that has a header, --offset counts from the first sample");
    if (remains->half > 0)
        console_warning(console, path,
                        "note: %" PRIu64
                        " bytes are half changed, and their old values went with the journal: put these "
                        "bytes back from a copy",
                        remains->half);
    tell_undo(remains, console);
}

void remains_drop(struct remains *remains)
{
    free(remains->latest);
    remains->latest = NULL;
}
