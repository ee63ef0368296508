/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_STATS_H
#define MMIMAGE_STATS_H

/*
 * stats: statistics of the samples of an image, channel by channel: extremes, mean, deviation, and how often each value
 * occurs.
 *
 * The figures depend neither on the number of threads, nor on the order in which blocks are added, nor on the
 * processor. Sums of integers are exact. Floats are summed in blocks of MMI_STATS_BLOCK. The mean and the sum of
 * squared distances from it are computed for each block. These are merged pair by pair, in a tree that the numbers of
 * the blocks determine. Source: Chan, Golub, LeVeque: Updating formulae and a pairwise algorithm for computing sample
 * variances, 1979.
 */

#include <mmimage/image.h>

MMV_BEGIN_DECLS

/*
 * The number of records in a block; records are pixels, or samples of one channel. The last block may have fewer, and
 * so may blocks of large records. Images that are cut into the same blocks get the same figures, to the last bit.
 */
#define MMI_STATS_BLOCK 65536

/* A block: samples that lie one behind the other, at any alignment. */
#define MMI_ALL_CHANNELS UINT32_MAX
typedef struct mmi_block {
    uint32_t channel; /* the channel of the samples; MMI_ALL_CHANNELS = whole pixels, with samples of each channel */
    uint64_t number;  /* number of this block in the image, or in the channel, from 0 */
    const void *data;
    size_t count; /* pixels of all channels, or samples of one */
} mmi_block;

typedef struct mmi_channel_stats {
    uint64_t count;              /* samples that are finite numbers; min, max, mean and sd are those of these samples */
    uint64_t nan, infinite;      /* floats that are not finite */
    uint64_t low, high;          /* integers at or beyond the lowest and the highest value: see mmi_stats_set_ends() */
    double min, max, mean, sd;   /* sd: of the population; all NaN when count is 0 */
    uint64_t no_data;            /* samples that are left out of all other figures: see mmi_stats_set_no_data() */
    uint64_t min_bits, max_bits; /* integers: min and max exactly, as by mmi_sample_bits(); 0 when count is 0 */
    uint64_t reserved_[1];       /* room for figures of later versions */
} mmi_channel_stats;

typedef struct mmi_stats mmi_stats;

/*
 * mmi_stats_create() - begin to count.
 * Shape:   'channels' is the number of channels of the image. 'threads' is how many threads will call mmi_stats_add()
 *          at once.
 * Owner:   the caller, until mmi_stats_destroy().
 * Errors:  MMV_ENOMEM; stats_ret untouched then.
 */
MMV_API mmv_status mmi_stats_create(mmi_type type, uint32_t channels, unsigned threads, mmi_stats **stats_ret);

/*
 * mmi_stats_set_no_data() - leave out samples that equal one of values[0..count), at most 16, and count them apart.
 * Shape:   NaN matches any NaN. Values that the type cannot hold (mmi_type_holds()) match nothing. For float types the
 *          values are rounded to the type. Call this before the first block, with the same values in all processes.
 * Errors:  MMV_EINVAL(no_data): too many.
 */
MMV_API mmv_status mmi_stats_set_no_data(mmi_stats *stats, const double *values, size_t count);

/*
 * mmi_stats_set_ends() - set the lowest and the highest value of integers that do not use the whole range of their
 * type, as with a header's maxval. Without this call these values are the ends of the type. Call it before the first
 * block.
 */
MMV_API void mmi_stats_set_ends(mmi_stats *stats, double low, double high);

/*
 * mmi_stats_add() - count one block. Add each block once.
 * Threads: one call at a time for each 'thread', which is below the number given to mmi_stats_create().
 * Errors:  MMV_ENOMEM.
 */
MMV_API mmv_status mmi_stats_add(mmi_stats *stats, unsigned thread, const mmi_block *block);

/*
 * mmi_stats_pack() - copy all counts into bytes, for another process that counts other blocks of the same image.
 * mmi_stats_merge() - add what another process has packed. The figures are then the same as if this process had added
 * all blocks.
 * Shape:   the other process runs the same version on the same kind of machine.
 * Owner:   the bytes are the caller's, for free(3).
 * Threads: no thread may be adding meanwhile.
 * Errors:  MMV_ENOMEM. mmi_stats_merge() also returns MMV_EINVAL(bytes) when the bytes are of other samples, or
 *          mmi_stats_pack() has not made them. After an error nothing of the bytes is counted.
 */
MMV_API mmv_status mmi_stats_pack(const mmi_stats *stats, void **bytes_ret, size_t *size_ret);
MMV_API mmv_status mmi_stats_merge(mmi_stats *stats, const void *bytes, size_t size);

/* mmi_stats_get() - fill results_ret[0..channels). Call this after the last block. */
MMV_API void mmi_stats_get(mmi_stats *stats, mmi_channel_stats *results_ret);

MMV_API void mmi_stats_destroy(mmi_stats **stats);

/*
 * mmi_key_bits() - the width of a type's keys in bits: 8 to 64. The next comment says what a key is. mmi_key_value() -
 * the sample that has a key, as a double, rounded as by mmi_sample_get(). mmi_key_sample() - the same sample exactly,
 * as by mmi_sample_bits().
 */
MMV_API unsigned mmi_key_bits(mmi_type type);
MMV_API double mmi_key_value(mmi_type type, uint64_t key);
MMV_API uint64_t mmi_key_sample(mmi_type type, uint64_t key);

/*
 * A digit: 16 bits of the keys of some samples.
 *
 * A sample's key is an unsigned number as wide as the sample; a larger sample has a larger key. For integers the key
 * is the sample less the lowest value of the type. For floats the key is made of the sample's bits. Samples of up to 16
 * bits have one digit, their key; wider samples have 2 or 4. A median or percentile is found digit by digit, from the
 * top. Count how often each value of the highest digit occurs: the counts tell this digit of the median. Then count
 * the next digit only in samples whose higher digits are those found so far.
 */
#define MMI_DIGITS 65536 /* values of a digit */
typedef struct mmi_digit {
    uint32_t channel; /* channel of the samples */
    unsigned shift;   /* the digit is bits shift .. shift + 15 of the key */
    uint64_t prefix;  /* the higher digits: only samples are counted whose key >> shift >> 16 is this */
} mmi_digit;

/* mmi_digits - how often each value of some digits occurs. */
typedef struct mmi_digits mmi_digits;

/* Bytes of memory that mmi_digits takes for each digit. */
#define MMI_DIGITS_BYTES (768 * MMV_KIB)

/*
 * mmi_digits_create() - begin to count digits[0..count), which are sorted by channel.
 * Owner:   the caller, until mmi_digits_destroy(), which sets *digits to NULL; a NULL *digits is fine.
 * Threads: one at a time. Threads that count at once have one object each, to be joined by mmi_digits_merge().
 * Errors:  MMV_ENOMEM; digits_ret untouched then.
 */
MMV_API mmv_status mmi_digits_create(mmi_type type, uint32_t channels, const mmi_digit *digits, size_t count,
                                     mmi_digits **digits_ret);

/* mmi_digits_set_no_data() - the same as mmi_stats_set_no_data(). Call it before the first block. */
MMV_API mmv_status mmi_digits_set_no_data(mmi_digits *digits, const double *values, size_t count);

/*
 * mmi_digits_add() - count the samples of a block. The number of the block does not matter. NaN is not counted;
 * infinities are.
 */
MMV_API void mmi_digits_add(mmi_digits *digits, const mmi_block *block);

/* mmi_digits_merge() - add the counts of 'other', which must be of the same digits. */
MMV_API void mmi_digits_merge(mmi_digits *digits, mmi_digits *other);

/*
 * mmi_digits_counts() - counts[0..MMI_DIGITS) of the index-th digit: how often each of its values occurs.
 * Owner:   'digits'; valid until the next mmi_digits_add(). The caller may add the counts of other processes to these.
 */
MMV_API uint64_t *mmi_digits_counts(mmi_digits *digits, size_t index);

MMV_API void mmi_digits_destroy(mmi_digits **digits);

MMV_END_DECLS

#endif
