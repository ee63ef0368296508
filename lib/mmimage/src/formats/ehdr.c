/* SPDX-License-Identifier: MIT */
/*
 * ehdr: Esri's header for BIL, BIP and BSQ files and for grids of floats (.flt), a file of its own beside the samples.
 *
 *     NROWS 8192               key and value with blanks between them; case does not count
 *     LAYOUT BIL
 *
 * Sources: Esri's descriptions of BIL, BIP and BSQ rasters and of the tool Float To Raster, and GDAL's EHdr driver.
 * What a header does not say programs guess, and not alike: it is refused. GDAL takes no notice of bytes between rows
 * or bands, but Esri does: those are refused, too.
 */

#include "formats/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum key {
    NCOLS,
    NROWS,
    NBANDS,
    NBITS,
    SKIPBYTES,
    BANDROWBYTES,
    TOTALROWBYTES,
    BANDGAPBYTES,
    LAYOUT,
    BYTEORDER,
    PIXELTYPE,
    NODATA,
    NODATA_VALUE,
    DATATYPE,
    XLLCORNER,
    XLLCENTER,
    KEYS
};

struct ehdr {
    mmi__field fields[KEYS];
    uint64_t numbers[BANDGAPBYTES + 1];
};

/* Other programs stop reading where a line is longer. */
#define LINE_MAX_BYTES 1000

static mmv_status take_line(mmi__header *header, mmi__text *text, char *line, struct ehdr *ehdr)
{
    char *key = line + strspn(line, " \t");
    char *end = key + strcspn(key, " \t");
    if (strlen(line) > LINE_MAX_BYTES || *key == '"')
        return mmi__refuse(header->container, MMV_EINVAL, "header", "programs do not agree on the line \"%.40s\"", key);
    mmi__line pair = mmi__take_pair(text, key, end, end);
    if (!*pair.value)
        return MMV_OK;
    for (int i = 0; i < KEYS; i++)
        if (mmi__is_key(&pair, ehdr->fields[i].name))
            return mmi__set_field(header, &ehdr->fields[i], &pair);
    return MMV_OK;
}

static mmv_status take_numbers(mmi__header *header, struct ehdr *ehdr)
{
    for (int i = 0; i <= BANDGAPBYTES; i++) {
        const mmi__field *field = &ehdr->fields[i];
        uint64_t least = i <= NBITS;
        ehdr->numbers[i] = i == NBANDS;
        if (!field->value && i <= NROWS)
            return mmi__refuse(header->container, MMV_EINVAL, field->name, "is missing");
        if (!field->value)
            continue;
        mmv_status status =
            mmi__count(header, field->name, field->value, (mmi__limits){least, INT64_MAX}, &ehdr->numbers[i]);
        if (status)
            return status;
    }
    return MMV_OK;
}

static mmv_status take_layout(mmi__header *header, const mmi__field *field, mmi_layout *layout)
{
    *layout = MMI_BIL;
    if (!field->value)
        return MMV_OK;
    for (*layout = MMI_BIP; *layout <= MMI_BSQ; (*layout)++)
        if (mmi__same(field->value, mmi_layout_name(*layout)))
            return MMV_OK;
    return mmi__refuse(header->container, MMV_EINVAL, "layout", "\"%.40s\" is neither bip, bil nor bsq", field->value);
}

static mmv_status take_order(mmi__header *header, const mmi__field *field, bool *big)
{
    static const char how[] = "is missing; --format=raw with --offset and --type says what the samples are";
    if (!field->value)
        return mmi__refuse(header->container, MMV_ENOTSUP, "byteorder", "%s", how);
    *big = mmi__same(field->value, "M") || mmi__same(field->value, "MSBFIRST");
    if (*big || mmi__same(field->value, "I") || mmi__same(field->value, "LSBFIRST"))
        return MMV_OK;
    return mmi__refuse(header->container, MMV_EINVAL, "byteorder", "\"%.40s\" is neither I, LSBFIRST, M nor MSBFIRST",
                       field->value);
}

/* A grid of floats says where its corner is, and in words which byte comes first, but not how many bits there are. */
static bool is_float_grid(const struct ehdr *ehdr)
{
    const mmi__field *fields = ehdr->fields;
    return (fields[XLLCORNER].value || fields[XLLCENTER].value) && fields[BYTEORDER].value &&
           strlen(fields[BYTEORDER].value) > 1 && !fields[NBITS].value && !fields[PIXELTYPE].value &&
           !fields[NBANDS].value && !fields[LAYOUT].value && !fields[DATATYPE].value;
}

static mmv_status take_kind(mmi__header *header, const struct ehdr *ehdr, mmi_kind *kind)
{
    static const char how[] = "is missing; --format=raw with --offset and --type says what the samples are";
    const char *type = ehdr->fields[PIXELTYPE].value;
    uint64_t bits = ehdr->numbers[NBITS];
    mmi_container *container = header->container;
    if (is_float_grid(ehdr)) {
        mmi__note(container, MMI_NOTE_ASSUMED, "nbits is not said: floats of 4 bytes are taken, as in .flt grids");
        *kind = MMI_F32;
        return MMV_OK;
    }
    if (!ehdr->fields[NBITS].value)
        return mmi__refuse(container, MMV_ENOTSUP, "nbits", "%s", how);
    if (ehdr->fields[DATATYPE].value)
        return mmi__refuse(container, MMV_ENOTSUP, "datatype",
                           "\"%.20s\": programs do not agree on this key; write pixeltype",
                           ehdr->fields[DATATYPE].value);
    if (!type && bits > 8)
        return mmi__refuse(container, MMV_ENOTSUP, "pixeltype", "%s", how);
    bool is_float = type && mmi__same(type, "FLOAT");
    bool is_signed = type && mmi__same(type, "SIGNEDINT");
    if (type && !is_float && !is_signed && !mmi__same(type, "UNSIGNEDINT"))
        return mmi__refuse(container, MMV_EINVAL, "pixeltype", "\"%.40s\" is neither SIGNEDINT, UNSIGNEDINT nor FLOAT",
                           type);
    if (!mmi__kind_of((unsigned)mmv_min(bits, 1000), is_signed || is_float, is_float, kind))
        return mmi__refuse(container, MMV_ENOTSUP, "nbits", "%llu bits of this pixeltype cannot be worked on",
                           (unsigned long long)bits);
    return MMV_OK;
}

/* Rows and bands that lie closely, one behind the other: what the header may say of that must be so. */
static bool is_dense(const struct ehdr *ehdr, const mmi_image *image)
{
    uint64_t line, all;
    if (!mmv_product(image->width, mmi_type_size(image->type), &line) || !mmv_product(line, image->samples, &all))
        return false;
    uint64_t row = image->layout == MMI_BSQ ? line : all;
    return ehdr->numbers[BANDGAPBYTES] == 0 &&
           (!ehdr->fields[TOTALROWBYTES].value || ehdr->numbers[TOTALROWBYTES] == row) &&
           (!ehdr->fields[BANDROWBYTES].value || ehdr->numbers[BANDROWBYTES] == line);
}

/* GDAL reads such files as if the bytes were not there. */
static mmv_status refuse_gaps(mmi__header *header, const struct ehdr *ehdr, const mmi_image *image)
{
    static const char field[] = "totalrowbytes, bandrowbytes, bandgapbytes";
    uint64_t row = ehdr->numbers[TOTALROWBYTES], least;
    bool is_one = image->samples == 1 || image->layout == MMI_BIP;
    bool has_rows = is_one && ehdr->numbers[BANDGAPBYTES] == 0 && mmi_image_pixel(image) > 0 &&
                    mmv_product(image->width, mmi_image_pixel(image), &least) && row >= least;
    if (!has_rows)
        return mmi__refuse(header->container, MMV_ENOTSUP, field,
                           "bytes between rows or bands, which other programs do not look at, cannot be worked on");
    return mmi__refuse(header->container, MMV_ENOTSUP, field,
                       "programs do not agree on bytes between rows; --format=raw --offset=%llu --type=%s --samples=%u "
                       "--width=%llu --height=%llu --row-bytes=%llu passes them over",
                       (unsigned long long)ehdr->numbers[SKIPBYTES], mmi_type_name(image->type), image->samples,
                       (unsigned long long)image->width, (unsigned long long)image->height, (unsigned long long)row);
}

static mmv_status take_no_data(mmi__header *header, const struct ehdr *ehdr)
{
    for (int i = NODATA; i <= NODATA_VALUE; i++) {
        const mmi__field *field = &ehdr->fields[i];
        double value;
        if (!field->value)
            continue;
        mmv_status status = mmi__real(header, field->name, field->value, &value);
        if (!status)
            status = mmi__take_no_data(header->container, field->name, value, mmi__is_rounded(field->value, value));
        if (status)
            return status;
    }
    return MMV_OK;
}

static mmv_status use_fields(mmi__header *header, struct ehdr *ehdr)
{
    mmi_image image = {.samples = 1};
    mmv_status status = take_numbers(header, ehdr);
    if (!status)
        status = take_kind(header, ehdr, &image.type.kind);
    if (!status && mmi_type_size(image.type) > 1)
        status = take_order(header, &ehdr->fields[BYTEORDER], &image.type.big_endian);
    if (!status)
        status = take_layout(header, &ehdr->fields[LAYOUT], &image.layout);
    if (status)
        return status;
    image.samples = (uint32_t)mmv_min(ehdr->numbers[NBANDS], UINT32_MAX);
    image.width = ehdr->numbers[NCOLS];
    image.height = ehdr->numbers[NROWS];
    if (!is_dense(ehdr, &image))
        return refuse_gaps(header, ehdr, &image);
    header->container->place = MMI_SAMPLES_SIDECAR;
    status = mmi__describe(header, image, 1, ehdr->numbers[SKIPBYTES]);
    return status ? status : take_no_data(header, ehdr);
}

static mmv_status read_text(mmi__header *header, mmi__text *text, bool *more_ret)
{
    struct ehdr ehdr = {{[NCOLS] = {.name = "ncols"},
                         [NROWS] = {.name = "nrows"},
                         [NBANDS] = {.name = "nbands"},
                         [NBITS] = {.name = "nbits"},
                         [SKIPBYTES] = {.name = "skipbytes"},
                         [BANDROWBYTES] = {.name = "bandrowbytes"},
                         [TOTALROWBYTES] = {.name = "totalrowbytes"},
                         [BANDGAPBYTES] = {.name = "bandgapbytes"},
                         [LAYOUT] = {.name = "layout"},
                         [BYTEORDER] = {.name = "byteorder"},
                         [PIXELTYPE] = {.name = "pixeltype"},
                         [NODATA] = {.name = "nodata"},
                         [NODATA_VALUE] = {.name = "nodata_value"},
                         [DATATYPE] = {.name = "datatype"},
                         [XLLCORNER] = {.name = "xllcorner"},
                         [XLLCENTER] = {.name = "xllcenter"}},
                        {0}};
    mmv_status status = MMV_OK;
    (void)more_ret;
    for (char *line; !status && (line = mmi__take_line(text, MMI_LINE_ANY, NULL));)
        status = take_line(header, text, line, &ehdr);
    if (!status)
        status = mmi__check_text(header, text);
    return status ? status : use_fields(header, &ehdr);
}

mmv_status mmi__read_ehdr(mmi__header *header)
{
    return mmi__with_all(header, read_text);
}
