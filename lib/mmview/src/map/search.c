/* SPDX-License-Identifier: MIT */
/*
 * search.c - a binary search that reads a record at a time, and what is left at last in one piece.
 *
 *     low |------------------ records that may be the first ------------------| high
 *                                middle: one pread(2)
 *                                        low |--- BATCH bytes ---| high        one pread(2), the rest in memory
 *
 * Reading, not leasing: a search touches a page once, and mapping one costs more than reading a record of it. The last
 * dozen halvings lie in one page or two, so that they are one call.
 *
 * Invariants:
 * 1. Records before low come before the key, those from high on do not.
 * 2. Every record in [low, high) lies inside the range.
 */

#include <mmview/search.h>

#include "base/records.h"
#include "map/map.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>

#define BATCH ((size_t)4096) /* a page: what the system reads at least */

struct search {
    mmv_map *map;
    uint64_t offset; /* of record 0 */
    size_t record;
    const void *key;
    mmv_compare_fn *compare;
    void *user;
    unsigned char *buffer; /* a record, or BATCH bytes */
    uint64_t low, high;
};

static mmv_status bad(const char *parameter)
{
    return mmv_error_set_parameter(MMV_EINVAL, "search", parameter);
}

static mmv_status read_records(const struct search *search, uint64_t first, size_t bytes)
{
    size_t done;
    uint64_t offset = search->offset + first * search->record;
    int error = mmv__os_read(search->map->descriptor, search->buffer, bytes, offset, &done);
    if (error)
        return mmv__fail_at(mmv__status_of(error), error, "read", search->map, offset + done);
    return done == bytes ? MMV_OK : mmv__fail_at(MMV_ETRUNC, 0, "read", search->map, offset + done);
}

static uint64_t middle_of(const struct search *search)
{
    /* Invariants 1 and 2. */
    assert(search->low < search->high);
    return search->low + (search->high - search->low) / 2;
}

static void halve(struct search *search, uint64_t middle, const unsigned char *record)
{
    if (search->compare(record, search->key, search->user) < 0)
        search->low = middle + 1;
    else
        search->high = middle;
}

static mmv_status search_file(struct search *search)
{
    mmv_status status = MMV_OK;
    while (status == MMV_OK && search->high - search->low > BATCH / search->record) {
        uint64_t middle = middle_of(search);
        status = read_records(search, middle, search->record);
        if (status == MMV_OK)
            halve(search, middle, search->buffer);
    }
    return status;
}

/* The records that are left fit the buffer, all of them; of large ones none is left. */
static mmv_status search_batch(struct search *search)
{
    uint64_t first = search->low;
    if (search->low == search->high)
        return MMV_OK;
    mmv_status status = read_records(search, first, (size_t)(search->high - first) * search->record);
    while (status == MMV_OK && search->low < search->high) {
        uint64_t middle = middle_of(search);
        halve(search, middle, search->buffer + (size_t)(middle - first) * search->record);
    }
    return status;
}

static mmv_status run(struct search *search)
{
    alignas(max_align_t) unsigned char batch[BATCH];
    unsigned char *large = search->record > BATCH ? malloc(search->record) : NULL;
    if (search->record > BATCH && !large)
        return mmv__fail(ENOMEM, "search");
    search->buffer = large ? large : batch;
    mmv_status status = search_file(search);
    if (status == MMV_OK)
        status = search_batch(search);
    free(large);
    return status;
}

static mmv_status plan(struct search *search, const mmv_search_options *options, mmv_range *range_ret)
{
    if (MMV__CHECK_RESERVED(options, "search") != MMV_OK)
        return MMV_EINVAL;
    if (mmv__is_less_access(search->map->access))
        return mmv__fail(EACCES, "search");
    if (!options->compare)
        return bad("compare");
    search->record = options->record_size ? options->record_size : 1;
    if (search->record > SIZE_MAX / 4)
        return bad("record_size");
    mmv_status status = mmv_range_resolve(options->offset, options->length, mmv_map_capacity(search->map), range_ret);
    search->offset = options->offset;
    return status ? status
                  : mmv__count_records(range_ret->length, search->record, search->record, "search", &search->high);
}

/* At the end the length is asked for: records behind a new end may not have been looked at. */
mmv_status mmv_lower_bound(mmv_map *map, const mmv_search_options *options, const void *key, uint64_t *index_ret)
{
    mmv_range range;
    struct search search = {.map = map, .key = key, .compare = options->compare, .user = options->user};
    mmv_status status = plan(&search, options, &range);
    if (status == MMV_OK)
        status = run(&search);
    if (status == MMV_OK)
        status = mmv__map_check_length(map, mmv_range_end(range), "search");
    if (status)
        mmv__error_in(mmv_map_path(map));
    else
        *index_ret = search.low;
    return status;
}
