/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_FORMATS_FITS_H
#define MMIMAGE_FORMATS_FITS_H

/* fits: the cards of a unit, for what fits.c makes of units. */

#include "formats/header.h"

#define FITS_CARD 80u
#define FITS_BLOCK 2880u

/* What a unit may say once. */
enum mmi__fits_keyword {
    FITS_BITPIX,
    FITS_NAXIS,
    FITS_BSCALE,
    FITS_BZERO,
    FITS_BLANK,
    FITS_PCOUNT,
    FITS_GCOUNT,
    FITS_XTENSION,
    FITS_ZIMAGE,
    FITS_GROUPS,
    FITS_EXTNAME,
    FITS_EXTVER,
    FITS_KEYWORDS
};

struct mmi__fits_unit {
    int64_t bits;
    uint64_t axes[999];
    uint64_t axis_count;
    bool seen[FITS_KEYWORDS], seen_axis[999];
    bool is_image, is_compressed, is_groups;
    double scale, zero, blank;
    bool blank_is_rounded;
    uint64_t groups, parameters;
    char name[80]; /* EXTNAME */
    int64_t version;
    uint64_t header, data; /* where its cards and its samples begin */
};

/* mmi__fits_is() - whether a card is of this keyword, as the standard has it. */
bool mmi__fits_is(const char *card, const char *keyword);

/* mmi__fits_check_simple() - the first card of a file: it may say that the file does not follow the standard. */
mmv_status mmi__fits_check_simple(mmi__header *header, const char *card);

/* mmi__fits_take_card() - what the card at byte 'at' of the file says goes into the unit. */
mmv_status mmi__fits_take_card(mmi__header *header, const char *card, uint64_t at, struct mmi__fits_unit *unit);

#endif
