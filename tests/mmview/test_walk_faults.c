/* SPDX-License-Identifier: MIT */
/*
 * test_walk_faults.c - every refusal of the system, at every call. Where there is another road the bytes are the same;
 * where there is none, the walk ends with a clean status and a place, and no thread is left waiting.
 */

#include "walks.h"

#include "faults.h"

#include <errno.h>

#define SIZE ((size_t)(600 * 1024 + 123))
#define PAGE ((uint64_t)4096)

static int make_file(void **state)
{
    (void)state;
    if (walk_file_begin(SIZE) != 0)
        return -1;
    file_sparse(walk_file.out, SIZE);
    return 0;
}

/* ---- another road ----------------------------------------------------------------------------------------------- */

/* The walk must succeed although the n-th such call fails, for every n; and although all do. */
static void check_detour(fault_call call, int error, mmv_io io, unsigned threads)
{
    layout shape = layout_filling(SIZE, 6, 7, 0);
    mmv_walk_options how = {.io = io, .threads = threads, .window = 65536};
    for (unsigned n = 0; n <= 40; n = check_next(n, CHECK_SANITIZED)) {
        fault_at(call, n, error);
        check_in_place(walk_file.path, walk_file.bytes, SIZE, &shape, &how);
        if (n > fault_count(call) && fault_count(call) > 0)
            break;
    }
    fault_reset();
}

static void test_mappings_that_are_refused(void **state)
{
    static const int errors[] = {ENOMEM, ENODEV, EAGAIN, EPERM};
    (void)state;
    /* Where each mapping is dear the errors, which are told apart in one place, come with one number of threads. */
    for (size_t i = 0; i < COUNT(errors); i++)
        for (unsigned threads = CHECK_FEWEST; threads <= (CHECK_COST > 1 && i > 0 ? CHECK_FEWEST : 8);
             threads *= CHECK_COST > 1 ? 4 : 2) {
            check_detour(FAULT_MAP_AT, errors[i], MMV_IO_MMAP, threads);
            check_detour(FAULT_MAP_AT, errors[i], MMV_IO_AUTO, threads);
        }
}

static void test_mappings_that_are_refused_with_halos_and_gaps(void **state)
{
    (void)state;
    layout halo = layout_filling(SIZE - 100, 50, 1, 0);
    layout gaps = layout_filling(SIZE, 50, 1, 9000);
    mmv_walk_options how = {.io = MMV_IO_MMAP, .threads = 2, .window = 65536};
    halo.halo = 3;
    for (unsigned n = 0; n <= 20; n = check_next(n, false)) {
        fault_at(FAULT_MAP_AT, n, ENOMEM);
        check_to(walk_file.path, walk_file.bytes, walk_file.out, SIZE, &halo, &how);
        fault_at(FAULT_MAP_AT, n, ENOMEM);
        check_in_place(walk_file.path, walk_file.bytes, SIZE, &gaps, &how);
    }
}

/* The stats tell the road that was taken, not the one that was planned. */
static void test_what_was_refused_is_not_called_mapped(void **state)
{
    mmv_walk_stats stats;
    layout shape = layout_filling(SIZE, 1, 0, 0);
    ledger book = {.shape = shape};
    mmv_walk_options options = options_for(&shape, &stats);
    (void)state;
    options.io = MMV_IO_MMAP;
    options.threads = 2;
    options.window = 65536;
    mmv_map *map = open_map(walk_file.path, MMV_READ);
    fault_at(FAULT_MAP_AT, 0, ENODEV);
    assert_ok(mmv_walk(map, &options, count_only, &book));
    mmv_map_close(&map);
    assert_true(stats.bytes_mapped == 0 && stats.bytes_buffered == SIZE);
    assert_int_equal(stats.io, MMV_IO_BUFFERED);
}

/* One refusal for want of room costs a smaller window, not the whole backend. */
static void test_a_smaller_window_is_tried(void **state)
{
    mmv_walk_stats stats;
    layout shape = layout_filling(SIZE, 1, 0, 0);
    mmv_walk_options options = options_for(&shape, &stats);
    (void)state;
    options.io = MMV_IO_MMAP;
    options.threads = 1;
    options.window = 65536;
    for (unsigned n = 1; n <= 5; n++) {
        ledger book = {.shape = shape};
        mmv_map *map = open_map(walk_file.path, MMV_READ);
        fault_at(FAULT_MAP_AT, n, ENOMEM);
        assert_ok(mmv_walk(map, &options, count_only, &book));
        mmv_map_close(&map);
        assert_true(stats.bytes_mapped == SIZE && stats.bytes_buffered == 0);
        assert_int_equal(atomic_load(&book.records), SIZE);
    }
}

static void test_no_address_space_to_reserve(void **state)
{
    (void)state;
    for (unsigned threads = CHECK_FEWEST; threads <= 8; threads *= CHECK_COST > 1 ? 4 : 2)
        check_detour(FAULT_RESERVE, ENOMEM, MMV_IO_MMAP, threads);
}

static void test_a_kernel_without_populate(void **state)
{
    static const int errors[] = {ENOTSUP, EINVAL, ENOMEM, EPERM};
    (void)state;
    for (size_t i = 0; i < COUNT(errors); i++)
        check_detour(FAULT_ADVISE, errors[i], MMV_IO_MMAP, 2);
}

static void test_no_direct_io(void **state)
{
    static const int errors[] = {EOPNOTSUPP, EACCES, ENOENT, EMFILE};
    layout shape = layout_filling(SIZE, 4096, 0, 0);
    (void)state;
    for (size_t i = 0; i < COUNT(errors); i++) {
        check_detour(FAULT_OPEN_DIRECT, errors[i], MMV_IO_DIRECT, 2);
        /* Of the output only. */
        fault_at(FAULT_OPEN_DIRECT, 2, errors[i]);
        check_to(walk_file.path, walk_file.bytes, walk_file.out, SIZE, &shape,
                 &(mmv_walk_options){.io = MMV_IO_DIRECT, .threads = 2});
    }
}

static void test_vacating_fails(void **state)
{
    (void)state;
    check_detour(FAULT_VACATE, ENOMEM, MMV_IO_MMAP, 2);
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

/* The n-th such call fails, for every n there is: the status, and where. */
static unsigned check_dead_end(fault_call call, int error, mmv_status wanted, const mmv_walk_options *how, bool placed)
{
    unsigned failed = 0;
    for (unsigned n = 1; n <= 200; n = check_next(n, CHECK_SANITIZED)) {
        mmv_walk_stats stats;
        /* Direct I/O in place needs records that begin on blocks. */
        layout shape = how->io == MMV_IO_DIRECT ? layout_filling(SIZE, 64, 0, 0) : layout_filling(SIZE, 6, 7, 0);
        ledger book = {.shape = shape};
        mmv_walk_options options = options_for(&shape, &stats);
        options.io = how->io;
        options.threads = how->threads;
        options.window = 65536;
        mmv_map *map = open_map(walk_file.path, MMV_READ_WRITE);
        fault_at(call, n, error);
        mmv_status status = mmv_walk(map, &options, add_in_place, &book);
        bool reached = fault_count(call) >= n;
        fault_reset();
        mmv_map_close(&map);
        file_put_at(walk_file.path, walk_file.bytes, SIZE, 0);
        if (!reached) {
            assert_ok(status);
            return failed;
        }
        if (placed)
            assert_at(status, wanted, walk_file.path);
        else
            assert_status(status, wanted);
        assert_int_equal(mmv_last_error()->os_error, error);
        assert_true(stats.prefix < layout_length(&shape) && stats.bytes < shape.records * shape.record);
        failed++;
    }
    return failed;
}

static void check_dead_ends(fault_call call, int error, mmv_status wanted, mmv_io io, bool placed)
{
    for (unsigned threads = CHECK_FEWEST; threads <= 8; threads *= CHECK_COST > 1 ? 4 : 2)
        assert_true(check_dead_end(call, error, wanted, &(mmv_walk_options){.io = io, .threads = threads}, placed) > 0);
}

static void test_reads_that_fail(void **state)
{
    (void)state;
    check_dead_ends(FAULT_READ, EIO, MMV_EIO, MMV_IO_BUFFERED, true);
    check_dead_ends(FAULT_READ, ENOMEM, MMV_ENOMEM, MMV_IO_AUTO, true);
}

static void test_writes_that_fail(void **state)
{
    (void)state;
    check_dead_ends(FAULT_WRITE, EIO, MMV_EIO, MMV_IO_BUFFERED, true);
    check_dead_ends(FAULT_WRITE, ENOSPC, MMV_ENOSPC, MMV_IO_BUFFERED, true);
    check_dead_ends(FAULT_WRITE, EDQUOT, MMV_ENOSPC, MMV_IO_AUTO, true);
}

static bool has_direct(void)
{
    mmv_walk_stats stats;
    layout shape = layout_filling(SIZE, 4096, 0, 0);
    ledger book = {.shape = shape};
    mmv_walk_options options = options_for(&shape, &stats);
    options.io = MMV_IO_DIRECT;
    mmv_map *map = open_map(walk_file.path, MMV_READ);
    assert_ok(mmv_walk(map, &options, count_only, &book));
    mmv_map_close(&map);
    return stats.bytes_direct > 0;
}

static void test_transfers_that_fail(void **state)
{
    (void)state;
    if (!has_direct())
        skip_because("no direct I/O here");
    check_dead_ends(FAULT_QUEUE_BEGIN, EIO, MMV_EIO, MMV_IO_DIRECT, true);
    check_dead_ends(FAULT_QUEUE_BEGIN, EAGAIN, MMV_ENOMEM, MMV_IO_DIRECT, true);
    check_dead_ends(FAULT_QUEUE_FETCH, EIO, MMV_EIO, MMV_IO_DIRECT, false);
    check_dead_ends(FAULT_QUEUE_OPEN, ENOMEM, MMV_ENOMEM, MMV_IO_DIRECT, false);
}

static void test_memory_that_is_refused(void **state)
{
    (void)state;
    check_dead_ends(FAULT_MEMORY, ENOMEM, MMV_ENOMEM, MMV_IO_BUFFERED, false);
    if (has_direct())
        check_dead_ends(FAULT_MEMORY, ENOMEM, MMV_ENOMEM, MMV_IO_DIRECT, false);
}

static void test_pages_that_cannot_be_had(void **state)
{
    (void)state;
#if MMV_POSIX_ONLY
    skip_because("POSIX cannot populate");
#endif
    /* EFAULT once and then not again is no fault at all: somebody else's page was late. */
    check_detour(FAULT_ADVISE, 0, MMV_IO_MMAP, 2);
    for (unsigned threads = CHECK_FEWEST; threads <= 8; threads *= CHECK_COST > 1 ? 4 : 2) {
        ledger book = {.shape = layout_filling(SIZE, 1, 0, 0)};
        mmv_walk_options options = {.io = MMV_IO_MMAP, .threads = threads, .window = 65536};
        mmv_map *map = open_map(walk_file.path, MMV_READ_WRITE);
        fault_at(FAULT_ADVISE, 0, EFAULT);
        assert_at(mmv_walk(map, &options, add_in_place, &book), MMV_EIO, walk_file.path);
        fault_at(FAULT_ALLOCATE, 0, ENOSPC);
        assert_at(mmv_walk(map, &options, add_in_place, &book), MMV_ENOSPC, walk_file.path);
        fault_reset();
        mmv_map_close(&map);
        assert_int_equal(atomic_load(&book.records), 0);
    }
    assert_true(file_is(walk_file.path, walk_file.bytes, SIZE));
}

static void test_the_output_fails(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 10; n++)
        for (int io = MMV_IO_MMAP; io <= MMV_IO_BUFFERED; io++) {
            ledger book = {.shape = layout_filling(SIZE, 1, 0, 0)};
            mmv_walk_options options = {.io = (mmv_io)io, .threads = 1 + n % 3, .window = 65536};
            mmv_map *in = open_map(walk_file.path, MMV_READ);
            mmv_map *out = open_map(walk_file.out, MMV_READ_WRITE);
            fault_at(FAULT_WRITE, n, ENOSPC);
            assert_at(mmv_walk_to(in, out, &options, blend_to, &book), MMV_ENOSPC, walk_file.out);
            fault_reset();
            mmv_map_close(&in);
            mmv_map_close(&out);
        }
}

static void test_the_length_cannot_be_looked_at(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 12; n++) {
        ledger book = {.shape = layout_filling(SIZE, 1, 0, 0)};
        mmv_walk_options options = {.io = MMV_IO_BUFFERED, .threads = 2, .window = 65536};
        mmv_map *map = open_map(walk_file.path, MMV_READ_WRITE);
        fault_at(FAULT_FACTS, n, EIO);
        mmv_status status = mmv_walk(map, &options, add_in_place, &book);
        bool reached = fault_count(FAULT_FACTS) >= n;
        fault_reset();
        mmv_map_close(&map);
        assert_status(status, reached ? MMV_EIO : MMV_OK);
        file_put_at(walk_file.path, walk_file.bytes, SIZE, 0);
    }
}

static int reset(void **state)
{
    (void)state;
    fault_reset();
    file_put(walk_file.path, walk_file.bytes, SIZE);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_mappings_that_are_refused, reset),
        cmocka_unit_test_teardown(test_mappings_that_are_refused_with_halos_and_gaps, reset),
        cmocka_unit_test_teardown(test_what_was_refused_is_not_called_mapped, reset),
        cmocka_unit_test_teardown(test_a_smaller_window_is_tried, reset),
        cmocka_unit_test_teardown(test_no_address_space_to_reserve, reset),
        cmocka_unit_test_teardown(test_a_kernel_without_populate, reset),
        cmocka_unit_test_teardown(test_no_direct_io, reset),
        cmocka_unit_test_teardown(test_vacating_fails, reset),
        cmocka_unit_test_teardown(test_reads_that_fail, reset),
        cmocka_unit_test_teardown(test_writes_that_fail, reset),
        cmocka_unit_test_teardown(test_transfers_that_fail, reset),
        cmocka_unit_test_teardown(test_memory_that_is_refused, reset),
        cmocka_unit_test_teardown(test_pages_that_cannot_be_had, reset),
        cmocka_unit_test_teardown(test_the_output_fails, reset),
        cmocka_unit_test_teardown(test_the_length_cannot_be_looked_at, reset),
    };
    return cmocka_run_group_tests(tests, make_file, walk_file_end);
}
