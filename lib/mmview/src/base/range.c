/* SPDX-License-Identifier: MIT */
/* range.c - what of range.h is too long to be inline. Invariant: no sum in here can wrap, whatever the arguments. */

#include <mmview/range.h>

#include "base/error.h"

#include <inttypes.h>
#include <stdio.h>

static mmv_status refuse(const char *parameter, uint64_t offset, uint64_t length, uint64_t size)
{
    char text[160];
    mmv_error_set_parameter(MMV_ERANGE, "range", parameter);
    if (offset > size)
        snprintf(text, sizeof text, "offset %" PRIu64 " is behind the end: there are %" PRIu64 " bytes", offset, size);
    else
        snprintf(text, sizeof text,
                 "length %" PRIu64 " from offset %" PRIu64 " reaches behind the end: at most %" PRIu64 " would do",
                 length, offset, size - offset);
    mmv__error_detail(text);
    return MMV_ERANGE;
}

mmv_status mmv_range_resolve(uint64_t offset, uint64_t length, uint64_t size, mmv_range *range_ret)
{
    if (offset > size)
        return refuse("offset", offset, length, size);
    if (length == MMV_EMPTY) {
        *range_ret = (mmv_range){offset, 0};
        return MMV_OK;
    }
    if (length > size - offset)
        return refuse("length", offset, length, size);
    *range_ret = (mmv_range){offset, length ? length : size - offset};
    return MMV_OK;
}

mmv_range mmv_range_clip(mmv_range range, mmv_range bounds)
{
    uint64_t start = mmv_max(range.offset, bounds.offset);
    uint64_t end = mmv_min(mmv_range_end(range), mmv_range_end(bounds));
    return (mmv_range){start, end > start ? end - start : MMV_EMPTY};
}

bool mmv_range_pages(mmv_range range, uint64_t page, mmv_range *pages_ret)
{
    uint64_t end = mmv_range_end(range);
    uint64_t start = mmv_round_down(range.offset, page);
    if (end > UINT64_MAX - (page - 1))
        return false;
    *pages_ret = (mmv_range){start, mmv_round_up(end, page) - start};
    return true;
}

uint64_t mmv_portion(uint64_t length, uint64_t index, uint64_t count)
{
    uint64_t whole = length / count * index, rest = length % count, part = 0, left = 0;
    /* rest * index / count by doubling: rest < count, and so is what is left. */
    for (int bit = 63; bit >= 0; bit--) {
        bool carry = left >= count - left;
        left = carry ? left - (count - left) : left + left;
        part = part * 2 + carry;
        if (index >> bit & 1) {
            carry = left >= count - rest;
            left = carry ? left - (count - rest) : left + rest;
            part += carry;
        }
    }
    return whole + part;
}
