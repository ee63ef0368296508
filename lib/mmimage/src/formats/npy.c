/* SPDX-License-Identifier: MIT */
/*
 * npy: an array of NumPy: magic, version, length of the header, then a Python dictionary as text:
 *
 *     {'descr': '<i2', 'fortran_order': False, 'shape': (8192, 16384, 4), }
 *
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * A record of fields of one type without gaps is a pixel, too: [('red', '<i2'), ('green', '<i2'), ...]. Python 2 wrote
 * long numbers as 3L. numpy.save() may have put several arrays into a file, one behind the other.
 */

#include "formats/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHAPE_MAX 32
#define MAGIC "\x93NUMPY"

struct array {
    char type[16]; /* of a field, "<i2" */
    uint32_t fields;
    bool fortran;
    uint64_t shape[SHAPE_MAX];
    size_t dimensions;
    bool has_suffixes; /* numbers like 3L */
};

/* ---- what Python writes ------------------------------------------------------------------------------------------ */

static const char *skip(const char *p)
{
    return p + strspn(p, " \n\t\r");
}

/* A character with blanks around it. */
static bool take(const char **p, char wanted)
{
    const char *q = skip(*p);
    if (*q != wanted)
        return false;
    *p = skip(q + 1);
    return true;
}

/* 'text' or "text" at *p, of at most size - 1 characters, none of which means another. */
static bool take_string(const char **p, char *text, size_t size)
{
    const char *begin = skip(*p);
    char quote = *begin++;
    if (quote != '\'' && quote != '"')
        return false;
    const char *end = strchr(begin, quote);
    if (!end || (size_t)(end - begin) >= size || memchr(begin, '\\', (size_t)(end - begin)) ||
        memchr(begin, '\n', (size_t)(end - begin)))
        return false;
    memcpy(text, begin, (size_t)(end - begin));
    text[end - begin] = '\0';
    *p = skip(end + 1);
    return true;
}

/* A whole number as Python 2 and 3 write it: without a leading 0. */
static bool take_number(const char **p, struct array *array, uint64_t *value_ret)
{
    const char *q = skip(*p);
    bool has_zero = q[0] == '0' && q[1] >= '0' && q[1] <= '9';
    if (has_zero || !mmi__take_count(&q, value_ret))
        return false;
    if (*q == 'L') {
        array->has_suffixes = true;
        q++;
    }
    *p = skip(q);
    return *q != '.' && *q != '_' && *q != 'e';
}

/* A tuple: of one number it has a comma, too. */
static bool take_shape(const char **p, struct array *array)
{
    bool has_comma = true;
    if (!take(p, '('))
        return false;
    while (!take(p, ')')) {
        if (!has_comma || array->dimensions == SHAPE_MAX || !take_number(p, array, &array->shape[array->dimensions++]))
            return false;
        has_comma = take(p, ',');
    }
    return array->dimensions != 1 || has_comma;
}

/* 'name', or ('title', 'name'). */
static bool take_name(const char **p)
{
    char name[256];
    if (*skip(*p) != '(')
        return take_string(p, name, sizeof name);
    return take(p, '(') && take_string(p, name, sizeof name) && take(p, ',') && take_string(p, name, sizeof name) &&
           take(p, ')');
}

/* ('name', '<i2'), or with the shape of an array behind the type: so many samples. */
static bool take_field(const char **p, struct array *array)
{
    char type[16];
    struct array inner = {.dimensions = 0};
    uint64_t count = 1;
    if (!take(p, '(') || !take_name(p) || !take(p, ',') || !take_string(p, type, sizeof type))
        return false;
    if (take(p, ',') && *skip(*p) == '(' && !take_shape(p, &inner))
        return false;
    for (size_t i = 0; i < inner.dimensions; i++)
        if (!mmv_product(count, inner.shape[i], &count))
            return false;
    if (!take(p, ')') || (array->fields > 0 && strcmp(type, array->type) != 0) || count == 0 ||
        count > MMI_SAMPLES_MAX - array->fields)
        return false;
    memcpy(array->type, type, sizeof type);
    array->fields += (uint32_t)count;
    array->has_suffixes |= inner.has_suffixes;
    return true;
}

/* One type, or [field, ...]: all of one type. */
static bool take_type(const char **p, struct array *array)
{
    bool has_comma = true;
    if (*skip(*p) != '[') {
        array->fields = 1;
        return take_string(p, array->type, sizeof array->type);
    }
    take(p, '[');
    array->fields = 0;
    while (!take(p, ']')) {
        if (!has_comma || !take_field(p, array))
            return false;
        has_comma = take(p, ',');
    }
    return array->fields > 0;
}

static bool take_order(const char **p, struct array *array)
{
    const char *q = skip(*p);
    array->fortran = strncmp(q, "True", 4) == 0;
    if (!array->fortran && strncmp(q, "False", 5) != 0)
        return false;
    *p = skip(q + (array->fortran ? 4 : 5));
    return true;
}

/* ---- the dictionary ---------------------------------------------------------------------------------------------- */

/* Quotes the text from where it is not understood, without the blanks that fill it up. */
static mmv_status refuse_text(mmi__header *header, mmv_status status, const char *field, const char *reason,
                              const char *at)
{
    size_t length = strlen(at);
    while (length > 0 && strchr(" \n", at[length - 1]))
        length--;
    return mmi__refuse(header->container, status, field, "%s: %.*s", reason, (int)mmv_min(length, 80), at);
}

static mmv_status take_dictionary(mmi__header *header, const char *text, struct array *array)
{
    static const struct {
        const char *key;
        bool (*take)(const char **p, struct array *array);
        mmv_status status;
        const char *reason;
    } keys[] = {{"descr", take_type, MMV_ENOTSUP, "it must be one number type, or fields of one type"},
                {"fortran_order", take_order, MMV_EINVAL, "it is neither True nor False"},
                {"shape", take_shape, MMV_EINVAL, "it must be whole numbers in parentheses"}};
    const char *p = text;
    unsigned found = 0;
    bool has_comma = true;
    if (!take(&p, '{'))
        return refuse_text(header, MMV_EINVAL, "header", "not a dictionary", p);
    while (!take(&p, '}')) {
        const char *begin = p;
        char key[32];
        size_t i = 0;
        if (!has_comma || !take_string(&p, key, sizeof key) || !take(&p, ':'))
            return refuse_text(header, MMV_EINVAL, "header", "a key is expected", begin);
        while (i < 3 && strcmp(keys[i].key, key) != 0)
            i++;
        if (i == 3 || (found & 1u << i))
            return refuse_text(header, MMV_EINVAL, "header", "a key that is not one of this format, or twice", begin);
        found |= 1u << i;
        begin = p;
        if (!keys[i].take(&p, array))
            return refuse_text(header, keys[i].status, keys[i].key, keys[i].reason, begin);
        has_comma = take(&p, ',');
    }
    if (*p)
        return refuse_text(header, MMV_EINVAL, "header", "text behind the dictionary", p);
    if (found != 7)
        return refuse_text(header, MMV_EINVAL, "header", "descr, fortran_order or shape is missing", text);
    return MMV_OK;
}

/* ---- what it means ----------------------------------------------------------------------------------------------- */

static mmv_status type_of(mmi__header *header, const struct array *array, mmi_type *type_ret)
{
    const char *text = array->type;
    bool has_order = *text && strchr("<>=|", *text);
    char order = has_order ? *text++ : '=';
    char nature = *text ? *text++ : '\0';
    mmi_type native;
    uint64_t bytes;
    mmi_type_parse("i16", &native);
    if (nature == 'c' || nature == 'F' || nature == 'D')
        return mmi__refuse(header->container, MMV_ENOTSUP, "descr",
                           "'%s': complex samples cannot be worked on; save array.view() of its parts", array->type);
    bool is_bool = nature == 'b' && strcmp(text, "1") == 0;
    if (!mmi__take_count(&text, &bytes) || *text || bytes > 8 || nature == '\0' ||
        !(is_bool || strchr("uif", nature)) ||
        !mmi__kind_of((unsigned)bytes * 8, nature == 'i' || nature == 'f', nature == 'f', &type_ret->kind))
        return mmi__refuse(header->container, MMV_ENOTSUP, "descr",
                           "'%s': samples of this type cannot be worked on; convert it with astype()", array->type);
    /* '|' says that there is no order, and NumPy then takes this machine's. */
    type_ret->big_endian = bytes > 1 && (order == '>' || (order != '<' && native.big_endian));
    return MMV_OK;
}

/*
 * The last number of a shape counts samples when it is as many as the caller expects, or small; others count images.
 */
static bool has_channels(const mmi__header *header, const struct array *array)
{
    size_t count = array->dimensions;
    uint64_t last = count ? array->shape[count - 1] : 0;
    if (array->fields > 1 || count < 2 || last == 0 || last > MMI_SAMPLES_MAX)
        return false;
    return header->samples ? last == header->samples : count >= 3 && last <= 4;
}

/* Axes of which at most one is longer than 1 lie alike in both orders. */
static bool is_one_axis(const uint64_t *shape, size_t count)
{
    size_t longer = 0;
    for (size_t i = 0; i < count; i++)
        longer += shape[i] > 1;
    return longer < 2;
}

static mmv_status refuse_fortran(mmi__header *header, const struct array *array, mmi_type type, uint64_t offset)
{
    return mmi__refuse(header->container, MMV_ENOTSUP, "fortran_order",
                       "the samples lie column by column; save numpy.ascontiguousarray(array), or take them as they "
                       "lie: --format=raw --offset=%llu --type=%s --samples=%u",
                       (unsigned long long)offset, mmi_type_name(type), (unsigned)array->fields);
}

static mmv_status shape_of(mmi__header *header, const struct array *array, uint64_t offset, mmi_image *image,
                           uint64_t *frames_ret)
{
    size_t left = array->dimensions;
    uint64_t frames = 1;
    bool channels = has_channels(header, array);
    image->samples = array->fields;
    if (channels)
        image->samples = (uint32_t)array->shape[--left];
    if (array->fortran && !is_one_axis(array->shape, array->dimensions)) {
        if (!channels || !is_one_axis(array->shape, left))
            return refuse_fortran(header, array, image->type, offset);
        image->layout = MMI_BSQ;
    }
    if (channels && !header->samples && image->samples > 1)
        mmi__note(header->container, MMI_NOTE_ASSUMED,
                  "the last axis of the shape is taken for %u samples of a pixel; --samples says otherwise",
                  (unsigned)image->samples);
    image->width = left > 0 ? array->shape[--left] : 1;
    image->height = left > 0 ? array->shape[--left] : 1;
    while (left > 0)
        if (!mmv_product(frames, array->shape[--left], &frames))
            return mmi__refuse(header->container, MMV_EINVAL, "shape", "the array does not fit any file");
    if (!mmv_product(image->height, frames, &image->height))
        return mmi__refuse(header->container, MMV_EINVAL, "shape", "the array does not fit any file");
    /* Planes of channels have all of it in each. */
    *frames_ret = image->layout == MMI_BSQ ? 1 : frames;
    return MMV_OK;
}

static mmv_status use_array(mmi__header *header, const char *text, bool is_old, uint64_t offset)
{
    struct array array = {.dimensions = 0};
    mmi_image image = {.layout = MMI_BIP};
    uint64_t frames = 1;
    mmv_status status = take_dictionary(header, text, &array);
    if (!status && array.has_suffixes && !is_old)
        status = refuse_text(header, MMV_EINVAL, "shape", "Python 2 has not written this version", text);
    if (!status)
        status = type_of(header, &array, &image.type);
    if (!status)
        status = shape_of(header, &array, offset, &image, &frames);
    if (!status)
        status = mmi__describe(header, image, frames, offset);
    /* A truth value has one bit. */
    if (!status && strchr(array.type, 'b')) {
        header->container->high = 1;
        mmi__note(header->container, MMI_NOTE_MEANING, "its samples are truth values: 0 and 1");
    }
    return status;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

/* Where another array begins behind this one; 0 when something else does, or the file ends. */
static mmv_status find_next(mmi__header *header, uint64_t *next_ret)
{
    const mmi_container *container = header->container;
    char magic[6];
    uint64_t at;
    *next_ret = 0;
    if (!mmv_sum(container->offset, container->length, &at) || !mmv_range_fits(at, sizeof magic, header->source->size))
        return MMV_OK;
    mmv_status status = mmi__fetch(header, at, magic, sizeof magic);
    if (!status && memcmp(magic, MAGIC, sizeof magic) == 0)
        *next_ret = at;
    return status;
}

static mmv_status read_text(mmi__header *header, uint64_t begin, uint64_t length, bool is_old)
{
    char *text = malloc((size_t)length + 1);
    if (!text)
        return mmv_error_set(MMV_ENOMEM, 0, "read header");
    mmv_status status = mmi__fetch(header, begin, text, (size_t)length);
    text[length] = '\0';
    if (!status && strlen(text) != length)
        status = mmi__refuse(header->container, MMV_EINVAL, "header", "it has bytes that are no text");
    if (!status)
        status = use_array(header, text, is_old, begin + length);
    free(text);
    return status;
}

static mmv_status read_array(mmi__header *header, uint64_t begin, uint64_t *next_ret)
{
    unsigned char start[12];
    mmi_container *container = header->container;
    mmv_status status = mmi__fetch(header, begin, start, 10);
    if (status)
        return status;
    if (start[6] < 1 || start[6] > 3 || start[7] != 0)
        return mmi__refuse(container, MMV_ENOTSUP, "version", "%u.%u: only 1.0, 2.0 and 3.0 are known", start[6],
                           start[7]);
    size_t size = start[6] == 1 ? 2 : 4;
    status = mmi__fetch(header, begin + 8, start + 8, size);
    if (status)
        return status;
    uint64_t length = mmi__bits(start + 8, size, false), text = begin + 8 + size;
    if (length > MMI_HEADER_MAX)
        return mmi__refuse(container, MMV_ENOTSUP, "header length", "%llu bytes are more than %d",
                           (unsigned long long)length, MMI_HEADER_MAX);
    if (!mmv_range_fits(text, length, header->source->size))
        return mmi__refuse(container, MMV_ETRUNC, "header length", "%llu bytes are more than the file has",
                           (unsigned long long)length);
    status = read_text(header, text, length, start[6] <= 2);
    if (!status)
        status = mmi_container_fit(container, header->source->size);
    return status ? status : find_next(header, next_ret);
}

mmv_status mmi__read_npy(mmi__header *header)
{
    return mmi__read_sequence(header, read_array, "array");
}
