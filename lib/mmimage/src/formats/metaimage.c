/* SPDX-License-Identifier: MIT */
/*
 * metaimage: ITK's MetaImage: lines of "Key = Value", of which ElementDataFile is the last: LOCAL, and the samples
 * follow at once (.mha), or the name of the file that has them (.mhd).
 *
 *     NDims = 2                keys and types are spelled as MetaIO spells them, case and all; ':' does for '='
 *     DimSize = 512 512        there are no comments: MetaIO looks for a value to every line that is not empty, and
 *     ElementType = MET_SHORT  takes that of the next line when this one has none
 *     ElementDataFile = LOCAL
 *
 * metaimage_files.c has samples that lie in several files.
 *
 * Source: https://itk.org/Wiki/ITK/MetaIO/Documentation, and what ITK's library does.
 */

#include "formats/metaimage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the samples are. */
enum data { DATA_LOCAL, DATA_NAMED, DATA_LIST, DATA_PATTERN };

/* ---- lines ------------------------------------------------------------------------------------------------------- */

/* A line without a value takes that of the next line, whose key is lost: 'robbed' is set. */
static mmv_status take_line(mmi__header *header, mmi__text *text, char *line, struct mmi__metaimage *meta, bool *robbed)
{
    char *key = line + strspn(line, " \t");
    char *separator = key + strcspn(key, "=:");
    bool was_robbed = *robbed;
    /* Empty lines do not end the search for a value. */
    *robbed = !*separator && (was_robbed || *mmi__trim(key));
    if (!*separator)
        return MMV_OK;
    mmi__line pair = mmi__take_pair(text, key, separator, separator + strspn(separator, "=: \t"));
    for (int i = 0; i < META_KEYS; i++) {
        mmi__field *field = &meta->fields[i];
        mmi__spelling spelling = mmi__spelled(&pair, field->name);
        if (spelling == MMI_NEARLY)
            return mmi__refuse(header->container, MMV_EINVAL, field->name,
                               "\"%.*s\" is another spelling, which ITK passes over", (int)mmv_min(pair.key_length, 40),
                               pair.key);
        if (spelling == MMI_SPELLED && was_robbed)
            return mmi__refuse(header->container, MMV_EINVAL, field->name,
                               "the line before has no value, and ITK takes this one's for it");
        if (spelling == MMI_SPELLED)
            return mmi__set_field(header, field, &pair);
    }
    return MMV_OK;
}

static mmv_status take_lines(mmi__header *header, mmi__text *text, struct mmi__metaimage *meta, bool *more_ret)
{
    bool robbed = false, has_end = true;
    mmv_status status = MMV_OK;
    char *line = NULL;
    while (!status && !meta->fields[META_DATA_FILE].value && (line = mmi__take_line(text, MMI_LINE_LF, &has_end))) {
        if (strchr(line, '\r'))
            return mmi__refuse(header->container, MMV_EINVAL, "header", "its lines end with \\r alone");
        /* A line that goes on behind the text says nothing yet. */
        if (!has_end && !text->whole)
            break;
        status = take_line(header, text, line, meta, &robbed);
    }
    meta->end = text->base + text->next;
    *more_ret = !status && !meta->fields[META_DATA_FILE].value;
    return status || *more_ret ? status : mmi__check_text(header, text);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static mmv_status take_type(mmi__header *header, const mmi__field *field, mmi_image *image)
{
    static const struct {
        const char *name;
        unsigned bits;
        bool is_signed, is_float;
    } types[] = {
        {"MET_UCHAR", 8, false, false},  {"MET_CHAR", 8, true, false},       {"MET_USHORT", 16, false, false},
        {"MET_SHORT", 16, true, false},  {"MET_UINT", 32, false, false},     {"MET_INT", 32, true, false},
        {"MET_ULONG", 32, false, false}, {"MET_LONG", 32, true, false},      {"MET_FLOAT", 32, true, true},
        {"MET_DOUBLE", 64, true, true},  {"MET_LONG_LONG", 64, true, false}, {"MET_ULONG_LONG", 64, false, false}};
    if (!field->value)
        return mmi__refuse(header->container, MMV_EINVAL, field->name, "is missing");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(field->value, types[i].name) == 0 &&
            mmi__kind_of(types[i].bits, types[i].is_signed, types[i].is_float, &image->type.kind))
            return MMV_OK;
    return mmi__refuse(header->container, MMV_ENOTSUP, field->name, "\"%.40s\" cannot be worked on", field->value);
}

/* MetaIO looks at the first letter, and takes any other one for False. */
static mmv_status take_truth(mmi__header *header, const mmi__field *field, bool otherwise, bool *truth_ret)
{
    *truth_ret = otherwise;
    if (!field->value)
        return MMV_OK;
    *truth_ret = *field->value && strchr("Tt1", *field->value);
    if (*field->value && strchr("Tt1Ff0", *field->value))
        return MMV_OK;
    return mmi__refuse(header->container, MMV_EINVAL, field->name, "\"%.40s\" is neither True nor False", field->value);
}

static mmv_status take_order(mmi__header *header, const struct mmi__metaimage *meta, mmi_image *image)
{
    const mmi__field *both = &meta->fields[META_ORDER];
    bool big, element_big;
    mmv_status status = take_truth(header, &both[0], false, &big);
    if (!status)
        status = take_truth(header, &both[1], big, &element_big);
    if (status)
        return status;
    if (both[0].value && big != element_big)
        return mmi__refuse(header->container, MMV_EINVAL, both[1].name, "it says the contrary of %s", both[0].name);
    if (!both[0].value && !both[1].value && mmi_type_size(image->type) > 1)
        mmi__note(header->container, MMI_NOTE_ASSUMED,
                  "BinaryDataByteOrderMSB is not said: the low byte is taken to come first");
    image->type.big_endian = element_big && mmi_type_size(image->type) > 1;
    return MMV_OK;
}

static mmv_status check_plain(mmi__header *header, const struct mmi__metaimage *meta)
{
    bool truth;
    mmv_status status = take_truth(header, &meta->fields[META_COMPRESSED], false, &truth);
    if (!status && truth)
        return mmi__refuse(header->container, MMV_ENOTSUP, "CompressedData",
                           "its samples are compressed; write it without compression");
    if (!status)
        status = take_truth(header, &meta->fields[META_BINARY], true, &truth);
    if (!status && !truth)
        return mmi__refuse(header->container, MMV_ENOTSUP, "BinaryData", "its samples are text");
    return status;
}

static mmv_status take_sizes(mmi__header *header, struct mmi__metaimage *meta, mmi_image *image, uint64_t *frames)
{
    const mmi__field *count = &meta->fields[META_NDIMS], *sizes = &meta->fields[META_DIM_SIZE];
    mmi_container *container = header->container;
    if (!count->value || !sizes->value)
        return mmi__refuse(container, MMV_EINVAL, count->value ? sizes->name : count->name, "is missing");
    mmv_status status =
        mmi__count(header, count->name, count->value, (mmi__limits){1, META_DIMENSIONS_MAX}, &meta->dimensions);
    if (status)
        return status;
    if (mmi__take_counts(sizes->value, meta->sizes, META_DIMENSIONS_MAX) != meta->dimensions)
        return mmi__refuse(container, MMV_EINVAL, sizes->name, "it must have %u numbers", (unsigned)meta->dimensions);
    if (sizes->line.offset < count->line.offset)
        return mmi__refuse(container, MMV_EINVAL, sizes->name, "it stands before NDims, and ITK refuses that");
    image->width = meta->sizes[0];
    image->height = meta->dimensions > 1 ? meta->sizes[1] : 1;
    *frames = 1;
    for (uint64_t i = 2; i < meta->dimensions; i++)
        if (meta->sizes[i] == 0 || !mmv_product(*frames, meta->sizes[i], frames))
            return mmi__refuse(container, MMV_EINVAL, sizes->name, "the image is empty, or fits no file");
    if (!mmv_product(image->height, *frames, &image->height))
        return mmi__refuse(container, MMV_EINVAL, sizes->name, "the image fits no file");
    return MMV_OK;
}

/* "%d", "%03d": a pattern for many names. Other names may have the sign. */
static bool is_pattern(const char *name)
{
    for (const char *p = strchr(name, '%'); p; p = strchr(p + 1, '%')) {
        const char *end = p + 1 + strspn(p + 1, "0123456789.+-# ");
        if (*end && strchr("diuxXo", *end))
            return true;
    }
    return false;
}

/* MetaIO takes any name that begins with LIST for a list. */
static bool is_list(const char *name)
{
    return strncmp(name, "LIST", 4) == 0;
}

static mmv_status take_data_file(mmi__header *header, const mmi__field *field, enum data *data_ret)
{
    mmi_container *container = header->container;
    const char *name = field->value;
    *data_ret = DATA_NAMED;
    if (strcmp(name, "LOCAL") == 0 || strcmp(name, "Local") == 0 || strcmp(name, "local") == 0)
        *data_ret = DATA_LOCAL;
    else if (is_list(name))
        *data_ret = DATA_LIST;
    else if (is_pattern(name))
        *data_ret = DATA_PATTERN;
    if (*data_ret != DATA_NAMED)
        return MMV_OK;
    if (!mmi__is_file_name(name))
        return mmi__refuse(container, MMV_EINVAL, field->name, "the name is empty, or too long");
    mmi__name_samples(container, name, field->line.offset);
    return MMV_OK;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

/* Where the samples begin: HeaderSize counts from the beginning of the file that has them. */
static mmv_status take_place(mmi__header *header, const struct mmi__metaimage *meta, bool is_local,
                             uint64_t *offset_ret, bool *from_end)
{
    const mmi__field *field = &meta->fields[META_HEADER_SIZE];
    *offset_ret = 0;
    *from_end = field->value && strcmp(field->value, "-1") == 0;
    if (field->value && !*from_end) {
        mmv_status status = mmi__count(header, field->name, field->value, (mmi__limits){0, INT64_MAX}, offset_ret);
        if (status)
            return status;
    }
    if (is_local && *offset_ret > 0 && *offset_ret < meta->end)
        return mmi__refuse(header->container, MMV_EINVAL, field->name,
                           "%llu lies in the header itself, which ends at byte %llu", (unsigned long long)*offset_ret,
                           (unsigned long long)meta->end);
    if (is_local && *offset_ret == 0)
        *offset_ret = meta->end;
    return MMV_OK;
}

/* Programs on 64-bit systems wrote MET_LONG with 8 bytes, too; MetaIO has 4. */
static mmv_status check_long(mmi__header *header, const mmi__field *type, bool is_local)
{
    mmi_container *container = header->container;
    if (strcmp(type->value, "MET_LONG") != 0 && strcmp(type->value, "MET_ULONG") != 0)
        return MMV_OK;
    container->doubtful_length = container->length <= INT64_MAX / 2 ? 2 * container->length : 0;
    mmi__note(container, MMI_NOTE_ASSUMED, "%s: samples of 4 bytes are taken, as ITK does", type->value);
    return is_local ? mmi_container_fit(container, header->source->size) : MMV_OK;
}

static void take_stale(mmi__header *header, const struct mmi__metaimage *meta)
{
    for (int i = META_ELEMENT_MIN; i <= META_ELEMENT_MAX; i++)
        if (meta->fields[i].value)
            mmi__add_stale(
                header->container, meta->fields[i].name,
                mmi__stale_text(i == META_ELEMENT_MIN ? MMI_STALE_MIN : MMI_STALE_MAX, &meta->fields[i].line));
}

static mmv_status take_meaning(mmi__header *header, const struct mmi__metaimage *meta)
{
    double factor = 1, summand = 0;
    mmv_status status = MMV_OK;
    if (meta->fields[META_SLOPE].value)
        status = mmi__real(header, meta->fields[META_SLOPE].name, meta->fields[META_SLOPE].value, &factor);
    if (!status && meta->fields[META_INTERCEPT].value)
        status = mmi__real(header, meta->fields[META_INTERCEPT].name, meta->fields[META_INTERCEPT].value, &summand);
    if (!status && (factor != 1 || summand != 0))
        mmi__note(header->container, MMI_NOTE_MEANING,
                  "ElementToIntensityFunction: amounts are those of the stored samples");
    return status;
}

static mmv_status use_fields(mmi__header *header, struct mmi__metaimage *meta)
{
    mmi_container *container = header->container;
    mmi_image image = {.samples = 1};
    uint64_t frames = 1, channels = 1, offset;
    enum data data;
    bool from_end;
    mmv_status status = check_plain(header, meta);
    if (!status)
        status = take_type(header, &meta->fields[META_TYPE], &image);
    if (!status)
        status = take_sizes(header, meta, &image, &frames);
    if (!status && meta->fields[META_CHANNELS].value)
        status = mmi__count(header, meta->fields[META_CHANNELS].name, meta->fields[META_CHANNELS].value,
                            (mmi__limits){1, MMI_SAMPLES_MAX}, &channels);
    if (!status)
        status = take_order(header, meta, &image);
    if (!status)
        status = take_data_file(header, &meta->fields[META_DATA_FILE], &data);
    bool is_local = !status && data == DATA_LOCAL;
    if (!status)
        status = take_place(header, meta, is_local, &offset, &from_end);
    image.samples = (uint32_t)channels;
    if (!status)
        status = mmi__describe(header, image, frames, offset);
    if (status)
        return status;
    container->from_end = from_end;
    if (data == DATA_LIST || data == DATA_PATTERN)
        status = data == DATA_LIST ? mmi__metaimage_list(header, meta) : mmi__metaimage_pattern(header, meta);
    if (status || *meta->more)
        return status;
    if (is_local && from_end && !mmv_range_fits(meta->end, container->length, header->source->size))
        return mmi__refuse(container, MMV_ETRUNC, "size", "fewer than %llu bytes follow the header",
                           (unsigned long long)container->length);
    take_stale(header, meta);
    status = take_meaning(header, meta);
    if (!status)
        status = check_long(header, &meta->fields[META_TYPE], is_local);
    if (status)
        mmi_container_free(container);
    return status;
}

static mmv_status read_text(mmi__header *header, mmi__text *text, bool *more_ret)
{
    struct mmi__metaimage meta = {.fields = {[META_NDIMS] = {.name = "NDims"},
                                             [META_DIM_SIZE] = {.name = "DimSize"},
                                             [META_TYPE] = {.name = "ElementType"},
                                             [META_CHANNELS] = {.name = "ElementNumberOfChannels"},
                                             [META_ORDER] = {.name = "BinaryDataByteOrderMSB"},
                                             [META_ELEMENT_ORDER] = {.name = "ElementByteOrderMSB"},
                                             [META_COMPRESSED] = {.name = "CompressedData"},
                                             [META_BINARY] = {.name = "BinaryData"},
                                             [META_HEADER_SIZE] = {.name = "HeaderSize"},
                                             [META_SLOPE] = {.name = "ElementToIntensityFunctionSlope"},
                                             [META_INTERCEPT] = {.name = "ElementToIntensityFunctionOffset"},
                                             [META_ELEMENT_MIN] = {.name = "ElementMin"},
                                             [META_ELEMENT_MAX] = {.name = "ElementMax"},
                                             [META_DATA_FILE] = {.name = "ElementDataFile"}},
                                  .text = text,
                                  .more = more_ret};
    mmv_status status = take_lines(header, text, &meta, more_ret);
    return status || *more_ret ? status : use_fields(header, &meta);
}

mmv_status mmi__read_metaimage(mmi__header *header)
{
    return mmi__with_text(header, 0, read_text);
}
