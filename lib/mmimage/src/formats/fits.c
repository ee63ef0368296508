/* SPDX-License-Identifier: MIT */
/*
 * fits: the first header and data unit of a FITS file that has an image: cards of 80 characters in blocks of 2880
 * bytes, then samples, always big-endian.
 *
 * Source: FITS standard 4.0, https://fits.gsfc.nasa.gov/fits_standard.html
 *
 *     KEYWORD = value / comment        keyword in 1-8, "= " in 9-10
 *
 * A third axis is taken for channels, plane after plane. A stored sample means BZERO + BSCALE * stored; unsigned
 * integers are stored with BZERO = 2^15 or 2^31. BLANK marks integers that mean nothing; an edit would change them:
 * refused.
 */

#include "formats/header.h"

#include <stdlib.h>
#include <string.h>

#define CARD 80u
#define BLOCK 2880u
#define BLOCKS_MAX (MMI_HEADER_MAX / BLOCK)
#define UNITS_MAX 64 /* headers without an image that are passed */

struct unit {
    int64_t bits;
    uint64_t axes[999];
    uint64_t axis_count;
    bool is_image, is_compressed, has_blank, simple;
    double scale, zero;
    uint64_t groups, parameters;
    uint64_t data; /* where the samples begin */
};

static bool is_keyword(const char *card, const char *keyword)
{
    size_t length = strlen(keyword);
    for (size_t i = length; i < 8; i++)
        if (card[i] != ' ')
            return false;
    return memcmp(card, keyword, length) == 0;
}

/* The value without its comment, ended by a NUL. */
static void value_of(const char *card, char text[72])
{
    size_t length = 0;
    bool quoted = false;
    for (size_t i = 10; i < CARD; i++) {
        quoted ^= card[i] == '\'';
        if (card[i] == '/' && !quoted)
            break;
        text[length++] = card[i];
    }
    while (length > 0 && text[length - 1] == ' ')
        length--;
    text[length] = '\0';
}

static mmv_status take_axis(mmi__header *header, const char *card, const char *text, struct unit *unit)
{
    char name[9] = {0};
    const char *digits = card + 5;
    uint64_t index;
    memcpy(name, card, 8);
    if (!mmi__take_count(&digits, &index) || index < 1 || index > 999)
        return MMV_OK;
    return mmi__count(header, name, text, (mmi__limits){0, INT64_MAX}, &unit->axes[index - 1]);
}

static mmv_status take_bits(mmi__header *header, const char *text, struct unit *unit)
{
    while (*text == ' ')
        text++;
    bool negative = *text == '-';
    uint64_t bits;
    mmv_status status = mmi__count(header, "BITPIX", text + negative, (mmi__limits){1, 64}, &bits);
    unit->bits = negative ? -(int64_t)bits : (int64_t)bits;
    return status;
}

static bool is_number_of(const char *card, const char *keyword)
{
    return memcmp(card, keyword, strlen(keyword)) == 0 && card[strlen(keyword)] >= '0' && card[strlen(keyword)] <= '9';
}

static void note_stale(mmi__header *header, const char *card, uint64_t at)
{
    static const struct {
        const char *keyword;
        mmi_stale_kind kind;
        mmi_stale_form form;
    } fields[] = {{"DATAMIN", MMI_STALE_MIN, MMI_STALE_TEXT},
                  {"DATAMAX", MMI_STALE_MAX, MMI_STALE_TEXT},
                  {"DATASUM", MMI_STALE_DATA_SUM, MMI_STALE_QUOTED},
                  {"CHECKSUM", MMI_STALE_UNIT_SUM, MMI_STALE_QUOTED}};
    size_t room = 0;
    /* Up to the comment, if one begins early. */
    while (room < 20 && card[10 + room] != '/')
        room++;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (is_keyword(card, fields[i].keyword))
            mmi__add_stale(
                header->container, fields[i].keyword,
                (mmi_stale){
                    .kind = fields[i].kind, .form = fields[i].form, .offset = at + 10, .length = (uint32_t)room});
}

static mmv_status take_card(mmi__header *header, const char *card, uint64_t at, struct unit *unit)
{
    char text[72];
    value_of(card, text);
    if (is_keyword(card, "BITPIX"))
        return take_bits(header, text, unit);
    if (is_keyword(card, "NAXIS"))
        return mmi__count(header, "NAXIS", text, (mmi__limits){0, 999}, &unit->axis_count);
    if (is_number_of(card, "NAXIS"))
        return take_axis(header, card, text, unit);
    if (is_keyword(card, "BSCALE"))
        return mmi__real(header, "BSCALE", text, &unit->scale);
    if (is_keyword(card, "BZERO"))
        return mmi__real(header, "BZERO", text, &unit->zero);
    if (is_keyword(card, "PCOUNT"))
        return mmi__count(header, "PCOUNT", text, (mmi__limits){0, INT64_MAX}, &unit->parameters);
    if (is_keyword(card, "GCOUNT"))
        return mmi__count(header, "GCOUNT", text, (mmi__limits){0, INT64_MAX}, &unit->groups);
    if (is_keyword(card, "XTENSION"))
        unit->is_image = strncmp(text + strspn(text, " '"), "IMAGE", 5) == 0;
    if (is_keyword(card, "ZIMAGE"))
        unit->is_compressed = true;
    if (is_keyword(card, "BLANK"))
        unit->has_blank = true;
    note_stale(header, card, at);
    return MMV_OK;
}

/* The cards of one unit, to END; 'offset' moves to its data. */
static mmv_status read_unit(mmi__header *header, uint64_t *offset, struct unit *unit)
{
    char block[BLOCK];
    *unit = (struct unit){.is_image = true, .scale = 1, .groups = 1};
    header->container->stale_count = 0;
    header->container->unit = *offset;
    for (unsigned blocks = 0; blocks < BLOCKS_MAX; blocks++, *offset += BLOCK) {
        mmv_status status = mmi__fetch(header, *offset, block, BLOCK);
        for (size_t at = 0; at < BLOCK && status == MMV_OK; at += CARD) {
            if (is_keyword(block + at, "END")) {
                *offset += BLOCK;
                unit->data = *offset;
                return MMV_OK;
            }
            if (memcmp(block + at + 8, "= ", 2) == 0)
                status = take_card(header, block + at, *offset + at, unit);
        }
        if (status)
            return status;
    }
    return mmi__refuse(header->container, MMV_EINVAL, "END", "is missing");
}

/* Bytes of a unit's data, which decide where the next begins. */
static bool data_bytes(const struct unit *unit, uint64_t *bytes_ret)
{
    uint64_t count = unit->axis_count > 0;
    for (uint64_t i = 0; i < unit->axis_count; i++)
        if (!mmv_product(count, unit->axes[i], &count))
            return false;
    uint64_t size = (uint64_t)(unit->bits < 0 ? -unit->bits : unit->bits) / 8;
    return mmv_sum(count, unit->parameters, &count) && mmv_product(count, unit->groups, &count) &&
           mmv_product(count, size, &count) && count <= INT64_MAX && (*bytes_ret = count, true);
}

static mmv_status use_unit(mmi__header *header, const struct unit *unit)
{
    mmi_container *container = header->container;
    mmi_image image = {.samples = 1, .width = unit->axes[0], .height = 1, .layout = MMI_BIP};
    bool is_float = unit->bits < 0;
    /* Of the integers only those of one byte have no sign. */
    if (!mmi__kind_of((unsigned)(is_float ? -unit->bits : unit->bits), unit->bits != 8, is_float, &image.type.kind))
        return mmi__refuse(container, MMV_ENOTSUP, "BITPIX", "%lld: 8, 16, 32, 64, -32 and -64 can be worked on",
                           (long long)unit->bits);
    image.type.big_endian = unit->bits != 8;
    if (unit->has_blank && !is_float)
        return mmi__refuse(container, MMV_ENOTSUP, "BLANK",
                           "samples that mean nothing would be changed like others; use "
                           "--format=raw if that is meant");
    if (unit->scale == 0)
        return mmi__refuse(container, MMV_EINVAL, "BSCALE", "0 makes all samples the same");
    uint64_t planes = 1;
    for (uint64_t i = 1; i < unit->axis_count; i++)
        if (!mmv_product(i == 1 ? image.height : planes, unit->axes[i], i == 1 ? &image.height : &planes))
            return mmi__refuse(container, MMV_EINVAL, "NAXIS", "the image fits no file");
    if (planes == 0)
        return mmi__refuse(container, MMV_EINVAL, "NAXIS", "the image has no pixels");
    bool are_channels = planes > 1 && planes <= MMI_SAMPLES_MAX;
    container->slope = unit->scale;
    container->intercept = unit->zero;
    if (are_channels) {
        image.samples = (uint32_t)planes;
        image.layout = MMI_BSQ;
        planes = 1;
    } else if (!mmv_product(image.height, planes, &image.height)) {
        return mmi__refuse(container, MMV_EINVAL, "NAXIS", "the image fits no file");
    }
    return mmi__describe(header, image, planes, unit->data);
}

mmv_status mmi__read_fits(mmi__header *header)
{
    struct unit unit;
    uint64_t offset = 0, bytes;
    for (unsigned units = 0; units < UNITS_MAX; units++) {
        mmv_status status = read_unit(header, &offset, &unit);
        if (status)
            return status;
        if (unit.is_compressed)
            return mmi__refuse(header->container, MMV_ENOTSUP, "ZIMAGE",
                               "its tiles are compressed; unpack it with funpack");
        if (unit.is_image && unit.axis_count > 0 && unit.parameters == 0 && unit.groups == 1)
            return use_unit(header, &unit);
        if (!data_bytes(&unit, &bytes) || !mmv_sum(offset, mmv_round_up(bytes, BLOCK), &offset))
            return mmi__refuse(header->container, MMV_EINVAL, "NAXIS", "the data fits no file");
        if (offset >= header->source->size)
            break;
    }
    return mmi__refuse(header->container, MMV_ENOTSUP, "NAXIS", "no unit of the file has an image");
}
