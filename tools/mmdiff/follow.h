/* SPDX-License-Identifier: MIT */
#ifndef MMDIFF_FOLLOW_H
#define MMDIFF_FOLLOW_H

/*
 * follow: the samples of B that belong to a block of A. Where they lie together in the file as well, the block is in
 * the window as it is; otherwise they are put together row by row.
 */

#include "kit/image/blocks.h"

/* The image that follows; constant. */
struct followed {
    const struct image_file *file;
    mmi_image image; /* as wide as the other, or both of no width; with planes (bsq) its height is known */
    mmv_range range; /* of the image in the file, where it lies in one range */
};

/* A thread's own. */
struct follower {
    const struct followed *of;
    struct files_cursor cursor;
    unsigned char *buffer;
    size_t size; /* of the buffer, in bytes */
};

/*
 * follower_open() - of a thread.
 * Owner:   the caller, until follower_close(), also after an error; the struct must not be moved in between.
 */
mmv_status follower_open(struct follower *follower, const struct followed *of, mmv_pool *pool);

/*
 * follower_take() - samples in the order of the block: of all channels, or of one.
 * Shape:   block->count pixels, or samples of block->channel. NULL = see cursor.status. The pointer lives until the
 * next call.
 */
const unsigned char *follower_take(struct follower *follower, const mmi_block *block, const block_place *place);

void follower_close(struct follower *follower);

#endif
