/* SPDX-License-Identifier: MIT */
/* place: see place.h. */
#include "mmbright/plan/place.h"

#include <string.h>

#include "mmbright/plan/turns.h"

/* Of the files of a job's shards the first leads to the record, whoever changes it. */
static int find_record(const struct bright_plan *plan, char **path_ret)
{
    const struct file_whole *first = &plan->turns.whole.list[0];
    const char *path = files_path(&plan->input, first->file);
    mmv_map *map = NULL;
    mmv_status status = files_open(&plan->input.files, first->file, MMV_READ, &map);
    if (status == MMV_OK)
        status = mmv_journal_name(map, first->reach.offset, first->reach.length, MMV_JOURNAL_OF_JOB, path_ret);
    else if (status == MMV_EKIND)
        return console_error(plan->console, path, "was replaced while it was looked at");
    mmv_map_close(&map);
    return status == MMV_OK ? TOOL_DONE : console_failure(plan->console, path);
}

int place_find(const struct bright_plan *plan, char **path_ret)
{
    const struct command *command = plan->command;
    bool divided = command_is_divided(command);
    const mmv_range *range = divided ? &plan->range : &plan->share.range;
    const char *named = command->safety.journal_file;
    unsigned what = (divided ? MMV_JOURNAL_OF_JOB : 0) | (command->safety.adopt ? MMV_JOURNAL_ADOPTED : 0);
    if (named) {
        *path_ret = strdup(named);
        return *path_ret ? TOOL_DONE : console_error(plan->console, named, "not enough memory");
    }
    if (divided && turns_are(plan))
        return find_record(plan, path_ret);
    mmv_status status = mmv_journal_name(plan->input.map, range->offset, range->length, what, path_ret);
    return status == MMV_OK ? TOOL_DONE : console_failure(plan->console, plan->input.path);
}
