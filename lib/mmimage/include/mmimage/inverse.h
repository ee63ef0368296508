/* SPDX-License-Identifier: MIT */
#ifndef MMIMAGE_INVERSE_H
#define MMIMAGE_INVERSE_H

/*
 * inverse: what an adjustment loses of samples, and samples as they were.
 *
 * Samples that saturate or are rounded cannot be computed back. So a word is kept of each sample, as wide as the
 * sample. It is 0 where the change alone says what the sample was, and that is nearly everywhere:
 *
 *     8 and 16 bits    which of the samples that become the same one it was; 0 = the one that stays as it is, if there
 *                      is one, else the lowest
 *     others           the sample XOR what the inverse of the change gives
 *
 * Samples that mean no data, and those outside of region and channels, stay as they are: their words are 0. Words are
 * in this machine's byte order, and the same on every machine.
 */

#include <mmimage/adjust.h>

MMV_BEGIN_DECLS

typedef struct mmi_inverse mmi_inverse;

/*
 * mmi_inverse_create() - prepare the way back of an adjustment. Samples of 16 bits take 0.5 MiB for each amount and
 * gain, up to 32 MiB.
 * Owner:   the caller, until mmi_inverse_destroy(), which sets *inverse to NULL; adjust must outlive it.
 * Errors:  MMV_ENOMEM; inverse_ret untouched then.
 */
MMV_API mmv_status mmi_inverse_create(const mmi_adjust *adjust, mmi_inverse **inverse_ret);

/*
 * mmi_inverse_keep() - the words of samples that are about to change.
 * Shape:   batch->source are the samples. Returns how many words are not 0. Only when there are some, batch->target
 *          has a meaning: a word for each sample. It may not be the source.
 * Threads: any number at once.
 */
MMV_API size_t mmi_inverse_keep(const mmi_inverse *inverse, const mmi_batch *batch);

/*
 * mmi_inverse_restore() - samples as they were, from what they became and their words.
 * Shape:   batch->source are the changed samples; batch->target, which may be the same memory, gets the old ones.
 *          words[0..length), at any alignment, are those of mmi_inverse_keep(); NULL = all are 0. Returns whether each
 *          sample can be one that the change has made of what its word says. When not, the target holds no meaning.
 * Threads: any number at once.
 */
MMV_API bool mmi_inverse_restore(const mmi_inverse *inverse, const mmi_batch *batch, const void *words);

MMV_API void mmi_inverse_destroy(mmi_inverse **inverse);

MMV_END_DECLS

#endif
