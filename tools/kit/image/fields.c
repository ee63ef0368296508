/* SPDX-License-Identifier: MIT */
/*
 * fields: see fields.h.
 *
 * 1. No record is longer than FIELDS_RECORD, and none is empty: sums of sizes cannot wrap. reserve() and end() assert
 *    it.
 */
#include "kit/image/fields.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <mmview/range.h>

#include "kit/job/settings.h"

/* What is being read. */
struct reader {
    struct fields *fields;
    const char *at;
    const char *why; /* of what is wrong; "" = it shows */
    bool aligned;
    size_t alignment; /* of the record */
};

static void skip(struct reader *reader)
{
    while (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\n')
        reader->at++;
}

static bool is_of_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool take_word(struct reader *reader, char word[FIELDS_NAME])
{
    size_t length = 0;
    skip(reader);
    while (is_of_word(reader->at[length]))
        length++;
    if (length == 0 || length >= FIELDS_NAME)
        return false;
    memcpy(word, reader->at, length);
    word[length] = '\0';
    reader->at += length;
    return true;
}

/* [N], if it is there: of at most so many. False when it is no number of elements. */
static bool take_elements(struct reader *reader, size_t most, struct field *field)
{
    skip(reader);
    field->elements = 1;
    field->is_array = *reader->at == '[';
    if (!field->is_array)
        return true;
    char *end;
    unsigned long elements = strtoul(reader->at + 1, &end, 10);
    /* strtoul() passes over blanks, and takes a sign. */
    if (reader->at[1] < '0' || reader->at[1] > '9' || *end != ']' || elements == 0 || elements > most)
        return false;
    field->elements = (uint32_t)elements;
    reader->at = end + 1;
    return true;
}

/* Bytes for it, at the end of the record. */
static bool reserve(struct reader *reader, struct field *field, size_t element)
{
    struct fields *fields = reader->fields;
    size_t alignment = reader->aligned ? element : 1;
    size_t offset = (size_t)mmv_round_up(fields->size, alignment);
    assert(fields->size <= FIELDS_RECORD && field->elements <= FIELDS_RECORD); /* 1. */
    if (offset + element * field->elements > FIELDS_RECORD) {
        reader->why = ": a record has at most 1 MiB";
        return false;
    }
    field->offset = (uint32_t)offset;
    fields->size = offset + element * field->elements;
    reader->alignment = reader->alignment > alignment ? reader->alignment : alignment;
    return true;
}

static bool take_gap(struct reader *reader)
{
    struct field gap = {0};
    return take_elements(reader, FIELDS_RECORD, &gap) && gap.is_array && reserve(reader, &gap, 1);
}

/* bool, char, or a number. */
static bool is_type(const char *word, struct field *field)
{
    field->kind = strcmp(word, "bool") == 0 ? FIELD_BOOL : strcmp(word, "char") == 0 ? FIELD_TEXT : FIELD_NUMBER;
    field->type = (mmi_type){MMI_U8, false};
    return field->kind != FIELD_NUMBER || mmi_type_parse(word, &field->type);
}

static bool take_named(struct reader *reader, const char *type)
{
    struct fields *fields = reader->fields;
    struct field field = {.elements = 1};
    if (!is_type(type, &field)) {
        reader->why =
            ": no type; types are " SETTINGS_TYPES ", with le or be behind or not, bool, char, and gap[N] for none";
        return false;
    }
    if (!take_word(reader, field.name) || !take_elements(reader, FIELDS_ARRAY / field_element(&field), &field) ||
        fields->count == FIELDS_MOST || !reserve(reader, &field, field_element(&field)))
        return false;
    fields->list[fields->count++] = field;
    return true;
}

/* Moves behind the field, or to its beginning when it is none. */
static bool take_field(struct reader *reader)
{
    char word[FIELDS_NAME];
    skip(reader);
    const char *begin = reader->at;
    bool fine = take_word(reader, word) && (strcmp(word, "gap") == 0 ? take_gap(reader) : take_named(reader, word));
    if (!fine)
        reader->at = begin;
    return fine;
}

static bool read_all(struct reader *reader)
{
    while (take_field(reader)) {
        skip(reader);
        if (*reader->at == '\0')
            return true;
        if (*reader->at++ != ',') {
            reader->at--;
            return false;
        }
    }
    return false;
}

static void end(struct reader *reader)
{
    struct fields *fields = reader->fields;
    fields->size = (size_t)mmv_round_up(fields->size, reader->alignment);
    assert(fields->size >= 1 && fields->size <= FIELDS_RECORD); /* 1. */
}

bool fields_parse(struct fields *fields, const struct console *console, const struct fields_wish *wish)
{
    struct reader reader = {.fields = fields, .at = wish->text, .why = "", .aligned = wish->aligned, .alignment = 1};
    *fields = (struct fields){.list = calloc(FIELDS_MOST, sizeof *fields->list)};
    if (!fields->list) {
        console_error(console, NULL, "not enough memory");
        return false;
    }
    if (read_all(&reader)) {
        end(&reader);
        return true;
    }
    console_usage(console, "--%s=%s: must be fields as 'i16 red, u8 flags[4]', at most %d; it goes wrong at '%.20s'%s",
                  wish->option, wish->text, FIELDS_MOST, reader.at, reader.why);
    fields_drop(fields);
    return false;
}

size_t field_element(const struct field *field)
{
    return mmi_type_size(field->type);
}

void fields_drop(struct fields *fields)
{
    free(fields->list);
    *fields = (struct fields){0};
}
