/* SPDX-License-Identifier: MIT */
/* lines.c - see lines.h. */

#include "formats/lines.h"

#include <stdlib.h>
#include <string.h>

/* Most headers are shorter: few bytes of a file with samples behind its header are read in vain. */
#define FIRST_TRY 4096

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

char *mmi__take_line(mmi__text *text, mmi__line_end end, bool *has_end_ret)
{
    if (text->next >= text->length)
        return NULL;
    char *line = text->bytes + text->next;
    size_t left = text->length - text->next;
    size_t length = 0;
    while (length < left && line[length] != '\n' && !(end == MMI_LINE_ANY && line[length] == '\r'))
        length++;
    bool has_end = length < left;
    bool both = has_end && line[length] == '\r' && length + 1 < left && line[length + 1] == '\n';
    text->next += length + has_end + both;
    if (has_end)
        line[length] = '\0';
    if (has_end && end == MMI_LINE_LF && length > 0 && line[length - 1] == '\r')
        line[--length] = '\0';
    text->odd |= memchr(line, '\0', length) != NULL;
    if (has_end_ret)
        *has_end_ret = has_end;
    return line;
}

char *mmi__trim(char *text)
{
    while (is_blank(*text))
        text++;
    size_t length = strlen(text);
    while (length > 0 && is_blank(text[length - 1]))
        length--;
    text[length] = '\0';
    return text;
}

uint64_t mmi__at(const mmi__text *text, const char *character)
{
    return text->base + (uint64_t)(character - text->bytes);
}

mmi__line mmi__take_pair(const mmi__text *text, char *line, char *separator, char *value)
{
    size_t length = (size_t)(separator - line);
    while (length > 0 && is_blank(line[length - 1]))
        length--;
    value = mmi__trim(value);
    return (mmi__line){line, length, value, mmi__at(text, value)};
}

/* Whether a character may be missing, or another of its kind. */
static bool is_filling(char c)
{
    return c == ' ' || c == '\t' || c == '_' || c == '-';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

mmi__spelling mmi__spelled(const mmi__line *line, const char *name)
{
    const char *p = line->key, *end = line->key + line->key_length;
    if (strlen(name) == line->key_length && memcmp(name, line->key, line->key_length) == 0)
        return MMI_SPELLED;
    for (;; p++, name++) {
        while (p < end && is_filling(*p))
            p++;
        while (is_filling(*name))
            name++;
        if (p == end || !*name)
            return p == end && !*name ? MMI_NEARLY : MMI_OTHER;
        if (lower(*p) != lower(*name))
            return MMI_OTHER;
    }
}

mmv_status mmi__set_field(mmi__header *header, mmi__field *field, const mmi__line *line)
{
    if (field->value && strcmp(field->value, line->value) != 0)
        return mmi__refuse(header->container, MMV_EINVAL, field->name, "it is said twice: \"%.40s\" and \"%.40s\"",
                           field->value, line->value);
    field->value = line->value;
    field->line = *line;
    return MMV_OK;
}

mmv_status mmi__check_text(mmi__header *header, const mmi__text *text)
{
    return text->odd ? mmi__refuse(header->container, MMV_EINVAL, "header", "it has bytes that are no text") : MMV_OK;
}

/* Bytes of padding behind a header that fills its file. */
static void cut_padding(mmi__text *text)
{
    while (text->length > 0 && (text->bytes[text->length - 1] == '\0' || is_blank(text->bytes[text->length - 1])))
        text->length--;
    text->bytes[text->length] = '\0';
}

static mmv_status read_once(mmi__header *header, mmi__text *text, bool is_padded, mmi__read_text *read, bool *more_ret)
{
    text->bytes = malloc(text->length + 1);
    if (!text->bytes)
        return mmv_error_set(MMV_ENOMEM, 0, "read header");
    mmv_status status = mmi__fetch(header, text->base, text->bytes, text->length);
    text->bytes[text->length] = '\0';
    if (text->base == 0 && text->length >= 3 && memcmp(text->bytes, "\xef\xbb\xbf", 3) == 0)
        memset(text->bytes, ' ', 3);
    if (is_padded)
        cut_padding(text);
    *more_ret = false;
    if (!status)
        status = read(header, text, more_ret);
    free(text->bytes);
    return status;
}

mmv_status mmi__with_text(mmi__header *header, uint64_t base, mmi__read_text *read)
{
    static const size_t limits[] = {FIRST_TRY, MMI_HEADER_MAX};
    mmi_container before = *header->container;
    uint64_t left = header->source->size - base;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        mmi__text text = {.base = base, .length = (size_t)mmv_min(left, limits[i]), .whole = left <= limits[i]};
        bool more;
        *header->container = before;
        mmv_status status = read_once(header, &text, false, read, &more);
        if (status || !more)
            return status;
        if (text.whole)
            return mmi__refuse(header->container, MMV_ETRUNC, "header", "the file ends before its header does");
    }
    return mmi__refuse(header->container, MMV_ENOTSUP, "header", "longer than %d bytes", MMI_HEADER_MAX);
}

mmv_status mmi__with_all(mmi__header *header, mmi__read_text *read)
{
    uint64_t size = header->source->size;
    mmi__text text = {.length = (size_t)mmv_min(size, MMI_HEADER_MAX), .whole = true};
    bool more;
    if (size > MMI_HEADER_MAX)
        return mmi__refuse(header->container, MMV_ENOTSUP, "header", "longer than %d bytes", MMI_HEADER_MAX);
    mmv_status status = read_once(header, &text, true, read, &more);
    if (!status && more)
        return mmi__refuse(header->container, MMV_ETRUNC, "header", "the file ends before its header does");
    return status;
}
