/* SPDX-License-Identifier: MIT */
/* header.c - see header.h. */

#include "formats/header.h"

#include <assert.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPERATION "read header"

/* Bytes of the file are quoted: nothing that a terminal would obey. */
static void keep_printable(char *text)
{
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
            *p = '?';
}

mmv_status mmi__refuse(mmi_container *container, mmv_status status, const char *field, const char *reason, ...)
{
    va_list arguments;
    int length = snprintf(container->problem, sizeof container->problem, "%s: ", field);
    if (length < 0 || (size_t)length >= sizeof container->problem)
        length = 0;
    va_start(arguments, reason);
    vsnprintf(container->problem + length, sizeof container->problem - (size_t)length, reason, arguments);
    va_end(arguments);
    keep_printable(container->problem);
    return mmv_error_set(status, 0, OPERATION);
}

void mmi__note(mmi_container *container, mmi_note_kind kind, const char *text, ...)
{
    va_list arguments;
    if (container->note_count == MMI_NOTES)
        return;
    mmi_note *note = &container->notes[container->note_count++];
    note->kind = kind;
    va_start(arguments, text);
    vsnprintf(note->text, sizeof note->text, text, arguments);
    va_end(arguments);
    keep_printable(note->text);
}

mmv_status mmi__fetch(mmi__header *header, uint64_t offset, void *bytes, size_t length)
{
    const mmi_source *source = header->source;
    if (!mmv_range_fits(offset, length, source->size))
        return mmi__refuse(header->container, MMV_ETRUNC, "header", "it ends behind the file's %llu bytes",
                           (unsigned long long)source->size);
    return source->read(source->user, offset, bytes, length);
}

mmv_status mmi__fetch_text(mmi__header *header, size_t limit, char **text_ret, size_t *length_ret)
{
    size_t length = (size_t)mmv_min(header->source->size, limit);
    char *text = malloc(length + 1);
    if (!text)
        return mmv_error_set(MMV_ENOMEM, 0, OPERATION);
    mmv_status status = mmi__fetch(header, 0, text, length);
    text[length] = '\0';
    *text_ret = text;
    *length_ret = length;
    if (status) {
        free(text);
        *text_ret = NULL;
    }
    return status;
}

mmv_status mmi__fetch_all(mmi__header *header, char **text_ret)
{
    size_t length;
    if (header->source->size > MMI_HEADER_MAX)
        return mmi__refuse(header->container, MMV_ENOTSUP, "header", "longer than %d bytes", MMI_HEADER_MAX);
    return mmi__fetch_text(header, MMI_HEADER_MAX, text_ret, &length);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool mmi__take_count(const char **text, uint64_t *value_ret)
{
    const char *p = *text;
    uint64_t value = 0;
    if (*p < '0' || *p > '9')
        return false;
    for (; *p >= '0' && *p <= '9'; p++)
        if (!mmv_product(value, 10, &value) || !mmv_sum(value, (uint64_t)(*p - '0'), &value))
            return false;
    *text = p;
    *value_ret = value;
    return true;
}

size_t mmi__take_counts(const char *text, uint64_t *values, size_t most)
{
    size_t count = 0;
    while (is_blank(*text))
        text++;
    while (*text) {
        uint64_t value;
        if (!mmi__take_count(&text, &value) || (*text && !is_blank(*text)))
            return 0;
        if (count < most)
            values[count] = value;
        count++;
        while (is_blank(*text))
            text++;
    }
    return count;
}

mmv_status mmi__count(mmi__header *header, const char *field, const char *text, mmi__limits limits, uint64_t *value_ret)
{
    uint64_t value;
    if (mmi__take_counts(text, &value, 1) != 1)
        return mmi__refuse(header->container, MMV_EINVAL, field, "\"%.40s\" is not a whole number", text);
    if (value < limits.least || value > limits.most)
        return mmi__refuse(header->container, MMV_EINVAL, field, "%llu is not within %llu and %llu",
                           (unsigned long long)value, (unsigned long long)limits.least,
                           (unsigned long long)limits.most);
    *value_ret = value;
    return MMV_OK;
}

/* Numbers in headers have a point, whatever the program's locale says. FORTRAN wrote D for the exponent. */
mmv_status mmi__real(mmi__header *header, const char *field, const char *text, double *value_ret)
{
    char copy[64];
    size_t length = 0;
    const char *point = localeconv()->decimal_point;
    for (const char *p = text; *p && length + 2 < sizeof copy; p++)
        copy[length++] = *p == 'D' || *p == 'd' ? 'e' : *p == '.' && point[0] && !point[1] ? point[0] : *p;
    copy[length] = '\0';
    char *end;
    *value_ret = strtod(copy, &end);
    while (is_blank(*end))
        end++;
    if (end == copy || *end || !isfinite(*value_ret))
        return mmi__refuse(header->container, MMV_EINVAL, field, "\"%.40s\" is not a number", text);
    return MMV_OK;
}

uint64_t mmi__bits(const unsigned char *bytes, size_t size, bool big_endian)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++)
        bits = bits << 8 | bytes[big_endian ? i : size - 1 - i];
    return bits;
}

int64_t mmi__signed(const unsigned char *bytes, size_t size, bool big_endian)
{
    uint64_t bits = mmi__bits(bytes, size, big_endian);
    return size == 2 ? (int16_t)bits : size == 4 ? (int32_t)bits : (int64_t)bits;
}

double mmi__f32(const unsigned char *bytes, bool big_endian)
{
    return mmi_sample_get((mmi_type){MMI_F32, big_endian}, bytes);
}

mmv_status mmi__describe(mmi__header *header, mmi_image image, uint64_t frames, uint64_t offset)
{
    mmi_container *container = header->container;
    uint64_t end;
    if (image.samples < 1 || image.samples > MMI_SAMPLES_MAX)
        return mmi__refuse(container, MMV_ENOTSUP, "samples", "%u per pixel; 1 to %d can be worked on", image.samples,
                           MMI_SAMPLES_MAX);
    if (image.width == 0 || image.height == 0)
        return mmi__refuse(container, MMV_EINVAL, "size", "the image has no pixels");
    if (mmi_image_check(&image, NULL) != MMV_OK || !mmi_image_bytes(&image, &container->length) ||
        !mmv_sum(offset, container->length, &end) || end > INT64_MAX)
        return mmi__refuse(container, MMV_EINVAL, "size", "%llu x %llu pixels do not fit any file",
                           (unsigned long long)image.width, (unsigned long long)image.height);
    container->image = image;
    container->frames = frames ? frames : 1;
    container->offset = offset;
    container->low = mmi_type_minimum(image.type);
    container->high = mmi_type_maximum(image.type);
    return MMV_OK;
}

void mmi__add_stale(mmi_container *container, const char *name, mmi_stale stale)
{
    if (container->stale_count == MMI_STALE_FIELDS)
        return;
    if (stale.form == MMI_STALE_NUMBER)
        stale.length = (uint32_t)(mmi_type_size(stale.type) * stale.count);
    assert(strlen(name) < sizeof stale.name);
    snprintf(stale.name, sizeof stale.name, "%s", name);
    container->stale[container->stale_count++] = stale;
}

mmi_stale mmi__stale_number(mmi_stale_kind kind, mmi_type type, uint64_t offset)
{
    return (mmi_stale){.kind = kind, .form = MMI_STALE_NUMBER, .offset = offset, .type = type, .count = 1};
}

mmi_stale mmi__stale_text(mmi_stale_kind kind, const mmi__line *line)
{
    return (mmi_stale){
        .kind = kind, .form = MMI_STALE_TEXT, .offset = line->offset, .length = (uint32_t)strlen(line->value)};
}

bool mmi__kind_of(unsigned bits, bool is_signed, bool is_float, mmi_kind *kind_ret)
{
    static const struct {
        unsigned bits;
        bool is_signed, is_float;
        mmi_kind kind;
    } kinds[] = {
        {8, false, false, MMI_U8},   {8, true, false, MMI_I8},    {16, false, false, MMI_U16},
        {16, true, false, MMI_I16},  {32, false, false, MMI_U32}, {32, true, false, MMI_I32},
        {64, false, false, MMI_U64}, {64, true, false, MMI_I64},  {16, true, true, MMI_F16},
        {32, true, true, MMI_F32},   {64, true, true, MMI_F64},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].bits != bits || kinds[i].is_float != is_float || (!is_float && kinds[i].is_signed != is_signed))
            continue;
        *kind_ret = kinds[i].kind;
        return true;
    }
    return false;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool mmi__same(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

bool mmi__is_key(const mmi__line *line, const char *name)
{
    for (size_t i = 0; i < line->key_length; i++)
        if (!name[i] || lower(name[i]) != lower(line->key[i]))
            return false;
    return name[line->key_length] == '\0';
}

bool mmi__is_file_name(const char *text)
{
    return text[0] != '\0' && strlen(text) < sizeof((mmi_container *)NULL)->name;
}

void mmi__name_samples(mmi_container *container, const char *name, uint64_t at)
{
    assert(mmi__is_file_name(name));
    container->place = MMI_SAMPLES_NAMED;
    container->name_at = at;
    strcpy(container->name, name);
}

static bool next_line(char *begin, char **text, const char *separators, bool braces, mmi__line *line_ret)
{
    for (char *p = *text; *p;) {
        while (is_blank(*p))
            p++;
        char *key = p;
        p += strcspn(p, "\r\n");
        size_t line = (size_t)(p - key);
        size_t length = 0;
        while (length < line && !strchr(separators, key[length]) && !(separators[0] == ' ' && key[length] == '\t'))
            length++;
        if (line == 0 || length == line)
            continue;
        char *value = key + length;
        while (*value && strchr(" \t:=", *value))
            value++;
        char *end = value;
        if (braces && *value == '{')
            end += strcspn(value, "}");
        end += strcspn(end, "\r\n");
        /* The end of a line may be two characters. */
        *text = end + (end[0] == '\r' && end[1] == '\n' ? 2 : end[0] != '\0');
        while (end > value && is_blank(end[-1]))
            end--;
        *end = '\0';
        while (length > 0 && is_blank(key[length - 1]))
            length--;
        *line_ret = (mmi__line){key, length, value, (uint64_t)(value - begin)};
        return true;
    }
    return false;
}

bool mmi__next_line(char *begin, char **text, const char *separators, mmi__line *line_ret)
{
    return next_line(begin, text, separators, false, line_ret);
}

bool mmi__next_braced_line(char *begin, char **text, const char *separators, mmi__line *line_ret)
{
    return next_line(begin, text, separators, true, line_ret);
}
