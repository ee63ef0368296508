/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_PASS_H
#define MMVIEW_PASS_H

/*
 * pass: which way the next bytes of a range should go, mapped or read and written, and how many. For a loop of the
 * caller's own, as bindings have it, where mmv_walk() would call a function:
 *
 *     mmv_pass_open(map, &(mmv_walk_options){ .record_size = 24 }, &pass);
 *     while (mmv_pass_next(pass, &turn))
 *         if (turn.io == MMV_IO_MMAP)
 *             ... mmv_view_open(map, turn.offset, turn.length, &view), mmv_view_advise(&view, turn.populate), work ...
 *         else
 *             ... pread(2), work, pwrite(2), best 256 KiB at a time ...
 *     mmv_pass_close(&pass);
 *
 * It chooses as a walk by one thread does, from the time that each turn takes: from one mmv_pass_next() to the next.
 */

#include <mmview/walk.h>

MMV_BEGIN_DECLS

typedef struct mmv_pass mmv_pass;

/* What to do next. */
typedef struct mmv_turn {
    uint64_t offset;       /* byte of the file, the first of a record */
    uint64_t length;       /* of whole records, at least one */
    mmv_io io;             /* MMV_IO_MMAP or MMV_IO_BUFFERED */
    mmv_advice populate;   /* mapped: what mmv_view_advise() should be told first; MMV_ADVISE_NORMAL = nothing */
    uint64_t reserved_[4]; /* room for what later versions tell */
} mmv_turn;

/*
 * mmv_pass_open() - begin a pass over the records of a map. Nothing is mapped or read.
 * Shape:   of the options these count: record_size, offset, length, io, window, max_mapped. A turn has no more bytes
 *          than a window of the walk, but always a record. Holes that a read-write map has in the range get their
 *          blocks, as in mmv_walk(). NULL options = every byte.
 * Owner:   the caller, until mmv_pass_close(). The map must stay open until then.
 * Errors:  those of mmv_walk() about these options and the file; MMV_EINVAL(stride) with gaps between records,
 *          MMV_EINVAL(journal), and MMV_EINVAL(io) for MMV_IO_DIRECT; *pass_ret is NULL then.
 */
MMV_API mmv_status mmv_pass_open(mmv_map *map, const mmv_walk_options *options, mmv_pass **pass_ret);

/*
 * mmv_pass_next() - the next bytes: turns lie one behind the other, from the first record to the last.
 * Shape:   false when there are no more; *turn_ret is untouched then.
 * Threads: one at a time on one pass.
 */
MMV_API bool mmv_pass_next(mmv_pass *pass, mmv_turn *turn_ret);

/* mmv_pass_close() - at any time, and set *pass to NULL; NULL is fine. */
MMV_API void mmv_pass_close(mmv_pass **pass);

MMV_END_DECLS

#endif
