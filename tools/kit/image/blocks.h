/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_BLOCKS_H
#define TOOLS_BLOCKS_H

/*
 * blocks: the samples of an image in portions whose numbers do not depend on threads or windows, as mmi_stats_add()
 * wants them: so many pixels (bip), lines of a channel (bil), or samples of a channel (bsq).
 *
 * Of an image in pieces the blocks of each piece are cut from its own pixels, one row behind the other: the figures of
 * floats are those of another order of adding than in one range, and may differ in their last digits.
 */

#include <mmimage/pieces.h>
#include <mmimage/stats.h>
#include <mmview/range.h>
#include <mmview/walk.h>

#include "kit/image/image_file.h"

/* As mmi_stats_add(). Called by several threads at once. */
typedef mmv_status block_fn(void *user, unsigned thread, const mmi_block *block);

/*
 * Where the pixels of a block lie: one behind the other in the rows of a rectangle of the image, so many of them behind
 * its first. Without a width the image is one row: then width and height of the rectangle are 0.
 */
typedef struct block_place {
    mmi_region rows;
    uint64_t from;
} block_place;

/* The same as block_fn, for who has to know where a block lies. */
typedef mmv_status placed_block_fn(void *user, unsigned thread, const mmi_block *block, const block_place *place);

/* Called after each walk, of which there may be several: what it did, whatever its end. */
typedef void block_walked_fn(void *user, const mmv_walk_stats *stats);

struct blocks {
    mmv_map *map;
    const struct image_file *file; /* whose pieces are read where it has several files; NULL, or one file: in the map */
    mmi_image image;               /* width and height of 0 = not known; with bil and bsq they are */
    mmv_range range;               /* of the image in the map: whole pixels (bip) or rows */
    const mmi_pieces *pieces;      /* where the samples lie in many places: then not 'range' counts but these two: */
    mmi_selection selection;       /* which samples are meant */
    mmv_range numbers;             /* of which pieces: first and how many */
    uint64_t index, count;         /* this process' shard of the blocks, which keep their numbers; count 0 = all */
    const mmv_walk_options *options; /* of every walk: how, not where */
    block_fn *fn;
    placed_block_fn *placed; /* instead of 'fn'; NULL = that one */
    block_walked_fn *walked; /* NULL = nobody wants to know */
    void *user;
};

/* A block, and a row of bil, must fit any window. */
#define BLOCKS_BYTES (4 * MMV_MIB)

/* blocks_records() - how many records of 'record' bytes are a block. */
uint64_t blocks_records(uint64_t record);

/*
 * blocks_walk() - all of them, or of each walk its shard.
 * Errors:  those of mmv_walk(), and what 'fn' returned. Pieces are read through windows: with another io than auto and
 *          mmap MMV_EINVAL(io).
 */
mmv_status blocks_walk(const struct blocks *blocks);

/* blocks_hand() - a block to 'fn' or 'placed'. A NULL place is that of a block of the range, which follows from its
 * number. */
mmv_status blocks_hand(const struct blocks *blocks, unsigned thread, const mmi_block *block, const block_place *place);

/* blocks_take_lines() - a row of bil: a line of each channel, and each is a block. */
mmv_status blocks_take_lines(const struct blocks *blocks, unsigned thread, mmi_block block);

/*
 * blocks_stream() - the same blocks of an image that is read as it comes (file->stream): the range to its end, or to
 * that of the stream, by this thread.
 * Shape:   *came_ret = bytes of the range that came, the last ones perhaps no whole record. Returns an exit status;
 *          what failed was said, but for MMV_ESTOPPED of 'fn': TOOL_FAILED.
 */
int blocks_stream(const struct blocks *blocks, uint64_t *came_ret);

/* blocks_first() - the first of 'count' things that the index-th of 'shards' has; the next one's is behind its last. */
static inline uint64_t blocks_first(uint64_t count, uint64_t index, uint64_t shards)
{
    return index * (count / shards) + mmv_min(index, count % shards);
}

/* blocks_walk_pieces() - what blocks_walk() does with pieces, in blocks_pieces.c. */
mmv_status blocks_walk_pieces(const struct blocks *blocks);

#endif
