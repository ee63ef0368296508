/* SPDX-License-Identifier: MIT */
/* records.c - see records.h. Invariant: no sum in here can wrap. No assert: each has its comparison in front. */

#include "base/records.h"

#include "base/error.h"

#include <inttypes.h>
#include <stdio.h>

/* The whole records below the length and above it, as lengths. */
static mmv_status refuse(uint64_t length, uint64_t record, uint64_t stride, const char *operation)
{
    char text[200], gaps[48] = "", more[48] = "";
    uint64_t below = length < record ? 0 : (length - record) / stride * stride + record;
    uint64_t above = below ? stride : record;
    mmv_error_set_parameter(MMV_EINVAL, operation, "length");
    if (stride != record)
        snprintf(gaps, sizeof gaps, ", %" PRIu64 " apart", stride);
    if (below <= UINT64_MAX - above)
        snprintf(more, sizeof more, "%s%" PRIu64, below ? " or " : "", below + above);
    if (below)
        snprintf(text, sizeof text,
                 "length %" PRIu64 " is not whole records of %" PRIu64 " bytes%s: %" PRIu64 "%s would be", length,
                 record, gaps, below, more);
    else
        snprintf(text, sizeof text, "length %" PRIu64 " is less than a record of %" PRIu64 " bytes: %s would be one",
                 length, record, more);
    mmv__error_detail(text);
    return MMV_EINVAL;
}

mmv_status mmv__count_records(uint64_t length, uint64_t record, uint64_t stride, const char *operation,
                              uint64_t *records_ret)
{
    uint64_t gap = stride - record;
    if (length && (length > UINT64_MAX - gap || (length + gap) % stride != 0))
        return refuse(length, record, stride, operation);
    *records_ret = length ? (length + gap) / stride : 0;
    return MMV_OK;
}
