/* SPDX-License-Identifier: MIT */
/* journal: what the library needs to know of a run in place, and what people want to know of a journal. */
#include "mmbright/plan/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kit/cli/json.h"
#include "kit/cli/sizes.h"
#include "mmbright/command/operation.h"
#include "mmbright/plan/passes.h"

/* How long another run over the same bytes is waited for. */
#define WAIT_MS 3000

/* ---- a run's journal -------------------------------------------------------------------------------------------- */

int journal_refuse(const struct console *console)
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

static int explain(const struct console *console, const char *path, mmv_status status)
{
    if (status == MMV_EJOURNAL)
        return journal_refuse(console);
    if (status == MMV_EBUSY)
        return console_error(console, path, "another process is at work with this journal");
    console_failure(console, path);
    if (status == MMV_EACCES || status == MMV_ENOENT || status == MMV_ENOSPC)
        fprintf(stderr, "%s: --journal-file=PATH puts it elsewhere\n", console->tool);
    return TOOL_FAILED;
}

int journal_begin(const struct bright_plan *first, mmv_journal **journal_ret)
{
    const struct bright_settings *settings = first->settings;
    char *path = NULL;
    mmv_status status = MMV_OK;
    *journal_ret = NULL;
    if (settings->journal == MMV_JOURNAL_OFF)
        return TOOL_DONE;
    if (settings->journal_file == NULL)
        status = mmv_journal_name(first->map, first->part.offset, first->part.length, &path);
    if (status != MMV_OK)
        return console_failure(first->console, first->file);
    char *operation = operation_text(settings, true);
    if (operation == NULL) {
        free(path);
        return console_error(first->console, first->file, "not enough memory");
    }
    const mmv_journal_options options = {
        .mode = settings->journal,
        .operation = operation,
        .files = settings->file_count,
        .bytes = settings->file_count == 1 ? first->part.length : 0,
        .threads = settings->how.threads,
        .wait_ms = WAIT_MS,
    };
    const char *where = path ? path : settings->journal_file;
    status = mmv_journal_open(where, &options, journal_ret);
    int result = status == MMV_OK ? TOOL_DONE : explain(first->console, where, status);
    free(operation);
    free(path);
    return result;
}

/* The names of the journals of all parts that change anything; each for free(3), and so is the list. */
static char **part_names(const struct bright_plan *plan, size_t *count_ret, size_t *own_ret)
{
    uint64_t count = plan->settings->range.shard.count;
    char **names = count <= SIZE_MAX / sizeof *names ? calloc((size_t)count, sizeof *names) : NULL;
    *count_ret = 0;
    for (uint64_t i = 0; names && i < count; i++) {
        mmv_range part;
        bool fine = passes_part(plan, i, &part);
        if (fine && part.length == 0)
            continue;
        if (!fine || mmv_journal_name(plan->map, part.offset, part.length, &names[*count_ret]) != MMV_OK) {
            while (*count_ret > 0)
                free(names[--*count_ret]);
            free(names);
            return NULL;
        }
        if (i == plan->settings->range.shard.index)
            *own_ret = *count_ret;
        ++*count_ret;
    }
    return names;
}

int journal_keep(const struct bright_plan *plan, mmv_journal **journal)
{
    size_t count, own = 0;
    bool all = false;
    mmv_status status = mmv_journal_keep(*journal);
    /* Closed before the others are looked at: of two parts that end together one at least sees that both are done. */
    mmv_journal_close(journal);
    if (status != MMV_OK)
        return status == MMV_EJOURNAL ? journal_refuse(plan->console) : console_failure(plan->console, plan->file);
    char **names = part_names(plan, &count, &own);
    if (!names)
        return console_error(plan->console, plan->file, "not enough memory");
    status = mmv_journal_finish_parts(plan->map, (const char *const *)names, count, own, &all);
    if (status != MMV_OK)
        console_failure(plan->console, plan->file);
    else
        console_note(plan->console, plan->file,
                     all ? "all parts are done" : "done; the journal stays until all parts are");
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return status == MMV_OK ? TOOL_DONE : TOOL_FAILED;
}

/* ---- commands --------------------------------------------------------------------------------------------------- */

/* The journal that --journal-file names, or that belongs to FILE; NULL when there is none. For free(3). */
static int find_journal(const struct bright_settings *settings, const struct console *console, const char *file,
                        char **path_ret)
{
    mmv_map *map;
    *path_ret = NULL;
    if (settings->journal_file) {
        *path_ret = strdup(settings->journal_file);
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
    for (size_t i = 0; i < info->walks; i++) {
        const mmv_journal_file *file = &info->walk[i];
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
        for (size_t i = 0; i < info->walks; i++) {
            bytes += info->walk[i].bytes;
            done += info->walk[i].done;
        }
        json_text(&json, "journal", path);
        json_text(&json, "mode", mmv_journal_mode_name(info->mode));
        json_text(&json, "operation", info->operation);
        json_count(&json, "begun", info->begun);
        json_count(&json, "files", info->files);
        json_count(&json, "walks", info->walks);
        json_count(&json, "bytes_begun", bytes);
        json_count(&json, "bytes_done", done);
        json_bool(&json, "busy", info->busy);
        json_bool(&json, "resumable", !info->busy && (info->mode == MMV_JOURNAL_POWER || info->this_boot));
    }
    return json_end(&json) ? TOOL_DONE : console_error(console, NULL, "cannot write to stdout");
}

static int show(const struct bright_settings *settings, const struct console *console, const char *file, char *path)
{
    mmv_journal_info *info = NULL;
    if (path && mmv_journal_inspect(path, &info) != MMV_OK)
        return console_failure(console, path);
    int result = TOOL_DONE;
    if (settings->report.json)
        result = print_json(info, path, console);
    else if (info)
        print_info(info);
    else
        printf("%s: no journal\n", file);
    mmv_journal_info_free(&info);
    return result;
}

/* A mark whose journal is gone is all that is left of the run. */
static int discard(const struct console *console, const char *file, const char *path)
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
        return console_error(console, path, "a process is at work with this journal");
    if (status != MMV_OK)
        return console_failure(console, path);
    console_note(console, path, "discarded");
    return TOOL_DONE;
}

int journal_command(const struct bright_settings *settings, const struct console *console)
{
    int result = TOOL_DONE;
    size_t count = settings->journal_file ? 1 : settings->file_count;
    for (size_t i = 0; i < count; i++) {
        char *path;
        const char *file = i < settings->file_count ? settings->files[i] : NULL;
        int one = find_journal(settings, console, file, &path);
        if (one == TOOL_DONE)
            one = settings->status ? show(settings, console, file, path) : discard(console, file, path);
        free(path);
        result = one > result ? one : result;
    }
    if (fflush(stdout) != 0)
        return console_error(console, NULL, "cannot write to stdout");
    return result;
}
