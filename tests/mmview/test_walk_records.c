/* SPDX-License-Identifier: MIT */
/* test_walk_records.c - each record exactly once and whole, whatever its size and wherever the windows end. */

#include "walks.h"

#include "faults.h"

#define SIZE ((size_t)200003)
#define PAGE ((uint64_t)4096)
#define LARGEST 300
/* Under a sanitizer each run takes ten times as long: every third size then, and still both of even and odd ones. */
#define EACH (CHECK_SANITIZED ? 7 : 1)

static const uint64_t headers[] = {0, 1, 7, 4095};

static int make_file(void **state)
{
    (void)state;
    return walk_file_begin(SIZE);
}

static void test_in_place_with_windows_of_one_page(void **state)
{
    unsigned runs = 0;
    (void)state;
    for (size_t record = 1; record <= LARGEST; record += EACH)
        for (size_t h = 0; h < COUNT(headers); h++, runs++) {
            layout shape = layout_filling(SIZE, record, headers[h], 0);
            mmv_walk_options how = {.io = MMV_IO_MMAP, .window = PAGE, .threads = runs % 3 == 0 ? 2 : 1};
            check_in_place(walk_file.path, walk_file.bytes, SIZE, &shape, &how);
        }
    assert_true(runs >= 4 * (LARGEST / EACH));
}

static void test_in_place_by_the_other_backends(void **state)
{
    static const mmv_io others[] = {MMV_IO_BUFFERED, MMV_IO_DIRECT, MMV_IO_AUTO};
    (void)state;
    for (size_t record = 1; record <= LARGEST; record += 2 * EACH) {
        layout shape = layout_filling(SIZE, record, headers[record / 2 % COUNT(headers)], 0);
        mmv_walk_options how = {.io = others[record / 2 % 3], .window = PAGE, .threads = 2};
        check_in_place(walk_file.path, walk_file.bytes, SIZE, &shape, &how);
    }
}

static void test_into_another_map_with_halos(void **state)
{
    static const mmv_io ways[] = {MMV_IO_MMAP, MMV_IO_MMAP, MMV_IO_BUFFERED, MMV_IO_DIRECT};
    (void)state;
    for (size_t record = 1; record <= LARGEST; record += EACH)
        for (unsigned halo = 0; halo < 4; halo++) {
            layout shape = layout_filling(SIZE / 4, record, headers[(record + halo) % COUNT(headers)], 0);
            mmv_walk_options how = {.io = ways[(record / 4 + halo) % 4], .window = PAGE, .threads = 1 + record % 2};
            shape.halo = halo;
            shape.out_offset = record % 5;
            check_to(walk_file.path, walk_file.bytes, walk_file.out, SIZE / 4 + 100, &shape, &how);
        }
}

static void test_rows_with_gaps(void **state)
{
    static const size_t records[] = {1, 7, 300, 4096, 5000, 9000};
    static const uint64_t gaps[] = {1, 4095, 4096, 8192, 20000};
    static const mmv_io ways[] = {MMV_IO_MMAP, MMV_IO_BUFFERED, MMV_IO_DIRECT, MMV_IO_AUTO};
    (void)state;
    for (size_t r = 0; r < COUNT(records); r++)
        for (size_t g = 0; g < COUNT(gaps); g++)
            for (size_t w = 0; w < COUNT(ways); w++) {
                layout shape = layout_filling(SIZE, records[r], headers[g % 4], records[r] + gaps[g]);
                mmv_walk_options how = {.io = ways[w], .threads = 2};
                check_in_place(walk_file.path, walk_file.bytes, SIZE, &shape, &how);
                how.window = PAGE;
                check_in_place(walk_file.path, walk_file.bytes, SIZE, &shape, &how);
            }
}

static void test_records_larger_than_windows_and_steps(void **state)
{
    static const size_t records[] = {4096, 4097, 8191, 65536, 99999, SIZE};
    static const uint64_t windows[] = {PAGE, 3 * PAGE, 65536, 0};
    (void)state;
    for (size_t r = 0; r < COUNT(records); r++)
        for (size_t w = 0; w < COUNT(windows); w++)
            for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++) {
                layout shape = layout_filling(SIZE, records[r], records[r] == SIZE ? 0 : 3, 0);
                mmv_walk_options how = {.io = (mmv_io)io, .window = windows[w], .threads = 2};
                check_in_place(walk_file.path, walk_file.bytes, SIZE, &shape, &how);
            }
}

/* Not in the file's last 64 KiB: there the real pages, which are smaller, end before the claimed one does. */
static void test_pages_of_64_kib(void **state)
{
    const size_t whole = SIZE / 65536 * 65536;
    (void)state;
    fault_page_size(65536);
    for (size_t record = 1; record <= LARGEST; record += 23) {
        layout shape = layout_filling(whole, record, headers[record % 4], 0);
        mmv_walk_options how = {.io = MMV_IO_MMAP, .window = PAGE, .threads = 2};
        check_in_place(walk_file.path, walk_file.bytes, SIZE, &shape, &how);
        shape.stride = record + 70001;
        shape.records = 2;
        check_in_place(walk_file.path, walk_file.bytes, SIZE, &shape, &how);
        shape = layout_filling(whole, record, 1, 0);
        shape.halo = 2;
        check_to(walk_file.path, walk_file.bytes, walk_file.out, SIZE, &shape, &how);
    }
}

/* Ranges of every length around a page, and one that ends at the file's last byte. */
static void test_short_ranges(void **state)
{
    static const uint64_t lengths[] = {1, 2, 4095, 4096, 4097, 8191, 8192, 8193};
    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++)
        for (size_t h = 0; h < COUNT(headers); h++)
            for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++) {
                layout shape = {.record = 1, .offset = headers[h], .records = lengths[i]};
                mmv_walk_options how = {.io = (mmv_io)io, .threads = 2};
                check_in_place(walk_file.path, walk_file.bytes, SIZE, &shape, &how);
                how.window = PAGE;
                check_in_place(walk_file.path, walk_file.bytes, SIZE, &shape, &how);
                shape.offset = SIZE - lengths[i];
                check_in_place(walk_file.path, walk_file.bytes, SIZE, &shape, &how);
            }
}

static mmv_status never(const mmv_chunk *chunk, void *user)
{
    (void)chunk;
    ++*(int *)user;
    return MMV_OK;
}

static void test_empty_ranges(void **state)
{
    mmv_walk_stats stats;
    int calls = 0;
    (void)state;
    mmv_map *map = open_map(walk_file.path, MMV_READ_WRITE);
    assert_ok(mmv_walk(map, &(mmv_walk_options){.offset = SIZE, .stats = &stats}, never, &calls));
    assert_int_equal(stats.bytes + stats.prefix + stats.windows, 0);
    mmv_map_close(&map);
    file_put(scratch("empty"), "", 0);
    map = open_map(scratch("empty"), MMV_READ_WRITE);
    assert_ok(mmv_walk(map, NULL, never, &calls));
    assert_ok(mmv_walk(map, &(mmv_walk_options){.record_size = 99, .stats = &stats}, never, &calls));
    mmv_map_close(&map);
    assert_int_equal(calls, 0);
    assert_true(file_is(walk_file.path, walk_file.bytes, SIZE));
}

static void test_no_options_mean_every_byte(void **state)
{
    layout shape = layout_filling(SIZE, 1, 0, 0);
    ledger book = {.shape = shape};
    static unsigned char wanted[SIZE];
    (void)state;
    memcpy(wanted, walk_file.bytes, SIZE);
    add_in_memory(wanted, &shape);
    mmv_map *map = open_map(walk_file.path, MMV_READ_WRITE);
    assert_ok(mmv_walk(map, NULL, add_in_place, &book));
    mmv_map_close(&map);
    assert_true(file_is(walk_file.path, wanted, SIZE));
    file_put_at(walk_file.path, walk_file.bytes, SIZE, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_place_with_windows_of_one_page),
        cmocka_unit_test(test_in_place_by_the_other_backends),
        cmocka_unit_test(test_into_another_map_with_halos),
        cmocka_unit_test(test_rows_with_gaps),
        cmocka_unit_test(test_records_larger_than_windows_and_steps),
        cmocka_unit_test_teardown(test_pages_of_64_kib, fault_end),
        cmocka_unit_test(test_short_ranges),
        cmocka_unit_test(test_empty_ranges),
        cmocka_unit_test(test_no_options_mean_every_byte),
    };
    return cmocka_run_group_tests(tests, make_file, walk_file_end);
}
