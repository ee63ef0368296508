/* SPDX-License-Identifier: MIT */
/* unfinished: see unfinished.h. */
#include "mmbright/plan/unfinished.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kit/cli/json.h"

int unfinished_refuse(const struct console *console)
{
    char path[sizeof mmv_last_error()->file];
    memcpy(path, mmv_last_error()->file, sizeof path);
    console_failure(console, NULL);
    if (console->mute)
        return TOOL_FAILED;
    fprintf(stderr,
            "%s: repeat the command that was interrupted, see it with --status --journal-file='%s', or give it up with "
            "--discard-journal --journal-file='%s'\n",
            console->tool, path, path);
    return TOOL_FAILED;
}

int unfinished_check(const struct bright_plan *plan, mmv_journal_cache **neighbours)
{
    const mmv_range *range = &plan->share.range;
    bool in_place = plan->command->target.kind == TARGET_IN_PLACE;
    if (plan->command->safety.journal != MMV_JOURNAL_OFF)
        return TOOL_DONE;
    uint64_t offset = in_place ? range->offset : 0;
    uint64_t length = in_place ? range->length : plan->input.size;
    if (length == 0 || mmv_journal_check(plan->input.map, offset, length, neighbours) == MMV_OK)
        return TOOL_DONE;
    if (mmv_last_error()->status == MMV_EJOURNAL)
        return unfinished_refuse(plan->console);
    return console_failure(plan->console, plan->input.path);
}

/* ---- commands --------------------------------------------------------------------------------------------------- */

/* The journal that --journal-file names, or that belongs to FILE; NULL when there is none. For free(3). */
static int find_journal(const struct command *command, const struct console *console, const char *file, char **path_ret)
{
    mmv_map *map;
    *path_ret = NULL;
    if (command->safety.journal_file) {
        *path_ret = strdup(command->safety.journal_file);
        return *path_ret ? TOOL_DONE : console_error(console, file, "not enough memory");
    }
    if (mmv_map_open(file, MMV_READ, &map) != MMV_OK)
        return console_failure(console, file);
    mmv_status status = mmv_journal_find(map, 0, mmv_max(1, mmv_map_capacity(map)), path_ret);
    mmv_map_close(&map);
    return status == MMV_OK ? TOOL_DONE : console_failure(console, file);
}

static const char *state_of(const mmv_journal_info *info)
{
    if (info->busy)
        return "at work";
    if (info->kept)
        return "done: its job's other parts are not, or not known to be";
    if (info->mode == MMV_JOURNAL_KILL && !info->this_boot)
        return "lost: the system was started again since";
    return "interrupted: the same command again finishes it";
}

static void print_info(const mmv_journal_info *info)
{
    char when[40] = "?";
    time_t begun = (time_t)info->begun;
    struct tm local;
    if (localtime_r(&begun, &local))
        strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &local);
    printf("journal:   %s\nstate:     %s\nmode:      %s\nbegun:     %s\noperation: %s\n", info->path, state_of(info),
           mmv_journal_mode_name(info->mode), when, info->operation);
    if (info->files)
        printf("files:     %" PRIu64 "\n", info->files);
    for (size_t i = 0; i < info->count; i++) {
        const mmv_journal_entry *file = &info->entries[i];
        printf("           %s: offset %" PRIu64 " length %" PRIu64 ": %" PRIu64 " of %" PRIu64 " bytes done\n",
               file->path, file->offset, file->length, file->done, file->bytes);
    }
}

static int print_json(const mmv_journal_info *info, const char *path, const struct console *console)
{
    struct json json;
    uint64_t bytes = 0, done = 0;
    json_begin(&json, stdout);
    json_count(&json, "schema", 1);
    json_text(&json, "tool", console->tool);
    json_text(&json, "version", MMV_VERSION);
    if (info == NULL) {
        json_null(&json, "journal");
    } else {
        for (size_t i = 0; i < info->count; i++) {
            bytes += info->entries[i].bytes;
            done += info->entries[i].done;
        }
        json_text(&json, "journal", path);
        json_text(&json, "mode", mmv_journal_mode_name(info->mode));
        json_text(&json, "operation", info->operation);
        json_count(&json, "begun", info->begun);
        json_count(&json, "files", info->files);
        json_count(&json, "walks", info->count);
        json_count(&json, "bytes_begun", bytes);
        json_count(&json, "bytes_done", done);
        json_bool(&json, "busy", info->busy);
        json_bool(&json, "resumable", !info->busy && (info->mode == MMV_JOURNAL_POWER || info->this_boot));
    }
    return json_end(&json) ? TOOL_DONE : console_error(console, NULL, "cannot write to stdout");
}

static int show_journal(const struct command *command, const struct console *console, const char *file, char *path)
{
    mmv_journal_info *info = NULL;
    if (path && mmv_journal_inspect(path, &info) != MMV_OK)
        return console_failure(console, path);
    int result = TOOL_DONE;
    if (command->report.json)
        result = print_json(info, path, console);
    else if (info)
        print_info(info);
    else
        printf("%s: no journal\n", file);
    mmv_journal_info_free(&info);
    return result;
}

/* A mark whose journal is gone is all that is left of the run. */
static int discard_journal(const struct console *console, const char *file, const char *path)
{
    mmv_map *map;
    if (path == NULL)
        return console_error(console, file, "no journal");
    mmv_status status = mmv_journal_discard(path);
    if (status == MMV_ENOENT && file && mmv_map_open(file, MMV_READ, &map) == MMV_OK) {
        status = mmv_journal_unmark(map);
        mmv_map_close(&map);
    }
    if (status == MMV_EBUSY)
        return console_busy(console, path, "with this journal");
    if (status != MMV_OK)
        return console_failure(console, path);
    console_note(console, path, "discarded");
    return TOOL_DONE;
}

int unfinished_command(const struct command *command, const struct console *console)
{
    int result = TOOL_DONE;
    size_t count = command->safety.journal_file ? 1 : command->files.count;
    for (size_t i = 0; i < count; i++) {
        char *path;
        const char *file = i < command->files.count ? command->files.names[i] : NULL;
        int one = find_journal(command, console, file, &path);
        if (one == TOOL_DONE)
            one = command->task == TASK_SHOW_JOURNAL ? show_journal(command, console, file, path)
                                                     : discard_journal(console, file, path);
        free(path);
        result = one > result ? one : result;
    }
    if (fflush(stdout) != 0)
        return console_error(console, NULL, "cannot write to stdout");
    return result;
}
