/* SPDX-License-Identifier: MIT */
/* subject: see subject.h. */
#include "mmrec/subject.h"

#include <inttypes.h>
#include <string.h>

#include "kit/file/own.h"
#include "kit/job/leftover.h"
#include "mmrec/table.h"

/* ---- a header that names the fields ------------------------------------------------------------------------------ */

static int read_table(const struct command *command, const mmv_map *map, struct table *table)
{
    const struct table_wish wish = {command->file, mmv_map_descriptor(map), command->origin.part};
    if (table_read(table, &wish))
        return TOOL_DONE;
    if (table->is_raw)
        return console_usage(command->console, "%s: %s", command->file, table->why);
    return console_error(command->console, command->file, "%s", table->why);
}

int subject_take_fields(struct command *command)
{
    struct table table = {0};
    mmv_map *map = NULL;
    if (mmv_map_open(command->file, MMV_READ, &map) != MMV_OK)
        return console_failure(command->console, command->file);
    enum own own = own_kind(map, command->file);
    int result = own != OWN_NOT ? own_refuse(command->console, command->file, own) : read_table(command, map, &table);
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
    int result = read_table(command, subject->map, &table);
    if (result == TOOL_DONE && !table_is_like(&table.fields, &command->fields))
        result = console_error(command->console, command->file,
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
    if (!command->origin.record && command->asked.offset % record != 0)
        return console_usage(command->console, "--offset: is not whole records of %" PRIu64 " bytes", record);
    if (size > 0 || command->asked.offset > 0 || command->asked.length > 0)
        if (mmv_range_resolve(command->asked.offset, command->asked.length, size, &range) != MMV_OK)
            return console_usage(command->console,
                                 "--offset, --length: reach behind the end of %s, which has %" PRIu64 " bytes%s",
                                 command->file, size, command->origin.record ? "" : " of records");
    uint64_t rest = range.length % record;
    subject->range = (mmv_range){subject->payload.offset + range.offset, range.length - rest};
    if (rest > 0)
        notes_add(&subject->notes, MMI_NOTE_BEHIND,
                  "%" PRIu64 " bytes behind the last whole record of %" PRIu64 " bytes are left out", rest, record);
    return TOOL_DONE;
}

int subject_open(struct subject *subject, const struct command *command, const struct program *program)
{
    *subject = (struct subject){.command = command, .console = command->console, .program = program};
    atomic_init(&subject->fault, SUBJECT_FINE);
    mmv_access access = command->in_place && !command->dry_run ? MMV_READ_WRITE : MMV_READ;
    if (mmv_map_open(command->file, access, &subject->map) != MMV_OK)
        return console_failure(command->console, command->file);
    enum own own = own_kind(subject->map, command->file);
    if (own != OWN_NOT)
        return own_refuse(command->console, command->file, own);
    subject->payload = (mmv_range){0, mmv_map_capacity(subject->map)};
    int result = command->origin.record ? TOOL_DONE : take_table(subject);
    if (result == TOOL_DONE)
        result = take_range(subject);
    if (result == TOOL_DONE)
        notes_say(&subject->notes, subject->console, command->file);
    return result;
}

void subject_close(struct subject *subject)
{
    notes_drop(&subject->notes);
    mmv_map_close(&subject->map);
}

mmv_walk_options subject_options(struct subject *subject, mmv_walk_stats *stats)
{
    mmv_walk_options options = settings_walk(&subject->command->how);
    options.record_size = subject->command->fields.size;
    options.offset = subject->range.offset;
    options.length = subject->range.length ? subject->range.length : MMV_EMPTY;
    options.tick = progress_tick;
    options.tick_user = &subject->progress;
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
        return console_error(subject->console, command->file,
                             "record %" PRIu64 ", at byte %" PRIu64
                             ": an integer is divided by zero, or the quotient is too large for its type",
                             fault, subject->range.offset + fault * command->fields.size);
    if (status == MMV_ESTOPPED)
        return TOOL_FAILED;
    if (settings_refused(subject->console, &command->how))
        return TOOL_USAGE;
    if (status == MMV_EJOURNAL)
        return leftover_refuse(subject->console);
    if (status == MMV_EBUSY)
        return console_busy(subject->console, command->file, "on this range");
    return console_failure(subject->console, command->file);
}

int subject_hold(struct subject *subject, struct reading *reading)
{
    *reading = (struct reading){
        .console = subject->console, .map = subject->map, .path = subject->command->file, .range = subject->range};
    int result = reading_hold(reading, READING_WAIT_MS);
    return result == TOOL_DONE && reading->is_unfinished ? leftover_refuse(subject->console) : result;
}
