/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_SHARD_H
#define MMVIEW_SHARD_H

/*
 * shard: cut a range into shares for the processes of a job.
 * Each process only needs to know how many processes there are, and which of them it is.
 *
 *     range      |r0|r1|r2|r3|r4|r5|r6|r7|r8|r9|r10|
 *     borders    |        ^        ^       ^       |      multiples of 64 KiB, as evenly spaced as possible
 *     shards     |-- 0 ------|-- 1 ---|- 2 ---|3 --|      whole records: each belongs to the shard of its first byte
 */

#include <mmview/range.h>
#include <mmview/status.h>

MMV_BEGIN_DECLS

/*
 * Borders between shards are multiples of this many bytes, counted from the start of the file. So on machines with
 * pages of up to 64 KiB no two shards share a page, unless a record lies across their border.
 */
#define MMV_SHARD_BORDER (64 * MMV_KIB)

/*
 * mmv_shard() - the share of a range that one of the processes of a job works on.
 * Shape:   'index' counts from 0 to count - 1. A shard has whole records of 'record_size' bytes. When there are gaps
 *          between records, a record begins every 'stride' bytes; stride 0 = no gaps. All shards together have the
 *          records of the range, in order, each once. Some shards may be empty: their length is MMV_EMPTY, which walks
 *          and views take as no bytes. The offset of an empty shard is where the next one begins. Bytes of the range
 *          behind its last whole record belong to no shard. A range without bytes has only empty shards.
 * Units:   bytes. The result is the same on every machine: it depends on the arguments alone.
 * Errors:  MMV_EINVAL(count) for 0, MMV_EINVAL(index) when it is not below count, MMV_EINVAL(record_size) when it is 0,
 *          or larger than a stride that is not 0. MMV_ERANGE(range) when its end does not fit 64 bits.
 */
MMV_API mmv_status mmv_shard(mmv_range range, uint64_t record_size, uint64_t stride, uint64_t index, uint64_t count,
                             mmv_range *shard_ret);

MMV_END_DECLS

#endif
