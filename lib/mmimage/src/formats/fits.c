/* SPDX-License-Identifier: MIT */
/*
 * fits: header and data units of a FITS file: cards of 80 characters in blocks of 2880 bytes, then samples, always
 * big-endian. Units without pixels and tables are passed; what is left are the file's images.
 *
 * Source: FITS standard 4.0, https://fits.gsfc.nasa.gov/fits_standard.html
 *
 * fits_cards.c has the lines of a header.
 *
 * A third axis is taken for channels, plane after plane. A stored sample means BZERO + BSCALE * stored; unsigned
 * integers are stored with BZERO = 2^15 or 2^31. BLANK marks integers that mean nothing.
 */

#include "formats/fits.h"
#include "formats/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS_MAX (MMI_HEADER_MAX / FITS_BLOCK)
/* Longer files are not looked through to their end: how many images they have is then not known. */
#define UNITS_MAX 10000

/* ---- units ------------------------------------------------------------------------------------------------------- */

/* Whether the first card is one that a unit begins with: what follows the last unit may be anything. */
static bool is_unit(const char *block, bool is_first)
{
    return is_first || mmi__fits_is(block, "XTENSION");
}

/* The cards of one unit, to END; *offset moves to its data. MMV_ENOENT: no unit begins there. */
static mmv_status read_unit(mmi__header *header, uint64_t *offset, struct mmi__fits_unit *unit)
{
    char block[FITS_BLOCK + 1] = "";
    bool is_first = *offset == 0;
    *unit = (struct mmi__fits_unit){.is_image = true, .scale = 1, .groups = 1, .version = 1, .header = *offset};
    header->container->stale_count = 0;
    for (unsigned blocks = 0; blocks < BLOCKS_MAX; blocks++) {
        mmv_status status = mmi__fetch(header, *offset, block, FITS_BLOCK);
        if (!status && blocks == 0 && !is_unit(block, is_first))
            return MMV_ENOENT;
        if (!status && blocks == 0 && is_first)
            status = mmi__fits_check_simple(header, block);
        for (size_t at = 0; at < FITS_BLOCK && status == MMV_OK; at += FITS_CARD) {
            if (mmi__fits_is(block + at, "END") && strspn(block + at + 3, " ") < FITS_CARD - 3)
                return mmi__refuse(header->container, MMV_EINVAL, "END", "the card is not blank behind it");
            if (mmi__fits_is(block + at, "END")) {
                unit->data = *offset += FITS_BLOCK;
                return MMV_OK;
            }
            status = mmi__fits_take_card(header, block + at, *offset + at, unit);
        }
        if (status)
            return status;
        *offset += FITS_BLOCK;
    }
    return mmi__refuse(header->container, MMV_EINVAL, "END", "is missing");
}

/* Bytes of a unit's data, which decide where the next begins. */
static bool data_bytes(const struct mmi__fits_unit *unit, uint64_t *bytes_ret)
{
    uint64_t count = unit->axis_count > 0;
    /* Groups have a first axis of length 0, which does not count. */
    bool is_groups = unit->is_groups && unit->axis_count > 0 && unit->axes[0] == 0;
    for (uint64_t i = is_groups; i < unit->axis_count; i++)
        if (!mmv_product(count, unit->axes[i], &count))
            return false;
    uint64_t size = (uint64_t)(unit->bits < 0 ? -unit->bits : unit->bits) / 8;
    return mmv_sum(count, unit->parameters, &count) && mmv_product(count, unit->groups, &count) &&
           mmv_product(count, size, &count) && count <= INT64_MAX && (*bytes_ret = count, true);
}

static bool has_pixels(const struct mmi__fits_unit *unit)
{
    if (!unit->is_image || unit->axis_count == 0)
        return false;
    for (uint64_t i = 0; i < unit->axis_count; i++)
        if (unit->axes[i] == 0)
            return false;
    return true;
}

static mmv_status check_unit(mmi__header *header, const struct mmi__fits_unit *unit)
{
    mmi_container *container = header->container;
    if (!unit->seen[FITS_BITPIX] || !unit->seen[FITS_NAXIS])
        return mmi__refuse(container, MMV_EINVAL, unit->seen[FITS_BITPIX] ? "NAXIS" : "BITPIX", "is missing");
    for (uint64_t i = 0; i < unit->axis_count; i++)
        if (!unit->seen_axis[i])
            return mmi__refuse(container, MMV_EINVAL, "NAXIS", "NAXIS%llu is missing", (unsigned long long)i + 1);
    return MMV_OK;
}

static mmv_status use_unit(mmi__header *header, const struct mmi__fits_unit *unit)
{
    mmi_container *container = header->container;
    mmi_image image = {.samples = 1, .width = unit->axes[0], .height = 1, .layout = MMI_BIP};
    bool is_float = unit->bits < 0;
    if (unit->parameters != 0 || unit->groups != 1)
        return mmi__refuse(container, MMV_ENOTSUP, "PCOUNT, GCOUNT", "samples with parameters are not supported");
    /* Of the integers only those of one byte have no sign. */
    if (!mmi__kind_of((unsigned)(is_float ? -unit->bits : unit->bits), unit->bits != 8, is_float, &image.type.kind))
        return mmi__refuse(container, MMV_ENOTSUP, "BITPIX", "%lld: samples of this type cannot be worked on",
                           (long long)unit->bits);
    image.type.big_endian = unit->bits != 8;
    if (unit->scale == 0)
        return mmi__refuse(container, MMV_EINVAL, "BSCALE", "0 makes all samples the same");
    uint64_t planes = 1;
    for (uint64_t i = 1; i < unit->axis_count; i++)
        if (!mmv_product(i == 1 ? image.height : planes, unit->axes[i], i == 1 ? &image.height : &planes))
            return mmi__refuse(container, MMV_EINVAL, "NAXIS", "the image fits no file");
    bool are_channels = planes > 1 && planes <= MMI_SAMPLES_MAX;
    container->slope = unit->scale;
    container->intercept = unit->zero;
    container->unit = unit->header;
    memcpy(container->part_name, unit->name, sizeof container->part_name);
    if (are_channels) {
        image.samples = (uint32_t)planes;
        image.layout = MMI_BSQ;
        planes = 1;
    } else if (!mmv_product(image.height, planes, &image.height)) {
        return mmi__refuse(container, MMV_EINVAL, "NAXIS", "the image fits no file");
    }
    mmv_status status = mmi__describe(header, image, planes, unit->data);
    if (!status && unit->seen[FITS_BLANK] && !is_float)
        status = mmi__take_no_data(container, "BLANK", unit->blank, unit->blank_is_rounded);
    return status;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

/* "NAME" or "NAME,VERSION", whatever the case. */
static bool is_called(const struct mmi__fits_unit *unit, const char *wanted)
{
    const char *comma = strrchr(wanted, ',');
    char name[80], number[24];
    if (mmi__same(unit->name, wanted) || (unit->header == 0 && mmi__same(wanted, "PRIMARY")))
        return true;
    if (!comma || (size_t)(comma - wanted) >= sizeof name)
        return false;
    snprintf(name, sizeof name, "%.*s", (int)(comma - wanted), wanted);
    snprintf(number, sizeof number, "%lld", (long long)unit->version);
    return mmi__same(unit->name, name) && strcmp(comma + 1, number) == 0;
}

struct search {
    mmi__part wanted;
    uint64_t images; /* how many there are so far */
    uint64_t found;  /* which of them is the wanted one; 0 = none yet */
};

/* A unit of the file: whether it is the wanted one. */
static mmv_status look_at(mmi__header *header, struct search *search, struct mmi__fits_unit *unit)
{
    mmi_container *container = header->container;
    if (unit->is_compressed && (!header->part || is_called(unit, header->part)))
        return mmi__refuse(container, MMV_ENOTSUP, "ZIMAGE", "its tiles are compressed; unpack it with funpack");
    if (!has_pixels(unit))
        return MMV_OK;
    search->images++;
    bool is_wanted =
        search->wanted.number > 0 ? search->images == search->wanted.number : is_called(unit, header->part);
    if (!is_wanted)
        return MMV_OK;
    search->found = search->images;
    return use_unit(header, unit);
}

/* The next unit, at *offset, which moves behind its data. MMV_ENOENT: there is none. */
static mmv_status next_unit(mmi__header *header, uint64_t *offset, struct mmi__fits_unit *unit)
{
    uint64_t bytes = 0;
    if (*offset > 0 && *offset >= header->source->size)
        return MMV_ENOENT;
    mmv_status status = read_unit(header, offset, unit);
    if (!status)
        status = check_unit(header, unit);
    if (!status && (!data_bytes(unit, &bytes) || !mmv_sum(*offset, mmv_round_up(bytes, FITS_BLOCK), offset)))
        status = mmi__refuse(header->container, MMV_EINVAL, "NAXIS", "the data fits no file");
    return status;
}

/* Units from *offset on that are counted only. Behind them there may be anything: what is no unit ends the file. */
static void count_units(mmi__header *header, struct search *search, struct mmi__fits_unit *unit, uint64_t offset)
{
    mmi_container result = *header->container;
    uint64_t end = offset;
    mmv_status status = MMV_OK;
    unsigned units = 0;
    for (; units < UNITS_MAX && !status; units++) {
        status = next_unit(header, &offset, unit);
        search->images += !status && has_pixels(unit);
        end = status ? end : offset;
    }
    *header->container = result;
    if (units < UNITS_MAX)
        mmi__note_behind(header, end, "unit");
}

/* Units up to the wanted image, whose fields the container then has. */
static mmv_status search_units(mmi__header *header, struct search *search, struct mmi__fits_unit *unit)
{
    uint64_t offset = 0;
    mmv_status status = MMV_OK;
    for (unsigned units = 0; units < UNITS_MAX && !status && search->found == 0; units++) {
        status = next_unit(header, &offset, unit);
        if (!status)
            status = look_at(header, search, unit);
    }
    if (!status && search->found > 0)
        count_units(header, search, unit, offset);
    return status == MMV_ENOENT ? MMV_OK : status;
}

/* ---- all images as one ------------------------------------------------------------------------------------------- */

/* Of several units no statistics are corrected, but it is said which are stale. Each name once. */
static void add_stale(mmi_container *all, const mmi_container *part)
{
    for (unsigned i = 0; i < part->stale_count; i++) {
        bool is_known = false;
        for (unsigned k = 0; k < all->stale_count; k++)
            is_known |= strcmp(all->stale[k].name, part->stale[i].name) == 0;
        if (!is_known)
            mmi__add_stale(all, part->stale[i].name, (mmi_stale){.kind = part->stale[i].kind, .form = MMI_STALE_APART});
    }
}

/* One more image, which 'part' describes. */
static mmv_status add_image(mmi__header *header, const mmi_container *part, uint64_t number, mmi_pieces **all)
{
    mmi_container *result = header->container;
    if (number == 1) {
        *result = *part;
        result->stale_count = 0;
        result->part_name[0] = '\0';
    }
    mmv_status status = mmi__add_part(header, part, number, "image", all);
    if (!status)
        add_stale(result, part);
    return status;
}

/* The next unit and, where it is an image, its description in *part. MMV_ENOENT: there is none. */
static mmv_status read_image(mmi__header *header, uint64_t *offset, struct mmi__fits_unit *unit, mmi_container *part)
{
    mmi_container *result = header->container;
    const bool is_rest = header->source->size < *offset + FITS_BLOCK;
    *part = (mmi_container){.format = result->format, .slope = 1};
    header->container = part;
    mmv_status status = next_unit(header, offset, unit);
    if (!status && unit->is_compressed)
        status = mmi__refuse(part, MMV_ENOTSUP, "ZIMAGE", "its tiles are compressed; unpack it with funpack");
    if (!status && has_pixels(unit))
        status = use_unit(header, unit);
    header->container = result;
    /* Less than a block is no unit. */
    if (status && is_rest && *offset > 0)
        return MMV_ENOENT;
    if (status && status != MMV_ENOENT)
        memcpy(result->problem, part->problem, sizeof result->problem);
    return status;
}

/* All were added; the last unit ends at byte 'end'. */
static mmv_status end_all(mmi__header *header, uint64_t images, mmi_pieces *all, uint64_t end)
{
    mmv_status status = mmi__end_parts(header, images, all);
    if (!status)
        mmi__note_behind(header, end, "unit");
    return status;
}

static mmv_status take_all(mmi__header *header, struct search *search, struct mmi__fits_unit *unit)
{
    uint64_t offset = 0, end = 0;
    mmi_pieces *all = NULL;
    mmi_container first = {0}, part;
    mmv_status status = MMV_OK;
    unsigned units = 0;
    for (; units < UNITS_MAX && !status; units++) {
        status = read_image(header, &offset, unit, &part);
        end = status ? end : offset;
        if (status || !has_pixels(unit))
            continue;
        first = search->images == 0 ? part : first;
        status = add_image(header, &part, ++search->images, &all);
    }
    if (!status)
        status = mmi__refuse_all(header, search->images, "there are too many units");
    if (status == MMV_ENOENT && search->images > 1)
        return end_all(header, search->images, all, end);
    mmi_pieces_destroy(&all);
    if (status != MMV_ENOENT)
        return status;
    if (search->images == 1)
        *header->container = first;
    search->found = search->images;
    return MMV_OK;
}

mmv_status mmi__read_fits(mmi__header *header)
{
    struct search search = {.wanted = mmi__wanted_part(header)};
    struct mmi__fits_unit *unit = malloc(sizeof *unit);
    if (!unit)
        return mmv_error_set(MMV_ENOMEM, 0, "read header");
    mmv_status status = search.wanted.is_all ? take_all(header, &search, unit) : search_units(header, &search, unit);
    free(unit);
    if (status || header->container->pieces)
        return status;
    if (search.images == 0)
        return mmi__refuse(header->container, MMV_ENOTSUP, "NAXIS", "no unit of the file has an image");
    if (search.found == 0)
        return mmi__refuse_part(header, search.images, "image");
    mmi__use_part(header, search.found, search.images, "image");
    return MMV_OK;
}
