/* SPDX-License-Identifier: MIT */
/* leases.c - the set-up of tests about leases. */

#include "leases.h"

#include "faults.h"

void leases_begin(struct leases *leases, size_t size, mmv_access access, const mmv_pool_options *options)
{
    leases->size = size;
    leases->bytes = malloc(size);
    assert_non_null(leases->bytes);
    fill(leases->bytes, size, 1);
    file_put(scratch("file"), leases->bytes, size);
    assert_ok(mmv_pool_create(options, &leases->pool));
    assert_ok(mmv_map_open(scratch("file"), access, &leases->map));
    assert_ok(mmv_cursor_open(leases->pool, leases->map, &leases->cursor));
}

void leases_begin_fresh(struct leases *leases, size_t size, mmv_access access, const mmv_pool_options *options)
{
    fault_ticks(LEASES_TICKS);
    leases_begin(leases, size, access, options);
}

void leases_end(struct leases *leases)
{
    mmv_cursor_close(&leases->cursor);
    mmv_cursor_close(&leases->cursor); /* it is closed: nothing happens */
    mmv_map_close(&leases->map);
    mmv_pool_destroy(&leases->pool);
    free(leases->bytes);
}

void check_lease_with(struct leases *leases, mmv_cursor *cursor, uint64_t offset, size_t need)
{
    size_t left = 0;
    const unsigned char *data = mmv_acquire(cursor, offset, need, &left);
    assert_status(cursor->status, MMV_OK);
    assert_non_null(data);
    assert_true(left >= need && left <= leases->size - offset);
    assert_int_equal((uintptr_t)data % 64, offset % 64);
    /* cmocka goes from byte to byte: it is asked only for its message. */
    if (memcmp(data, leases->bytes + offset, left) != 0)
        assert_memory_equal(data, leases->bytes + offset, left);
    assert_ok(mmv_release(cursor));
}

void check_lease(struct leases *leases, uint64_t offset, size_t need)
{
    check_lease_with(leases, &leases->cursor, offset, need);
}

mmv_pool_stats stats_of(mmv_pool *pool)
{
    mmv_pool_stats stats;
    mmv_pool_get_stats(pool, &stats);
    return stats;
}
