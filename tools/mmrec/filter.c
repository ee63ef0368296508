/* SPDX-License-Identifier: MIT */
/* filter: see filter.h. */
#include "mmrec/filter.h"

#include <inttypes.h>

#include "kit/cli/sizes.h"
#include "kit/file/output.h"
#include "kit/os/signals.h"
#include "mmrec/describe.h"

static mmv_status keep(const mmv_chunk *chunk, size_t *kept_ret, void *user)
{
    struct subject *subject = user;
    uint64_t fault;
    if (subject->program->keep(chunk->source, chunk->data, chunk->count, chunk->index, kept_ret, &fault) != 0)
        return subject_fail(subject, fault);
    return MMV_OK;
}

/* Bytes of a record of the new file. */
static size_t made_size(const struct command *command)
{
    return command->code.made ? command->code.made->size : command->fields.size;
}

static mmv_status walk(struct subject *subject, int descriptor, mmv_walk_stats *stats)
{
    mmv_map *out = NULL;
    mmv_walk_options options = subject_options(subject, stats);
    options.out_record_size = made_size(subject->command);
    mmv_status status = mmv_map_from_descriptor(descriptor, false, MMV_READ_WRITE, 0, &out);
    if (status == MMV_OK && subject->range.length > 0)
        status = mmv_walk_filter(subject->map, out, &options, keep, subject);
    mmv_map_close(&out);
    return status;
}

static int tell(struct subject *subject, const struct output *output, const mmv_walk_stats *stats, bool changed)
{
    const struct command *command = subject->command;
    uint64_t kept = stats->out_bytes / made_size(command);
    char length[SIZES_TEXT];
    struct json json;
    report_add(&subject->report, stats);
    report_explain(subject->console, command->file, &subject->report, command->how.max_mapped);
    console_summary(subject->console, output->path, "%" PRIu64 " of %" PRIu64 " records, %s", kept, stats->records,
                    sizes_text(stats->out_bytes, length));
    if (!command->report.json)
        return TOOL_DONE;
    const struct report_subject what = {command->file, subject->range.offset, subject->range.length, stats->records,
                                        NULL};
    report_json_begin(&json, subject->console, &what, &subject->report);
    json_text(&json, "output", output->path);
    json_count(&json, "kept_records", kept);
    json_count(&json, "output_bytes", stats->out_bytes);
    json_bool(&json, "changed_meanwhile", changed);
    notes_json(&subject->notes, &json);
    return report_json_end(&json, subject->console);
}

static int write_output(struct subject *subject, struct output *output)
{
    const struct command *command = subject->command;
    mmv_walk_stats stats = {0};
    struct reading reading;
    int result = subject_hold(subject, &reading);
    if (result == TOOL_DONE)
        result = output_create(output, subject->console);
    if (result != TOOL_DONE)
        return result;
    progress_start(&subject->progress, subject->console, command->report.progress, command->file,
                   subject->range.length);
    result = subject_explain(subject, walk(subject, output->descriptor, &stats));
    if (result == TOOL_DONE && signals_stop())
        return TOOL_FAILED;
    if (result != TOOL_DONE)
        return result;
    bool changed = reading_end(&reading, "the new file");
    notes_take_reading(&subject->notes, &reading);
    const struct output_rights rights = {OUTPUT_DERIVED, mmv_map_descriptor(subject->map), 0};
    result = output_publish(output, subject->console, &rights, command->safety.sync);
    notes_say(&subject->notes, subject->console, command->file);
    return result == TOOL_DONE ? tell(subject, output, &stats, changed) : result;
}

int filter_do(struct subject *subject)
{
    const struct command *command = subject->command;
    struct output output = OUTPUT_NONE;
    struct file_facts source;
    if (file_look(mmv_map_descriptor(subject->map), &source) != 0)
        return console_error(subject->console, command->file, "cannot look at it");
    int result =
        output_plan(&output, subject->console,
                    &(struct output_wish){
                        .path = command->output, .input = command->file, .source = &source, .force = command->force});
    if (result == TOOL_DONE && command->dry_run)
        result = describe_plan(subject, output.path);
    else if (result == TOOL_DONE)
        result = write_output(subject, &output);
    output_discard(&output);
    return result;
}
