/* SPDX-License-Identifier: MIT */
/*
 * envi: headers in files of their own that say how a file of samples beside them is to be read: ENVI's, and the older
 * one of Esri (BIL, BIP, BSQ), which has the same ending.
 *
 *     ENVI                          samples = 16384         key = value, a value in braces may have several lines
 *     lines = 8192                  interleave = bip
 *
 *     NROWS 8192                    LAYOUT BIL              key and value; bytes between rows or bands are refused
 *
 * Sources: https://www.nv5geospatialsoftware.com/docs/ENVIHeaderFiles.html, and GDAL's description of its EHdr driver.
 */

#include "formats/header.h"

#include <stdlib.h>
#include <string.h>

struct raster {
    uint64_t width, height, bands, skip, code, bits;
    uint64_t band_row, row, gap;
    bool big, is_float, is_signed, has_type, has_order;
    mmi_layout layout;
};

static mmv_status use_raster(mmi__header *header, const struct raster *raster, mmi_kind kind)
{
    mmi_image image = {.type = {kind, raster->big && kind > MMI_I8},
                       .samples = (uint32_t)mmv_min(raster->bands, UINT32_MAX),
                       .width = raster->width,
                       .height = raster->height,
                       .layout = raster->layout};
    header->container->place = MMI_SAMPLES_SIDECAR;
    return mmi__describe(header, image, 1, raster->skip);
}

static mmv_status read_lines(mmi__header *header, char *text, const char *separators, struct raster *raster,
                             mmv_status (*take)(mmi__header *, const mmi__line *, struct raster *))
{
    mmi__line line;
    char *rest = text;
    mmv_status status = MMV_OK;
    /* Braces are ENVI's alone. */
    bool (*next)(char *, char **, const char *, mmi__line *) =
        *separators == '=' ? mmi__next_braced_line : mmi__next_line;
    while (status == MMV_OK && next(text, &rest, separators, &line)) {
        if (*separators == '=' && *line.value == '{' && !strchr(line.value, '}'))
            return mmi__refuse(header->container, MMV_EINVAL, "header", "a brace is never closed");
        status = take(header, &line, raster);
    }
    if (status == MMV_OK && (raster->width == 0 || raster->height == 0))
        return mmi__refuse(header->container, MMV_EINVAL, "header", "the number of rows or columns is missing");
    return status;
}

/* ---- ENVI -------------------------------------------------------------------------------------------------------- */

static mmv_status take_envi_line(mmi__header *header, const mmi__line *line, struct raster *raster)
{
    static const struct {
        const char *key;
        size_t place;
        uint64_t least, most;
    } counts[] = {
        {"samples", offsetof(struct raster, width), 1, INT64_MAX},
        {"lines", offsetof(struct raster, height), 1, INT64_MAX},
        {"bands", offsetof(struct raster, bands), 1, INT64_MAX},
        {"header offset", offsetof(struct raster, skip), 0, INT64_MAX},
        {"data type", offsetof(struct raster, code), 1, 15},
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (mmi__is_key(line, counts[i].key))
            return mmi__count(header, counts[i].key, line->value, (mmi__limits){counts[i].least, counts[i].most},
                              (uint64_t *)(void *)((char *)raster + counts[i].place));
    if (mmi__is_key(line, "interleave")) {
        for (raster->layout = MMI_BIP; raster->layout <= MMI_BSQ; raster->layout++)
            if (mmi__same(line->value, mmi_layout_name(raster->layout)))
                return MMV_OK;
        return mmi__refuse(header->container, MMV_EINVAL, "interleave", "\"%.40s\" is neither bip, bil nor bsq",
                           line->value);
    }
    uint64_t order;
    if (mmi__is_key(line, "byte order")) {
        mmv_status status = mmi__count(header, "byte order", line->value, (mmi__limits){0, 1}, &order);
        raster->big = status == MMV_OK && order == 1;
        return status;
    }
    if (mmi__is_key(line, "file compression") && strcmp(line->value, "0") != 0)
        return mmi__refuse(header->container, MMV_ENOTSUP, "file compression",
                           "its samples are compressed; unpack them with "
                           "gdal_translate -of ENVI");
    if (mmi__is_key(line, "major frame offsets") || mmi__is_key(line, "minor frame offsets"))
        if (strpbrk(line->value, "123456789"))
            return mmi__refuse(header->container, MMV_ENOTSUP, "frame offsets", "bytes between rows are not supported");
    return MMV_OK;
}

mmv_status mmi__read_envi(mmi__header *header)
{
    static const mmi_kind kinds[16] = {[1] = MMI_U8,   [2] = MMI_I16,  [3] = MMI_I32,  [4] = MMI_F32, [5] = MMI_F64,
                                       [12] = MMI_U16, [13] = MMI_U32, [14] = MMI_I64, [15] = MMI_U64};
    struct raster raster = {.bands = 1, .layout = MMI_BSQ};
    char *text;
    mmv_status status = mmi__fetch_all(header, &text);
    if (status)
        return status;
    if (strlen(text) >= 4)
        memset(text, ' ', 4);
    status = read_lines(header, text, "=", &raster, take_envi_line);
    free(text);
    if (status)
        return status;
    if (raster.code == 6 || raster.code == 9)
        return mmi__refuse(header->container, MMV_ENOTSUP, "data type", "%llu: complex samples cannot be worked on",
                           (unsigned long long)raster.code);
    if (raster.code != 1 && kinds[raster.code] == MMI_U8)
        return mmi__refuse(header->container, MMV_ENOTSUP, "data type",
                           "%llu: 1, 2, 3, 4, 5, 12, 13, 14 and 15 can be worked on", (unsigned long long)raster.code);
    return use_raster(header, &raster, kinds[raster.code]);
}

/* ---- Esri -------------------------------------------------------------------------------------------------------- */

static mmv_status take_ehdr_line(mmi__header *header, const mmi__line *line, struct raster *raster)
{
    static const struct {
        const char *key;
        size_t place;
        uint64_t least, most;
    } counts[] = {
        {"ncols", offsetof(struct raster, width), 1, INT64_MAX},
        {"nrows", offsetof(struct raster, height), 1, INT64_MAX},
        {"nbands", offsetof(struct raster, bands), 1, INT64_MAX},
        {"nbits", offsetof(struct raster, bits), 1, 64},
        {"skipbytes", offsetof(struct raster, skip), 0, INT64_MAX},
        {"bandrowbytes", offsetof(struct raster, band_row), 0, INT64_MAX},
        {"totalrowbytes", offsetof(struct raster, row), 0, INT64_MAX},
        {"bandgapbytes", offsetof(struct raster, gap), 0, INT64_MAX},
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (mmi__is_key(line, counts[i].key))
            return mmi__count(header, counts[i].key, line->value, (mmi__limits){counts[i].least, counts[i].most},
                              (uint64_t *)(void *)((char *)raster + counts[i].place));
    if (mmi__is_key(line, "layout")) {
        for (raster->layout = MMI_BIP; raster->layout <= MMI_BSQ; raster->layout++)
            if (mmi__same(line->value, mmi_layout_name(raster->layout)))
                return MMV_OK;
        return mmi__refuse(header->container, MMV_EINVAL, "layout", "\"%.40s\" is neither bip, bil nor bsq",
                           line->value);
    }
    if (mmi__is_key(line, "byteorder")) {
        raster->big = mmi__same(line->value, "M") || mmi__same(line->value, "MSBFIRST");
        if (!raster->big && !mmi__same(line->value, "I") && !mmi__same(line->value, "LSBFIRST"))
            return mmi__refuse(header->container, MMV_EINVAL, "byteorder", "\"%.40s\" is neither I nor M", line->value);
        raster->has_order = true;
    }
    if (mmi__is_key(line, "pixeltype")) {
        raster->is_float = mmi__same(line->value, "FLOAT");
        raster->is_signed = mmi__same(line->value, "SIGNEDINT");
        raster->has_type = raster->is_float || raster->is_signed || mmi__same(line->value, "UNSIGNEDINT");
        if (!raster->has_type)
            return mmi__refuse(header->container, MMV_EINVAL, "pixeltype",
                               "\"%.40s\" is neither SIGNEDINT, UNSIGNEDINT nor FLOAT", line->value);
    }
    return MMV_OK;
}

/* Programs guess what is missing, and not alike: what could be wrong is refused. */
static mmv_status check_said(mmi__header *header, const struct raster *raster)
{
    static const char how[] = "is missing; --format=raw with --type says what the samples are";
    if (raster->bits == 0)
        return mmi__refuse(header->container, MMV_ENOTSUP, "nbits", "%s", how);
    if (raster->bits > 8 && !raster->has_order)
        return mmi__refuse(header->container, MMV_ENOTSUP, "byteorder", "%s", how);
    if (raster->bits > 8 && !raster->has_type)
        return mmi__refuse(header->container, MMV_ENOTSUP, "pixeltype", "%s", how);
    return MMV_OK;
}

/* Rows and bands that lie closely, one behind the other: what the header may say of that must be so. */
static bool is_dense(const struct raster *raster, uint64_t size)
{
    uint64_t line, all;
    if (!mmv_product(raster->width, size, &line) || !mmv_product(line, raster->bands, &all))
        return false;
    uint64_t row = raster->layout == MMI_BSQ ? line : all;
    return raster->gap == 0 && (raster->row == 0 || raster->row == row) &&
           (raster->band_row == 0 || raster->band_row == line);
}

mmv_status mmi__read_ehdr(mmi__header *header)
{
    struct raster raster = {.bands = 1, .layout = MMI_BIL};
    mmi_kind kind;
    char *text;
    mmv_status status = mmi__fetch_all(header, &text);
    if (status)
        return status;
    status = read_lines(header, text, " ", &raster, take_ehdr_line);
    free(text);
    if (!status)
        status = check_said(header, &raster);
    if (status)
        return status;
    if (!mmi__kind_of((unsigned)raster.bits, raster.is_signed || raster.is_float, raster.is_float, &kind))
        return mmi__refuse(header->container, MMV_ENOTSUP, "nbits", "%llu bits of this pixeltype cannot be worked on",
                           (unsigned long long)raster.bits);
    if (!is_dense(&raster, (size_t)raster.bits / 8))
        return mmi__refuse(header->container, MMV_ENOTSUP, "totalrowbytes, bandrowbytes, bandgapbytes",
                           "bytes between rows or bands are not supported; rewrite it with gdal_translate -of EHdr");
    return use_raster(header, &raster, kind);
}
