/* SPDX-License-Identifier: MIT */
/*
 * table: see table.h.
 *
 *     mmi_container_look() -> table_npy.c, table_fits.c or table_las.c, in a sandbox
 *                          -> or identify(), which says what else the file is
 */
#include "mmrec/table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/cli/text.h"
#include "kit/os/sandbox.h"
#include "mmrec/table_reader.h"
#include "mmrec/words.h"

#define NOTES_MOST 12 /* about fields */

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

static mmv_status read_bytes(void *user, uint64_t offset, void *bytes, size_t length)
{
    const int *descriptor = user;
    size_t done;
    int error = file_read_at(*descriptor, bytes, length, offset, &done);
    if (error != 0)
        return mmv_error_set(MMV_EIO, error, "read");
    return done == length ? MMV_OK : mmv_error_set(MMV_ETRUNC, 0, "read");
}

bool table_refuse(struct table_reader *reader, const char *why, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, why);
    vsnprintf(text, sizeof text, why, arguments);
    va_end(arguments);
    text_escape(reader->table->why, sizeof reader->table->why, text);
    return false;
}

bool table_fetch(struct table_reader *reader, uint64_t offset, void *bytes, size_t length)
{
    const mmi_source *source = reader->source;
    if (!mmv_range_fits(offset, length, source->size))
        return table_refuse(reader, "%s header: it ends behind the file's %" PRIu64 " bytes", reader->table->format,
                            source->size);
    if (source->read(source->user, offset, bytes, length) != MMV_OK)
        return table_refuse(reader, "cannot read its header: %s", mmv_status_text(mmv_last_error()->status));
    return true;
}

uint64_t table_bits(const unsigned char *bytes, size_t size, bool big_endian)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++)
        bits = bits << 8 | bytes[big_endian ? i : size - 1 - i];
    return bits;
}

uint64_t table_wanted(const struct table_reader *reader)
{
    const char *part = reader->part ? reader->part : "1";
    bool is_number = *part && strlen(part) < 19 && strspn(part, "0123456789") == strlen(part);
    return is_number ? strtoull(part, NULL, 10) : 0;
}

bool table_place(struct table_reader *reader, const struct table_place *place)
{
    struct table *table = reader->table;
    uint64_t size = reader->source->size, length, end;
    if (place->size < 1 || place->size > FIELDS_RECORD)
        return table_refuse(reader, "%s header: a record has %" PRIu64 " bytes; 1 to 1 MiB can be worked on",
                            table->format, place->size);
    if (!mmv_product(place->records, place->size, &length) || !mmv_sum(place->offset, length, &end) || end > size)
        return table_refuse(reader,
                            "%s header: it speaks of %" PRIu64 " records of %" PRIu64 " bytes from byte %" PRIu64
                            ", the file has %" PRIu64 " bytes",
                            table->format, place->records, place->size, place->offset, size);
    table->offset = place->offset;
    table->records = place->records;
    table->fields.size = (size_t)place->size;
    return true;
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

static bool is_of_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/*
 * Where the field of this name is, or would be: half of the slots are free in any case. Looking through all fields
 * would take minutes of a header that gives thousands of them one name.
 */
static uint16_t *slot_of(struct table_reader *reader, const char *name)
{
    uint32_t hash = UINT32_C(0x811c9dc5); /* FNV-1a, by Fowler, Noll and Vo */
    for (const char *p = name; *p; p++)
        hash = (hash ^ (unsigned char)*p) * UINT32_C(0x01000193);
    size_t at = hash % TABLE_SLOTS;
    while (reader->slots[at] && strcmp(reader->table->fields.list[reader->slots[at] - 1].name, name) != 0)
        at = (at + 1) % TABLE_SLOTS;
    return &reader->slots[at];
}

static bool begins(const struct column *column, const char *word)
{
    size_t length = strlen(word);
    return column->name_length >= length && memcmp(column->name, word, length) == 0;
}

/* A name of C: other bytes become _, an f stands before what is no letter, a _ behind a word that is taken. */
static void mend(struct table_reader *reader, const struct column *column, char name[FIELDS_NAME])
{
    size_t length = 0, room = FIELDS_NAME - 8; /* with a number behind it */
    const char *from = column->name;
    bool is_letter = column->name_length > 0 && is_of_name(from[0]) && from[0] > '9' && from[0] != '_';
    if (!is_letter || begins(column, "mmrec_") || begins(column, "MMREC_"))
        name[length++] = 'f';
    for (size_t i = 0; i < column->name_length && length < room; i++)
        name[length++] = is_of_name(from[i]) ? from[i] : '_';
    name[length] = '\0';
    if (words_are_reserved(name))
        snprintf(name + length++, 2, "_");
    uint16_t taken = *slot_of(reader, name), *last = taken ? &reader->last[taken - 1] : NULL;
    while (*slot_of(reader, name)) {
        *last = (uint16_t)(*last ? *last + 1 : 2);
        snprintf(name + length, 8, "_%u", *last);
    }
}

static void note_mended(struct table_reader *reader, const struct column *column, const char *name)
{
    size_t used = strlen(reader->mended);
    char was[FIELDS_NAME + 1], shown[TEXT_GROWS * FIELDS_NAME + 1], entry[(1 + TEXT_GROWS) * FIELDS_NAME + 16];
    if (strlen(name) == column->name_length && memcmp(name, column->name, column->name_length) == 0)
        return;
    snprintf(was, sizeof was, "%.*s", (int)mmv_min(column->name_length, FIELDS_NAME), column->name);
    text_escape(shown, sizeof shown, was);
    reader->mended_count++;
    snprintf(entry, sizeof entry, "%s'%s' is %s", used ? ", " : "", shown, name);
    if (used + strlen(entry) < sizeof reader->mended)
        strcpy(reader->mended + used, entry);
}

void table_note(struct table_reader *reader, const struct column *column, const char *text, ...)
{
    char name[FIELDS_NAME + 1], shown[TEXT_GROWS * FIELDS_NAME + 1], said[256];
    va_list arguments;
    if (reader->table->notes.count >= NOTES_MOST)
        return;
    va_start(arguments, text);
    vsnprintf(said, sizeof said, text, arguments);
    va_end(arguments);
    snprintf(name, sizeof name, "%.*s", (int)mmv_min(column->name_length, FIELDS_NAME), column->name);
    text_escape(shown, sizeof shown, name);
    notes_add(&reader->table->notes, MMI_NOTE_MEANING, "%s: %s", shown, said);
}

void table_leave_out(struct table_reader *reader, const struct column *column, const char *why)
{
    reader->left_out++;
    table_note(reader, column, "is no field here, its bytes stay: %s", why);
}

void table_add(struct table_reader *reader, const struct column *column)
{
    struct fields *fields = &reader->table->fields;
    struct field field = {.kind = column->kind,
                          .type = column->type,
                          .is_array = column->is_array,
                          .is_shifted = column->is_shifted,
                          .elements = (uint32_t)column->elements,
                          .offset = (uint32_t)column->offset};
    size_t element = mmi_type_size(column->type);
    if (column->elements == 0 || column->elements > FIELDS_ARRAY / element) {
        table_leave_out(reader, column, column->elements ? "an array has at most 64 KiB" : "it has no bytes");
        return;
    }
    if (fields->count == FIELDS_MOST || column->offset > FIELDS_RECORD) {
        table_leave_out(reader, column, "there are too many fields");
        return;
    }
    mend(reader, column, field.name);
    note_mended(reader, column, field.name);
    uint16_t *slot = slot_of(reader, field.name);
    fields->list[fields->count++] = field;
    *slot = (uint16_t)fields->count;
}

bool table_is_like(const struct fields *a, const struct fields *b)
{
    bool same = a->size == b->size && a->count == b->count;
    for (size_t i = 0; i < a->count && same; i++) {
        const struct field *x = &a->list[i], *y = &b->list[i];
        same = strcmp(x->name, y->name) == 0 && x->kind == y->kind && x->type.kind == y->type.kind &&
               x->type.big_endian == y->type.big_endian && x->is_array == y->is_array &&
               x->is_shifted == y->is_shifted && x->elements == y->elements && x->offset == y->offset;
    }
    return same;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

typedef bool read_fn(struct table_reader *reader);

struct call {
    struct table_reader reader;
    read_fn *read;
};

static int take_apart(void *user)
{
    struct call *call = user;
    return call->read(&call->reader) ? 1 : 0;
}

static read_fn *reader_of(const mmi_clue *clue, const char **format_ret)
{
    bool is_las = clue->mark == MMI_MARK_OTHER && strcmp(clue->name, "LAS") == 0;
    *format_ret = is_las ? "las" : mmi_format_name(clue->format);
    return is_las                     ? table_read_las
           : clue->format == MMI_NPY  ? table_read_npy
           : clue->format == MMI_FITS ? table_read_fits
                                      : NULL;
}

/* It has no reader here: what identify() says of it. */
static bool explain(struct table *table, const struct table_wish *wish)
{
    struct pixel_settings asked = settings_pixels();
    struct identify_request request = {.path = wish->path, .descriptor = wish->descriptor, .asked = &asked};
    struct identified identified;
    file_look(wish->descriptor, &request.info);
    identify(&request, &identified);
    bool is_image = identified.is == IDENTITY_CONTAINER;
    char *raw = strstr(identified.why, "; " IDENTIFY_RAW_HARMS);
    if (raw)
        *raw = '\0';
    if (is_image)
        snprintf(table->why, sizeof table->why,
                 "it is an image (%s), whose pixels have no names: --record=FIELDS and --offset say what they are",
                 mmi_format_name(identified.container.format));
    else if (identified.is == IDENTITY_RAW)
        table->is_raw = snprintf(table->why, sizeof table->why,
                                 "nothing tells what its records are: --record=FIELDS is needed") > 0;
    else
        snprintf(table->why, sizeof table->why, "%.800s; --record=FIELDS takes its bytes for records", identified.why);
    notes_drop(&identified.notes);
    mmi_container_free(&identified.container);
    return false;
}

void table_end_notes(struct table_reader *reader)
{
    struct notes *notes = &reader->table->notes;
    if (reader->mended_count > 0)
        notes_add(notes, MMI_NOTE_ASSUMED, "names that C cannot have are mended (%u): %s", reader->mended_count,
                  reader->mended);
    if (reader->left_out > 1)
        notes_add(notes, MMI_NOTE_PARTS, "%u fields are left out", reader->left_out);
}

bool table_read(struct table *table, const struct table_wish *wish)
{
    int descriptor = wish->descriptor;
    struct file_facts facts = {0};
    mmi_clue clue = {0};
    *table = (struct table){.fields.list = calloc(FIELDS_MOST, sizeof(struct field))};
    int error = file_look(descriptor, &facts);
    const mmi_source source = {read_bytes, &descriptor, facts.size};
    struct call call = {.reader = {.source = &source, .part = wish->part, .table = table}};
    if (!table->fields.list)
        return table_refuse(&call.reader, "not enough memory");
    if (error != 0 || mmi_container_look(&source, &clue) != MMV_OK)
        return table_refuse(&call.reader, "cannot read its header");
    call.read = reader_of(&clue, &table->format);
    if (!call.read)
        return explain(table, wish);
    if (sandbox_call(take_apart, &call, NULL) == 0)
        return false;
    if (table->fields.count == 0)
        return table_refuse(&call.reader, "%s header: it has no field that can be worked on", table->format);
    table_end_notes(&call.reader);
    return true;
}

void table_drop(struct table *table)
{
    fields_drop(&table->fields);
    notes_drop(&table->notes);
}
