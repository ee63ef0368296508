/* SPDX-License-Identifier: MIT */
#ifndef TESTS_LEASES_H
#define TESTS_LEASES_H

/*
 * leases: a file of known bytes, a map of it, a pool and a cursor; and leases whose bytes are compared.
 */

#include "check.h"
#include "scratch.h"

struct leases {
    mmv_pool *pool;
    mmv_map *map;
    mmv_cursor cursor;
    unsigned char *bytes; /* the file's, as far as the test knows */
    size_t size;
};

/* The file is scratch("file"). The second one stops the clock: what was read stays fresh, however slow the machine is.
 */
void leases_begin(struct leases *leases, size_t size, mmv_access access, const mmv_pool_options *options);
void leases_begin_fresh(struct leases *leases, size_t size, mmv_access access, const mmv_pool_options *options);
void leases_end(struct leases *leases);

#define LEASES_TICKS UINT64_C(1000000000) /* where leases_begin_fresh() stops the clock */

/* Lease, compare all that may be read, release: with the cursor, or with another one on the map. */
void check_lease(struct leases *leases, uint64_t offset, size_t need);
void check_lease_with(struct leases *leases, mmv_cursor *cursor, uint64_t offset, size_t need);

mmv_pool_stats stats_of(mmv_pool *pool);

#endif
