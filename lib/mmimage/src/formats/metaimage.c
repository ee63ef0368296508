/* SPDX-License-Identifier: MIT */
/*
 * metaimage: ITK's MetaImage: lines of "Key = Value", of which ElementDataFile is the last: LOCAL, and the samples
 * follow at once (.mha), or the name of the file that has them (.mhd).
 *
 * Source: https://itk.org/Wiki/ITK/MetaIO/Documentation
 */

#include "formats/header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 65536
#define DIMENSIONS_MAX 10

struct meta {
    uint64_t dimensions, sizes[DIMENSIONS_MAX];
    size_t size_count;
    uint64_t channels;
    mmi_kind kind;
    bool has_kind, big, skip_from_end, ended;
    uint64_t skip;
    uint64_t local; /* where samples in the same file would begin */
};

static mmv_status take_type(mmi__header *header, const char *text, struct meta *meta)
{
    static const struct {
        const char *name;
        mmi_kind kind;
    } types[] = {{"MET_UCHAR", MMI_U8},  {"MET_CHAR", MMI_I8},        {"MET_USHORT", MMI_U16},
                 {"MET_SHORT", MMI_I16}, {"MET_UINT", MMI_U32},       {"MET_INT", MMI_I32},
                 {"MET_FLOAT", MMI_F32}, {"MET_DOUBLE", MMI_F64},     {"MET_ULONG", MMI_U32},
                 {"MET_LONG", MMI_I32},  {"MET_ULONG_LONG", MMI_U64}, {"MET_LONG_LONG", MMI_I64}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!mmi__same(text, types[i].name))
            continue;
        meta->kind = types[i].kind;
        meta->has_kind = true;
        return MMV_OK;
    }
    return mmi__refuse(header->container, MMV_ENOTSUP, "ElementType", "\"%.40s\" cannot be worked on", text);
}

/* MetaIO looks at the first letter. */
static mmv_status take_truth(mmi__header *header, const char *field, const char *text, bool *truth_ret)
{
    *truth_ret = *text == 'T' || *text == 't' || *text == '1';
    if (*truth_ret || *text == 'F' || *text == 'f' || *text == '0')
        return MMV_OK;
    return mmi__refuse(header->container, MMV_EINVAL, field, "\"%.40s\" is neither True nor False", text);
}

static mmv_status take_data_file(mmi__header *header, const mmi__line *line, struct meta *meta)
{
    mmi_container *container = header->container;
    meta->ended = true;
    meta->local = line->offset + strlen(line->value) + 1;
    if (mmi__same(line->value, "LOCAL"))
        return MMV_OK;
    if (mmi__same(line->value, "LIST") || strchr(line->value, '%') || strchr(line->value, ' '))
        return mmi__refuse(container, MMV_ENOTSUP, "ElementDataFile",
                           "samples in several files are not supported; work on "
                           "each of them");
    if (!mmi__is_file_name(line->value))
        return mmi__refuse(container, MMV_EINVAL, "ElementDataFile", "the name is empty, or too long");
    mmi__name_samples(container, line->value, line->offset);
    return MMV_OK;
}

static mmv_status take_line(mmi__header *header, const mmi__line *line, struct meta *meta)
{
    mmi_container *container = header->container;
    const char *value = line->value;
    if (mmi__is_key(line, "NDims"))
        return mmi__count(header, "NDims", value, (mmi__limits){1, DIMENSIONS_MAX}, &meta->dimensions);
    if (mmi__is_key(line, "DimSize")) {
        meta->size_count = mmi__take_counts(value, meta->sizes, DIMENSIONS_MAX);
        return MMV_OK;
    }
    if (mmi__is_key(line, "ElementType"))
        return take_type(header, value, meta);
    if (mmi__is_key(line, "ElementNumberOfChannels"))
        return mmi__count(header, "ElementNumberOfChannels", value, (mmi__limits){1, MMI_SAMPLES_MAX}, &meta->channels);
    bool truth;
    if (mmi__is_key(line, "BinaryDataByteOrderMSB") || mmi__is_key(line, "ElementByteOrderMSB"))
        return take_truth(header, "BinaryDataByteOrderMSB", value, &meta->big);
    if (mmi__is_key(line, "CompressedData")) {
        mmv_status status = take_truth(header, "CompressedData", value, &truth);
        if (status || !truth)
            return status;
        return mmi__refuse(container, MMV_ENOTSUP, "CompressedData",
                           "its samples are compressed; write it without compression");
    }
    if (mmi__is_key(line, "BinaryData")) {
        mmv_status status = take_truth(header, "BinaryData", value, &truth);
        if (status || truth)
            return status;
        return mmi__refuse(container, MMV_ENOTSUP, "BinaryData", "its samples are text");
    }
    if (mmi__is_key(line, "HeaderSize") && strcmp(value, "-1") != 0)
        return mmi__count(header, "HeaderSize", value, (mmi__limits){0, INT64_MAX}, &meta->skip);
    if (mmi__is_key(line, "HeaderSize"))
        meta->skip_from_end = true;
    if (mmi__is_key(line, "ElementMin"))
        mmi__add_stale(container, "ElementMin", mmi__stale_text(MMI_STALE_MIN, line));
    if (mmi__is_key(line, "ElementMax"))
        mmi__add_stale(container, "ElementMax", mmi__stale_text(MMI_STALE_MAX, line));
    if (mmi__is_key(line, "ElementDataFile"))
        return take_data_file(header, line, meta);
    return MMV_OK;
}

static mmv_status use_meta(mmi__header *header, const struct meta *meta)
{
    mmi_container *container = header->container;
    bool apart = container->place != MMI_SAMPLES_HERE;
    uint64_t frames = 1;
    if (!apart && (meta->skip || meta->skip_from_end))
        return mmi__refuse(container, MMV_ENOTSUP, "HeaderSize", "it does not go with samples behind the header");
    if (!meta->ended || !meta->has_kind || meta->dimensions == 0)
        return mmi__refuse(container, meta->ended ? MMV_EINVAL : MMV_ETRUNC, "header",
                           "NDims, ElementType or ElementDataFile is missing");
    if (meta->size_count != meta->dimensions)
        return mmi__refuse(container, MMV_EINVAL, "DimSize", "it must have %u numbers", (unsigned)meta->dimensions);
    mmi_image image = {.type = {meta->kind, meta->big && meta->kind > MMI_I8},
                       .samples = (uint32_t)meta->channels,
                       .width = meta->sizes[0],
                       .height = meta->dimensions > 1 ? meta->sizes[1] : 1};
    for (size_t i = 2; i < meta->size_count; i++)
        if (meta->sizes[i] == 0 || !mmv_product(frames, meta->sizes[i], &frames))
            return mmi__refuse(container, MMV_EINVAL, "DimSize", "the image is empty, or fits no file");
    if (!mmv_product(image.height, frames, &image.height))
        return mmi__refuse(container, MMV_EINVAL, "DimSize", "the image fits no file");
    mmv_status status = mmi__describe(header, image, frames, apart ? meta->skip : meta->local);
    container->from_end = status == MMV_OK && apart && meta->skip_from_end;
    return status;
}

mmv_status mmi__read_metaimage(mmi__header *header)
{
    struct meta meta = {.channels = 1};
    mmi__line line;
    char *text, *rest;
    size_t length;
    mmv_status status = mmi__fetch_text(header, TEXT_MAX, &text, &length);
    if (status)
        return status;
    rest = text;
    while (status == MMV_OK && !meta.ended && mmi__next_line(text, &rest, "=", &line))
        status = take_line(header, &line, &meta);
    if (status == MMV_OK && meta.ended)
        meta.local = (uint64_t)(rest - text);
    free(text);
    return status ? status : use_meta(header, &meta);
}
