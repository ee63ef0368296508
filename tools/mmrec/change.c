/* SPDX-License-Identifier: MIT */
/*
 * change: see change.h.
 *
 *     lock -> journal -> try, if the code divides -> walk -> sync -> tell -> change_finish()
 *
 * 1. No record is changed before it is known that the code divides no record by zero: a run that fails could neither
 *    go on nor go back. So code that divides is tried on copies first; see try_first(). A run that goes on was tried by
 *    the one before, and its records are no more what they were. No assert: it is the order of change_records().
 * 2. A journal holds the text of the code, and the fields, by their bytes: two layouts of the same names are two
 *    operations. No assert: it is operation_text().
 */
#include "mmrec/change.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/builder.h"
#include "kit/cli/sizes.h"
#include "kit/job/leftover.h"
#include "kit/os/signals.h"
#include "mmrec/describe.h"
#include "mmrec/language.h"

/* How long another run over the same bytes is waited for: its last window. */
#define WAIT_MS 3000

/* ---- the functions of the walks ---------------------------------------------------------------------------------- */

static mmv_status run_chunk(const mmv_chunk *chunk, void *user)
{
    struct subject *subject = user;
    uint64_t fault;
    if (subject->program->run(chunk->data, chunk->count, chunk->index, &fault) != 0)
        return subject_fail(subject, fault);
    return MMV_OK;
}

static mmv_status try_chunk(const mmv_chunk *chunk, void *user)
{
    struct subject *subject = user;
    uint64_t fault;
    if (subject->program->attempt(chunk->source, chunk->count, chunk->index, &fault) != 0)
        return subject_fail(subject, fault);
    return MMV_OK;
}

/* ---- the journal ------------------------------------------------------------------------------------------------- */

static void add_text(struct builder *out, const char *name, const char *text)
{
    if (!text)
        return;
    builder_add(out, " %s[%zu]=", name, strlen(text));
    builder_put(out, text);
}

/* What is compared when a run is repeated. Journals of older runs have it: it stays as it is. */
static char *operation_text(const struct subject *subject)
{
    const struct command *command = subject->command;
    const struct fields *fields = &command->fields;
    struct builder out = {0};
    builder_add(&out, "mmrec %d", LANGUAGE_VERSION);
    add_text(&out, "code", command->change);
    add_text(&out, "where", command->where);
    builder_add(&out, " record=%zu:", fields->size);
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *field = &fields->list[i];
        builder_add(&out, "%s%s %s", i ? "," : "", code_type(field), field->name);
        if (field->is_array)
            builder_add(&out, "[%" PRIu32 "]", field->elements);
        builder_add(&out, "@%" PRIu32 "%s", field->offset, field->is_shifted ? "^" : "");
    }
    builder_add(&out, " offset=%" PRIu64 " length=%" PRIu64, subject->range.offset, subject->range.length);
    return builder_take(&out);
}

static int explain_journal(const struct subject *subject, const char *path, mmv_status status)
{
    const struct console *console = subject->console;
    if (status == MMV_EJOURNAL)
        return leftover_refuse(console);
    if (status == MMV_EBUSY)
        return console_busy(console, path, "with this journal");
    console_failure(console, path);
    if (status == MMV_EACCES || status == MMV_ENOENT || status == MMV_ENOSPC)
        fprintf(stderr, "%s: --journal-file=PATH puts it elsewhere\n", console->tool);
    return TOOL_FAILED;
}

static int find_journal(struct change *change)
{
    const struct subject *subject = change->subject;
    const char *named = subject->command->safety.journal_file;
    const mmv_range *range = &subject->range;
    if (named) {
        change->journal_path = strdup(named);
        return change->journal_path ? TOOL_DONE : console_error(subject->console, NULL, "not enough memory");
    }
    mmv_status status = mmv_journal_name(subject->map, range->offset, range->length, 0, &change->journal_path);
    return status == MMV_OK ? TOOL_DONE : console_failure(subject->console, subject->command->file);
}

static int open_journal(struct change *change)
{
    struct subject *subject = change->subject;
    const struct command *command = subject->command;
    mmv_journal_info *info = NULL;
    int result = find_journal(change);
    if (result != TOOL_DONE)
        return result;
    change->is_new = mmv_journal_inspect(change->journal_path, &info) == MMV_ENOENT;
    mmv_journal_info_free(&info);
    char *operation = operation_text(subject);
    if (!operation)
        return console_error(subject->console, NULL, "not enough memory");
    const mmv_journal_options options = {
        .mode = command->safety.journal,
        .operation = operation,
        .files = 1,
        .bytes = subject->range.length,
        .threads = settings_walk(&command->how).threads,
        .wait_ms = WAIT_MS,
        .offset = subject->range.offset,
        .length = subject->range.length,
        .varies = true, /* another compiler's code may differ in a last bit */
    };
    mmv_status status = mmv_journal_open(change->journal_path, &options, &change->journal);
    free(operation);
    return status == MMV_OK ? TOOL_DONE : explain_journal(subject, change->journal_path, status);
}

/* Without a journal of this run there must be none of another. */
static int check_unfinished(const struct subject *subject)
{
    if (mmv_journal_check(subject->map, subject->range.offset, subject->range.length, NULL) == MMV_OK)
        return TOOL_DONE;
    return mmv_last_error()->status == MMV_EJOURNAL ? leftover_refuse(subject->console)
                                                    : console_failure(subject->console, subject->command->file);
}

/* ---- the work ---------------------------------------------------------------------------------------------------- */

static int lock_range(const struct subject *subject)
{
    const char *file = subject->command->file;
    mmv_status status = mmv_map_lock(subject->map, subject->range.offset, subject->range.length, WAIT_MS);
    if (status == MMV_EBUSY)
        return console_busy(subject->console, file, "on this range");
    if (status != MMV_OK && status != MMV_ENOTSUP)
        return console_failure(subject->console, file);
    if (status == MMV_ENOTSUP)
        console_explain(subject->console, file, "this file system has no locks: nothing keeps a second run away");
    return TOOL_DONE;
}

/* Through a map of its own, which cannot write. */
static int try_first(struct subject *subject)
{
    mmv_map *map = NULL;
    mmv_walk_stats stats = {0};
    mmv_walk_options options = subject_options(subject, &stats);
    mmv_status status = mmv_map_from_descriptor(mmv_map_descriptor(subject->map), false, MMV_READ, 0, &map);
    console_explain(subject->console, subject->command->file, "the code divides: it is tried on copies first");
    if (status == MMV_OK)
        status = mmv_walk(map, &options, try_chunk, subject);
    mmv_map_close(&map);
    progress_next(&subject->progress, stats.bytes);
    int result = subject_explain(subject, status);
    if (result != TOOL_DONE)
        console_error(subject->console, subject->command->file, "%s%s: nothing is changed",
                      status == MMV_ESTOPPED ? "stopped by " : "failed",
                      status == MMV_ESTOPPED ? signals_name(signals_stop()) : "");
    return result;
}

/* A walk that failed before it had an entry in the journal leaves neither a mark on FILE nor a pointer beside it. */
static bool is_untouched(const struct subject *subject, const mmv_walk_stats *stats)
{
    mmv_journal_found found = {.kind = MMV_JOURNAL_NONE};
    if (stats->bytes > 0 || stats->resumed > 0)
        return false;
    mmv_status status = mmv_journal_find(subject->map, subject->range.offset, subject->range.length, &found);
    free(found.path);
    return status == MMV_OK && found.kind == MMV_JOURNAL_NONE;
}

/* What a walk that did not come to its end has left. */
static void explain_state(const struct change *change, const mmv_walk_stats *stats, mmv_status status)
{
    const struct subject *subject = change->subject;
    const char *file = subject->command->file;
    uint64_t size = subject->command->fields.size, done = mmv_round_up(stats->prefix, size);
    char why[64];
    if (status == MMV_ESTOPPED)
        snprintf(why, sizeof why, "stopped by %s", signals_name(signals_stop()));
    else
        snprintf(why, sizeof why, "failed");
    if (status == MMV_EJOURNAL || status == MMV_EBUSY)
        return;
    if (change->journal && is_untouched(subject, stats))
        console_error(subject->console, file, "%s: nothing of it is changed", why);
    else if (change->journal)
        console_error(subject->console, file, "%s: the same command again goes on from here", why);
    else
        console_error(subject->console, file,
                      "%s: the records before byte %" PRIu64 " are changed; some behind may be, too", why,
                      subject->range.offset + done);
}

static int walk(struct change *change, mmv_walk_stats *stats)
{
    struct subject *subject = change->subject;
    mmv_walk_options options = subject_options(subject, stats);
    options.journal = change->journal;
    mmv_status status = signals_stop() ? MMV_ESTOPPED : mmv_walk(subject->map, &options, run_chunk, subject);
    int result = subject_explain(subject, status);
    if (result != TOOL_DONE)
        explain_state(change, stats, status);
    return result;
}

/* A second try could succeed although data is lost: the run ends here, and its journal refuses to go on. */
static int sync_file(const struct change *change)
{
    const struct subject *subject = change->subject;
    if (!subject->command->safety.sync || mmv_map_sync(subject->map) == MMV_OK)
        return TOOL_DONE;
    int result = console_failure(subject->console, subject->command->file);
    if (change->journal)
        mmv_journal_end(change->journal, MMV_JOURNAL_SPOILED);
    return result;
}

static int change_records(struct change *change, mmv_walk_stats *stats)
{
    struct subject *subject = change->subject;
    const struct command *command = subject->command;
    bool is_journalled = command->safety.journal != MMV_JOURNAL_OFF;
    int result = lock_range(subject);
    if (result == TOOL_DONE)
        result = is_journalled ? open_journal(change) : check_unfinished(subject);
    if (result != TOOL_DONE)
        return result;
    bool tries = subject->program->divides && (change->is_new || !is_journalled);
    progress_start(&subject->progress, subject->console, command->report.progress, command->file,
                   subject->range.length * (tries ? 2 : 1));
    if (tries)
        result = try_first(subject);
    if (result == TOOL_DONE)
        result = walk(change, stats);
    progress_end(&subject->progress);
    return result == TOOL_DONE ? sync_file(change) : result;
}

static int tell(struct subject *subject, const mmv_walk_stats *stats)
{
    const struct command *command = subject->command;
    char length[SIZES_TEXT], rate[SIZES_TEXT];
    struct json json;
    report_add(&subject->report, stats);
    report_explain(subject->console, command->file, &subject->report, command->how.max_mapped);
    if (stats->resumed > 0)
        console_explain(subject->console, command->file, "%s were done by an interrupted run",
                        sizes_text(stats->resumed, length));
    console_summary(subject->console, command->file, "%" PRIu64 " records, %s in %.3g s (%s)", stats->records,
                    sizes_text(stats->bytes, length), stats->seconds,
                    sizes_rate(stats->seconds > 0 ? (double)stats->bytes / stats->seconds : 0, rate));
    if (!command->report.json)
        return TOOL_DONE;
    const struct report_subject what = {command->file, subject->range.offset, subject->range.length, stats->records,
                                        NULL};
    report_json_begin(&json, subject->console, &what, &subject->report);
    json_count(&json, "resumed_bytes", stats->resumed);
    notes_json(&subject->notes, &json);
    return report_json_end(&json, subject->console);
}

static int rehearse(struct subject *subject)
{
    int result = check_unfinished(subject);
    if (result == TOOL_DONE && subject->program->divides) {
        progress_start(&subject->progress, subject->console, subject->command->report.progress, subject->command->file,
                       subject->range.length);
        result = try_first(subject);
        progress_end(&subject->progress);
    }
    return result == TOOL_DONE ? describe_plan(subject, NULL) : result;
}

int change_do(struct change *change, struct subject *subject)
{
    mmv_walk_stats stats = {0};
    change->subject = subject;
    if (subject->command->dry_run)
        return rehearse(subject);
    int result = subject->range.length > 0 ? change_records(change, &stats) : TOOL_DONE;
    return result == TOOL_DONE ? tell(subject, &stats) : result;
}

int change_finish(const struct change *change)
{
    mmv_status status = mmv_journal_end(change->journal, MMV_JOURNAL_FINISHED);
    if (status == MMV_OK)
        return TOOL_DONE;
    return status == MMV_EJOURNAL ? leftover_refuse(change->subject->console)
                                  : console_failure(change->subject->console, NULL);
}

void change_leave(struct change *change)
{
    mmv_journal_close(&change->journal);
    free(change->journal_path);
    change->journal_path = NULL;
}
