/* SPDX-License-Identifier: MIT */
/* big.c - see big.h. */

#include "big.h"

#define RANGE ((size_t)(2 * MMV_MIB + 999))
#define AROUND ((size_t)65536)

static const uint64_t borders[] = {2 * MMV_GIB, 4 * MMV_GIB, 8 * MMV_GIB};
char big_path[512];

/* What lies around the border, as a small file of its own that the oracle works on. */
static void check_border(uint64_t border, size_t record, mmv_io io, uint64_t window)
{
    static unsigned char before[RANGE + 2 * AROUND], after[sizeof before];
    uint64_t start = border - RANGE / 2 - AROUND;
    layout shape = layout_filling(AROUND + RANGE, record, AROUND, 0);
    layout far = shape;
    far.offset += start;
    ledger book = {.shape = far};
    mmv_walk_stats stats;
    mmv_walk_options options = options_for(&far, &stats);
    options.io = io;
    options.threads = 2;
    options.window = window;
    file_get(big_path, before, sizeof before, start);
    add_in_memory(before, &shape);
    mmv_map *map = open_map(big_path, MMV_READ_WRITE);
    assert_ok(mmv_walk(map, &options, add_in_place, &book));
    mmv_map_close(&map);
    file_get(big_path, after, sizeof after, start);
    assert_memory_equal(before, after, sizeof before);
    assert_int_equal(atomic_load(&book.wrong), 0);
    assert_int_equal(atomic_load(&book.records), shape.records);
}

void big_across_the_borders_in_place(void **state)
{
    (void)state;
    for (size_t b = 0; b < COUNT(borders); b++)
        for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
            for (size_t record = 1; record <= 6; record += 5)
                for (unsigned small = 0; small <= 1; small++)
                    check_border(borders[b], record, (mmv_io)io, small ? 262144 : 0);
    assert_int_equal(file_length(big_path), BIG_SIZE);
    assert_true(file_allocated(big_path) < 64 * MMV_MIB);
}

void big_rows_far_apart(void **state)
{
    (void)state;
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++) {
        layout shape = {.record = 777, .offset = 12345, .stride = MMV_GIB + 4097, .records = 8};
        ledger book = {.shape = shape};
        mmv_walk_options options = options_for(&shape, NULL);
        options.io = (mmv_io)io;
        options.threads = 2;
        unsigned char before[777], after[777];
        uint64_t last = shape.offset + 7 * shape.stride;
        file_get(big_path, before, sizeof before, last);
        mmv_map *map = open_map(big_path, MMV_READ_WRITE);
        assert_ok(mmv_walk(map, &options, add_in_place, &book));
        mmv_map_close(&map);
        file_get(big_path, after, sizeof after, last);
        assert_int_equal(atomic_load(&book.records), 8);
        assert_int_equal(atomic_load(&book.wrong), 0);
        assert_memory_not_equal(before, after, sizeof before);
    }
}

/* Random leases all over the file, as data bases do. */
void big_leases_all_over(void **state)
{
    mmv_pool *pool = NULL;
    mmv_cursor cursor;
    size_t left;
    (void)state;
    mmv_map *map = open_map(big_path, MMV_READ_WRITE);
    assert_ok(mmv_pool_create(NULL, &pool));
    assert_ok(mmv_cursor_open(pool, map, &cursor));
    for (unsigned i = 0; i < 500; i++) {
        uint64_t at;
        char byte;
        fill(&at, sizeof at, i);
        at %= BIG_SIZE - 8;
        char *data = mmv_acquire(&cursor, at, 8, &left);
        assert_status(cursor.status, MMV_OK);
        file_get(big_path, &byte, 1, at);
        assert_int_equal(*data, byte);
        if (i % 50 == 0)
            *data = (char)~byte;
        assert_ok(mmv_release(&cursor));
        file_get(big_path, &byte, 1, at);
        assert_int_equal(*(char *)mmv_acquire(&cursor, at, 8, &left), byte);
        assert_ok(mmv_release(&cursor));
    }
    mmv_pool_stats stats;
    mmv_pool_get_stats(pool, &stats);
    assert_true(stats.peak_mapped <= mmv_default_max_mapped());
    mmv_cursor_close(&cursor);
    mmv_pool_destroy(&pool);
    mmv_map_close(&map);
}

int big_make(void **state)
{
    (void)state;
    snprintf(big_path, sizeof big_path, "%s", scratch("big"));
    file_sparse(big_path, BIG_SIZE);
    return 0;
}
