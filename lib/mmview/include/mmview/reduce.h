/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_REDUCE_H
#define MMVIEW_REDUCE_H

/*
 * reduce: one value from all records of a range, by many threads, the same to the last bit each time.
 *
 *     static mmv_status add(const mmv_chunk *block, void *partial, void *user)
 *     {
 *         const double *value = block->source;
 *         for (size_t i = 0; i < block->count; i++)
 *             *(double *)partial += value[i];
 *         return MMV_OK;
 *     }
 *     static mmv_status join(void *left, const void *right, void *user)
 *     {
 *         *(double *)left += *(const double *)right;
 *         return MMV_OK;
 *     }
 *     ...
 *     const mmv_reduction sum = { .partial_size = sizeof(double), .fold = add, .merge = join };
 *     mmv_reduce(map, &(mmv_walk_options){ .record_size = sizeof(double) }, &sum, &total);
 *
 * The range is cut into blocks with the same number of records; the last block may have fewer. 'fold' makes a partial
 * result of each block. 'merge' joins these results pair by pair, in a binary tree that the numbers of the blocks
 * determine. Its nodes are partial results:
 *
 *     level 2           0                    in the end node 0 and block 4 are joined: (((0 1) (2 3)) 4)
 *     level 1     0           1
 *     blocks   0     1     2     3     4
 *
 * So the order of all additions follows from the range and the size of a block alone. It does not depend on threads,
 * windows, ways of I/O or shards. Another size of block gives another order; sums of floats may then differ in their
 * last bits.
 *
 * Memory: a node of the tree waits until its neighbour is finished, and its partial result takes memory meanwhile.
 *         Mostly a few dozen nodes wait. At most 128 nodes for each thread wait, and 128 more.
 */

#include <mmview/walk.h>

MMV_BEGIN_DECLS

/* The default size of a block in bytes. A block has as many whole records as fit, at least one. */
#define MMV_REDUCE_BLOCK (256 * MMV_KIB)

/*
 * mmv_fold_fn - add the records of one block to the partial result of this block. At first that is a copy of 'initial'.
 * Shape:   block->index counts records from the start of the whole range, also in a shard. The records must not be
 *          changed.
 * Threads: several threads call it at once, once for each block.
 * Errors:  anything but MMV_OK ends the reduction with that status.
 */
typedef mmv_status mmv_fold_fn(const mmv_chunk *block, void *partial, void *user);

/*
 * mmv_merge_fn - add the partial result 'right' to 'left'. The records of 'right' lie directly behind those of 'left'.
 * Threads: several threads call it at once, each with partials of its own.
 * Errors:  as mmv_fold_fn.
 */
typedef mmv_status mmv_merge_fn(void *left, const void *right, void *user);

/* What to compute. Zero bytes mean the defaults. */
typedef struct mmv_reduction {
    size_t partial_size;   /* bytes of a partial result. The library copies these bytes, and frees no memory to which
                              they point */
    const void *initial;   /* what each partial result is at first, partial_size bytes; NULL = zeros */
    uint64_t block;        /* records of a block; 0 = as many as fit in MMV_REDUCE_BLOCK. One call of fold gets a whole
                              block */
    mmv_fold_fn *fold;     /* required */
    mmv_merge_fn *merge;   /* required */
    void *user;            /* handed to fold and merge */
    uint64_t reserved_[4]; /* zero: room for fields of later versions */
} mmv_reduction;

/*
 * mmv_reduce() - the value of all records of a range.
 * Shape:   result_ret has room for partial_size bytes; an empty range gives 'initial'. Records may have a stride.
 *          Nothing is written to the map, whatever its access is. When the range ends within a record, the call returns
 *          MMV_EINVAL(length), as mmv_walk() does.
 * Units:   as mmv_walk(). A block that is larger than a thread's window is read into a buffer.
 * Threads: fold and merge run in up to options->threads threads. Reductions of one map may run side by side.
 * Errors:  those of mmv_walk(), MMV_EINVAL(partial_size|fold|merge|block), MMV_EINVAL(journal|halo) when one of these
 *          options is set, or what fold or merge returned. After an error result_ret is untouched.
 */
MMV_API mmv_status mmv_reduce(mmv_map *map, const mmv_walk_options *options, const mmv_reduction *reduction,
                              void *result_ret);

/* ---- by several processes --------------------------------------------------------------------------------------- */

/*
 * Partial results of some blocks of a range. Each process reduces its shard, packs its partial results, and sends them
 * to one process. That process adds all of them, and asks for the value of the whole range. It gets the same bytes as
 * from one mmv_reduce().
 */
typedef struct mmv_partials mmv_partials;

/*
 * mmv_partials_create() - make an object for partial results, without any result yet.
 * Owner:   the caller, until mmv_partials_destroy(). The struct 'reduction' is copied; the objects that it points to
 *          are not.
 * Errors:  MMV_EINVAL(partial_size|fold|merge), MMV_ENOMEM; *partials_ret is NULL then.
 */
MMV_API mmv_status mmv_partials_create(const mmv_reduction *reduction, mmv_partials **partials_ret);

/*
 * mmv_reduce_shard() - reduce the blocks of the index-th of 'count' shards of a range.
 * Shape:   the options describe the whole range, as in mmv_reduce(). Shards are cut as by mmv_shard(), with blocks
 *          instead of records. A short block at the end of the range belongs to the last shard. Some shards may be
 *          empty.
 * Threads: shards of one range may go into the same partials side by side.
 * Errors:  as mmv_reduce(), MMV_EINVAL(index|count), and MMV_EINVAL(partials) when the partials are of another range,
 *          or have these blocks already. After an error destroy the partials: they give no result any more.
 */
MMV_API mmv_status mmv_reduce_shard(mmv_map *map, const mmv_walk_options *options, uint64_t index, uint64_t count,
                                    mmv_partials *partials);

/*
 * mmv_partials_pack() - store the partials as bytes, for a process on a machine with the same byte order and type
 * sizes.
 * Shape:   returns the number of bytes that the partials take. They are stored only when this number is at most 'size'.
 * Threads: no other call on the same partials meanwhile.
 */
MMV_API size_t mmv_partials_pack(const mmv_partials *partials, void *packed_ret, size_t size);

/*
 * mmv_partials_add() - add partials that another process has packed.
 * Errors:  MMV_EINVAL(packed) when mmv_partials_pack() has not made the bytes, when they are of another reduction or
 *          range, or when they have a block that was added before. Else MMV_ENOMEM, or what merge returned. After an
 *          error destroy the partials: they give no result any more.
 */
MMV_API mmv_status mmv_partials_add(mmv_partials *partials, const void *packed, size_t size);

/*
 * mmv_partials_result() - the value of the whole range.
 * Errors:  MMV_EINVAL(partials) when blocks of the range are missing, MMV_ENOMEM, or what merge returned. After an
 *          error result_ret is untouched.
 */
MMV_API mmv_status mmv_partials_result(const mmv_partials *partials, void *result_ret);

/* mmv_partials_destroy() - free the partials and set *partials to NULL; a NULL *partials is fine. */
MMV_API void mmv_partials_destroy(mmv_partials **partials);

MMV_END_DECLS

#endif
