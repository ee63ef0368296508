/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_SHARD_H
#define MMVIEW_SHARD_H

/*
 * shard: a range cut into shares, for the processes of a job. They need to know nothing of each other but their number.
 *
 *     range      |r0|r1|r2|r3|r4|r5|r6|r7|r8|r9|r10|
 *     borders    |        ^        ^       ^       |      multiples of 64 KiB, as evenly spaced as they allow
 *     shards     |-- 0 ------|-- 1 ---|- 2 ---|3 --|      whole records: each belongs to the shard of its first byte
 */

#include <mmview/range.h>
#include <mmview/status.h>

MMV_BEGIN_DECLS

/* No two shards share a page, on machines with pages of up to 64 KiB: but for a record that lies across a border. */
#define MMV_SHARD_BORDER (64 * MMV_KIB)

/*
 * mmv_shard() - the share of a range that one of the processes of a job works on.
 * Shape:   'index' of 'count', from 0. Whole records of 'record_size' bytes, or of 'stride' bytes from one to the next
 *          when there are gaps; stride 0 = none. All shards together are the records of the range, in order, each once.
 *          Some may be empty: their length is MMV_EMPTY, which walks and views take as nothing, and their offset is
 *          where the next one begins. Bytes of the range behind its last whole record belong to nobody. A range without
 *          bytes has only empty shards.
 * Units:   bytes. The same on every machine: it depends on the arguments alone.
 * Errors:  MMV_EINVAL(count) for 0, MMV_EINVAL(index) when it is not below count, MMV_EINVAL(record_size) for 0 or
 *          beyond the stride. MMV_ERANGE(range) when its end does not fit 64 bits.
 */
MMV_API mmv_status mmv_shard(mmv_range range, uint64_t record_size, uint64_t stride, uint64_t index, uint64_t count,
                             mmv_range *shard_ret);

MMV_END_DECLS

#endif
