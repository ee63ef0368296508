/* SPDX-License-Identifier: MIT */
/*
 * table_npy: structured arrays of NumPy.
 *
 *     {'descr': [('id', '<u8'), ('', '|V4'), ('xy', '<f4', (2,)), ('at', [('t', '<i8')])], 'fortran_order': False,
 *      'shape': (1000,), }
 *
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * Fields lie one behind the other, and padding is a field without a name. Fields of a field are called at_t here; of an
 * array of such, at_0_t, at_1_t. numpy.save() may have put several arrays into a file, one behind the other.
 *
 * 1. What a header of any text makes this do is bounded: nesting by DEPTH, fields that are looked at by STEPS, their
 *    text by TEXT_MOST: of an array of fields it is read again and again. No assert: all end with a refusal.
 */
#include "mmrec/table_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "\x93NUMPY"
#define HEADER_MOST (1 << 20)
#define DEPTH 8
#define STEPS 200000
#define TEXT_MOST (64 << 20)
#define PATH 512 /* bytes of a name with those around it */

struct npy {
    struct table_reader *reader;
    const char *at;    /* in the text of the header */
    const char *descr; /* its value */
    bool adds;         /* fields are added; else only measured */
    unsigned depth, steps;
    size_t looked_at; /* bytes of text */
    uint64_t offset;  /* in the record */
    char path[PATH];  /* the names around, each with a _ behind */
    const char *why;  /* of what is wrong; NULL = it shows */
};

/* What stands where a type is expected. */
struct element {
    char code;       /* 'i', 'u', 'f', ... */
    bool big_endian; /* of this machine's order when nothing says so */
    uint64_t bytes;
    char text[32];
};

/* ---- what Python writes ------------------------------------------------------------------------------------------ */

static void skip_blanks(struct npy *npy)
{
    npy->at += strspn(npy->at, " \n\t\r");
}

static bool take(struct npy *npy, char wanted)
{
    skip_blanks(npy);
    if (*npy->at != wanted)
        return false;
    npy->at++;
    skip_blanks(npy);
    return true;
}

/* 'text' or "text"; what a backslash means stays as it is. */
static bool take_string(struct npy *npy, const char **text_ret, size_t *length_ret)
{
    skip_blanks(npy);
    char quote = *npy->at;
    const char *p = npy->at + 1;
    if (quote != '\'' && quote != '"')
        return false;
    while (*p && *p != quote)
        p += p[0] == '\\' && p[1] ? 2 : 1;
    if (!*p)
        return false;
    *text_ret = npy->at + 1;
    *length_ret = (size_t)(p - *text_ret);
    npy->at = p + 1;
    skip_blanks(npy);
    return true;
}

static bool take_number(struct npy *npy, uint64_t *value_ret)
{
    *value_ret = 0;
    skip_blanks(npy);
    if (*npy->at < '0' || *npy->at > '9')
        return false;
    for (; *npy->at >= '0' && *npy->at <= '9'; npy->at++)
        if (!mmv_product(*value_ret, 10, value_ret) || !mmv_sum(*value_ret, (uint64_t)(*npy->at - '0'), value_ret))
            return false;
    npy->at += *npy->at == 'L';
    skip_blanks(npy);
    return true;
}

/* A tuple, or one number: the product. */
static bool take_shape(struct npy *npy, uint64_t *product_ret)
{
    uint64_t number;
    *product_ret = 1;
    if (!take(npy, '('))
        return take_number(npy, product_ret);
    while (!take(npy, ')'))
        if (!take_number(npy, &number) || !mmv_product(*product_ret, number, product_ret) ||
            (!take(npy, ',') && *npy->at != ')'))
            return false;
    return true;
}

/* Any value, by its brackets and quotes. */
static bool skip_value(struct npy *npy)
{
    const char *text;
    size_t length;
    unsigned depth = 0;
    for (skip_blanks(npy); *npy->at; npy->at++) {
        if (depth == 0 && strchr(",)]}", *npy->at))
            return true;
        if (strchr("([{", *npy->at))
            depth++;
        else if (strchr(")]}", *npy->at))
            depth--;
        else if (*npy->at == '\'' || *npy->at == '"') {
            if (!take_string(npy, &text, &length))
                return false;
            npy->at--;
        }
    }
    return false;
}

/* ---- types ------------------------------------------------------------------------------------------------------- */

/* "<f4", "|S10", "<M8[ns]". */
static bool take_element(struct npy *npy, struct element *element)
{
    const char *text;
    size_t length, at = 0;
    mmi_type native = {MMI_U16, false};
    if (!take_string(npy, &text, &length) || length == 0 || length >= sizeof element->text)
        return false;
    memcpy(element->text, text, length);
    element->text[length] = '\0';
    text = element->text;
    char order = strchr("<>=|", text[0]) ? text[at++] : '=';
    if (text[at] == '\0')
        return false;
    element->big_endian = order == '>' || (order != '<' && !mmi_type_is_native(native));
    element->code = text[at++];
    element->bytes = strtoull(text + at, NULL, 10);
    at += strspn(text + at, "0123456789");
    if (element->code == 'U' && !mmv_product(element->bytes, 4, &element->bytes))
        return false;
    if (element->code == 'O')
        npy->why = "its fields are objects of Python, which are pickled";
    return element->code != 'O' && (text[at] == '\0' || text[at] == '[') && element->bytes <= INT64_MAX;
}

/* A number of so many bytes; false when there is none. */
static bool number_type(char code, uint64_t bytes, mmi_type *type)
{
    static const struct {
        char code;
        uint64_t bytes;
        mmi_kind kind;
    } numbers[] = {{'u', 1, MMI_U8},  {'i', 1, MMI_I8},  {'u', 2, MMI_U16}, {'i', 2, MMI_I16},
                   {'u', 4, MMI_U32}, {'i', 4, MMI_I32}, {'u', 8, MMI_U64}, {'i', 8, MMI_I64},
                   {'f', 2, MMI_F16}, {'f', 4, MMI_F32}, {'f', 8, MMI_F64}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i].code == code && numbers[i].bytes == bytes) {
            type->kind = numbers[i].kind;
            type->big_endian = type->big_endian && bytes > 1;
            return true;
        }
    return false;
}

/* What one element is as a field: a number, a text, or an array of numbers. False when it is none. */
static bool column_of(const struct element *element, struct column *column)
{
    uint64_t bytes = element->bytes;
    column->elements = 1;
    column->kind = FIELD_NUMBER;
    column->type = (mmi_type){MMI_U8, element->big_endian};
    switch (element->code) {
    case 'b':
    case '?':
        column->kind = FIELD_BOOL;
        column->type.big_endian = false;
        return bytes <= 1;
    case 'S':
    case 'a':
        column->kind = FIELD_TEXT;
        column->elements = bytes;
        column->type.big_endian = false;
        return true;
    case 'V':
        column->elements = bytes;
        column->type.big_endian = false;
        return true;
    case 'U':
        column->elements = bytes / 4;
        return number_type('u', 4, &column->type);
    case 'c':
        column->elements = 2;
        return number_type('f', bytes / 2, &column->type);
    case 'M':
    case 'm':
        return number_type('i', bytes, &column->type);
    default:
        return number_type(element->code, bytes, &column->type);
    }
}

/* Whether one element is an array of its own, whose length is part of the type. */
static bool is_string(const struct element *element)
{
    return strchr("SaVU", element->code) != NULL;
}

static void say(struct table_reader *reader, const struct element *element, const struct column *column)
{
    if (element->code == 'c')
        table_note(reader, column, "complex numbers are pairs: real part, imaginary part");
    else if (element->code == 'U')
        table_note(reader, column, "text is the numbers of its characters in Unicode");
    else if (element->code == 'M' || element->code == 'm')
        table_note(reader, column, "%s: the counted units, i64; the least of them is NaT", element->text);
}

/* So many elements as one field. */
static void add_one(struct npy *npy, const struct element *element, struct column *column, uint64_t count)
{
    bool fine = column_of(element, column);
    if (!mmv_product(column->elements, count, &column->elements))
        column->elements = UINT64_MAX;
    if (fine)
        table_add(npy->reader, column);
    else
        table_leave_out(npy->reader, column, "there is no such number here");
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

/* What stands in the parentheses of a field. */
struct entry {
    const char *name;
    size_t name_length;
    const char *type;
    uint64_t count; /* of elements, 1 when it is no array */
    bool is_array;
};

static void add_elements(struct npy *npy, const struct element *element, const struct entry *entry)
{
    char path[PATH], numbered[PATH + 24];
    int length = snprintf(path, sizeof path, "%s%.*s", npy->path, (int)mmv_min(entry->name_length, PATH), entry->name);
    struct column whole = {.name = path,
                           .name_length = (size_t)mmv_min((uint64_t)length, PATH - 1),
                           .is_array = entry->is_array || is_string(element) || element->code == 'c',
                           .offset = npy->offset};
    say(npy->reader, element, &whole);
    if (!is_string(element) || !entry->is_array) {
        add_one(npy, element, &whole, entry->count);
        return;
    }
    for (uint64_t i = 0; i < entry->count && i <= FIELDS_MOST; i++) {
        struct column one = whole;
        one.name_length = (size_t)snprintf(numbered, sizeof numbered, "%s_%" PRIu64, path, i);
        one.name = numbered;
        one.offset += i * element->bytes;
        add_one(npy, element, &one, 1);
    }
}

static bool move(struct npy *npy, uint64_t size, uint64_t count)
{
    return mmv_product(size, count, &size) && mmv_sum(npy->offset, size, &npy->offset) && npy->offset <= INT64_MAX;
}

static bool take_plain(struct npy *npy, const struct entry *entry)
{
    struct element element;
    if (!take_element(npy, &element))
        return false;
    bool is_padding = entry->name_length == 0 && element.code == 'V';
    if (npy->adds && !is_padding)
        add_elements(npy, &element, entry);
    return move(npy, element.bytes, entry->count);
}

static bool take_list(struct npy *npy);

/* The fields of a field, of each element of an array. */
static bool add_nested(struct npy *npy, const struct entry *entry, uint64_t size)
{
    size_t length = strlen(npy->path);
    uint64_t begin = npy->offset;
    bool fine = true;
    for (uint64_t i = 0; i < entry->count && fine; i++) {
        if (npy->reader->table->fields.count == FIELDS_MOST) {
            const struct column rest = {.name = entry->name, .name_length = entry->name_length};
            table_leave_out(npy->reader, &rest, "there are too many fields");
            break;
        }
        npy->at = entry->type;
        npy->offset = begin + i * size;
        snprintf(npy->path + length, PATH - length, entry->is_array ? "%.*s_%" PRIu64 "_" : "%.*s_",
                 (int)mmv_min(entry->name_length, PATH), entry->name, i);
        fine = take_list(npy);
    }
    npy->path[length] = '\0';
    npy->offset = begin;
    return fine;
}

/* Measured first, since where they end decides what fits. */
static bool take_nested(struct npy *npy, const struct entry *entry)
{
    const uint64_t begin = npy->offset;
    const bool adds = npy->adds;
    if (++npy->depth > DEPTH)
        npy->why = "its fields are nested too deeply";
    npy->adds = false;
    npy->offset = 0;
    bool fine = npy->depth <= DEPTH && take_list(npy);
    uint64_t size = npy->offset;
    npy->offset = begin;
    npy->adds = adds;
    fine = fine && move(npy, size, entry->count);
    npy->offset = begin;
    /* Of fields without bytes there may be any number. */
    if (fine && adds && size > 0)
        fine = add_nested(npy, entry, size);
    npy->depth--;
    return fine && move(npy, size, entry->count);
}

/* 'name', or ('title', 'name'). */
static bool take_name(struct npy *npy, struct entry *entry)
{
    if (!take(npy, '('))
        return take_string(npy, &entry->name, &entry->name_length);
    return take_string(npy, &entry->name, &entry->name_length) && take(npy, ',') &&
           take_string(npy, &entry->name, &entry->name_length) && take(npy, ')');
}

/* 1. Of a field that begins there. */
static bool count_field(struct npy *npy, const char *begin)
{
    npy->looked_at += (size_t)(npy->at - begin);
    if (++npy->steps > STEPS || npy->looked_at > TEXT_MOST)
        npy->why = "it has too many fields";
    return npy->why == NULL;
}

/* ('name', type), or with the shape of an array behind the type. */
static bool take_field(struct npy *npy)
{
    struct entry entry = {.count = 1};
    const char *begin = npy->at;
    if (!take(npy, '(') || !take_name(npy, &entry) || !take(npy, ','))
        return false;
    entry.type = npy->at;
    if (!skip_value(npy))
        return false;
    entry.is_array = take(npy, ',') && *npy->at != ')';
    if ((entry.is_array && !take_shape(npy, &entry.count)) || !take(npy, ')') || !count_field(npy, begin))
        return false;
    const char *end = npy->at;
    npy->at = entry.type;
    bool fine = *npy->at == '[' ? take_nested(npy, &entry) : take_plain(npy, &entry);
    npy->at = fine ? end : npy->at;
    return fine;
}

static bool take_list(struct npy *npy)
{
    if (!take(npy, '['))
        return false;
    while (!take(npy, ']'))
        if (!take_field(npy) || (!take(npy, ',') && *npy->at != ']'))
            return false;
    return true;
}

/* ---- the header -------------------------------------------------------------------------------------------------- */

/* Where the value of descr begins, and the product of the shape. */
static bool take_dictionary(struct npy *npy, uint64_t *records_ret)
{
    const char *key;
    size_t length;
    bool has_shape = false;
    if (!take(npy, '{'))
        return false;
    while (!take(npy, '}')) {
        if (!take_string(npy, &key, &length) || !take(npy, ':'))
            return false;
        if (length == 5 && memcmp(key, "descr", 5) == 0)
            npy->descr = npy->at;
        bool is_shape = length == 5 && memcmp(key, "shape", 5) == 0;
        has_shape = has_shape || is_shape;
        if (!(is_shape ? take_shape(npy, records_ret) : skip_value(npy)) || (!take(npy, ',') && *npy->at != '}'))
            return false;
    }
    return npy->descr && has_shape;
}

/* An array without names: how it can be worked on nevertheless. */
static bool refuse_plain(struct npy *npy, uint64_t offset)
{
    struct element element;
    struct column column = {.elements = 1};
    npy->at = npy->descr;
    if (take_element(npy, &element) && !is_string(&element) && column_of(&element, &column) && column.elements == 1)
        return table_refuse(npy->reader, "npy header: its values have no names: --record='%s x' --offset=%" PRIu64,
                            column.kind == FIELD_BOOL ? "bool" : mmi_type_name(column.type), offset);
    return table_refuse(npy->reader,
                        "npy header: its values have no names; --record=FIELDS --offset=%" PRIu64 " says what they are",
                        offset);
}

/* The array whose header is this text; *end_ret = where its bytes end. */
static bool use_text(struct npy *npy, const char *text, uint64_t offset, uint64_t *end_ret)
{
    uint64_t records = 0, length;
    npy->at = text;
    bool fine = take_dictionary(npy, &records) && *npy->at == '\0';
    bool is_plain = fine && *npy->descr != '[';
    struct element element;
    npy->at = fine ? npy->descr : npy->at;
    if (is_plain && !npy->adds)
        fine = take_element(npy, &element) && move(npy, element.bytes, 1);
    else if (is_plain)
        return refuse_plain(npy, offset);
    fine = fine && (is_plain || take_list(npy));
    if (!fine && npy->why)
        return table_refuse(npy->reader, "npy header: %s", npy->why);
    if (!fine)
        return table_refuse(npy->reader, "npy header: it goes wrong at: %.60s", npy->at);
    if (!mmv_product(records, npy->offset, &length) || !mmv_sum(offset, length, end_ret))
        return table_refuse(npy->reader, "npy header: the array fits no file");
    return !npy->adds || table_place(npy->reader, &(struct table_place){offset, records, npy->offset});
}

/* The array whose magic is at byte 'begin'. */
static bool read_array(struct table_reader *reader, uint64_t begin, bool is_wanted, uint64_t *end_ret)
{
    unsigned char start[12] = {0};
    struct npy npy = {.reader = reader, .adds = is_wanted};
    if (!table_fetch(reader, begin, start, 10))
        return false;
    size_t size = start[6] == 1 ? 2 : 4;
    if (start[6] < 1 || start[6] > 3)
        return table_refuse(reader, "npy header: version %u: only 1.0, 2.0 and 3.0 are known", start[6]);
    if (!table_fetch(reader, begin + 8, start + 8, size))
        return false;
    uint64_t length = table_bits(start + 8, size, false);
    if (length > HEADER_MOST)
        return table_refuse(reader, "npy header: %" PRIu64 " bytes are more than %d", length, HEADER_MOST);
    char *text = calloc(1, (size_t)length + 1);
    bool fine =
        text ? table_fetch(reader, begin + 8 + size, text, (size_t)length) : table_refuse(reader, "not enough memory");
    fine = fine && use_text(&npy, text, begin + 8 + size + length, end_ret);
    free(text);
    return fine;
}

/* Whether another array begins there. */
static bool is_array_at(const struct table_reader *reader, uint64_t offset)
{
    char magic[6];
    const mmi_source *source = reader->source;
    return mmv_range_fits(offset, sizeof magic, source->size) &&
           source->read(source->user, offset, magic, sizeof magic) == MMV_OK && memcmp(magic, MAGIC, sizeof magic) == 0;
}

bool table_read_npy(struct table_reader *reader)
{
    uint64_t wanted = table_wanted(reader), begin = 0, end = 0;
    if (wanted == 0)
        return table_refuse(reader, "--part=%s: arrays of a .npy file have numbers, from 1", reader->part);
    for (uint64_t number = 1; number <= wanted; number++, begin = end) {
        if (number > 1 && !is_array_at(reader, begin))
            return table_refuse(reader, "--part=%s: the file has %" PRIu64 " arrays", reader->part, number - 1);
        if (!read_array(reader, begin, number == wanted, &end))
            return false;
    }
    if (is_array_at(reader, end) && !reader->part)
        notes_add(&reader->table->notes, MMI_NOTE_PARTS, "another array follows; --part=N takes others");
    else if (end < reader->source->size && !reader->part)
        notes_add(&reader->table->notes, MMI_NOTE_BEHIND, "%" PRIu64 " bytes behind the array are left out",
                  reader->source->size - end);
    return true;
}
