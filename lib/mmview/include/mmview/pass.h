/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_PASS_H
#define MMVIEW_PASS_H

/*
 * pass: how many bytes of a range a loop should take next, and whether to map them or to read and write them.
 * A pass is for loops of the caller's own, as in bindings. It calls no function, unlike mmv_walk():
 *
 *     mmv_pass_open(map, &(mmv_walk_options){ .record_size = 24 }, &pass);
 *     while (mmv_pass_next(pass, &turn))
 *         if (turn.io == MMV_IO_MMAP)
 *             ... mmv_view_open(map, turn.offset, turn.length, &view), mmv_view_advise(&view, turn.populate), work ...
 *         else
 *             ... pread(2), work, pwrite(2), best 256 KiB at a time ...
 *     mmv_pass_close(&pass);
 *
 * A pass chooses as a walk with one thread does: it prefers the way that has taken less time. The time of a turn is
 * measured from one mmv_pass_next() to the next.
 */

#include <mmview/walk.h>

MMV_BEGIN_DECLS

typedef struct mmv_pass mmv_pass;

/* The bytes to take next. */
typedef struct mmv_turn {
    uint64_t offset;       /* byte of the file, the first of a record */
    uint64_t length;       /* bytes: one or more whole records */
    mmv_io io;             /* MMV_IO_MMAP or MMV_IO_BUFFERED */
    mmv_advice populate;   /* with MMV_IO_MMAP: the advice for mmv_view_advise(); MMV_ADVISE_NORMAL = none */
    uint64_t reserved_[4]; /* room for fields of later versions */
} mmv_turn;

/*
 * mmv_pass_open() - begin a pass over the records of a map. Nothing is mapped or read.
 * Shape:   only these options count: record_size, offset, length, io, window, max_mapped. A turn has at most as many
 *          bytes as a walk's window, but at least one whole record. Holes in the range of a read-write map get blocks,
 *          as in mmv_walk(). NULL options = every byte.
 * Owner:   the caller, until mmv_pass_close(). The map must stay open until then.
 * Errors:  those of mmv_walk() about these options and the file. MMV_EINVAL(stride) when records have gaps,
 *          MMV_EINVAL(journal) for a journal, MMV_EINVAL(io) for MMV_IO_DIRECT; *pass_ret is NULL then.
 */
MMV_API mmv_status mmv_pass_open(mmv_map *map, const mmv_walk_options *options, mmv_pass **pass_ret);

/*
 * mmv_pass_next() - get the next turn. Turns follow each other without gaps, from the first record to the last.
 * Shape:   false when there are no more turns; *turn_ret is untouched then.
 * Threads: one at a time on one pass.
 */
MMV_API bool mmv_pass_next(mmv_pass *pass, mmv_turn *turn_ret);

/* mmv_pass_close() - end the pass, at any time, and set *pass to NULL; a NULL *pass is fine. */
MMV_API void mmv_pass_close(mmv_pass **pass);

MMV_END_DECLS

#endif
