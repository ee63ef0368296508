/* SPDX-License-Identifier: MIT */
/* record: see record.h. */
#include "mmdump/record.h"

#include <inttypes.h>
#include <stdlib.h>

#include "kit/image/fields.h"

static bool add(struct record *record, const char *name, mmi_type type)
{
    if (record->count == RECORD_FIELDS)
        return false;
    struct record_field *field = &record->fields[record->count++];
    snprintf(field->name, sizeof field->name, "%s", name);
    field->type = type;
    field->offset = (uint32_t)record->size;
    record->size += mmi_type_size(type);
    return true;
}

static bool begin(struct record *record)
{
    *record = (struct record){.fields = calloc(RECORD_FIELDS, sizeof *record->fields)};
    return record->fields != NULL;
}

/* An array's elements one by one. */
static bool add_field(struct record *record, const struct field *field)
{
    char name[RECORD_NAME];
    for (uint32_t i = 0; i < field->elements; i++) {
        snprintf(name, sizeof name, field->is_array ? "%s%" PRIu32 : "%s", field->name, i);
        record->size = field->offset + i * field_element(field);
        if (!add(record, name, field->type))
            return false;
    }
    return true;
}

bool record_parse(struct record *record, const struct console *console, const char *text)
{
    struct fields fields;
    *record = (struct record){0};
    if (!fields_parse(&fields, console, &(struct fields_wish){"record", text, false}))
        return false;
    bool has_memory = begin(record), fits = has_memory;
    for (size_t i = 0; i < fields.count && fits; i++)
        fits = add_field(record, &fields.list[i]);
    record->size = fields.size;
    fields_drop(&fields);
    if (!has_memory)
        console_error(console, NULL, "not enough memory");
    else if (!fits)
        console_usage(console, "--record=%s: more than %d values in a record", text, RECORD_FIELDS);
    if (!fits)
        record_drop(record);
    return fits;
}

bool record_of_pixel(struct record *record, mmi_type type, uint32_t samples)
{
    static const char *const letters[4][4] = {
        {"gray"}, {"gray", "alpha"}, {"red", "green", "blue"}, {"red", "green", "blue", "alpha"}};
    if (!begin(record))
        return false;
    for (uint32_t i = 0; i < samples; i++) {
        char name[RECORD_NAME];
        snprintf(name, sizeof name, "c%" PRIu32, i);
        add(record, samples <= 4 ? letters[samples - 1][i] : name, type);
    }
    return true;
}

void record_value(const struct record_field *field, const unsigned char *bytes, char text[RECORD_VALUE])
{
    values_text(field->type, bytes + field->offset, text);
}

void record_choose(struct record *record, const bool *channels)
{
    size_t kept = 0;
    for (size_t i = 0; i < record->count; i++)
        if (channels[i])
            record->fields[kept++] = record->fields[i];
    record->count = kept;
}

void record_drop(struct record *record)
{
    free(record->fields);
    record->fields = NULL;
    record->count = 0;
}
