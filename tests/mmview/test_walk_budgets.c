/* SPDX-License-Identifier: MIT */
/* test_walk_budgets.c - never more mapped than allowed, never more mappings, and the same bytes under any budget. */

#include "walks.h"

#include "faults.h"

#include <unistd.h>

#define SIZE ((size_t)(3 * MMV_MIB + 12347))
#define PAGE ((uint64_t)system_page())

static int make_file(void **state)
{
    (void)state;
    return walk_file_begin(SIZE);
}

/* check_in_place() compares stats.peak_mapped with max_mapped. */
static void test_many_budgets(void **state)
{
    const uint64_t budgets[] = {PAGE,    2 * PAGE,           3 * PAGE,           16 * PAGE,   65 * PAGE,
                                MMV_MIB, 2 * MMV_MIB + PAGE, 4 * MMV_MIB + PAGE, 64 * MMV_MIB};
    static const size_t records[] = {1, 6, 5000, 1500000};
    static const unsigned threads[] = {1, 2, 8};
    (void)state;
    fault_processors(8);
    for (size_t b = 0; b < COUNT(budgets); b++)
        for (size_t r = 0; r < COUNT(records); r++)
            for (size_t t = CHECK_FEWEST - 1; t < COUNT(threads); t++) {
                layout shape = layout_filling(SIZE, records[r], r % 2 ? 7 : 0, 0);
                mmv_walk_options how = {
                    .io = t ? MMV_IO_MMAP : MMV_IO_AUTO, .max_mapped = budgets[b], .threads = threads[t]};
                check_in_place(walk_file.path, walk_file.bytes, SIZE, &shape, &how);
            }
}

static void test_windows_under_budgets(void **state)
{
    (void)state;
    for (uint64_t window = PAGE; window <= 16 * PAGE; window *= 2)
        for (uint64_t budget = window; budget <= 16 * window; budget *= 4) {
            layout shape = layout_filling(SIZE, 10, 3, 0);
            mmv_walk_options how = {.io = MMV_IO_MMAP, .window = window, .max_mapped = budget, .threads = 4};
            check_in_place(walk_file.path, walk_file.bytes, SIZE, &shape, &how);
        }
}

static void test_three_maps_for_eight_threads(void **state)
{
    (void)state;
    for (uint32_t maps = 1; maps <= 3; maps++)
        for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++) {
            layout shape = layout_filling(SIZE, 6, 7, 0);
            mmv_walk_options how = {.io = (mmv_io)io, .max_maps = maps, .threads = 8, .window = 65536};
            check_in_place(walk_file.path, walk_file.bytes, SIZE, &shape, &how);
        }
}

/* Counted where it counts: by the mappings of the file that the process has. */
static unsigned mappings_of_the_file(void)
{
    char line[1000];
    unsigned count = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps))
        count += strstr(line, walk_file.path) != NULL;
    if (maps)
        fclose(maps);
    return count;
}

static mmv_status count_mappings(const mmv_chunk *chunk, void *user)
{
    atomic_uint *most = user;
    unsigned now = mappings_of_the_file();
    (void)chunk;
    if (now > atomic_load(most))
        atomic_store(most, now);
    return MMV_OK;
}

static void test_mappings_as_the_system_sees_them(void **state)
{
    (void)state;
    for (uint32_t maps = 1; maps <= 3; maps++) {
        atomic_uint most = 0;
        mmv_map *map = open_map(walk_file.path, MMV_READ_WRITE);
        mmv_walk_options options = {.io = MMV_IO_MMAP, .max_maps = maps, .threads = 8, .window = 65536};
        assert_ok(mmv_walk(map, &options, count_mappings, &most));
        assert_true(atomic_load(&most) >= 1 && atomic_load(&most) <= maps);
        assert_int_equal(mappings_of_the_file(), 0);
        mmv_map_close(&map);
    }
}

/* "As large as possible" is as much as the budget has, not a number that wraps. */
static void test_the_largest_window_there_is(void **state)
{
    mmv_walk_stats stats;
    (void)state;
    for (size_t record = 1; record <= 3; record += 2) {
        layout shape = layout_filling(SIZE, record, 0, 0);
        ledger book = {.shape = shape};
        mmv_walk_options options = options_for(&shape, &stats);
        options.io = MMV_IO_MMAP;
        options.threads = 2;
        options.window = UINT64_MAX;
        mmv_map *map = open_map(walk_file.path, MMV_READ);
        assert_ok(mmv_walk(map, &options, count_only, &book));
        mmv_map_close(&map);
        assert_true(stats.windows <= 2 && stats.peak_mapped >= SIZE / 2);
    }
}

static void test_budgets_that_cannot_be(void **state)
{
    ledger book = {0};
    (void)state;
    mmv_map *map = open_map(walk_file.path, MMV_READ_WRITE);
    mmv_walk_options options = {.max_mapped = PAGE - 1};
    assert_bad(mmv_walk(map, &options, add_in_place, &book), MMV_EINVAL, "max_mapped");
    options = (mmv_walk_options){.max_mapped = 2 * PAGE, .window = 2 * PAGE + 1};
    assert_bad(mmv_walk(map, &options, add_in_place, &book), MMV_EINVAL, "window");
    mmv_map_close(&map);
    assert_true(file_is(walk_file.path, walk_file.bytes, SIZE));
}

/* A page of 64 KiB and a budget that holds less than one a thread. */
static void test_budgets_with_pages_of_64_kib(void **state)
{
    (void)state;
    fault_page_size(65536);
    fault_processors(8);
    for (uint64_t budget = 65536; budget <= 16 * 65536; budget *= 2) {
        layout shape = layout_filling(SIZE / 65536 * 65536, 10, 3, 0);
        mmv_walk_options how = {.io = MMV_IO_MMAP, .max_mapped = budget, .threads = 4};
        check_in_place(walk_file.path, walk_file.bytes, SIZE, &shape, &how);
    }
}

/* Limits of a small container: less address space means fewer threads and smaller windows, not other bytes. */
static void test_a_small_address_space(void **state)
{
    (void)state;
    for (uint64_t space = MMV_MIB; space <= 256 * MMV_MIB; space *= 4) {
        layout shape = layout_filling(SIZE, 6, 1, 0);
        mmv_walk_options how = {.io = MMV_IO_MMAP, .window = PAGE, .threads = 8};
        fault_address_space(space);
        check_in_place(walk_file.path, walk_file.bytes, SIZE, &shape, &how);
        how.window = 0;
        how.max_maps = 8;
        check_in_place(walk_file.path, walk_file.bytes, SIZE, &shape, &how);
    }
}

static mmv_status look_at_nothing(const mmv_chunk *chunk, void *user)
{
    (void)chunk;
    (void)user;
    return MMV_OK;
}

/* A small budget is for the threads that have a processor; who sets the window means every thread. */
static void test_threads_without_a_processor(void **state)
{
    static const struct {
        mmv_io io;
        uint64_t budget, window;
        unsigned threads;
    } cases[] = {
        {MMV_IO_MMAP, 16 * MMV_MIB, 0, 2},     {MMV_IO_AUTO, 16 * MMV_MIB, 0, 2},
        {MMV_IO_MMAP, 32 * MMV_MIB, 0, 4},     {MMV_IO_MMAP, 64 * MMV_MIB, 0, 8},
        {MMV_IO_MMAP, 16 * MMV_MIB, 65536, 8}, {MMV_IO_BUFFERED, 16 * MMV_MIB, 0, 8},
        {MMV_IO_DIRECT, 16 * MMV_MIB, 0, 8},
    };
    (void)state;
    fault_processors(2);
    file_sparse(scratch("long"), 32 * MMV_MIB);
    mmv_map *map = open_map(scratch("long"), MMV_READ);
    for (size_t i = 0; i < COUNT(cases); i++) {
        mmv_walk_stats stats;
        mmv_walk_options how = {
            .io = cases[i].io, .max_mapped = cases[i].budget, .window = cases[i].window, .threads = 8, .stats = &stats};
        assert_ok(mmv_walk(map, &how, look_at_nothing, NULL));
        assert_int_equal(stats.threads, CHECK_THREADS(cases[i].threads));
        assert_int_equal(stats.bytes, 32 * MMV_MIB);
    }
    mmv_map_close(&map);
    unlink(scratch("long"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_many_budgets, fault_end),
        cmocka_unit_test(test_windows_under_budgets),
        cmocka_unit_test(test_three_maps_for_eight_threads),
        cmocka_unit_test(test_mappings_as_the_system_sees_them),
        cmocka_unit_test(test_the_largest_window_there_is),
        cmocka_unit_test(test_budgets_that_cannot_be),
        cmocka_unit_test_teardown(test_budgets_with_pages_of_64_kib, fault_end),
        cmocka_unit_test_teardown(test_a_small_address_space, fault_end),
        cmocka_unit_test_teardown(test_threads_without_a_processor, fault_end),
    };
    return cmocka_run_group_tests(tests, make_file, walk_file_end);
}
