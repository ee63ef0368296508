/* SPDX-License-Identifier: MIT */
/* column: see column.h. */
#include "mmdiff/column.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/text.h"
#include "kit/image/values.h"

static bool make(struct columns *columns, size_t count)
{
    *columns = (struct columns){calloc(count, sizeof *columns->list), count};
    return columns->list != NULL;
}

bool columns_of_pixels(struct columns *columns, mmi_type a, mmi_type b, uint32_t samples)
{
    if (!make(columns, samples))
        return false;
    for (uint32_t i = 0; i < samples; i++) {
        struct column *column = &columns->list[i];
        snprintf(column->name, sizeof column->name, "%" PRIu32, i);
        column->rule = gap_rule(a, b);
        column->elements = 1;
        column->a_element = mmi_type_size(a);
        column->b_element = mmi_type_size(b);
        column->a_offset = i * column->a_element;
        column->b_offset = i * column->b_element;
    }
    return true;
}

bool columns_of_record(struct columns *columns, const struct fields *fields)
{
    if (!make(columns, fields->count))
        return false;
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *field = &fields->list[i];
        struct column *column = &columns->list[i];
        bool is_text = field->kind == FIELD_TEXT;
        snprintf(column->name, sizeof column->name, "%s", field->name);
        column->kind = field->kind;
        column->rule = gap_rule(field->type, field->type);
        column->elements = is_text ? 1 : field->elements;
        column->is_array = field->is_array && !is_text;
        column->a_offset = column->b_offset = field->offset;
        column->a_element = column->b_element = is_text ? field->elements : field_element(field);
    }
    return true;
}

void columns_drop(struct columns *columns)
{
    free(columns->list);
    *columns = (struct columns){0};
}

void column_load(const struct column *column, enum column_side side, struct gap_samples samples, uint64_t *values,
                 size_t count)
{
    const struct gap_rule *rule = &column->rule;
    if (side == COLUMN_A)
        gap_load(rule->a, rule->a_real, samples, values, count);
    else
        gap_load(rule->b, rule->b_real, samples, values, count);
    for (size_t i = 0; i < count && column->kind == FIELD_BOOL; i++)
        values[i] = values[i] != 0;
}

static size_t length_of(const struct column *column, const unsigned char *text)
{
    const unsigned char *end = memchr(text, 0, column->a_element);
    return end ? (size_t)(end - text) : column->a_element;
}

struct gap column_text_gap(const struct column *column, const unsigned char *a, const unsigned char *b)
{
    size_t length = length_of(column, a);
    bool is_same = length == length_of(column, b) && memcmp(a, b, length) == 0;
    return (struct gap){.kind = is_same ? GAP_NONE : GAP_UNKNOWN};
}

const char *column_text(const struct column *column, enum column_side side, const unsigned char *stored,
                        char text[COLUMN_TEXT])
{
    char bytes[32], value[VALUES_TEXT], escaped[TEXT_GROWS * sizeof bytes + 1];
    if (column->kind == FIELD_BOOL)
        snprintf(text, COLUMN_TEXT, "%s", stored[0] ? "true" : "false");
    else if (column->kind == FIELD_NUMBER)
        snprintf(text, COLUMN_TEXT, "%s",
                 values_text(side == COLUMN_A ? column->rule.a : column->rule.b, stored, value));
    else {
        size_t length = length_of(column, stored), shown = length < sizeof bytes ? length : sizeof bytes - 1;
        memcpy(bytes, stored, shown);
        bytes[shown] = '\0';
        snprintf(text, COLUMN_TEXT, "\"%.60s\"%s", text_escape(escaped, sizeof escaped, bytes),
                 shown < length ? "..." : "");
    }
    return text;
}
