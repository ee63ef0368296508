/* SPDX-License-Identifier: MIT */
/*
 * fits_cards: the lines of a FITS header.
 *
 *     KEYWORD = value / comment        keyword in 1-8, in capitals, "= " in 9-10
 *
 * Source: FITS standard 4.0, https://fits.gsfc.nasa.gov/fits_standard.html
 */

#include "formats/fits.h"

#include <stdio.h>
#include <string.h>

static const char *const keywords[FITS_KEYWORDS] = {"BITPIX", "NAXIS",    "BSCALE", "BZERO",  "BLANK",   "PCOUNT",
                                                    "GCOUNT", "XTENSION", "ZIMAGE", "GROUPS", "EXTNAME", "EXTVER"};

bool mmi__fits_is(const char *card, const char *keyword)
{
    size_t length = strlen(keyword);
    for (size_t i = length; i < 8; i++)
        if (card[i] != ' ')
            return false;
    return memcmp(card, keyword, length) == 0;
}

/* The value without its comment and blanks around it, ended by a NUL. */
static void value_of(const char *card, char text[72])
{
    size_t length = 0, begin = 10;
    bool quoted = false;
    while (begin < FITS_CARD && card[begin] == ' ')
        begin++;
    for (size_t i = begin; i < FITS_CARD; i++) {
        quoted ^= card[i] == '\'';
        if (card[i] == '/' && !quoted)
            break;
        text[length++] = card[i];
    }
    while (length > 0 && text[length - 1] == ' ')
        length--;
    text[length] = '\0';
}

/* A whole number with a sign. */
static mmv_status take_signed(mmi__header *header, const char *field, const char *text, uint64_t most,
                              int64_t *value_ret)
{
    bool negative = *text == '-';
    uint64_t value;
    mmv_status status = mmi__count(header, field, text + (negative || *text == '+'), (mmi__limits){0, most}, &value);
    if (!status)
        *value_ret = negative ? -(int64_t)value : (int64_t)value;
    return status;
}

/* 'IMAGE   ': blanks at the end do not count, and two apostrophes mean one. */
static void take_string(const char *text, char *string, size_t size)
{
    size_t length = 0;
    if (*text == '\'')
        for (const char *p = text + 1; *p && (*p != '\'' || p[1] == '\''); p++) {
            if (length + 1 < size)
                string[length++] = *p;
            p += *p == '\'';
        }
    while (length > 0 && string[length - 1] == ' ')
        length--;
    string[length] = '\0';
}

static bool take_truth(const char *text)
{
    return strcmp(text, "T") == 0;
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
        if (mmi__fits_is(card, fields[i].keyword))
            mmi__add_stale(
                header->container, fields[i].keyword,
                (mmi_stale){
                    .kind = fields[i].kind, .form = fields[i].form, .offset = at + 10, .length = (uint32_t)room});
}

static mmv_status take_value(mmi__header *header, enum mmi__fits_keyword keyword, const char *text,
                             struct mmi__fits_unit *unit)
{
    const mmi__limits any = {0, INT64_MAX};
    char string[80];
    double version;
    mmv_status status = MMV_OK;
    switch (keyword) {
    case FITS_BITPIX:
        return take_signed(header, "BITPIX", text, 64, &unit->bits);
    case FITS_NAXIS:
        return mmi__count(header, "NAXIS", text, (mmi__limits){0, 999}, &unit->axis_count);
    case FITS_BSCALE:
        return mmi__real(header, "BSCALE", text, &unit->scale);
    case FITS_BZERO:
        return mmi__real(header, "BZERO", text, &unit->zero);
    case FITS_BLANK:
        status = mmi__real(header, "BLANK", text, &unit->blank);
        unit->blank_is_rounded = !status && mmi__is_rounded(text, unit->blank);
        return status;
    case FITS_PCOUNT:
        return mmi__count(header, "PCOUNT", text, any, &unit->parameters);
    case FITS_GCOUNT:
        return mmi__count(header, "GCOUNT", text, any, &unit->groups);
    case FITS_XTENSION:
        take_string(text, string, sizeof string);
        unit->is_image = strcmp(string, "IMAGE") == 0;
        break;
    case FITS_ZIMAGE:
        unit->is_compressed = take_truth(text);
        break;
    case FITS_GROUPS:
        unit->is_groups = take_truth(text);
        break;
    case FITS_EXTNAME:
        take_string(text, unit->name, sizeof unit->name);
        break;
    case FITS_EXTVER:
        status = mmi__real(header, "EXTVER", text, &version);
        unit->version = status ? 1 : (int64_t)version;
        break;
    case FITS_KEYWORDS:
        break;
    }
    return status;
}

static mmv_status take_axis(mmi__header *header, const char *card, const char *text, struct mmi__fits_unit *unit)
{
    char name[9] = {0};
    const char *digits = card + 5;
    uint64_t index;
    memcpy(name, card, 8);
    if (!mmi__take_count(&digits, &index) || index < 1 || index > 999 || (digits < card + 8 && *digits != ' '))
        return MMV_OK;
    if (unit->seen_axis[index - 1])
        return mmi__refuse(header->container, MMV_EINVAL, name, "it is said twice");
    unit->seen_axis[index - 1] = true;
    return mmi__count(header, name, text, (mmi__limits){0, INT64_MAX}, &unit->axes[index - 1]);
}

/* The keyword as some programs would read it, although it is not as the standard has it: without blanks. */
static void read_loosely(const char *card, char name[9])
{
    char text[9];
    size_t length = 0;
    snprintf(text, sizeof text, "%.8s", card);
    for (size_t i = 0; text[i] && text[i] != '='; i++)
        if (text[i] != ' ')
            name[length++] = text[i];
    name[length] = '\0';
}

/* NAXIS1 to NAXIS999, whatever the case. */
static bool is_axis(const char *name)
{
    char front[6];
    snprintf(front, sizeof front, "%.5s", name);
    return mmi__same(front, "NAXIS") && name[5] >= '1' && name[5] <= '9' &&
           strspn(name + 5, "0123456789") == strlen(name + 5);
}

static mmv_status refuse_card(mmi__header *header, const char *keyword, const char *card)
{
    return mmi__refuse(header->container, MMV_EINVAL, keyword, "the card is not as the standard has it: \"%.30s\"",
                       card);
}

mmv_status mmi__fits_take_card(mmi__header *header, const char *card, uint64_t at, struct mmi__fits_unit *unit)
{
    char text[72], name[9];
    bool has_value = memcmp(card + 8, "= ", 2) == 0;
    value_of(card, text);
    read_loosely(card, name);
    for (int i = 0; i < FITS_KEYWORDS; i++) {
        bool is_exact = mmi__fits_is(card, keywords[i]) && has_value;
        if (!is_exact && !mmi__same(name, keywords[i]))
            continue;
        if (!is_exact && i <= FITS_GROUPS)
            return refuse_card(header, keywords[i], card);
        if (i <= FITS_GROUPS && unit->seen[i])
            return mmi__refuse(header->container, MMV_EINVAL, keywords[i], "it is said twice");
        unit->seen[i] = is_exact;
        return is_exact ? take_value(header, (enum mmi__fits_keyword)i, text, unit) : MMV_OK;
    }
    if (is_axis(name) && !(mmi__fits_is(card, name) && has_value && memcmp(card, "NAXIS", 5) == 0))
        return refuse_card(header, "NAXIS", card);
    if (is_axis(name))
        return take_axis(header, card, text, unit);
    if (has_value)
        note_stale(header, card, at);
    return MMV_OK;
}

/* What it means then nobody knows. */
mmv_status mmi__fits_check_simple(mmi__header *header, const char *card)
{
    char text[72];
    value_of(card, text);
    if (!mmi__fits_is(card, "SIMPLE") || take_truth(text))
        return MMV_OK;
    return mmi__refuse(header->container, MMV_ENOTSUP, "SIMPLE",
                       "%.20s: the file says that it does not follow the standard", text);
}
