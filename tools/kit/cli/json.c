/* SPDX-License-Identifier: MIT */
/* json: a writer for objects that are flat, but for lists of such objects. */
#include "kit/cli/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "kit/cli/text.h"

void json_begin(struct json *json, FILE *file)
{
    *json = (struct json){.file = file};
    fputc('{', file);
}

/* A character, or a byte that is none, as numbers: RFC 8259, section 7. */
static void write_code(FILE *file, uint32_t character)
{
    if (character > 0xffff) {
        fprintf(file, "\\u%04x", 0xd800 + ((character - 0x10000) >> 10));
        character = 0xdc00 + ((character - 0x10000) & 0x3ff);
    }
    fprintf(file, "\\u%04x", character);
}

/* value[length] is a zero; there may be others before. */
static void write_bytes(FILE *file, const char *value, size_t length)
{
    const char *end = value + length;
    fputc('"', file);
    while (value < end) {
        struct text_piece piece = *value ? text_piece_at(value) : (struct text_piece){1, 0, false};
        if (*value == '"' || *value == '\\')
            fprintf(file, "\\%c", *value);
        else if (!piece.shows)
            write_code(file, piece.character);
        else
            fwrite(value, 1, piece.length, file);
        value += piece.length;
    }
    fputc('"', file);
}

static void write_string(FILE *file, const char *value)
{
    write_bytes(file, value, strlen(value));
}

static void write_key(struct json *json, const char *key)
{
    if (json->filled)
        fputs(", ", json->file);
    json->filled = true;
    write_string(json->file, key);
    fputs(": ", json->file);
}

void json_text(struct json *json, const char *key, const char *value)
{
    write_key(json, key);
    write_string(json->file, value);
}

void json_bytes(struct json *json, const char *key, const char *value, size_t length)
{
    write_key(json, key);
    write_bytes(json->file, value, length);
}

void json_texts(struct json *json, const char *key, const char *const *values, size_t count)
{
    write_key(json, key);
    fputc('[', json->file);
    for (size_t i = 0; i < count; i++) {
        fputs(i ? ", " : "", json->file);
        write_string(json->file, values[i]);
    }
    fputc(']', json->file);
}

void json_count(struct json *json, const char *key, uint64_t value)
{
    write_key(json, key);
    fprintf(json->file, "%" PRIu64, value);
}

void json_real(struct json *json, const char *key, double value)
{
    write_key(json, key);
    fprintf(json->file, "%.9g", value);
}

void json_number(struct json *json, const char *key, const char *text)
{
    write_key(json, key);
    fputs(text, json->file);
}

void json_bool(struct json *json, const char *key, bool value)
{
    write_key(json, key);
    fputs(value ? "true" : "false", json->file);
}

void json_null(struct json *json, const char *key)
{
    write_key(json, key);
    fputs("null", json->file);
}

void json_counts(struct json *json, const char *key, const uint64_t *values, size_t count)
{
    write_key(json, key);
    fputc('[', json->file);
    for (size_t i = 0; i < count; i++)
        fprintf(json->file, "%s%" PRIu64, i ? ", " : "", values[i]);
    fputc(']', json->file);
}

void json_integers(struct json *json, const char *key, const uint64_t *values, size_t count)
{
    write_key(json, key);
    fputc('[', json->file);
    for (size_t i = 0; i < count; i++)
        fprintf(json->file, "%s%" PRId64, i ? ", " : "", (int64_t)values[i]);
    fputc(']', json->file);
}

void json_reals(struct json *json, const char *key, const double *values, size_t count)
{
    write_key(json, key);
    for (size_t i = 0; i < count; i++) {
        fputs(i ? "," : "[", json->file);
        if (isfinite(values[i]))
            fprintf(json->file, "%.17g", values[i]);
        else
            fputs("null", json->file);
    }
    fputs(count ? "]" : "[]", json->file);
}

void json_list(struct json *json, const char *key)
{
    write_key(json, key);
    fputc('[', json->file);
    json->filled = false;
}

void json_item(struct json *json)
{
    fputs(json->filled ? ", {" : "{", json->file);
    json->filled = false;
}

void json_item_end(struct json *json)
{
    fputc('}', json->file);
    json->filled = true;
}

void json_list_end(struct json *json)
{
    fputc(']', json->file);
    json->filled = true;
}

bool json_end(struct json *json)
{
    fputs("}\n", json->file);
    return fflush(json->file) == 0 && !ferror(json->file);
}
