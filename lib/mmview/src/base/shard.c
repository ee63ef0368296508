/* SPDX-License-Identifier: MIT */
/*
 * shard.c - see shard.h. Invariant: the end of shard k is the start of shard k + 1, since both come from the same
 * border.
 */

#include <mmview/shard.h>

#include "base/error.h"

/* The number of records of the range that begin before the index-th border. */
static uint64_t records_before(mmv_range range, uint64_t records, uint64_t stride, uint64_t index, uint64_t count)
{
    if (index == 0 || index == count)
        return index ? records : 0;
    uint64_t border = mmv_round_down(range.offset + mmv_portion(range.length, index, count), MMV_SHARD_BORDER);
    if (border <= range.offset)
        return 0;
    uint64_t before = (border - range.offset - 1) / stride + 1;
    return mmv_min(before, records);
}

/* size: a range, what it consists of, which share of it, and the result; callers have all of these as numbers */
mmv_status mmv_shard(mmv_range range, uint64_t record_size, uint64_t stride, uint64_t index, uint64_t count,
                     mmv_range *shard_ret)
{
    uint64_t end;
    if (count == 0)
        return mmv_error_set_parameter(MMV_EINVAL, "shard", "count");
    if (index >= count)
        return mmv_error_set_parameter(MMV_EINVAL, "shard", "index");
    if (record_size == 0 || (stride != 0 && record_size > stride))
        return mmv_error_set_parameter(MMV_EINVAL, "shard", "record_size");
    range.length = mmv_range_bytes(range);
    if (!mmv_sum(range.offset, range.length, &end))
        return mmv_error_set_parameter(MMV_ERANGE, "shard", "range");
    uint64_t apart = stride ? stride : record_size;
    uint64_t records = range.length < record_size ? 0 : (range.length - record_size) / apart + 1;
    uint64_t first = records_before(range, records, apart, index, count);
    uint64_t next = records_before(range, records, apart, index + 1, count);
    *shard_ret =
        (mmv_range){range.offset + first * apart, next > first ? (next - first - 1) * apart + record_size : MMV_EMPTY};
    return MMV_OK;
}
