/* SPDX-License-Identifier: MIT */
/* record: see record.h. */
#include "mmdump/record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "kit/job/settings.h"

static const char *skip(const char *p)
{
    while (*p == ' ' || *p == '\t' || *p == '\n')
        p++;
    return p;
}

static size_t word_length(const char *p)
{
    size_t length = 0;
    while ((p[length] >= 'a' && p[length] <= 'z') || (p[length] >= 'A' && p[length] <= 'Z') ||
           (p[length] >= '0' && p[length] <= '9') || p[length] == '_')
        length++;
    return length;
}

static bool take_word(const char **p, char *word, size_t size)
{
    *p = skip(*p);
    size_t length = word_length(*p);
    if (length == 0 || length >= size)
        return false;
    memcpy(word, *p, length);
    word[length] = '\0';
    *p += length;
    return true;
}

/* [N]; 1 without brackets, 0 when it is no number of elements. */
static size_t take_elements(const char **p)
{
    *p = skip(*p);
    if (**p != '[')
        return 1;
    char *end;
    unsigned long elements = strtoul(*p + 1, &end, 10);
    if (*end != ']' || elements > RECORD_FIELDS)
        return 0;
    *p = skip(end + 1);
    return elements;
}

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

static bool take_type(const char **p, mmi_type *type_ret)
{
    char word[RECORD_NAME];
    return take_word(p, word, sizeof word) && mmi_type_parse(word, type_ret);
}

/* Moves *p behind the field, or to its beginning when it is none. */
static bool take_field(struct record *record, const char **text)
{
    const char *at = skip(*text), **p = &at;
    *text = at;
    char word[RECORD_NAME - 5], name[RECORD_NAME];
    mmi_type type;
    if (!take_type(p, &type) || !take_word(p, word, sizeof word))
        return false;
    bool is_array = *skip(*p) == '[';
    size_t elements = take_elements(p);
    for (size_t i = 0; i < elements; i++) {
        snprintf(name, sizeof name, is_array ? "%s%zu" : "%s", word, i);
        if (!add(record, name, type))
            return false;
    }
    if (elements > 0)
        *text = at;
    return elements > 0;
}

static bool begin(struct record *record)
{
    *record = (struct record){.fields = calloc(RECORD_FIELDS, sizeof *record->fields)};
    return record->fields != NULL;
}

bool record_parse(struct record *record, const struct console *console, const char *text)
{
    const char *p = text;
    if (!begin(record)) {
        console_error(console, NULL, "not enough memory");
        return false;
    }
    while (take_field(record, &p)) {
        p = skip(p);
        if (*p == '\0')
            return true;
        if (*p++ != ',')
            break;
    }
    mmi_type type;
    const char *at = p;
    console_usage(console,
                  "--record=%s: must be fields as 'i16 red, u8 flags[4]', at most %d; it goes wrong at '%.20s'%s", text,
                  RECORD_FIELDS, p,
                  take_type(&at, &type) ? "" : ": no type; types are " SETTINGS_TYPES ", with le or be behind or not");
    record_drop(record);
    return false;
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
