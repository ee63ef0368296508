/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_INVERSE_H
#define MMIMAGE_INVERSE_H

/*
 * inverse: keep what samples lose by an adjustment, and restore the samples as they were.
 *
 * Old samples cannot be computed from new ones that are saturated or rounded. So a word is kept for each sample, as
 * wide as the sample. The word is 0 where the change alone tells the old sample, and that is nearly everywhere. A word
 * is:
 *
 *     8 and 16 bits    several old values become the same new value: the word tells which of them the sample had;
 *                      0 = the one that the change leaves as it is, if there is one, else the lowest of them
 *     others           the old sample XOR the sample that the inverse of the change gives
 *
 * Samples that stand for "no data", and those outside of region and channels, stay as they are: their words are 0.
 * Words are in this machine's byte order; their values are the same on every machine.
 */

#include <mmimage/adjust.h>

MMV_BEGIN_DECLS

typedef struct mmi_inverse mmi_inverse;

/*
 * mmi_inverse_create() - prepare to undo an adjustment. For samples of 16 bits the inverse takes 0.5 MiB of memory for
 * each pair of amount and gain, up to 32 MiB.
 * Owner:   the caller, until mmi_inverse_destroy(), which sets *inverse to NULL; adjust must outlive it.
 * Errors:  MMV_ENOMEM; inverse_ret untouched then.
 */
MMV_API mmv_status mmi_inverse_create(const mmi_adjust *adjust, mmi_inverse **inverse_ret);

/*
 * mmi_inverse_keep() - the words of samples that are about to change.
 * Shape:   batch->source are the samples. The call returns how many words are not 0. If any is not 0, batch->target has
 *          a word for each sample. Otherwise the content of the target is undefined. The target must not be the same
 *          memory as the source.
 * Threads: any number at once.
 */
MMV_API size_t mmi_inverse_keep(const mmi_inverse *inverse, const mmi_batch *batch);

/*
 * mmi_inverse_restore() - compute the old samples from the changed samples and their words.
 * Shape:   batch->source are the changed samples; batch->target, which may be the same memory, gets the old ones.
 *          words[0..length), at any alignment, are those of mmi_inverse_keep(); NULL = all are 0. The call returns true
 *          when the change can have made each sample from the old sample that its word tells. After false the content
 *          of the target is undefined.
 * Threads: any number at once.
 */
MMV_API bool mmi_inverse_restore(const mmi_inverse *inverse, const mmi_batch *batch, const void *words);

MMV_API void mmi_inverse_destroy(mmi_inverse **inverse);

MMV_END_DECLS

#endif
