/* SPDX-License-Identifier: MIT */
/* describe: see describe.h. */
#include "mmrec/describe.h"

#include <inttypes.h>
#include <stdio.h>

#include "kit/cli/text.h"

static void print_field(const struct field *field)
{
    printf("  %8" PRIu32 "  %-6s %s", field->offset, code_type(field), field->name);
    if (field->is_array)
        printf("[%" PRIu32 "]", field->elements);
    if (field->is_shifted)
        printf(", stored with its highest bit turned over");
    printf("\n");
}

int describe_plan(const struct subject *subject, const char *output)
{
    const struct command *command = subject->command;
    const struct fields *fields = &command->fields;
    mmv_journal_mode journal = command->safety.journal;
    text_line(stdout, "file:      %s, %" PRIu64 " bytes", subject->file, mmv_map_capacity(subject->map));
    if (command_shard(command)->count)
        printf("shard:     %" PRIu64 " of %" PRIu64 "\n", command_shard(command)->index + 1,
               command_shard(command)->count);
    printf("range:     offset %" PRIu64 ", length %" PRIu64 "\n", subject->range.offset, subject->range.length);
    printf("records:   %" PRIu64 " of %zu bytes\n", subject->range.length / fields->size, fields->size);
    for (size_t i = 0; i < fields->count; i++)
        print_field(&fields->list[i]);
    if (command->where)
        text_line(stdout, "where:     %s", command->where);
    if (command->change)
        text_line(stdout, "code:      %s", command->change);
    const char *checks = command->safety.verify ? ", verified" : "",
               *kept = command->safety.undo.keep ? ", to be undone" : "";
    if (output)
        text_line(stdout, "result:    new file %s%s", output, checks);
    else if (journal == MMV_JOURNAL_OFF)
        printf("result:    in place, no journal: a rerun changes records again%s\n", checks);
    else
        printf("result:    in place, journal %s%s%s\n", mmv_journal_mode_name(journal), checks, kept);
    return console_flush(subject->console);
}

int describe_counted(const struct subject *subject, const struct counted *counted)
{
    printf("changes:   %" PRIu64 " of %" PRIu64 " records\n", counted->records,
           subject->range.length / subject->command->fields.size);
    if (subject->command->safety.undo.keep)
        printf("undo file: at most about %" PRIu64 " bytes\n", counted->undo_bytes);
    return console_flush(subject->console);
}
