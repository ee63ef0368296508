/* SPDX-License-Identifier: MIT */
/*
 * change: see change.h.
 *
 *     lock -> journal -> try, if the code divides -> undo file -> walk -> sync -> verify -> tell -> change_finish()
 *
 * 1. No record is changed before it is known that the code divides no record by zero: a run that fails could neither
 *    go on nor go back. So code that divides is tried on copies first; see try_first(). A run that goes on was tried by
 *    the one before, and its records are no more what they were. No assert: it is the order of change_records().
 *    Each shard of a job tries its own records.
 * 2. A journal holds the text of the code, and the fields, by their bytes: two layouts of the same names are two
 *    operations. No assert: it is operation_text() in operation.c.
 */
#include "mmrec/change.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/sizes.h"
#include "kit/job/leftover.h"
#include "kit/os/file.h"
#include "kit/os/signals.h"
#include "kit/undo/restore.h"
#include "mmrec/count.h"
#include "mmrec/describe.h"
#include "mmrec/operation.h"
#include "mmrec/verifying.h"

/* How long another run over the same bytes is waited for: its last window. */
#define WAIT_MS 3000

/* ---- the functions of the walks ---------------------------------------------------------------------------------- */

static mmv_status run_on(const mmv_chunk *chunk, void *records, struct subject *subject)
{
    uint64_t fault;
    if (subject->program->run(records, chunk->count, subject->first + chunk->index, &fault) != 0)
        return subject_fail(subject, fault);
    return MMV_OK;
}

static mmv_status run_chunk(const mmv_chunk *chunk, void *user)
{
    struct change *change = user;
    struct subject *subject = change->subject;
    size_t size = subject->command->fields.size;
    mmv_status status = verifying_expect(subject, chunk);
    if (status != MMV_OK)
        return status;
    /* What is only tried will come again. */
    if (!change->keep || chunk->is_trial)
        return run_on(chunk, chunk->data, subject);
    void *copy = keep_copy(change->keep, chunk, size);
    status = copy ? run_on(chunk, copy, subject) : mmv_last_error()->status;
    return status == MMV_OK ? keep_change(change->keep, chunk, 0, size) : status;
}

static mmv_status try_chunk(const mmv_chunk *chunk, void *user)
{
    struct subject *subject = user;
    uint64_t fault;
    if (subject->program->attempt(chunk->source, chunk->count, subject->first + chunk->index, &fault) != 0)
        return subject_fail(subject, fault);
    return MMV_OK;
}

/* ---- the journal ------------------------------------------------------------------------------------------------- */

static int find_journal(struct change *change)
{
    const struct subject *subject = change->subject;
    const char *named = subject->command->safety.journal_file;
    bool is_part = command_shard(subject->command)->count > 0;
    const mmv_range *range = is_part ? &subject->whole : &subject->range;
    /* Of several FILEs, one before this may have had another's. */
    free(change->journal_path);
    change->journal_path = NULL;
    if (named) {
        change->journal_path = strdup(named);
        return change->journal_path ? TOOL_DONE : console_error(subject->console, NULL, "not enough memory");
    }
    mmv_status status = mmv_journal_name(subject->map, range->offset, range->length, is_part ? MMV_JOURNAL_OF_JOB : 0,
                                         &change->journal_path);
    return status == MMV_OK ? TOOL_DONE : console_failure(subject->console, subject->file);
}

struct traces {
    mmv_range range;
    bool found;
};

static void look_at(const mmv_journal_extent *extent, void *user)
{
    struct traces *traces = user;
    const mmv_range *range = &traces->range;
    bool apart = extent->offset + extent->length <= range->offset || mmv_range_end(*range) <= extent->offset;
    traces->found = traces->found || (!apart && extent->state != MMV_JOURNAL_UNTOUCHED);
}

/* Whether no record of this process is changed yet. The lock on them is this process'. */
static bool is_new(const struct change *change)
{
    mmv_journal_info *info = NULL;
    struct traces traces = {change->subject->range, false};
    bool absent = mmv_journal_inspect(change->journal_path, &info) == MMV_ENOENT;
    mmv_journal_info_free(&info);
    if (absent || command_shard(change->subject->command)->count == 0)
        return absent;
    /* The record of a job tells of other parts, too. One that cannot be read is refused when it is opened. */
    return mmv_journal_extents(change->journal_path, look_at, &traces) == MMV_OK && !traces.found;
}

static int open_journal(struct change *change)
{
    struct subject *subject = change->subject;
    const struct command *command = subject->command;
    int result = find_journal(change);
    if (result != TOOL_DONE)
        return result;
    change->is_new = is_new(change);
    char *operation = operation_text(subject);
    if (!operation)
        return console_error(subject->console, NULL, "not enough memory");
    const mmv_journal_job job = {subject->whole.offset, subject->whole.length, subject->whole.length,
                                 subject->range.length};
    const mmv_journal_options options = {
        .mode = command->safety.journal,
        .operation = operation,
        .files = command->files.count,
        .bytes = command->files.count == 1 ? subject->range.length : 0,
        .threads = settings_walk(&command->how).threads,
        .wait_ms = WAIT_MS,
        .offset = subject->range.offset,
        .length = subject->range.length,
        .job = command_shard(command)->count ? &job : NULL,
        .settle = command->safety.undo.keep ? keep_settle : NULL,
        .kept = command->safety.undo.keep ? keep_reached : NULL,
        .settle_user = &change->keep,
        .varies = true, /* another compiler's code may differ in a last bit */
    };
    mmv_status status = mmv_journal_open(change->journal_path, &options, &change->journal);
    free(operation);
    return status == MMV_OK ? TOOL_DONE : leftover_explain(subject->console, change->journal_path, status);
}

/* Without a journal of this run there must be none of another. */
static int check_unfinished(const struct subject *subject)
{
    if (mmv_journal_check(subject->map, subject->range.offset, subject->range.length, NULL) == MMV_OK)
        return TOOL_DONE;
    return mmv_last_error()->status == MMV_EJOURNAL ? leftover_refuse(subject->console)
                                                    : console_failure(subject->console, subject->file);
}

/* ---- the work ---------------------------------------------------------------------------------------------------- */

static int lock_range(const struct subject *subject)
{
    const char *file = subject->file;
    mmv_status status = mmv_map_lock(subject->map, subject->range.offset, subject->range.length, WAIT_MS);
    if (status == MMV_EBUSY)
        return console_busy(subject->console, file, "on this range");
    if (status != MMV_OK && status != MMV_ENOTSUP)
        return console_failure(subject->console, file);
    if (status == MMV_ENOTSUP)
        console_explain(subject->console, file, "this file system has no locks: nothing keeps a second run away");
    return TOOL_DONE;
}

#define WHY_TEXT 64

static const char *why_ended(mmv_status status, char text[WHY_TEXT])
{
    if (status != MMV_ESTOPPED)
        snprintf(text, WHY_TEXT, "failed");
    else if (signals_stop())
        snprintf(text, WHY_TEXT, "stopped by %s", signals_name(signals_stop()));
    else
        snprintf(text, WHY_TEXT, "stopped, as another process was");
    return text;
}

/* Through a map of its own, which cannot write. */
static int try_first(struct subject *subject)
{
    mmv_map *map = NULL;
    mmv_walk_stats stats = {0};
    mmv_walk_options options = subject_options(subject, &stats);
    mmv_status status = mmv_map_from_descriptor(mmv_map_descriptor(subject->map), false, MMV_READ, 0, &map);
    console_explain(subject->console, subject->file, "the code divides: it is tried on copies first");
    if (status == MMV_OK)
        status = mmv_walk(map, &options, try_chunk, subject);
    mmv_map_close(&map);
    progress_next(&subject->progress, stats.bytes);
    int result = subject_explain(subject, status);
    char why[WHY_TEXT];
    if (result != TOOL_DONE)
        console_error(subject->console, subject->file, "%s: nothing is changed", why_ended(status, why));
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
    const char *file = subject->file;
    uint64_t size = subject->command->fields.size, done = mmv_round_up(stats->prefix, size);
    char why[WHY_TEXT];
    why_ended(status, why);
    if (status == MMV_EJOURNAL || status == MMV_EBUSY)
        return;
    if (change->journal && is_untouched(subject, stats))
        console_error(subject->console, file, "%s: nothing of it is changed", why);
    else if (change->keep && keep_is_lost(change->keep))
        console_error(subject->console, file,
                      "%s: the device has not taken the undo file; the run ends here, and this file may be a mixture "
                      "of old and new",
                      why);
    else if (change->journal)
        console_error(subject->console, file, "%s: the same command again goes on from here", why);
    else
        console_error(subject->console, file,
                      "%s: the records before byte %" PRIu64 " are changed; some behind may be, too", why,
                      subject->range.offset + done);
}

/*
 * Whether another run than this one has not finished FILE: the walk would say so, and an undo file of nothing would be
 * left. The job of a part is no other run.
 */
static bool is_of_others(const struct change *change)
{
    const struct subject *subject = change->subject;
    mmv_journal_found found = {.kind = MMV_JOURNAL_NONE};
    bool is_part = command_shard(subject->command)->count > 0;
    mmv_status status = mmv_journal_find(subject->map, subject->range.offset, subject->range.length, &found);
    bool is_own = is_part && found.path && strcmp(found.path, change->journal_path) == 0;
    free(found.path);
    return status != MMV_OK || (found.kind != MMV_JOURNAL_NONE && !is_own);
}

/* Without records there is nothing to keep. */
static int begin_keeping(struct change *change)
{
    const struct subject *subject = change->subject;
    const struct command *command = subject->command;
    struct file_facts facts;
    if (!command->safety.undo.keep || subject->range.length == 0)
        return TOOL_DONE;
    if (change->is_new && is_of_others(change))
        return leftover_refuse(subject->console);
    int error = file_look(mmv_map_descriptor(subject->map), &facts);
    if (error)
        return console_error(subject->console, subject->file, "cannot be looked at: %s", strerror(error));
    uint64_t size = command->fields.size;
    mmi_span span = {subject->range.offset, size, size, subject->range.length / size};
    const struct recipe recipe = {.is_bytes = true, .spans = &span, .span_count = 1};
    const struct keep_run run = {.console = subject->console,
                                 .file = subject->file,
                                 .map = subject->map,
                                 .inode = facts.inode,
                                 .size = mmv_map_capacity(subject->map),
                                 .named = command->safety.undo.path,
                                 .recipe = &recipe,
                                 .journal = change->journal,
                                 .journal_path = change->journal_path,
                                 .mode = command->safety.journal,
                                 .sync = command->safety.sync,
                                 .units = subject->range.length,
                                 .total = command_shard(command)->count ? subject->whole.length : 0,
                                 .threads = settings_walk(&command->how).threads};
    return keep_begin(&run, &change->keep);
}

static int end_keeping(const struct change *change, int result, uint64_t resumed)
{
    int kept = keep_finish(change->keep, result == TOOL_DONE, resumed);
    if (keep_is_lost(change->keep))
        mmv_journal_end(change->journal, MMV_JOURNAL_SPOILED);
    return result == TOOL_DONE ? kept : result;
}

static int walk(struct change *change, mmv_walk_stats *stats)
{
    struct subject *subject = change->subject;
    mmv_walk_options options = subject_options(subject, stats);
    options.journal = change->journal;
    mmv_status status = signals_stop() ? MMV_ESTOPPED : mmv_walk(subject->map, &options, run_chunk, change);
    int result = subject_explain(subject, status);
    change->touched = result == TOOL_DONE || !is_untouched(subject, stats);
    if (result != TOOL_DONE)
        explain_state(change, stats, status);
    int complete = change->journal ? verifying_complete(subject) : TOOL_DONE;
    result = result == TOOL_DONE ? complete : result;
    return change->keep ? end_keeping(change, result, stats->resumed) : result;
}

/* A second try could succeed although data is lost: the run ends here, and its journal refuses to go on. */
static int sync_file(const struct change *change)
{
    const struct subject *subject = change->subject;
    /* Whoever reads the parts together may do so on another machine. */
    bool is_shared = command_shard(subject->command)->count > 0 && mmv_map_is_remote(subject->map);
    if ((!subject->command->safety.sync && !is_shared) || mmv_map_sync(subject->map) == MMV_OK)
        return TOOL_DONE;
    int result = console_failure(subject->console, subject->file);
    if (change->journal)
        mmv_journal_end(change->journal, MMV_JOURNAL_SPOILED);
    return result;
}

static int verify(const struct change *change)
{
    const struct subject *subject = change->subject;
    const struct verifying_result all = {subject->file, mmv_map_descriptor(subject->map),
                                         change->journal ? subject->range.length : 0};
    int result = verifying_compare(subject, &all);
    if (result != TOOL_DONE && signals_stop())
        console_error(subject->console, subject->file, "stopped by %s: all of it is changed, but not verified",
                      signals_name(signals_stop()));
    return result;
}

static int begin(struct change *change)
{
    struct subject *subject = change->subject;
    bool is_journalled = subject->command->safety.journal != MMV_JOURNAL_OFF;
    if (subject->range.length == 0)
        return TOOL_DONE;
    int result = lock_range(subject);
    if (result == TOOL_DONE && !change->journal)
        result = is_journalled ? open_journal(change) : check_unfinished(subject);
    return result == TOOL_DONE ? verifying_begin(subject, change->journal) : result;
}

/* An interrupted run has tried them. Of a process that has no records there is nothing to try. */
static bool must_try(const struct change *change)
{
    const struct subject *subject = change->subject;
    bool is_journalled = subject->command->safety.journal != MMV_JOURNAL_OFF;
    return subject->program->divides && !change->is_tried && (change->is_new || !is_journalled) &&
           subject->range.length > 0;
}

/* By all processes, step by step: none changes a record before all have tried theirs. */
static int change_records(struct change *change, mmv_walk_stats *stats)
{
    struct subject *subject = change->subject;
    struct ranks *ranks = subject->command->asked.ranks;
    uint64_t bytes = subject->range.length;
    int result = ranks_agree(ranks, begin(change));
    if (result != TOOL_DONE)
        return result;
    bool tries = must_try(change);
    subject_begin(subject, tries ? 2 * bytes : bytes);
    if (ranks_any(ranks, tries))
        result = subject_again(subject, tries ? try_first(subject) : TOOL_DONE);
    if (result != TOOL_DONE)
        return result;
    result = begin_keeping(change);
    /* The interrupted run may have changed some of it. */
    if (result != TOOL_DONE)
        change->touched = !is_untouched(subject, &(mmv_walk_stats){0});
    else if (bytes > 0)
        result = walk(change, stats);
    result = subject_end(subject, result);
    if (result == TOOL_DONE)
        result = ranks_agree(ranks, bytes > 0 ? sync_file(change) : TOOL_DONE);
    change->changed = result == TOOL_DONE;
    return change->changed ? ranks_agree(ranks, verify(change)) : result;
}

/* On stdout, or as a line of the report. */
static int tell_json(const struct change *change, FILE *out)
{
    struct subject *subject = change->subject;
    const mmv_range *range = subject->command->asked.ranks ? &subject->whole : &subject->range;
    const mmv_walk_stats *sum = &subject->report.sum;
    const struct report_subject what = {subject->file, range->offset, range->length, sum->records, out};
    struct json json;
    report_json_begin(&json, subject->console, &what, &subject->report);
    json_count(&json, "resumed_bytes", sum->resumed);
    json_bool(&json, "verified", subject->command->safety.verify);
    if (subject->command->safety.undo.keep)
        json_count(&json, "undo_bytes", change->undo_bytes);
    notes_json(&subject->notes, &json);
    if (!out)
        return report_json_end(&json, subject->console);
    json_text(&json, "name", subject->file);
    return report_line_end(&json, subject->console, subject->command->lines.report);
}

/* By the first process, of all. */
static int tell(const struct change *change)
{
    struct subject *subject = change->subject;
    const struct command *command = subject->command;
    const mmv_walk_stats *sum = &subject->report.sum;
    char length[SIZES_TEXT], rate[SIZES_TEXT];
    report_explain(subject->console, subject->file, &subject->report, command->how.max_mapped);
    if (sum->resumed > 0)
        console_explain(subject->console, subject->file, "%s were done by an interrupted run",
                        sizes_text(sum->resumed, length));
    console_summary(subject->console, subject->file, "%" PRIu64 " records, %s in %.3g s (%s)", sum->records,
                    sizes_text(sum->bytes, length), sum->seconds,
                    sizes_rate(sum->seconds > 0 ? (double)sum->bytes / sum->seconds : 0, rate));
    if (command->safety.undo.keep && command_shard(command)->count)
        console_summary(subject->console, subject->file,
                        "%s kept beside it; when all parts are done mmrec --undo takes all of them back",
                        sizes_text(change->undo_bytes, length));
    else if (change->keep)
        console_summary(subject->console, subject->file, "%s kept in %s; mmrec --undo takes the run back",
                        sizes_text(change->undo_bytes, length), keep_path(change->keep));
    if (subject->lines && tell_json(change, subject->lines) != TOOL_DONE)
        return TOOL_FAILED;
    return command->report.json ? tell_json(change, NULL) : TOOL_DONE;
}

int change_try(struct subject *subject)
{
    if (!subject->program->divides || subject->range.length == 0)
        return TOOL_DONE;
    subject_begin(subject, subject->range.length);
    return subject_end(subject, try_first(subject));
}

static int count_all(struct subject *subject)
{
    struct counted counted = {0};
    subject_begin(subject, subject->range.length);
    int result = subject_end(subject, subject->range.length > 0 ? count_changes(subject, &counted) : TOOL_DONE);
    return result == TOOL_DONE ? describe_counted(subject, &counted) : result;
}

static int rehearse(struct subject *subject)
{
    int result = check_unfinished(subject);
    if (result == TOOL_DONE)
        result = change_try(subject);
    if (result == TOOL_DONE)
        result = describe_plan(subject, NULL);
    return result == TOOL_DONE && subject->command->asks.count ? count_all(subject) : result;
}

int change_look(const struct subject *subject, bool *begun_ret)
{
    const struct command *command = subject->command;
    const mmv_range *range = &subject->range;
    mmv_journal_found found = {.kind = MMV_JOURNAL_NONE};
    mmv_journal_info *info = NULL;
    *begun_ret = false;
    if (range->length == 0)
        return TOOL_DONE;
    if (command->safety.journal != MMV_JOURNAL_OFF &&
        mmv_journal_find(subject->map, range->offset, range->length, &found) == MMV_OK)
        *begun_ret = found.kind == MMV_JOURNAL_RUN && mmv_journal_inspect(found.path, &info) == MMV_OK &&
                     !info->is_job && info->files == command->files.count;
    mmv_journal_info_free(&info);
    free(found.path);
    return *begun_ret ? TOOL_DONE : check_unfinished(subject);
}

bool change_is_done(const struct change *change)
{
    mmv_journal_info *info = NULL;
    mmv_status status = mmv_journal_inspect(change->journal_path, &info);
    /* Before its first walk it is not there. */
    bool done = status == MMV_ENOENT || (status == MMV_OK && info->done == info->bytes);
    mmv_journal_info_free(&info);
    return done;
}

int change_do(struct change *change, struct subject *subject)
{
    mmv_walk_stats stats = {0};
    change->subject = subject;
    change->console = subject->console;
    change->touched = change->changed = false;
    /* That of the FILE before. */
    keep_drop(&change->keep);
    if (subject->command->dry_run)
        return rehearse(subject);
    struct ranks *ranks = subject->command->asked.ranks;
    change->is_first = ranks_first(ranks);
    change->changed = subject->range.length == 0 && !ranks;
    int result = change->changed ? TOOL_DONE : change_records(change, &stats);
    if (result != TOOL_DONE)
        return result;
    report_add(&subject->report, &stats);
    ranks_report(ranks, &subject->report);
    change->undo_bytes = change->keep ? keep_bytes(change->keep) : 0;
    ranks_sum(ranks, &change->undo_bytes, 1);
    return ranks_agree(ranks, ranks_first(ranks) ? tell(change) : TOOL_DONE);
}

int change_finish(const struct change *change)
{
    mmv_status status = mmv_journal_end(change->journal, MMV_JOURNAL_FINISHED);
    if (status == MMV_OK)
        return TOOL_DONE;
    return status == MMV_EJOURNAL ? leftover_refuse(change->console) : console_failure(change->console, NULL);
}

void change_explain_rest(const struct change *change)
{
    if (change->journal && change->changed && change->is_first)
        console_error(change->console, NULL,
                      "everything is changed; the same command again changes nothing, does the rest and ends");
}

int change_undo(const struct command *command)
{
    struct how_settings how = command->how;
    how.threads = settings_walk(&how).threads;
    const struct restore_order order = {.console = command->console,
                                        .file = command->files.names[0],
                                        .named = command->safety.undo.path,
                                        .journal = command->safety.journal,
                                        .journal_file = command->safety.journal_file,
                                        .sync = command->safety.sync,
                                        .dry_run = command->dry_run,
                                        .how = &how,
                                        .report = &command->report};
    return restore_run(&order);
}

void change_leave(struct change *change)
{
    keep_drop(&change->keep);
    mmv_journal_close(&change->journal);
    free(change->journal_path);
    change->journal_path = NULL;
}
