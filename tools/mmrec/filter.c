/* SPDX-License-Identifier: MIT */
/* filter: see filter.h. */
#include "mmrec/filter.h"

#include <inttypes.h>
#include <stdlib.h>

#include "kit/cli/sizes.h"
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
    uint64_t bytes;
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

/* On stdout, or as a line of the report. */
static int tell_json(const struct subject *subject, const struct made *made, FILE *out)
{
    const struct command *command = subject->command;
    const mmv_range *range = command->asked.ranks ? &subject->whole : &subject->range;
    const struct report_subject what = {subject->file, range->offset, range->length, subject->report.sum.records, out};
    struct json json;
    report_json_begin(&json, subject->console, &what, &subject->report);
    json_text(&json, "output", made->path);
    json_count(&json, "kept_records", made->bytes / command_made_size(command));
    json_count(&json, "output_bytes", made->bytes);
    json_bool(&json, "verified", command->safety.verify);
    json_bool(&json, "changed_meanwhile", made->changed);
    notes_json(&subject->notes, &json);
    if (!out)
        return report_json_end(&json, subject->console);
    json_text(&json, "name", subject->file);
    return report_line_end(&json, subject->console, command->lines.report);
}

/* By the first process, of all. */
static int tell(const struct subject *subject, const struct made *made)
{
    const struct command *command = subject->command;
    uint64_t kept = made->bytes / command_made_size(command);
    char length[SIZES_TEXT];
    report_explain(subject->console, subject->file, &subject->report, command->how.max_mapped);
    console_summary(subject->console, made->path, "%" PRIu64 " of %" PRIu64 " records, %s", kept,
                    subject->report.sum.records, sizes_text(made->bytes, length));
    if (subject->lines && tell_json(subject, made, subject->lines) != TOOL_DONE)
        return TOOL_FAILED;
    return command->report.json ? tell_json(subject, made, NULL) : TOOL_DONE;
}

static int compute(struct subject *subject, int descriptor, struct made *made)
{
    mmv_walk_stats stats = {0};
    int result = verifying_begin(subject, NULL);
    if (result == TOOL_DONE)
        result = subject_explain(subject, walk(subject, descriptor, &stats));
    if (result == TOOL_DONE && signals_stop())
        return TOOL_FAILED;
    report_add(&subject->report, &stats);
    made->bytes = stats.out_bytes;
    return result == TOOL_DONE
               ? verifying_compare(subject, &(struct verifying_result){made->path, descriptor, made->bytes})
               : result;
}

static int fill(struct subject *subject, struct reading *reading, int descriptor, struct made *made)
{
    subject_begin(subject, subject->range.length);
    int result = subject_end(subject, compute(subject, descriptor, made));
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

/* Of a new file, by this process. */
struct part {
    struct subject *subject;
    const char *out; /* the file that all parts become */
    struct parts parts;
    struct parts_work work;
};

/* The parts of the processes of one job become OUT at once; of others that is for who has started them. */
static int finish_part(const struct part *part, struct made *made)
{
    struct subject *subject = part->subject;
    const struct command *command = subject->command;
    struct ranks *ranks = command->asked.ranks;
    int result = TOOL_DONE;
    ranks_sum(ranks, &made->bytes, 1);
    ranks_report(ranks, &subject->report);
    made->changed = ranks_any(ranks, made->changed);
    if (ranks && ranks_first(ranks))
        result = parts_finish(subject->console, part->out, command->force, command->safety.sync);
    if (ranks)
        made->path = part->out;
    if (result == TOOL_DONE && ranks_first(ranks))
        result = tell(subject, made);
    return ranks_agree(ranks, result);
}

static int fill_part(const struct part *part, struct made *made)
{
    struct subject *subject = part->subject;
    const struct console *console = subject->console;
    struct parts_piece piece = PARTS_PIECE_NONE;
    struct reading reading;
    int result = subject_hold(subject, &reading);
    if (result == TOOL_DONE)
        result = parts_piece_create(&part->parts, console, &part->work, &piece);
    result = ranks_agree(subject->command->asked.ranks, result);
    if (result == TOOL_DONE)
        result = fill(subject, &reading, piece.descriptor, made);
    if (result == TOOL_DONE)
        result = parts_piece_name(&part->parts, console, &part->work, &piece);
    parts_piece_drop(&part->parts, &piece);
    if (result == TOOL_DONE)
        result = parts_done(&part->parts, console, &part->work, subject->command->safety.sync);
    return ranks_agree(subject->command->asked.ranks, result);
}

/* What mmshard prepare does for tasks that know nothing of each other. One that was killed is gone on with. */
static int prepare_parts(const struct part *part, bool *made_ret)
{
    const struct subject *subject = part->subject;
    struct ranks *ranks = subject->command->asked.ranks;
    const struct parts_source source = {.name = subject->file,
                                        .info = part->work.source,
                                        .rights = {OUTPUT_COPY, mmv_map_descriptor(subject->map), 0},
                                        .is_joined = true};
    int result = TOOL_DONE;
    *made_ret = false;
    if (ranks && ranks_first(ranks))
        result = parts_prepare(subject->console, part->out, &source, made_ret);
    return ranks_agree(ranks, result);
}

/* When one of the processes fails none of their parts is done: nothing of them is of use. */
static int do_part(struct part *part)
{
    struct subject *subject = part->subject;
    struct made made = {.path = part->parts.path};
    bool is_made = false;
    int result = prepare_parts(part, &is_made);
    if (result != TOOL_DONE)
        return result;
    result = parts_open(&part->parts, subject->console, part->out, &part->work);
    result = ranks_agree(subject->command->asked.ranks, result);
    if (result == TOOL_DONE && subject->command->dry_run)
        return describe_plan(subject, part->out);
    if (result == TOOL_DONE)
        result = fill_part(part, &made);
    if (result != TOOL_DONE && is_made)
        parts_abandon(part->out);
    return result == TOOL_DONE ? finish_part(part, &made) : result;
}

static int write_part(struct subject *subject, const char *out, const struct file_facts *source)
{
    const struct shard_settings *shard = command_shard(subject->command);
    char *operation = operation_text(subject);
    struct part part = {.subject = subject,
                        .out = out,
                        .parts = PARTS_NONE,
                        .work = {.source = source,
                                 .index = shard->index,
                                 .count = shard->count,
                                 .operation = operation,
                                 .preparation = "mmshard prepare --join FILE OUT",
                                 .is_joined = true}};
    int result = operation ? TOOL_DONE : console_error(subject->console, NULL, "not enough memory");
    result = ranks_agree(subject->command->asked.ranks, result);
    if (result == TOOL_DONE)
        result = do_part(&part);
    parts_close(&part.parts);
    free(operation);
    return result;
}

/* Whether OUT may be replaced is asked when its parts are joined, which tasks leave to others. */
static int plan_output(const struct subject *subject, const struct file_facts *source, struct output *output)
{
    const struct command *command = subject->command;
    bool is_task = command_shard(command)->count > 0 && !command->asked.ranks;
    const struct output_wish wish = {
        .path = command->output, .input = subject->file, .source = source, .force = command->force || is_task};
    return output_plan(output, subject->console, &wish);
}

static int plan(const struct subject *subject, struct file_facts *source_ret, struct output *output)
{
    int result = file_look(mmv_map_descriptor(subject->map), source_ret) == 0
                     ? plan_output(subject, source_ret, output)
                     : console_error(subject->console, subject->file, "cannot look at it");
    return ranks_agree_first(subject->command->asked.ranks, subject->console, result);
}

int filter_plan(const struct subject *subject, struct output *output)
{
    struct file_facts source;
    return plan(subject, &source, output);
}

int filter_do(struct subject *subject)
{
    const struct command *command = subject->command;
    struct output output = OUTPUT_NONE;
    struct file_facts source;
    int result = plan(subject, &source, &output);
    if (result == TOOL_DONE && command_shard(command)->count > 0)
        result = write_part(subject, output.path, &source);
    else if (result == TOOL_DONE && command->dry_run)
        result = describe_plan(subject, output.path);
    else if (result == TOOL_DONE)
        result = write_output(subject, &output);
    output_discard(&output);
    return result;
}
