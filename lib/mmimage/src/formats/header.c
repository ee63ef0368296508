/* SPDX-License-Identifier: MIT */
/* header.c - see header.h. */

#include "formats/header.h"

#include <assert.h>
#include <float.h>
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

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool mmi__is_rounded(const char *text, double value)
{
    if (!(fabs(value) >= 0x1p53))
        return false;
#if LDBL_MANT_DIG >= 64
    char *end;
    long double exact = strtold(text, &end);
    while (is_blank(*end))
        end++;
    return *end != '\0' || exact != (long double)value;
#else
    (void)text;
    return true;
#endif
}

mmv_status mmi__take_no_data(mmi_container *container, const char *field, double value, bool is_rounded)
{
    const mmi_type type = container->image.type;
    bool is_float = mmi_type_is_float(type);
    if (is_rounded && !is_float && mmi_type_size(type) == 8)
        return mmi__refuse(
            container, MMV_ENOTSUP, field,
            "the value that stands for no data is beyond 2^53 and not exact here: %.0f is the nearest. A "
            "program that knows this field can give it and its samples another value",
            value);
    if (!is_float && !(value >= mmi_type_minimum(type) && value <= mmi_type_maximum(type) && value == floor(value))) {
        mmi__note(container, MMI_NOTE_NO_DATA, "%s is %.17g, which no %s can be: all samples count", field, value,
                  mmi_type_name(type));
        return MMV_OK;
    }
    for (unsigned i = 0; i < container->no_data_count; i++)
        if (container->no_data[i] == value || (isnan(value) && isnan(container->no_data[i])))
            return MMV_OK;
    if (container->no_data_count == MMI_NO_DATA)
        return MMV_OK;
    container->no_data[container->no_data_count++] = value;
    mmi__note(container, MMI_NOTE_NO_DATA, "%s: samples of %.17g stand for no data", field, value);
    return MMV_OK;
}

mmv_status mmi__fetch(mmi__header *header, uint64_t offset, void *bytes, size_t length)
{
    const mmi_source *source = header->source;
    if (!mmv_range_fits(offset, length, source->size))
        return mmi__refuse(header->container, MMV_ETRUNC, "header", "it ends behind the file's %llu bytes",
                           (unsigned long long)source->size);
    return source->read(source->user, offset, bytes, length);
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
