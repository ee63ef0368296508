/* SPDX-License-Identifier: MIT */
#ifndef TESTS_TABLE_SOUND_H
#define TESTS_TABLE_SOUND_H

/* table_sound: what must hold of every table that a reader has taken from a header, whatever that says. */

#include <stdlib.h>
#include <string.h>

#include "mmrec/table.h"

static int table_sound_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* No two names are alike. False also without memory. */
static inline bool table_sound_names(const struct fields *fields)
{
    const char **names = malloc((fields->count + 1) * sizeof *names);
    bool differ = names != NULL;
    for (size_t i = 0; i < fields->count && differ; i++)
        names[i] = fields->list[i].name;
    if (differ)
        qsort(names, fields->count, sizeof *names, table_sound_order);
    for (size_t i = 1; i < fields->count && differ; i++)
        differ = strcmp(names[i - 1], names[i]) != 0;
    free(names);
    return differ;
}

/* table_unsound() - what is wrong with the table of a file of 'size' bytes, or NULL. */
static inline const char *table_unsound(const struct table *table, uint64_t size)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    const struct fields *fields = &table->fields;
    if (fields->size < 1 || fields->size > FIELDS_RECORD || fields->count < 1)
        return "a record has no bytes, too many, or no field";
    if (table->offset > size || table->records > (size - table->offset) / fields->size)
        return "records lie behind the file";
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *field = &fields->list[i];
        size_t length = strlen(field->name);
        if (field->elements < 1 || field->offset + field->elements * field_element(field) > fields->size)
            return "a field lies behind its record";
        if (length < 1 || length >= FIELDS_NAME || strchr("_0123456789", field->name[0]) ||
            strspn(field->name, letters) != length)
            return "a name is none of C";
    }
    return table_sound_names(fields) ? NULL : "two fields have one name";
}

#endif
