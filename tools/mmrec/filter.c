/* SPDX-License-Identifier: MIT */
/* filter: see filter.h. */
#include "mmrec/filter.h"

#include <inttypes.h>
#include <stdlib.h>

#include "kit/cli/sizes.h"
#include "kit/file/output.h"
#include "kit/job/parts_pieces.h"
#include "kit/os/signals.h"
#include "mmrec/describe.h"
#include "mmrec/operation.h"
#include "mmrec/verifying.h"

static mmv_status keep(const mmv_chunk *chunk, size_t *kept_ret, void *user)
{
    struct subject *subject = user;
    uint64_t fault;
    mmv_status status = verifying_expect(subject, chunk);
    if (status != MMV_OK)
        return status;
    if (subject->program->keep(chunk->source, chunk->data, chunk->count, subject->first + chunk->index, kept_ret,
                               &fault) != 0)
        return subject_fail(subject, fault);
    return MMV_OK;
}

/* What came of it. */
struct made {
    const char *path;
    mmv_walk_stats stats;
    bool changed; /* FILE, meanwhile */
};

/* Whoever joins parts may do so on another machine. What is verified is read from the device. */
static mmv_status sync_result(const struct subject *subject, mmv_map *out)
{
    const struct command *command = subject->command;
    bool is_part = command_shard(command)->count > 0;
    bool syncs = command->safety.sync ? is_part || command->safety.verify : is_part && mmv_map_is_remote(out);
    return syncs ? mmv_map_sync(out) : MMV_OK;
}

static mmv_status walk(struct subject *subject, int descriptor, mmv_walk_stats *stats)
{
    mmv_map *out = NULL;
    mmv_walk_options options = subject_options(subject, stats);
    options.out_record_size = command_made_size(subject->command);
    mmv_status status = mmv_map_from_descriptor(descriptor, false, MMV_READ_WRITE, 0, &out);
    if (status == MMV_OK && subject->range.length > 0)
        status = mmv_walk_filter(subject->map, out, &options, keep, subject);
    if (status == MMV_OK)
        status = sync_result(subject, out);
    mmv_map_close(&out);
    return status;
}

static int tell(struct subject *subject, const struct made *made)
{
    const struct command *command = subject->command;
    const mmv_walk_stats *stats = &made->stats;
    uint64_t kept = stats->out_bytes / command_made_size(command);
    char length[SIZES_TEXT];
    struct json json;
    report_add(&subject->report, stats);
    report_explain(subject->console, subject->file, &subject->report, command->how.max_mapped);
    console_summary(subject->console, made->path, "%" PRIu64 " of %" PRIu64 " records, %s", kept, stats->records,
                    sizes_text(stats->out_bytes, length));
    if (!command->report.json)
        return TOOL_DONE;
    const struct report_subject what = {subject->file, subject->range.offset, subject->range.length, stats->records,
                                        NULL};
    report_json_begin(&json, subject->console, &what, &subject->report);
    json_text(&json, "output", made->path);
    json_count(&json, "kept_records", kept);
    json_count(&json, "output_bytes", stats->out_bytes);
    json_bool(&json, "verified", command->safety.verify);
    json_bool(&json, "changed_meanwhile", made->changed);
    notes_json(&subject->notes, &json);
    return report_json_end(&json, subject->console);
}

static int fill(struct subject *subject, struct reading *reading, int descriptor, struct made *made)
{
    const struct command *command = subject->command;
    int result = verifying_begin(subject, NULL);
    progress_start(&subject->progress, subject->console, command->report.progress, subject->file,
                   subject->range.length);
    if (result == TOOL_DONE)
        result = subject_explain(subject, walk(subject, descriptor, &made->stats));
    if (result == TOOL_DONE && signals_stop())
        return TOOL_FAILED;
    if (result == TOOL_DONE)
        result = verifying_compare(subject, &(struct verifying_result){made->path, descriptor, made->stats.out_bytes});
    if (result != TOOL_DONE)
        return result;
    made->changed = reading_end(reading, "the new file");
    notes_take_reading(&subject->notes, reading);
    notes_say(&subject->notes, subject->console, subject->file);
    return TOOL_DONE;
}

static int write_output(struct subject *subject, struct output *output)
{
    struct made made = {.path = output->path};
    struct reading reading;
    int result = subject_hold(subject, &reading);
    if (result == TOOL_DONE)
        result = output_create(output, subject->console);
    if (result == TOOL_DONE)
        result = fill(subject, &reading, output->descriptor, &made);
    const struct output_rights rights = {OUTPUT_DERIVED, mmv_map_descriptor(subject->map), 0};
    if (result == TOOL_DONE)
        result = output_publish(output, subject->console, &rights, subject->command->safety.sync);
    return result == TOOL_DONE ? tell(subject, &made) : result;
}

/* ---- a part ------------------------------------------------------------------------------------------------------ */

static int write_part(struct subject *subject, const struct parts *parts, const struct parts_work *work)
{
    const struct console *console = subject->console;
    struct made made = {.path = parts->path};
    struct parts_piece piece = PARTS_PIECE_NONE;
    struct reading reading;
    int result = subject_hold(subject, &reading);
    if (result == TOOL_DONE)
        result = parts_piece_create(parts, console, work, &piece);
    if (result == TOOL_DONE)
        result = fill(subject, &reading, piece.descriptor, &made);
    if (result == TOOL_DONE)
        result = parts_piece_name(parts, console, work, &piece);
    parts_piece_drop(parts, &piece);
    if (result == TOOL_DONE)
        result = parts_done(parts, console, work, subject->command->safety.sync);
    return result == TOOL_DONE ? tell(subject, &made) : result;
}

static int open_part(struct subject *subject, const char *path, const struct file_facts *source)
{
    const struct shard_settings *shard = command_shard(subject->command);
    struct parts parts = PARTS_NONE;
    char *operation = operation_text(subject);
    if (!operation)
        return console_error(subject->console, NULL, "not enough memory");
    const struct parts_work work = {.source = source,
                                    .index = shard->index,
                                    .count = shard->count,
                                    .operation = operation,
                                    .preparation = "mmshard prepare --join FILE OUT",
                                    .is_joined = true};
    int result = parts_open(&parts, subject->console, path, &work);
    if (result == TOOL_DONE)
        result = subject->command->dry_run ? describe_plan(subject, path) : write_part(subject, &parts, &work);
    parts_close(&parts);
    free(operation);
    return result;
}

int filter_do(struct subject *subject)
{
    const struct command *command = subject->command;
    bool is_part = command_shard(command)->count > 0;
    struct output output = OUTPUT_NONE;
    struct file_facts source;
    if (file_look(mmv_map_descriptor(subject->map), &source) != 0)
        return console_error(subject->console, subject->file, "cannot look at it");
    /* Whether OUT may be replaced is asked when its parts are joined. */
    int result = output_plan(
        &output, subject->console,
        &(struct output_wish){
            .path = command->output, .input = subject->file, .source = &source, .force = command->force || is_part});
    if (result == TOOL_DONE && is_part)
        result = open_part(subject, output.path, &source);
    else if (result == TOOL_DONE && command->dry_run)
        result = describe_plan(subject, output.path);
    else if (result == TOOL_DONE)
        result = write_output(subject, &output);
    output_discard(&output);
    return result;
}
