/* SPDX-License-Identifier: MIT */
/* operation: see operation.h. */
#include "mmrec/operation.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mmrec/language.h"

void operation_add_text(struct builder *out, const char *name, const char *text)
{
    if (!text)
        return;
    builder_add(out, " %s[%zu]=", name, strlen(text));
    builder_put(out, text);
}

/* Two layouts of the same names are two operations. */
void operation_add_fields(struct builder *out, const char *name, const struct fields *fields)
{
    builder_add(out, " %s=%zu:", name, fields->size);
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *field = &fields->list[i];
        builder_add(out, "%s%s %s", i ? "," : "", code_type(field), field->name);
        if (field->is_array)
            builder_add(out, "[%" PRIu32 "]", field->elements);
        builder_add(out, "@%" PRIu32 "%s", field->offset, field->is_shifted ? "^" : "");
    }
}

/* What is compared when a run is repeated. Journals of older runs have it: it stays as it is. */
char *operation_text(const struct subject *subject)
{
    const struct command *command = subject->command;
    struct builder out = {0};
    builder_add(&out, "mmrec %d", LANGUAGE_VERSION);
    operation_add_text(&out, "code", command->change);
    operation_add_text(&out, "where", command->where);
    operation_add_fields(&out, "record", &command->fields);
    if (command->code.native)
        operation_add_text(&out, "struct", command->code.native->structure);
    if (command->code.made)
        operation_add_fields(&out, "map", command->code.made);
    /* Of several FILEs each has a length of its own. */
    bool is_one = command->files.count == 1;
    builder_add(&out, " offset=%" PRIu64 " length=%" PRIu64, is_one ? subject->whole.offset : command->asked.offset,
                is_one ? subject->whole.length : command->asked.length);
    if (command_shard(command)->count)
        builder_add(&out, " parts=%" PRIu64, command_shard(command)->count);
    if (command->safety.undo.keep)
        builder_add(&out, " keep-undo");
    return builder_take(&out);
}
