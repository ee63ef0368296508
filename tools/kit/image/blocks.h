/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_BLOCKS_H
#define TOOLS_BLOCKS_H

/*
 * blocks: the samples of an image in portions whose numbers do not depend on threads or windows, as mmi_stats_add()
 * wants them: so many pixels (bip), lines of a channel (bil), or samples of a channel (bsq).
 */

#include <mmimage/stats.h>
#include <mmview/walk.h>

/* As mmi_stats_add(). Called by several threads at once. */
typedef mmv_status block_fn(void *user, unsigned thread, const mmi_block *block);

/* Called after each walk, of which there may be several: what it did, whatever its end. */
typedef void block_walked_fn(void *user, const mmv_walk_stats *stats);

struct blocks {
    mmv_map *map;
    mmi_image image;                 /* width and height of 0 = not known; with bil and bsq they are */
    mmv_range range;                 /* of the image in the map: whole pixels (bip) or rows */
    uint64_t index, count;           /* this process' shard of the blocks, which keep their numbers; count 0 = all */
    const mmv_walk_options *options; /* of every walk: how, not where */
    block_fn *fn;
    block_walked_fn *walked; /* NULL = nobody wants to know */
    void *user;
};

/* A block, and a row of bil, must fit any window. */
#define BLOCKS_BYTES (4 * MMV_MIB)

/* blocks_records() - how many records of 'record' bytes are a block. */
uint64_t blocks_records(uint64_t record);

/* blocks_walk() - all of them, or of each walk its shard. Errors: those of mmv_walk(), and what 'fn' returned. */
mmv_status blocks_walk(const struct blocks *blocks);

#endif
