/* SPDX-License-Identifier: MIT */
/* subject: see subject.h. */
#include "mmrec/subject.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include <mmview/shard.h>

#include "kit/file/own.h"
#include "kit/file/sharing.h"
#include "kit/job/leftover.h"
#include "kit/job/verify.h"
#include "kit/os/path.h"
#include "kit/undo/earlier.h"
#include "mmrec/table.h"

/* ---- a header that names the fields ------------------------------------------------------------------------------ */

static int read_table(const struct command *command, const char *file, const mmv_map *map, struct table *table)
{
    const struct table_wish wish = {file, mmv_map_descriptor(map), command->origin.part};
    if (table_read(table, &wish))
        return TOOL_DONE;
    if (table->is_raw)
        return console_usage(command->console, "%s: %s", file, table->why);
    return console_error(command->console, file, "%s", table->why);
}

int subject_take_fields(struct command *command)
{
    const char *file = command->files.names[0];
    struct table table = {0};
    mmv_map *map = NULL;
    if (mmv_map_open(file, MMV_READ, &map) != MMV_OK)
        return console_failure(command->console, file);
    enum own own = own_kind(map, file);
    int result = own != OWN_NOT ? own_refuse(command->console, file, own) : read_table(command, file, map, &table);
    mmv_map_close(&map);
    if (result == TOOL_DONE) {
        command->fields = table.fields;
        table.fields = (struct fields){0};
        result = command_take_code(command);
    }
    table_drop(&table);
    return result;
}

/* What is not the header's records, and what of it a change makes wrong. */
static void note_table(struct subject *subject, struct table *table)
{
    const struct command *command = subject->command;
    bool is_read = command->asks.print || command->asks.reduce || command->asks.find;
    subject->notes = table->notes;
    table->notes = (struct notes){0};
    if (command->in_place && table->stale[0])
        notes_add(&subject->notes, MMI_NOTE_STALE, "%s", table->stale);
    if (command->output && !is_read)
        notes_add(&subject->notes, MMI_NOTE_ASSUMED, "the new file has the records alone, without a header");
}

static int take_table(struct subject *subject)
{
    const struct command *command = subject->command;
    struct table table = {0};
    int result = read_table(command, subject->file, subject->map, &table);
    if (result == TOOL_DONE && !table_is_like(&table.fields, &command->fields))
        result = console_error(command->console, subject->file,
                               "its records have other fields than those of the first file");
    if (result == TOOL_DONE)
        note_table(subject, &table);
    subject->payload = (mmv_range){table.offset, table.records * table.fields.size};
    table_drop(&table);
    return result;
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

/* What --offset and --length mean; behind its last whole record there may be a rest. */
static int take_range(struct subject *subject)
{
    const struct command *command = subject->command;
    uint64_t size = subject->payload.length, record = command->fields.size;
    mmv_range range = {0, 0};
    if (!command->origin.is_raw && command->asked.offset % record != 0)
        return console_usage(command->console, "--offset: is not whole records of %" PRIu64 " bytes", record);
    if (size > 0 || command->asked.offset > 0 || command->asked.length > 0)
        if (mmv_range_resolve(command->asked.offset, command->asked.length, size, &range) != MMV_OK)
            return console_usage(command->console,
                                 "--offset, --length: reach behind the end of %s, which has %" PRIu64 " bytes%s",
                                 subject->file, size, command->origin.is_raw ? "" : " of records");
    uint64_t rest = range.length % record;
    subject->whole = (mmv_range){subject->payload.offset + range.offset, range.length - rest};
    if (rest > 0)
        notes_add(&subject->notes, MMI_NOTE_BEHIND,
                  "%" PRIu64 " bytes behind the last whole record of %" PRIu64 " bytes are left out", rest, record);
    return TOOL_DONE;
}

/* The records of this process, which are all unless it has a shard. */
static int take_shard(struct subject *subject)
{
    const struct command *command = subject->command;
    const struct shard_settings *shard = command_shard(command);
    const mmv_range *whole = &subject->whole;
    uint64_t record = command->fields.size;
    subject->range = *whole;
    if (shard->count == 0)
        return TOOL_DONE;
    /* Machines that share a file over a network share none of its pages. Told to all shards alike. */
    if (command->in_place && shard->count > 1 && mmv_map_is_remote(subject->map) &&
        (MMV_SHARD_BORDER % record != 0 || whole->offset % record != 0))
        return console_usage(subject->console,
                             "%s: on a network file system records must have 1, 2, 4, 8 ... bytes, and begin at a "
                             "multiple of that. No other record stays out of two shards' pages",
                             subject->file);
    if (mmv_shard(*whole, record, 0, shard->index, shard->count, &subject->range) != MMV_OK)
        return console_failure(subject->console, subject->file);
    subject->range.length = mmv_range_bytes(subject->range);
    subject->first = (subject->range.offset - whole->offset) / record;
    return TOOL_DONE;
}

static void note_earlier(struct subject *subject)
{
    char path[PATH_MAX];
    const struct command *command = subject->command;
    if (command->in_place && !command->safety.undo.keep && subject->range.length > 0 &&
        earlier_find(subject->file, subject->range, path))
        notes_add(&subject->notes, MMI_NOTE_UNFINISHED, EARLIER_NOTE, path_base(path));
}

int subject_open(struct subject *subject, const struct command *command, const struct program *program, size_t file)
{
    *subject = (struct subject){
        .command = command, .file = command->files.names[file], .console = command->console, .program = program};
    atomic_init(&subject->fault, SUBJECT_FINE);
    mmv_access access = command->in_place && !command->dry_run ? MMV_READ_WRITE : MMV_READ;
    if (sharing_open(subject->file, access, &subject->map) != MMV_OK)
        return console_failure(command->console, subject->file);
    enum own own = own_kind(subject->map, subject->file);
    if (own != OWN_NOT)
        return own_refuse(command->console, subject->file, own);
    subject->payload = (mmv_range){0, mmv_map_capacity(subject->map)};
    int result = command->origin.is_raw ? TOOL_DONE : take_table(subject);
    for (size_t i = 0; i < command->origin.notes.count; i++)
        notes_add(&subject->notes, command->origin.notes.list[i].kind, "%s", command->origin.notes.list[i].text);
    if (result == TOOL_DONE)
        result = take_range(subject);
    if (result == TOOL_DONE)
        result = take_shard(subject);
    if (result == TOOL_DONE)
        note_earlier(subject);
    return result;
}

int subject_open_for_all(struct subject *subject, const struct command *command, const struct program *program,
                         size_t file)
{
    int result = subject_open(subject, command, program, file);
    result = ranks_agree_first(command->asked.ranks, command->console, result);
    if (result != TOOL_DONE)
        return result;
    return ranks_same_file(command->asked.ranks, command->console, subject->file, mmv_map_capacity(subject->map));
}

/* The walks that follow are watched by all. */
static void join_ticks(struct subject *subject)
{
    mmv_walk_options options = {0};
    ranks_begin(subject->command->asked.ranks, &options, &subject->progress);
    subject->ticks = (struct ticks){options.tick, options.tick_user};
}

void subject_begin(struct subject *subject, uint64_t bytes)
{
    ranks_sum(subject->command->asked.ranks, &bytes, 1);
    progress_start(&subject->progress, subject->console, subject->command->report.progress, subject->file, bytes);
    join_ticks(subject);
}

int subject_again(struct subject *subject, int status)
{
    int result = ranks_end(subject->command->asked.ranks, status);
    if (result == TOOL_DONE)
        join_ticks(subject);
    else
        progress_end(&subject->progress);
    return result;
}

int subject_end(struct subject *subject, int status)
{
    int result = ranks_end(subject->command->asked.ranks, status);
    progress_end(&subject->progress);
    return result;
}

void subject_close(struct subject *subject)
{
    notes_drop(&subject->notes);
    notes_drop(&subject->before.notes);
    verify_destroy(subject->verify);
    subject->verify = NULL;
    mmv_map_close(&subject->map);
}

/* The notes of this FILE go to those of the ones before. */
static void name_notes(struct subject *subject)
{
    for (size_t i = 0; i < subject->notes.count; i++)
        notes_add(&subject->before.notes, subject->notes.list[i].kind, "%s: %s", subject->file,
                  subject->notes.list[i].text);
    notes_drop(&subject->notes);
    subject->notes = (struct notes){0};
}

int subject_next(struct subject *subject, size_t file)
{
    struct subject next;
    name_notes(subject);
    int result = subject_open_for_all(&next, subject->command, subject->program, file);
    next.report = subject->report;
    next.before = subject->before;
    next.before.bytes += subject->range.length;
    next.before.records += subject->range.length / subject->command->fields.size;
    mmv_map_close(&subject->map);
    *subject = next;
    if (result == TOOL_DONE)
        notes_say(&subject->notes, subject->console, subject->file);
    return result;
}

void subject_json_notes(struct subject *subject, struct json *json)
{
    bool are_several = subject->command->files.count > 1;
    if (are_several)
        name_notes(subject);
    notes_json(are_several ? &subject->before.notes : &subject->notes, json);
}

mmv_walk_options subject_options(struct subject *subject, mmv_walk_stats *stats)
{
    mmv_walk_options options = settings_walk(&subject->command->how);
    options.record_size = subject->command->fields.size;
    options.offset = subject->range.offset;
    options.length = subject->range.length ? subject->range.length : MMV_EMPTY;
    options.tick = subject->ticks.fn;
    options.tick_user = subject->ticks.user;
    options.stats = stats;
    return options;
}

mmv_status subject_fail(struct subject *subject, uint64_t number)
{
    uint_least64_t before = atomic_load(&subject->fault);
    while (number < before && !atomic_compare_exchange_weak(&subject->fault, &before, number))
        ;
    return mmv_error_set_parameter(MMV_EINVAL, "walk", "division");
}

int subject_explain(struct subject *subject, mmv_status status)
{
    const struct command *command = subject->command;
    uint64_t fault = atomic_load(&subject->fault);
    progress_end(&subject->progress);
    if (status == MMV_OK)
        return TOOL_DONE;
    if (fault != SUBJECT_FINE)
        return console_error(subject->console, subject->file,
                             "record %" PRIu64 ", at byte %" PRIu64
                             ": an integer is divided by zero, or the quotient is too large for its type",
                             fault, subject->whole.offset + fault * command->fields.size);
    if (status == MMV_ESTOPPED)
        return TOOL_FAILED;
    if (settings_refused(subject->console, &command->how))
        return TOOL_USAGE;
    if (status == MMV_EJOURNAL)
        return leftover_refuse(subject->console);
    if (status == MMV_EBUSY)
        return console_busy(subject->console, subject->file, "on this range");
    return console_failure(subject->console, subject->file);
}

int subject_hold(struct subject *subject, struct reading *reading)
{
    *reading = (struct reading){
        .console = subject->console, .map = subject->map, .path = subject->file, .range = subject->range};
    int result = reading_hold(reading, READING_WAIT_MS);
    return result == TOOL_DONE && reading->is_unfinished ? leftover_refuse(subject->console) : result;
}
