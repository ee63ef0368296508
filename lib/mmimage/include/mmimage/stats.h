/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_STATS_H
#define MMIMAGE_STATS_H

/*
 * stats: what the samples of an image are like, channel by channel: extremes, mean, deviation, and how often each
 * value is there.
 *
 * The figures depend neither on the number of threads, nor on the order in which blocks are added, nor on the
 * processor. Of integers sums are exact; floats are summed in blocks of MMI_STATS_BLOCK, whose means and squares are
 * merged as a tree in the order of their numbers (Chan, Golub, LeVeque: Updating formulae and a pairwise algorithm for
 * computing sample variances, 1979).
 */

#include <mmimage/image.h>

MMV_BEGIN_DECLS

/* Records in a block: pixels, or samples of one channel. All but the last of an image, or of a plane, are whole. */
#define MMI_STATS_BLOCK 65536

typedef struct mmi_channel_stats {
    uint64_t count;            /* samples that are finite numbers: what the rest is of */
    uint64_t nan, infinite;    /* floats that are not */
    uint64_t low, high;        /* integers at the lowest and at the highest value of their type */
    double min, max, mean, sd; /* sd: of the population; all NaN when there are none */
} mmi_channel_stats;

typedef struct mmi_stats mmi_stats;

/*
 * mmi_stats_create() - begin to count.
 * Shape:   'channels' that lie side by side (bip) or apart; 'threads' that will add at once.
 * Owner:   the caller, until mmi_stats_destroy().
 * Errors:  MMV_ENOMEM; stats_ret untouched then.
 */
MMV_API mmv_status mmi_stats_create(mmi_type type, uint32_t channels, unsigned threads, mmi_stats **stats_ret);

/*
 * mmi_stats_add() - count one block.
 * Shape:   'count' pixels of all channels; or, with 'channel' not MMI_ALL_CHANNELS, samples of that one. 'block'
 *          numbers the blocks of the image, or of the channel, from 0; each is added once. Any alignment.
 * Threads: one at a time for each 'thread' below the number that create was told.
 * Errors:  MMV_ENOMEM.
 */
#define MMI_ALL_CHANNELS UINT32_MAX
MMV_API mmv_status mmi_stats_add(mmi_stats *stats, unsigned thread, uint32_t channel, uint64_t block, const void *data,
                                 size_t count);

/*
 * mmi_stats_pack() - what was counted, as bytes for another process that counts other blocks of the same image.
 * mmi_stats_merge() - add what another process has packed. The figures are those of one process that has added all
 * blocks.
 * Shape:   the other process runs the same version on the same kind of machine.
 * Owner:   the bytes are the caller's, for free(3).
 * Threads: none may be adding.
 * Errors:  MMV_ENOMEM; merge: MMV_EINVAL(bytes) when they are of other samples, or no such bytes. Nothing is counted
 *          then.
 */
MMV_API mmv_status mmi_stats_pack(const mmi_stats *stats, void **bytes_ret, size_t *size_ret);
MMV_API mmv_status mmi_stats_merge(mmi_stats *stats, const void *bytes, size_t size);

/* mmi_stats_get() - results_ret[0..channels); after the last block. */
MMV_API void mmi_stats_get(mmi_stats *stats, mmi_channel_stats *results_ret);

MMV_API void mmi_stats_destroy(mmi_stats **stats);

/*
 * A digit histogram: how many samples of a channel have a value, or of wide types a leading part of it.
 *
 * A sample's key is an unsigned number of its width in the order of the values: integers moved to begin at 0, the bits
 * of floats turned so that they grow. A pass counts 16 bits of the key, of those samples whose bits above are
 * 'prefix': once for types of up to 16 bits, and 2 or 4 times, from the top, to find one value exactly among wider
 * ones.
 */
#define MMI_DIGITS 65536

typedef struct mmi_digits {
    uint32_t channel;
    unsigned shift;              /* the bits of the key that are counted: shift .. shift + 15 */
    uint64_t prefix;             /* key >> shift >> 16 */
    uint64_t counts[MMI_DIGITS]; /* complete after mmi_digits_settle() */
    uint64_t pending;            /* mmi_digits_add()'s own: samples that are counted in 'recent' only */
    uint32_t recent[MMI_DIGITS]; /* half as large as the counts, hence more of it in the processor's cache */
} mmi_digits;

/* mmi_key_bits() - the width of a type's keys: 8 to 64. mmi_key_value() - the sample that has a key, as a double. */
MMV_API unsigned mmi_key_bits(mmi_type type);
MMV_API double mmi_key_value(mmi_type type, uint64_t key);

/*
 * mmi_digits_add() - count the samples of a run into the tables[0..table_count) of their channels, sorted by channel.
 * mmi_digits_settle() - after the last run: counts are complete.
 * Shape:   as mmi_stats_add(). NaN is left out; infinities have keys.
 * Threads: tables of its own for each.
 */
MMV_API void mmi_digits_settle(mmi_digits *table);
MMV_API void mmi_digits_add(mmi_type type, uint32_t channels, uint32_t channel, const void *data, size_t count,
                            mmi_digits *tables, size_t table_count);

MMV_END_DECLS

#endif
