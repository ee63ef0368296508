/* SPDX-License-Identifier: MIT */
/* json: a writer for flat objects. */
#include "kit/cli/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

void json_begin(struct json *json, FILE *file)
{
    *json = (struct json){.file = file};
    fputc('{', file);
}

/* Length of the UTF-8 sequence at p; 0 when there is none. RFC 3629, section 4. */
static size_t sequence_length(const unsigned char *p)
{
    static const struct {
        unsigned char first, last, low, high;
        size_t length;
    } rows[] = {
        {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (p[0] < rows[i].first || p[0] > rows[i].last)
            continue;
        if (rows[i].length > 1 && (p[1] < rows[i].low || p[1] > rows[i].high))
            return 0;
        for (size_t k = 2; k < rows[i].length; k++) {
            if (p[k] < 0x80 || p[k] > 0xbf)
                return 0;
        }
        return rows[i].length;
    }
    return 0;
}

static void write_string(FILE *file, const char *value)
{
    fputc('"', file);
    for (const unsigned char *p = (const unsigned char *)value; *p;) {
        size_t length = sequence_length(p);
        if (length == 0)
            fputs("\\ufffd", file);
        else if (*p == '"' || *p == '\\')
            fprintf(file, "\\%c", *p);
        else if (*p < 0x20 || *p == 0x7f)
            fprintf(file, "\\u%04x", *p);
        else
            fwrite(p, 1, length, file);
        p += length ? length : 1;
    }
    fputc('"', file);
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

bool json_end(struct json *json)
{
    fputs("}\n", json->file);
    return fflush(json->file) == 0 && !ferror(json->file);
}
