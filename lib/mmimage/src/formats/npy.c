/* SPDX-License-Identifier: MIT */
/*
 * npy: an array of NumPy: magic, version, length of the header, then a Python dictionary as text:
 *
 *     {'descr': '<i2', 'fortran_order': False, 'shape': (8192, 16384, 4), }
 *
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * A record of fields of one type without gaps is a pixel, too: [('red', '<i2'), ('green', '<i2'), ...].
 */

#include "formats/header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHAPE_MAX 32

struct array {
    char type[16]; /* of a field, "<i2" */
    uint32_t fields;
    bool fortran;
    uint64_t shape[SHAPE_MAX];
    size_t dimensions;
};

static const char *skip(const char *p)
{
    while (*p == ' ' || *p == '\n' || *p == '\t' || *p == ',')
        p++;
    return p;
}

/* 'text' or "text" at *p, of at most size - 1 characters. */
static bool take_string(const char **p, char *text, size_t size)
{
    char quote = **p;
    if (quote != '\'' && quote != '"')
        return false;
    const char *begin = *p + 1;
    const char *end = strchr(begin, quote);
    if (!end || (size_t)(end - begin) >= size)
        return false;
    memcpy(text, begin, (size_t)(end - begin));
    text[end - begin] = '\0';
    *p = end + 1;
    return true;
}

/* [('name', '<i2'), ...]: all of one type. */
static bool take_fields(const char **p, struct array *array)
{
    char name[64], type[16];
    const char *q = *p + 1;
    array->fields = 0;
    for (q = skip(q); *q == '('; q = skip(q)) {
        q = skip(q + 1);
        if (!take_string(&q, name, sizeof name))
            return false;
        q = skip(q);
        if (!take_string(&q, type, sizeof type))
            return false;
        q = skip(q);
        if (*q++ != ')' || (array->fields > 0 && strcmp(type, array->type) != 0) || array->fields == MMI_SAMPLES_MAX)
            return false;
        memcpy(array->type, type, sizeof type);
        array->fields++;
    }
    *p = q + 1;
    return *q == ']' && array->fields > 0;
}

static bool take_type(const char **p, struct array *array)
{
    array->fields = 1;
    return **p == '[' ? take_fields(p, array) : take_string(p, array->type, sizeof array->type);
}

static bool take_shape(const char **p, struct array *array)
{
    const char *q = *p;
    if (*q++ != '(')
        return false;
    for (q = skip(q); *q != ')'; q = skip(q)) {
        if (array->dimensions == SHAPE_MAX || !mmi__take_count(&q, &array->shape[array->dimensions++]))
            return false;
    }
    *p = q + 1;
    return true;
}

static bool take_order(const char **p, struct array *array)
{
    array->fortran = strncmp(*p, "True", 4) == 0;
    if (!array->fortran && strncmp(*p, "False", 5) != 0)
        return false;
    *p += array->fortran ? 4 : 5;
    return true;
}

static mmv_status take_dictionary(mmi__header *header, const char *p, struct array *array)
{
    static const struct {
        const char *key;
        bool (*take)(const char **p, struct array *array);
    } keys[] = {{"descr", take_type}, {"fortran_order", take_order}, {"shape", take_shape}};
    unsigned found = 0;
    char key[32];
    p = skip(p);
    if (*p++ != '{')
        return mmi__refuse(header->container, MMV_EINVAL, "header", "not a dictionary");
    for (p = skip(p); *p != '}'; p = skip(p)) {
        size_t i = 0;
        if (!take_string(&p, key, sizeof key))
            return mmi__refuse(header->container, MMV_EINVAL, "header", "a key is not a string");
        while (i < 3 && strcmp(keys[i].key, key) != 0)
            i++;
        p = skip(p);
        if (i == 3 || (found & 1u << i) || *p != ':')
            return mmi__refuse(header->container, MMV_EINVAL, key, "not a key of this format, or twice");
        found |= 1u << i;
        p = skip(p + 1);
        if (!keys[i].take(&p, array))
            return mmi__refuse(header->container, i == 0 ? MMV_ENOTSUP : MMV_EINVAL, keys[i].key,
                               i == 0 ? "must be one number type, or fields of one type" : "cannot be read");
    }
    return found == 7
               ? MMV_OK
               : mmi__refuse(header->container, MMV_EINVAL, "header", "descr, fortran_order or shape is missing");
}

static mmv_status type_of(mmi__header *header, const struct array *array, mmi_type *type_ret)
{
    char order = array->type[0];
    char nature = array->type[1];
    const char *size = &array->type[2];
    mmi_type native;
    uint64_t bytes;
    mmi_type_parse("i16", &native);
    bool is_fine = strchr("<>=|", order) && order != '\0' && mmi__take_count(&size, &bytes) && !*size && bytes <= 16;
    if (is_fine && nature == 'c')
        return mmi__refuse(header->container, MMV_ENOTSUP, "descr",
                           "'%s': complex samples; view('f%d') takes them as pairs of floats", array->type,
                           (int)bytes / 2);
    /* NumPy's bool is a byte, 0 or 1. */
    if (is_fine && nature == 'b' && bytes == 1)
        nature = 'u';
    if (!is_fine || !strchr("uif", nature) || nature == '\0' ||
        !mmi__kind_of((unsigned)bytes * 8, nature == 'i', nature == 'f', &type_ret->kind))
        return mmi__refuse(header->container, MMV_ENOTSUP, "descr",
                           "'%s': only bool, integers of 1 to 8 bytes and floats of 2, 4 and 8; convert it with "
                           "astype()",
                           array->type);
    type_ret->big_endian = bytes > 1 && (order == '>' || (order == '=' && native.big_endian));
    return MMV_OK;
}

/* The last number of a shape counts samples when it is small, or as many as the caller expects; others count images. */
static mmv_status shape_of(mmi__header *header, const struct array *array, mmi_image *image, uint64_t *frames_ret)
{
    size_t left = array->dimensions;
    uint64_t last = left ? array->shape[left - 1] : 0;
    uint64_t frames = 1;
    image->samples = array->fields;
    if (array->fields == 1 && left >= 2 && last > 0 && last <= MMI_SAMPLES_MAX &&
        (header->samples ? last == header->samples : left >= 3 && last <= 4)) {
        image->samples = (uint32_t)last;
        left--;
    }
    image->width = left > 0 ? array->shape[--left] : 1;
    image->height = left > 0 ? array->shape[--left] : 1;
    while (left > 0)
        if (!mmv_product(frames, array->shape[--left], &frames))
            return mmi__refuse(header->container, MMV_EINVAL, "shape", "the array does not fit any file");
    if (!mmv_product(image->height, frames, &image->height))
        return mmi__refuse(header->container, MMV_EINVAL, "shape", "the array does not fit any file");
    *frames_ret = frames;
    return MMV_OK;
}

static mmv_status use_array(mmi__header *header, const char *text, uint64_t offset)
{
    struct array array = {0};
    mmi_image image = {.layout = MMI_BIP};
    uint64_t frames = 1;
    mmv_status status = take_dictionary(header, text, &array);
    if (!status)
        status = type_of(header, &array, &image.type);
    if (!status && array.fortran && array.dimensions > 1)
        return mmi__refuse(
            header->container, MMV_ENOTSUP, "fortran_order",
            "the samples lie column by column; save numpy.ascontiguousarray(array), or use --format=raw");
    if (!status)
        status = shape_of(header, &array, &image, &frames);
    return status ? status : mmi__describe(header, image, frames, offset);
}

mmv_status mmi__read_npy(mmi__header *header)
{
    unsigned char start[12];
    mmv_status status = mmi__fetch(header, 0, start, 10);
    if (status)
        return status;
    if (start[6] < 1 || start[6] > 3)
        return mmi__refuse(header->container, MMV_ENOTSUP, "version", "%u.%u: only 1 to 3 are known", start[6],
                           start[7]);
    size_t size = start[6] == 1 ? 2 : 4;
    status = mmi__fetch(header, 8, start + 8, size);
    if (status)
        return status;
    uint64_t length = mmi__bits(start + 8, size, false);
    if (length > MMI_HEADER_MAX)
        return mmi__refuse(header->container, MMV_ENOTSUP, "header length", "%llu bytes are more than %d",
                           (unsigned long long)length, MMI_HEADER_MAX);
    if (!mmv_range_fits(8 + size, length, header->source->size))
        return mmi__refuse(header->container, MMV_ETRUNC, "header length", "%llu bytes are more than the file has",
                           (unsigned long long)length);
    char *text = malloc((size_t)length + 1);
    if (!text)
        return mmv_error_set(MMV_ENOMEM, 0, "read header");
    status = mmi__fetch(header, 8 + size, text, (size_t)length);
    text[length] = '\0';
    if (!status)
        status = use_array(header, text, 8 + size + length);
    free(text);
    return status;
}
