/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_SRC_INVERSE_H
#define MMIMAGE_SRC_INVERSE_H

/*
 * inverse: a prepared way back. inverse.c cuts batches into strips; inverse_map.c has small samples, whose whole map is
 * a table, inverse_guess.c the others; inverse_scan.c looks where words can be other than 0, and goes back where that
 * is a subtraction.
 */

#include "adjust/lines.h"

#include <mmimage/inverse.h>

/* Channels that change alike share a map. With more maps than this samples of 16 bits are guessed, too. */
#define MMI__MAPS 64

/* Values [start, start + count) modulo those that the type has; count 0 = none. */
struct mmi__interval {
    uint16_t start, count;
};

/* Values from 'start' to 'start + last', modulo those that the type has, were 'by' less. */
struct mmi__shift {
    uint16_t start, last, by;
};

/* Of what no sample becomes. */
#define MMI__NOTHING UINT32_MAX

/* The whole map of small samples, as numbers in this machine's byte order. */
struct mmi__map {
    size_t channel;                /* the first one that has it */
    uint16_t *word;                /* [values]: which of the samples that become the same one this is */
    uint32_t *first;               /* [values]: of those that become this one where the others are listed; see below */
    uint16_t *others;              /* [values]: samples that become the same one lie together, word 0 first */
    uint32_t *back;                /* [values]: the one with word 0 that becomes this one, or MMI__NOTHING */
    struct mmi__interval lossy[2]; /* where words are not 0: in these, but not everywhere in them */
    struct mmi__shift shifts[2];   /* where 'back' is a subtraction: in both, with the first one's where they overlap */
};

/* Word 'w' of 'y' is others[first[y] + w], as long as that is before first[y + 1]. */

/* Intervals that lie side by side, for samples that do. */
struct mmi__lossy {
    const uint16_t *start, *count;
};
struct mmi__shifts {
    const uint16_t *start[2], *last[2], *by[2];
};

/* mmi__clean_loop: how many blocks of 'lanes' samples, from the first on, have none in its interval. */
typedef size_t mmi__clean_loop(struct mmi__lossy in, const unsigned char *samples, size_t lanes, size_t blocks);

/*
 * mmi__shift_loop: how many blocks, from the first on, have all samples in one of their shifts. These go to 'to' as
 * they were; it may be 'from'.
 */
typedef size_t mmi__shift_loop(struct mmi__shifts by, const unsigned char *from, unsigned char *to, size_t lanes,
                               size_t blocks);

/* For samples that are bytes, and words in this machine's order and in the other one. */
struct mmi__scan_loops {
    mmi__clean_loop *clean_byte, *clean_plain, *clean_swapped;
    mmi__shift_loop *shift_byte, *shift_plain, *shift_swapped;
};
extern const struct mmi__scan_loops mmi__scan_loops_base, mmi__scan_loops_avx2;

/* Of the samples of one strip: intervals one channel after the other, so that a strip can begin at any. */
struct mmi__scan {
    uint16_t *memory;           /* of all that follow: [lanes + channels] each */
    struct mmi__lossy lossy[2]; /* the first ones of all maps, and the second ones */
    struct mmi__shifts shifts;
    size_t lanes; /* a multiple of the channels */
    mmi__clean_loop *clean;
    mmi__shift_loop *shift;
    bool is_double; /* the second lossy ones are not all empty */
};

struct mmi_inverse {
    const mmi_adjust *adjust;
    struct mmi__lines lines;
    size_t size;     /* bytes of a sample */
    bool is_swapped; /* samples have the other byte order */
    size_t values;   /* that a small sample can have; 0 = they are guessed */
    struct mmi__map *maps;
    size_t map_count;
    uint8_t *map_of; /* [samples]: index of the channel's map; NULL = guessed */
    struct mmi__scan scan;
};

/* mmi__map_create() - that of a channel; false when there is no memory. mmi__map_drop() in any case. */
bool mmi__map_create(const mmi_inverse *inverse, size_t channel, struct mmi__map *map_ret);
void mmi__map_drop(struct mmi__map *map);

/* Samples of a strip, the first of which is of 'channel'. */
struct mmi__strip_words {
    size_t channel, count;
    const unsigned char *source;
    unsigned char *target, *words; /* either may be NULL, see the function */
};

/* The words of a strip go to 'words'. Returns how many are not 0. */
size_t mmi__map_keep(const mmi_inverse *inverse, const struct mmi__strip_words *strip);
size_t mmi__guess_keep(const mmi_inverse *inverse, const struct mmi__strip_words *strip);

/* The old samples go to 'target'; words NULL = all 0. Whether all could have become what they are. */
bool mmi__map_restore(const mmi_inverse *inverse, const struct mmi__strip_words *strip);
bool mmi__guess_restore(const mmi_inverse *inverse, const struct mmi__strip_words *strip);

/* mmi__scan_create() - from the maps; false when there is no memory. */
bool mmi__scan_create(mmi_inverse *inverse);
void mmi__scan_drop(struct mmi__scan *scan);

/*
 * mmi__scan_clean() - how many of samples[0..count) from the first on have the word 0 for sure: as many blocks of
 * scan.lanes as that, or all.
 */
size_t mmi__scan_clean(const mmi_inverse *inverse, size_t channel, const unsigned char *samples, size_t count);

/* mmi__scan_shift() - take as many of source[0..count) back from the first on, all words of which are 0, in such
 * blocks. Returns how many. */
size_t mmi__scan_shift(const mmi_inverse *inverse, const struct mmi__strip_words *strip);

/* mmi__are_zero() - whether all words are; NULL = there are none. */
static inline bool mmi__are_zero(const unsigned char *words, size_t length)
{
    unsigned char any = 0;
    for (size_t i = 0; words && i < length; i++)
        any |= words[i];
    return any == 0;
}

/* What sample i of a strip is of. */
static inline size_t mmi__inverse_channel(const mmi_inverse *inverse, size_t channel, size_t i)
{
    return inverse->adjust->image.layout == MMI_BIP ? (channel + i) % inverse->adjust->image.samples : channel;
}

/* mmi__inverse_apply() - what a sample becomes: mmi__apply(), but no data stay. */
void mmi__inverse_apply(const mmi_adjust *adjust, size_t channel, const void *source, void *target);

#endif
