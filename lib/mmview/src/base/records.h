/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_RECORDS_H
#define MMVIEW_RECORDS_H

/* records: how many whole records a range is. */

#include <mmview/range.h>

/*
 * Records of 'record' bytes, 'stride' bytes from one to the next, without a gap behind the last.
 * Errors: MMV_EINVAL(length), whose detail says which lengths would do.
 */
mmv_status mmv__count_records(uint64_t length, uint64_t record, uint64_t stride, const char *operation,
                              uint64_t *records_ret);

#endif
