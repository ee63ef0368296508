/* SPDX-License-Identifier: MIT */
#ifndef MMVIEW_SEARCH_H
#define MMVIEW_SEARCH_H

/*
 * search: where a key is, or would be, among sorted records.
 *
 *     static int by_time(const void *record, const void *key, void *user)
 *     {
 *         uint64_t time = ((const struct tick *)record)->time, wanted = *(const uint64_t *)key;
 *         return (time > wanted) - (time < wanted);
 *     }
 *     ...
 *     const mmv_search_options ticks = { .record_size = sizeof(struct tick), .compare = by_time };
 *     mmv_lower_bound(map, &ticks, &since, &first);
 *     mmv_lower_bound(map, &ticks, &until, &end);      the ticks of [since, until) are [first, end)
 */

#include <mmview/map.h>

MMV_BEGIN_DECLS

/*
 * mmv_compare_fn - compare a record with the key: negative = the record comes before the key, 0 = equal, positive = it
 * comes behind. If the function returns a negative number for equal records, too, mmv_lower_bound() finds the first
 * record behind them (an upper bound).
 * Owner:   the record is lent for the time of the call. It lies in memory as an element of an array whose first element
 *          is aligned for any type.
 */
typedef int mmv_compare_fn(const void *record, const void *key, void *user);

/* Zero bytes mean the defaults, except for 'compare'. */
typedef struct mmv_search_options {
    size_t record_size;      /* bytes; 0 = 1 */
    uint64_t offset;         /* first byte of the range */
    uint64_t length;         /* bytes; 0 = to the end, MMV_EMPTY = none. A range that ends within a record is
                                MMV_EINVAL(length) */
    mmv_compare_fn *compare; /* required */
    void *user;              /* handed to compare */
    uint64_t reserved_[4];   /* zero: room for fields of later versions */
} mmv_search_options;

/*
 * mmv_lower_bound() - the first record of a sorted range that does not come before the key.
 * Shape:   *index_ret counts records from the start of the range; for an empty range it is 0. When all records come
 *          before the key, the index is the number of records. Records that are not sorted by 'compare' give some index
 *          of the range.
 * Units:   as mmv_walk().
 * Threads: any number of searches in one map may run side by side. A search may or may not see stores that are made
 *          meanwhile.
 * Costs:   one pread(2) of one record for each halving of the range. The last 4 KiB are read at once. So a file of
 *          terabytes takes some 30 reads. After many searches the records of the first halvings are in the page cache.
 *          A search takes memory for one record, or 4 KiB, and no address space.
 * Errors:  MMV_ERANGE(offset|length), MMV_EINVAL(compare|record_size|length), MMV_ENOMEM, MMV_EIO, MMV_ETRUNC when the
 *          file became shorter; *index_ret untouched then.
 */
MMV_API mmv_status mmv_lower_bound(mmv_map *map, const mmv_search_options *options, const void *key,
                                   uint64_t *index_ret);

MMV_END_DECLS

#endif
