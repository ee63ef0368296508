/* SPDX-License-Identifier: MIT */
/*
 * nrrd: "NRRD000" and a digit, lines of "field: value", key/value pairs with ":=", comments with "#"; the samples
 * follow an empty line, or lie in the "data file".
 *
 * Source: https://teem.sourceforge.net/nrrd/format.html
 *
 * The first axis counts samples of a pixel when its kind says so; without kinds when it is the first of three and at
 * most 4.
 */

#include "formats/header.h"

#include <stdlib.h>
#include <string.h>

#define AXES_MAX 16

struct nrrd {
    uint64_t dimension, sizes[AXES_MAX];
    size_t size_count;
    mmi_kind kind;
    bool has_kind, raw, has_encoding, big, has_order, from_end;
    int first_is_channel; /* -1 = not said */
    uint64_t line_skip, byte_skip;
};

static mmv_status take_type(mmi__header *header, const char *text, struct nrrd *nrrd)
{
    static const char *const names[MMI_KINDS][8] = {
        [MMI_U8] = {"uchar", "unsigned char", "uint8", "uint8_t"},
        [MMI_I8] = {"signed char", "int8", "int8_t"},
        [MMI_U16] = {"ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"},
        [MMI_I16] = {"short", "short int", "signed short", "signed short int", "int16", "int16_t"},
        [MMI_U32] = {"uint", "unsigned int", "uint32", "uint32_t"},
        [MMI_I32] = {"int", "signed int", "int32", "int32_t"},
        [MMI_U64] = {"ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"},
        [MMI_I64] = {"longlong", "long long", "long long int", "signed long long", "signed long long int", "int64",
                     "int64_t"},
        [MMI_F32] = {"float"},
        [MMI_F64] = {"double"},
    };
    for (int kind = 0; kind < MMI_KINDS; kind++)
        for (int i = 0; i < 8 && names[kind][i]; i++)
            if (mmi__same(text, names[kind][i])) {
                nrrd->kind = (mmi_kind)kind;
                nrrd->has_kind = true;
                return MMV_OK;
            }
    return mmi__refuse(header->container, MMV_ENOTSUP, "type", "\"%.40s\" cannot be worked on", text);
}

static void take_kinds(const char *text, struct nrrd *nrrd)
{
    static const char *const channels[] = {"vector",   "RGB-color", "RGBA-color", "HSV-color", "XYZ-color", "list",
                                           "2-vector", "3-vector",  "4-vector",   "3-color",   "4-color",   "complex"};
    size_t length = strcspn(text, " \t");
    nrrd->first_is_channel = 0;
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++)
        if (strlen(channels[i]) == length && strncmp(channels[i], text, length) == 0)
            nrrd->first_is_channel = 1;
}

static mmv_status take_data_file(mmi__header *header, const mmi__line *line)
{
    mmi_container *container = header->container;
    const char *text = line->value;
    if (strncmp(text, "LIST", 4) == 0 || strchr(text, '%'))
        return mmi__refuse(container, MMV_ENOTSUP, "data file",
                           "samples in several files are not supported; work on each of "
                           "them");
    if (!mmi__is_file_name(text))
        return mmi__refuse(container, MMV_EINVAL, "data file", "the name is empty, or too long");
    mmi__name_samples(container, text, line->offset);
    return MMV_OK;
}

static mmv_status take_field(mmi__header *header, const mmi__line *line, struct nrrd *nrrd)
{
    mmi_container *container = header->container;
    const char *value = line->value;
    if (mmi__is_key(line, "dimension"))
        return mmi__count(header, "dimension", value, (mmi__limits){1, AXES_MAX}, &nrrd->dimension);
    if (mmi__is_key(line, "sizes"))
        nrrd->size_count = mmi__take_counts(value, nrrd->sizes, AXES_MAX);
    if (mmi__is_key(line, "type"))
        return take_type(header, value, nrrd);
    if (mmi__is_key(line, "encoding")) {
        nrrd->raw = mmi__same(value, "raw");
        nrrd->has_encoding = true;
    }
    if (mmi__is_key(line, "endian")) {
        nrrd->big = mmi__same(value, "big");
        nrrd->has_order = nrrd->big || mmi__same(value, "little");
    }
    if (mmi__is_key(line, "kinds"))
        take_kinds(value, nrrd);
    if (mmi__is_key(line, "line skip") || mmi__is_key(line, "lineskip"))
        return mmi__count(header, "line skip", value, (mmi__limits){0, 0}, &nrrd->line_skip);
    if (mmi__is_key(line, "byte skip") || mmi__is_key(line, "byteskip")) {
        nrrd->from_end = strcmp(value, "-1") == 0;
        return nrrd->from_end ? MMV_OK
                              : mmi__count(header, "byte skip", value, (mmi__limits){0, INT64_MAX}, &nrrd->byte_skip);
    }
    if (mmi__is_key(line, "data file") || mmi__is_key(line, "datafile"))
        return take_data_file(header, line);
    if (mmi__is_key(line, "min"))
        mmi__add_stale(container, "min", mmi__stale_text(MMI_STALE_MIN, line));
    if (mmi__is_key(line, "max"))
        mmi__add_stale(container, "max", mmi__stale_text(MMI_STALE_MAX, line));
    return MMV_OK;
}

static mmv_status check_fields(mmi__header *header, const struct nrrd *nrrd)
{
    mmi_container *container = header->container;
    if (!nrrd->has_kind || !nrrd->has_encoding || nrrd->dimension == 0)
        return mmi__refuse(container, MMV_EINVAL, "header", "dimension, type or encoding is missing");
    if (nrrd->size_count != nrrd->dimension)
        return mmi__refuse(container, MMV_EINVAL, "sizes", "it must have %u numbers", (unsigned)nrrd->dimension);
    if (!nrrd->raw)
        return mmi__refuse(container, MMV_ENOTSUP, "encoding",
                           "its samples are compressed or text; write it raw with unu save "
                           "-f nrrd -e raw");
    if (!nrrd->has_order && nrrd->kind > MMI_I8)
        return mmi__refuse(container, MMV_EINVAL, "endian", "is missing");
    return MMV_OK;
}

static mmv_status use_fields(mmi__header *header, const struct nrrd *nrrd, uint64_t offset)
{
    mmi_container *container = header->container;
    mmi_image image = {.type = {nrrd->kind, nrrd->big && nrrd->kind > MMI_I8}, .samples = 1};
    uint64_t frames = 1;
    size_t next = 0;
    mmv_status status = check_fields(header, nrrd);
    if (status)
        return status;
    bool channels =
        nrrd->first_is_channel == 1 || (nrrd->first_is_channel < 0 && nrrd->dimension == 3 && nrrd->sizes[0] <= 4);
    if (channels && nrrd->dimension > 1)
        image.samples = (uint32_t)mmv_min(nrrd->sizes[next++], UINT32_MAX);
    image.width = nrrd->sizes[next++];
    image.height = next < nrrd->size_count ? nrrd->sizes[next++] : 1;
    while (next < nrrd->size_count)
        if (!mmv_product(frames, nrrd->sizes[next++], &frames))
            return mmi__refuse(container, MMV_EINVAL, "sizes", "the image fits no file");
    if (frames == 0 || !mmv_product(image.height, frames, &image.height))
        return mmi__refuse(container, MMV_EINVAL, "sizes", "the image is empty, or fits no file");
    bool apart = container->place != MMI_SAMPLES_HERE;
    if (!mmv_sum(apart ? 0 : offset, nrrd->byte_skip, &offset))
        return mmi__refuse(container, MMV_EINVAL, "byte skip", "it leads behind any file");
    status = mmi__describe(header, image, frames, offset);
    container->from_end = status == MMV_OK && nrrd->from_end;
    return status;
}

/* The empty line that ends the header; NULL when there is none. */
static char *end_of_header(char *text, size_t *skip_ret)
{
    char *unix_end = strstr(text, "\n\n");
    char *dos_end = strstr(text, "\r\n\r\n");
    bool dos = dos_end && (!unix_end || dos_end < unix_end);
    *skip_ret = dos ? 4 : 2;
    return dos ? dos_end : unix_end;
}

mmv_status mmi__read_nrrd(mmi__header *header)
{
    struct nrrd nrrd = {.first_is_channel = -1};
    mmi__line line;
    char *text;
    size_t length, skip;
    mmv_status status = mmi__fetch_text(header, MMI_HEADER_MAX, &text, &length);
    if (status)
        return status;
    char *end = end_of_header(text, &skip);
    uint64_t offset = end ? (uint64_t)(end - text) + skip : length;
    if (end)
        end[1] = '\0';
    char *rest = text + strcspn(text, "\n");
    while (status == MMV_OK && mmi__next_line(text, &rest, ":", &line))
        if (line.key[0] != '#' && line.key[line.key_length + 1] != '=')
            status = take_field(header, &line, &nrrd);
    /* A header alone may end with its last field. */
    if (status == MMV_OK && !end && header->source->size > MMI_HEADER_MAX)
        status = mmi__refuse(header->container, MMV_ENOTSUP, "header", "longer than %d bytes", MMI_HEADER_MAX);
    if (status == MMV_OK && !end && header->container->place == MMI_SAMPLES_HERE)
        status = mmi__refuse(header->container, MMV_ETRUNC, "header", "the empty line behind it is missing");
    free(text);
    return status ? status : use_fields(header, &nrrd, offset);
}
