/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_ADJUST_H
#define MMIMAGE_ADJUST_H

/*
 * adjust: gain and saturating add on the samples of an image.
 *
 * Integers of up to 32 bits are multiplied in double and rounded half to even. Then the amount is added, and the result
 * is clamped to the ends of the type. Integers of 64 bits are treated the same, but the product of sample and gain is
 * exact before it is rounded half to even. Without a gain integers do not go through a double. Floats are multiplied
 * and added in their own precision, with one rounding each. Floats are clamped only if 'clamp' asks for it, and a NaN
 * stays the same NaN. Samples of f16 are computed in f32, and the result is rounded to the nearest f16, half to even.
 * 65504 is the largest f16, and f16 near it have steps of 32. A result whose magnitude exceeds 65504 by 16 or more
 * becomes infinite. A gain of 1 and an amount of 0 change nothing, not even -0. The result depends neither on how the
 * image is cut into batches, nor on the compiler, nor on the processor.
 */

#include <mmimage/image.h>

MMV_BEGIN_DECLS

/* Zero bytes mean the defaults: add nothing, all channels, the whole image. */
typedef struct mmi_adjust_options {
    /*
     * add_count amounts: one for all channels, or one per channel; without any, 0 is added. For integer types the
     * amounts are integers up to 2^40
     */
    const double *add;
    size_t add_count;
    const double *gain; /* gain_count finite factors: one for all channels, or one per channel; without any: 1 */
    size_t gain_count;
    const bool *channels; /* channels[0..samples): which to change; NULL = all */
    mmi_region region;    /* which pixels to change */
    bool clamp;           /* limit results to [low, high], for floats and for integers (within their type) */
    double low, high;     /* low <= high, may be infinite; integers for integer types; f16 and f32 round them */
    /*
     * A stored sample means stored + bias, and gains multiply this sum. bias is for integer types only: an integer up
     * to 2^40, or up to 2^63 for samples of 64 bits. add, low and high are in the numbers of stored samples
     */
    double bias;
    /*
     * Stored samples that stand for "no data" and stay as they are, whatever the change: no_data[0..no_data_count), at
     * most 16. NaN means any NaN; values that the type does not hold (mmi_type_holds()) match nothing
     */
    const double *no_data;
    size_t no_data_count;
    uint64_t reserved_[2]; /* zero: room for fields of later versions */
} mmi_adjust_options;

typedef struct mmi_adjust mmi_adjust;

typedef struct mmi_tally {
    /*
     * Samples whose result was below or above the limits of the type or of the clamp; for floats only the clamp counts
     */
    uint64_t low, high;
    uint64_t no_data;        /* samples that were left alone because they stand for no data */
    uint64_t became_no_data; /* other samples that have become "no data" by the change */
} mmi_tally;

/* Samples that lie one behind the other: bytes [offset, offset + length) of an image, which are whole samples. */
typedef struct mmi_batch {
    uint64_t offset;    /* from the image's first byte */
    const void *source; /* source[0..length): the samples, at any alignment */
    void *target;       /* target[0..length): the results; the same memory as source, or without a common byte */
    size_t length;
} mmi_batch;

/*
 * mmi_adjust_create() - prepare the tables for an image and an adjustment. Options are copied.
 * Owner:   the caller, until mmi_adjust_destroy().
 * Errors:  MMV_EINVAL(add|gain|clamp|bias|no_data|samples|width|height|layout), MMV_ERANGE(region|add|gain),
 *          MMV_ENOMEM; adjust_ret untouched then.
 */
MMV_API mmv_status mmi_adjust_create(const mmi_image *image, const mmi_adjust_options *options,
                                     mmi_adjust **adjust_ret);

/*
 * mmi_adjust_run() - adjust the samples of one batch that lie in the region and the channels.
 * Shape:   samples outside of region and channels are copied. The counts are added to tally[0..samples), one for each
 *          channel; NULL = do not count.
 * Threads: any number at once on one adjust, each with its own tally.
 */
MMV_API void mmi_adjust_run(const mmi_adjust *adjust, const mmi_batch *batch, mmi_tally *tally);

/*
 * mmi_adjuster_create() - prepare for many short batches, one after the other. An adjuster does its preparations once,
 * and adds up its counts at the end; mmi_adjust_run() does both for each batch.
 * Shape:   mmi_adjuster_run() is mmi_adjust_run(). The tally is complete only after mmi_adjuster_destroy(), which sets
 *          *adjuster to NULL; a NULL *adjuster is fine.
 * Owner:   the caller; adjust and tally must outlive it.
 * Threads: each thread needs its own adjuster.
 * Errors:  NULL when there is no memory.
 */
typedef struct mmi_adjuster mmi_adjuster;
MMV_API mmi_adjuster *mmi_adjuster_create(const mmi_adjust *adjust, mmi_tally *tally);
MMV_API void mmi_adjuster_run(mmi_adjuster *adjuster, const mmi_batch *batch);
MMV_API void mmi_adjuster_destroy(mmi_adjuster **adjuster);

/*
 * mmi_adjust_run_scalar() - the same as mmi_adjust_run() by the plain definition, sample by sample. It is slow and does
 * not use the kernels, so the results of the kernels can be compared with its results.
 */
MMV_API void mmi_adjust_run_scalar(const mmi_adjust *adjust, const mmi_batch *batch, mmi_tally *tally);

MMV_API void mmi_adjust_destroy(mmi_adjust **adjust);

MMV_END_DECLS

#endif
