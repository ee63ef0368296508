/* SPDX-License-Identifier: MIT */
/* unfinished: see unfinished.h. */
#include "mmbright/plan/unfinished.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/cli/json.h"
#include "kit/cli/text.h"
#include "kit/job/leftover.h"
#include "kit/os/machine.h"
#include "mmbright/plan/claims.h"
#include "mmbright/plan/place.h"
#include "mmbright/plan/remains.h"

/* A copy, or a mark without a journal: there is nothing that the command could go on with. */
static void advise_mark(const struct bright_plan *plan, const mmv_journal_found *found)
{
    if (found->kind == MMV_JOURNAL_FOREIGN)
        text_line(stderr,
                  "%s: when the file that it is a copy of is gone, the interrupted command with --adopt finishes it",
                  plan->console->tool);
    else if (found->path && found->path[0] == '\0')
        text_line(stderr,
                  "%s: when the journal is in another folder, repeat the command that was interrupted, with the file's "
                  "name of now",
                  plan->console->tool);
    else
        text_line(
            stderr,
            "%s: when the journal was moved, put it back there, or add --journal-file=PATH to the command that was "
            "interrupted",
            plan->console->tool);
    leftover_advise(plan->console, "to take it as it is, take its mark off with", "--discard-journal -- ",
                    plan->input.path);
}

/* Its parts do not go on with another file. */
static bool is_job(const char *path)
{
    mmv_journal_info *info;
    bool is = mmv_journal_inspect(path, &info) == MMV_OK && info->is_job;
    mmv_journal_info_free(&info);
    return is;
}

/* The latest error is MMV_EJOURNAL: why, and what can be done. */
static int refuse(const struct bright_plan *plan, mmv_range range)
{
    mmv_journal_found found = {.kind = MMV_JOURNAL_NONE};
    char path[sizeof mmv_last_error()->file];
    memcpy(path, mmv_last_error()->file, sizeof path);
    console_failure(plan->console, NULL);
    if (plan->console->mute)
        return TOOL_FAILED;
    mmv_journal_find(plan->input.map, range.offset, range.length, &found);
    if (found.kind == MMV_JOURNAL_FOREIGN || found.kind == MMV_JOURNAL_ORPHAN)
        advise_mark(plan, &found);
    else {
        /* An error holds only so much of a path. */
        leftover_advise_run(plan->console, found.path ? found.path : path, plan->input.path);
        if (plan->command->target.kind == TARGET_IN_PLACE && !plan->command->safety.adopt &&
            !is_job(found.path ? found.path : path))
            text_line(
                stderr,
                "%s: FILE may have been moved from another file system, restored, or mounted again. The same command "
                "with --adopt goes on then, when what was done is there",
                plan->console->tool);
    }
    free(found.path);
    return TOOL_FAILED;
}

int unfinished_explain(const struct bright_plan *plan)
{
    const mmv_range *range = &plan->share.range;
    return refuse(plan, (mmv_range){range->offset, mmv_max(1, range->length)});
}

bool unfinished_is_asked_later(const struct bright_plan *plan)
{
    return plan->command->target.kind != TARGET_IN_PLACE && mmv_map_is_locked(plan->input.map, 0, 0);
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
        return refuse(plan, (mmv_range){offset, length});
    return console_failure(plan->console, plan->input.path);
}

/* Where the journal of this run is, or would be: the first file leads to it. */
static int find_journal(const struct bright_plan *plan, char **journal)
{
    return *journal ? TOOL_DONE : place_find(plan, journal);
}

/* Whether an unfinished run is this one: it has the same journal. One that is over is nobody's. */
static bool is_own_run(const mmv_journal_found *found, const char *journal)
{
    mmv_journal_info *info = NULL;
    if (found->kind != MMV_JOURNAL_RUN)
        return false;
    bool is_over = mmv_journal_inspect(found->path, &info) == MMV_OK && info->finished;
    mmv_journal_info_free(&info);
    return is_over || leftover_is_same(found->path, journal);
}

int unfinished_check_turn(const struct bright_plan *plan, mmv_journal_cache **neighbours, char **journal)
{
    const mmv_range *range = &plan->share.range;
    mmv_journal_found found = {.kind = MMV_JOURNAL_NONE};
    if (plan->command->safety.journal == MMV_JOURNAL_OFF)
        return unfinished_is_asked_later(plan) ? TOOL_DONE : unfinished_check(plan, neighbours);
    /* Which file a copy is to stand for, the library asks. */
    if (plan->command->safety.adopt)
        return TOOL_DONE;
    int result = find_journal(plan, journal);
    if (result != TOOL_DONE || mmv_journal_check(plan->input.map, range->offset, range->length, neighbours) == MMV_OK)
        return result;
    if (mmv_last_error()->status != MMV_EJOURNAL)
        return console_failure(plan->console, plan->input.path);
    if (mmv_journal_find(plan->input.map, range->offset, range->length, &found) != MMV_OK)
        return console_failure(plan->console, plan->input.path);
    bool is_own = is_own_run(&found, *journal);
    free(found.path);
    if (is_own)
        return TOOL_DONE;
    /* Said once more: what was asked meanwhile may have been the latest error. */
    mmv_journal_check(plan->input.map, range->offset, range->length, NULL);
    return refuse(plan, *range);
}

/* ---- commands --------------------------------------------------------------------------------------------------- */

/* What a command about a journal is about. */
struct subject {
    const struct command *command;
    const struct console *console;
    const char *file;        /* NULL = a journal that was named */
    uint32_t next, count;    /* FILE is a header: of the files that have its samples those that are not yet looked at */
    char path[PATH_MAX];     /* of the one that was looked at last */
    mmv_map *map;            /* of the file */
    mmv_journal_found found; /* or the journal that was named, as a run's */
};

static int name_journal(struct subject *subject, const char *path)
{
    subject->found = (mmv_journal_found){.kind = MMV_JOURNAL_RUN, .path = strdup(path)};
    return subject->found.path ? TOOL_DONE : console_error(subject->console, path, "not enough memory");
}

/* A journal may be given as FILE. */
static bool is_journal(const mmv_map *map)
{
    mmv_own_kind kind = mmv_map_own_kind(map);
    return kind == MMV_OWN_JOURNAL || kind == MMV_OWN_JOB;
}

static mmv_status find_mark(struct subject *subject)
{
    return mmv_journal_find(subject->map, 0, mmv_max(1, mmv_map_capacity(subject->map)), &subject->found);
}

/* The first of the files that have the samples of a header, and a mark, from subject->next on. */
static int find_listed(struct subject *subject, struct image_file *image)
{
    mmv_status status = MMV_OK;
    subject->count = (uint32_t)mmv_max(1, image->files.count);
    while (subject->next < subject->count && status == MMV_OK && subject->found.kind == MMV_JOURNAL_NONE) {
        mmv_map_close(&subject->map);
        free(subject->found.path);
        subject->found.path = NULL;
        snprintf(subject->path, sizeof subject->path, "%s", files_path(image, subject->next));
        status = mmv_map_open(subject->path, MMV_READ, &subject->map);
        if (status == MMV_OK)
            status = find_mark(subject);
        subject->next++;
    }
    if (status != MMV_OK)
        return console_failure(subject->console, subject->path);
    if (subject->found.kind != MMV_JOURNAL_NONE)
        subject->file = subject->path;
    return TOOL_DONE;
}

/* FILE may be a header: runs are over the files that have its samples. What is no image has nothing to say. */
static int look_behind_header(struct subject *subject, const char *name)
{
    struct console mute = *subject->console;
    struct image_file image;
    mute.mute = mute.quiet = true;
    int result = TOOL_DONE;
    int opened =
        image_file_open(&image, &mute, &(struct image_request){name, &subject->command->pixels, MMV_READ, NULL, NULL});
    if (opened == TOOL_DONE && image.header[0] && image.is == IDENTITY_CONTAINER)
        result = find_listed(subject, &image);
    image_file_close(&image);
    return result;
}

static int find_subject(struct subject *subject)
{
    const char *named = subject->command->safety.journal_file;
    if (named)
        return name_journal(subject, named);
    if (mmv_map_open(subject->file, MMV_READ, &subject->map) != MMV_OK)
        return console_failure(subject->console, subject->file);
    if (is_journal(subject->map) || leftover_is_lost(subject->file)) {
        mmv_map_close(&subject->map);
        return name_journal(subject, subject->file);
    }
    if (find_mark(subject) != MMV_OK)
        return console_failure(subject->console, subject->file);
    return subject->found.kind == MMV_JOURNAL_NONE ? look_behind_header(subject, subject->file) : TOOL_DONE;
}

static void drop_subject(struct subject *subject)
{
    mmv_map_close(&subject->map);
    free(subject->found.path);
}

/* ---- what it is ------------------------------------------------------------------------------------------------- */

static const char *state_of(const mmv_journal_info *info)
{
    if (info->busy)
        return "at work";
    if (info->lost)
        return "lost with the machine: its bytes never reached the device, and nothing is known about what was done";
    if (info->spoiled)
        return "given up: the device failed, or a job was discarded in part";
    if (info->finished)
        return "done, but its command was ended before it could say so: the same command again says it";
    if (info->mode == MMV_JOURNAL_KILL && !info->this_boot)
        return "lost: the system was started again since, or the file system was mounted again";
    if (remains_are_done(info))
        return "all of it is changed; the same command again does the rest, verifies and reports";
    return info->is_job ? "interrupted, or not all parts were begun: the same commands again finish it"
                        : "interrupted: the same command again finishes it";
}

static void print_info(const mmv_journal_info *info)
{
    char when[40];
    machine_date((int64_t)info->begun, when, sizeof when);
    text_line(stdout, "journal:   %s", info->path);
    text_line(stdout, "state:     %s", state_of(info));
    if (info->lost)
        return;
    text_line(stdout, "mode:      %s", mmv_journal_mode_name(info->mode));
    text_line(stdout, "begun:     %s", when);
    text_line(stdout, "operation: %s", info->operation);
    if (info->is_job)
        printf("parts:     %" PRIu64 " begun, %" PRIu64 " done\n", info->parts, info->ended);
    if (info->files)
        printf("files:     %" PRIu64 "\n", info->files);
    if (leftover_keeps_undo(info) && !remains_are_done(info))
        printf("way back:  once the run is finished, by --undo; --discard-journal gives this up\n");
}

static int print_json(const mmv_journal_info *info, const char *path, const struct console *console)
{
    struct json json;
    json_begin(&json, stdout);
    json_count(&json, "schema", 1);
    json_text(&json, "tool", console->tool);
    json_text(&json, "version", MMV_VERSION);
    if (info == NULL) {
        json_null(&json, "journal");
    } else {
        json_text(&json, "journal", path);
        json_text(&json, "mode", mmv_journal_mode_name(info->mode));
        json_text(&json, "operation", info->operation);
        json_count(&json, "begun", info->begun);
        json_count(&json, "files", info->files);
        json_count(&json, "walks", info->walks);
        json_count(&json, "bytes_begun", info->bytes);
        json_count(&json, "bytes_done", info->done);
        json_count(&json, "parts_begun", info->parts);
        json_count(&json, "parts_done", info->ended);
        json_bool(&json, "busy", info->busy);
        json_bool(&json, "lost", info->lost);
        json_bool(&json, "resumable",
                  !info->busy && !info->spoiled && !info->lost && (info->mode == MMV_JOURNAL_POWER || info->this_boot));
    }
    return json_end(&json) ? TOOL_DONE : console_error(console, NULL, "cannot write to stdout");
}

/* A mark that leads to no journal. */
static int show_mark(const struct subject *subject)
{
    bool foreign = subject->found.kind == MMV_JOURNAL_FOREIGN;
    if (subject->command->report.json)
        return print_json(NULL, NULL, subject->console);
    bool known = subject->found.path[0] != '\0';
    text_line(stdout, "%s: %s; its journal %s%s", subject->file,
              foreign ? "a copy of a file that an unfinished run has changed in part"
              : known ? "belongs to an unfinished run whose journal is gone"
                      : "belongs to an unfinished run",
              known ? "was " : "is gone, or lies in the folder where the file was before", subject->found.path);
    return TOOL_DONE;
}

static int show_journal(const struct subject *subject)
{
    mmv_journal_info *info = NULL;
    const char *path = subject->found.path;
    bool is_none = subject->found.kind == MMV_JOURNAL_NONE, json = subject->command->report.json;
    if (subject->found.kind == MMV_JOURNAL_FOREIGN || subject->found.kind == MMV_JOURNAL_ORPHAN)
        return show_mark(subject);
    if (!is_none && mmv_journal_inspect(path, &info) != MMV_OK)
        return console_failure(subject->console, path);
    int result = TOOL_DONE;
    struct remains remains = {.path = path, .file = subject->map ? subject->file : NULL};
    if (json)
        result = print_json(info, path, subject->console);
    else if (is_none)
        text_line(stdout, "%s: no journal", subject->file);
    else
        print_info(info);
    if (!json && !is_none && remains_show(&remains, info) != MMV_OK)
        result = console_failure(subject->console, path);
    remains_drop(&remains);
    mmv_journal_info_free(&info);
    return result;
}

/* ---- giving it up ----------------------------------------------------------------------------------------------- */

/* Of bytes that were lost with the machine nothing is known. False: the journal cannot be read. */
static bool tell_state(const struct subject *subject, const mmv_journal_info *info, struct remains *remains)
{
    if (subject->console->quiet)
        return false;
    if (!info->lost)
        return remains_show(remains, info) == MMV_OK;
    console_warning(subject->console, info->path,
                    "its bytes were lost with the machine: it did not say what was done to which file");
    return false;
}

/* The file has perhaps another name than the journal knows. A copy of the journal may still need the mark. */
static int unmark_moved(const struct subject *subject)
{
    mmv_range where = {subject->found.offset, mmv_max(1, subject->found.length)};
    mmv_journal_found left = {.kind = MMV_JOURNAL_NONE};
    if (!subject->map || subject->found.run == 0)
        return TOOL_DONE;
    mmv_status status = mmv_journal_find(subject->map, where.offset, where.length, &left);
    if (status == MMV_OK && left.kind == MMV_JOURNAL_ORPHAN && left.run == subject->found.run)
        status = mmv_journal_unmark(subject->map, &left);
    free(left.path);
    return status == MMV_OK ? TOOL_DONE : console_failure(subject->console, subject->file);
}

static int discard_run(const struct subject *subject)
{
    const char *path = subject->found.path;
    mmv_journal_info *info;
    struct remains remains = {.path = path, .file = subject->map ? subject->file : NULL};
    /* One that is at work is left alone, and so is what it prints. What is changed is known for the last time. */
    bool is_read = mmv_journal_inspect(path, &info) == MMV_OK && !info->busy;
    bool is_told = is_read && tell_state(subject, info, &remains);
    mmv_journal_info_free(&info);
    mmv_status status = mmv_journal_discard(path);
    if (status == MMV_OK && is_told)
        remains_tell(&remains, subject->console);
    remains_drop(&remains);
    if (status == MMV_EBUSY)
        return console_busy(subject->console, path, "with this journal");
    if (status != MMV_OK)
        return console_failure(subject->console, path);
    console_explain(subject->console, path, "discarded");
    return unmark_moved(subject);
}

/* Only this file's mark: the journal that it names is another file's, or gone. */
static int discard_mark(const struct subject *subject)
{
    if (mmv_journal_unmark(subject->map, &subject->found) != MMV_OK)
        return console_failure(subject->console, subject->file);
    console_warning(subject->console, subject->file,
                    subject->found.kind == MMV_JOURNAL_FOREIGN
                        ? "its mark is off; it is as the copy was made, perhaps changed in part. The journal stays: it "
                          "is of the file that this is a copy of"
                        : "its mark is off; nobody knows what of it is changed. A journal that was moved still tells: "
                          "--status --journal-file=PATH");
    return TOOL_DONE;
}

static int discard(const struct subject *subject)
{
    switch (subject->found.kind) {
    case MMV_JOURNAL_NONE:
        return console_error(subject->console, subject->file, "no journal");
    case MMV_JOURNAL_RUN:
        return discard_run(subject);
    default:
        return discard_mark(subject);
    }
}

/* Marks whose journals are gone are each a file's own: of a header all files lose theirs. */
static int discard_all(struct subject *subject, const char *name)
{
    int result = discard(subject);
    uint32_t before = 0;
    while (result == TOOL_DONE && subject->next < subject->count && subject->next > before) {
        before = subject->next;
        drop_subject(subject);
        subject->map = NULL;
        subject->found = (mmv_journal_found){.kind = MMV_JOURNAL_NONE};
        result = look_behind_header(subject, name);
        if (result == TOOL_DONE && subject->found.kind != MMV_JOURNAL_NONE)
            result = discard(subject);
    }
    return result;
}

/* 'file': NULL = the journal that the command names. */
static int do_task(const struct command *command, const struct console *console, const char *file)
{
    struct subject subject = {.command = command, .console = console, .file = file};
    int result = find_subject(&subject);
    if (result == TOOL_DONE)
        result = command->task == TASK_SHOW_JOURNAL ? show_journal(&subject) : discard_all(&subject, file);
    drop_subject(&subject);
    return result;
}

/* Who only looks at the journal may name any file beside it: it says of which files it is. */
static int do_named(const struct command *command, const struct console *console)
{
    struct claims claims;
    if (command->task == TASK_SHOW_JOURNAL)
        return do_task(command, console, NULL);
    int result = claims_look(&claims, command, console);
    if (result == TOOL_DONE)
        result = do_task(command, console, NULL);
    if (result == TOOL_DONE)
        result = claims_unmark(&claims);
    claims_drop(&claims);
    return result;
}

int unfinished_command(const struct command *command, const struct console *console)
{
    int result = TOOL_DONE;
    if (command->safety.journal_file)
        result = do_named(command, console);
    for (size_t i = 0; i < command->files.count && !command->safety.journal_file; i++) {
        int one = do_task(command, console, command->files.names[i]);
        result = one > result ? one : result;
    }
    return console_flush(console) == TOOL_DONE ? result : TOOL_FAILED;
}
