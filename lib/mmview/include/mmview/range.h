/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_RANGE_H
#define MMVIEW_RANGE_H

/*
 * range: arithmetic that cannot wrap, on 64-bit offsets and lengths. No system call, no allocation.
 *
 * The library and the tools use it for every sum or product of sizes that come from a caller or from a file.
 */

#include <mmview/base.h>
#include <mmview/status.h>

MMV_BEGIN_DECLS

/* Bytes [offset, offset + length) of a file; the end never exceeds UINT64_MAX. With the length MMV_EMPTY: no bytes. */
typedef struct mmv_range {
    uint64_t offset;
    uint64_t length;
} mmv_range;

/*
 * mmv_range_fits() - whether [offset, offset + length) lies inside [0, size); a length of 0 fits up to offset == size.
 */
static inline bool mmv_range_fits(uint64_t offset, uint64_t length, uint64_t size)
{
    return offset <= size && length <= size - offset;
}

/*
 * mmv_range_bytes() - the length as a number: 0 for MMV_EMPTY. For a length of 0 that means "to the end" call
 * mmv_range_resolve() first.
 */
static inline uint64_t mmv_range_bytes(mmv_range range)
{
    return range.length == MMV_EMPTY ? 0 : range.length;
}

static inline uint64_t mmv_range_end(mmv_range range)
{
    return range.offset + mmv_range_bytes(range);
}

/* mmv_sum() - store a + b in *sum_ret. False when the sum does not fit 64 bits; *sum_ret is untouched then. */
static inline bool mmv_sum(uint64_t a, uint64_t b, uint64_t *sum_ret)
{
    if (a > UINT64_MAX - b)
        return false;
    *sum_ret = a + b;
    return true;
}

/*
 * mmv_product() - store a * b in *product_ret. False when the product does not fit 64 bits; *product_ret is untouched
 * then.
 */
static inline bool mmv_product(uint64_t a, uint64_t b, uint64_t *product_ret)
{
    if (b != 0 && a > UINT64_MAX / b)
        return false;
    *product_ret = a * b;
    return true;
}

/*
 * mmv_round_down(), mmv_round_up() - round to a multiple of 'unit', which is any number above 0. When the result does
 * not fit 64 bits, mmv_round_up() returns the largest multiple that fits, UINT64_MAX / unit * unit.
 */
static inline uint64_t mmv_round_down(uint64_t value, uint64_t unit)
{
    return value - value % unit;
}

static inline uint64_t mmv_round_up(uint64_t value, uint64_t unit)
{
    uint64_t rest = value % unit;
    if (rest == 0)
        return value;
    return value > UINT64_MAX - (unit - rest) ? mmv_round_down(UINT64_MAX, unit) : value + (unit - rest);
}

static inline uint64_t mmv_min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t mmv_max(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/*
 * mmv_range_resolve() - turn a caller's offset and length into a range of a file of 'size' bytes.
 * Units:   bytes; length 0 = to the end, MMV_EMPTY = nothing. The result's length is a number: 0 = no bytes.
 * Errors:  MMV_ERANGE(offset|length); range_ret untouched then.
 */
MMV_API mmv_status mmv_range_resolve(uint64_t offset, uint64_t length, uint64_t size, mmv_range *range_ret);

/*
 * mmv_portion() - length * index / count, rounded down: the start of the index-th of 'count' equal shares of a length.
 * The product length * index may exceed 64 bits. 'index' is at most 'count', which is not 0.
 */
MMV_API uint64_t mmv_portion(uint64_t length, uint64_t index, uint64_t count);

/* mmv_range_clip() - the part of 'range' inside 'bounds'; its length is MMV_EMPTY when they share no byte. */
MMV_API mmv_range mmv_range_clip(mmv_range range, mmv_range bounds);

/*
 * mmv_range_pages() - 'range' widened to whole pages: the start is rounded down, the end up.
 * Errors:  false when the end does not fit 64 bits.
 */
MMV_API bool mmv_range_pages(mmv_range range, uint64_t page, mmv_range *pages_ret);

MMV_END_DECLS

#endif
