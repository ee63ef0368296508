/* SPDX-License-Identifier: MIT */
/* test_walk_errors.c - functions that fail, walks that are stopped, and what is in the file afterwards. */

#include "walks.h"

#include <errno.h>

#define SIZE ((size_t)(5 * MMV_MIB + 12347))

static int make_file(void **state)
{
    (void)state;
    return walk_file_begin(SIZE);
}

/* ---- stopping --------------------------------------------------------------------------------------------------- */

/* Before the prefix every record is done, behind it none; and the rest of the range can be walked from there. */
static void check_stopped(size_t record, uint64_t stride, mmv_io io, unsigned threads, uint64_t stop_at)
{
    mmv_walk_stats stats;
    layout shape = layout_filling(SIZE, record, 7, stride);
    ledger book = {.shape = shape, .stop_at = stop_at};
    mmv_walk_options options = options_for(&shape, &stats);
    unsigned char *wanted = malloc(SIZE);
    memcpy(wanted, walk_file.bytes, SIZE);
    options.io = io;
    options.threads = threads;
    options.window = 65536;
    options.tick = tick_in_book;
    options.tick_user = &book;
    mmv_map *map = open_map(walk_file.path, MMV_READ_WRITE);
    assert_status(mmv_walk(map, &options, add_in_place, &book), MMV_ESTOPPED);
    assert_int_equal(mmv_last_error()->status, MMV_ESTOPPED);
    uint64_t step = stride ? stride : record;
    layout done = shape;
    done.records = stats.records;
    add_in_memory(wanted, &done);
    bool prefix = file_is(walk_file.path, wanted, SIZE);
    assert_true(prefix && stats.bytes >= stop_at && stats.records < shape.records);
    assert_int_equal(atomic_load(&book.backwards), 0);
    assert_true(stats.prefix == stats.records * step);
    /* Go on: the second half is numbered from the new start. */
    layout rest = shape;
    rest.offset += stats.prefix;
    rest.records -= stats.records;
    ledger second = {.shape = rest};
    mmv_walk_options more = options_for(&rest, NULL);
    more.io = io;
    more.threads = threads;
    assert_ok(mmv_walk(map, &more, add_in_place, &second));
    add_in_memory(wanted, &rest);
    prefix = file_is(walk_file.path, wanted, SIZE);
    mmv_map_close(&map);
    free(wanted);
    file_put_at(walk_file.path, walk_file.bytes, SIZE, 0);
    assert_true(prefix);
}

static void test_a_stopped_walk_can_go_on(void **state)
{
    (void)state;
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
        for (unsigned threads = CHECK_FEWEST; threads <= 8; threads *= 2) {
            check_stopped(1, 0, (mmv_io)io, threads, 1);
            check_stopped(6, 0, (mmv_io)io, threads, 1000000);
            check_stopped(4096, 0, (mmv_io)io, threads, 2000000);
            check_stopped(100000, 0, (mmv_io)io, threads, 500000);
            check_stopped(300, 5000, (mmv_io)io, threads, 9000);
        }
}

/* ---- functions that fail ---------------------------------------------------------------------------------------- */

struct failure {
    uint64_t from; /* fail in the chunk that holds this byte */
    mmv_status status;
    int os_error;
    const char *operation; /* NULL = say nothing */
};

static mmv_status fail_there(const mmv_chunk *chunk, void *user)
{
    const struct failure *failure = user;
    if (failure->from < chunk->offset || failure->from >= chunk->offset + chunk->count * chunk->stride)
        return MMV_OK;
    if (failure->operation)
        return mmv_error_set(failure->status, failure->os_error, failure->operation);
    return failure->status;
}

static void check_failure(mmv_map *map, const struct failure *failure, mmv_io io, unsigned threads)
{
    mmv_walk_stats stats;
    mmv_walk_options options = {.io = io, .threads = threads, .window = 65536, .stats = &stats};
    struct failure copy = *failure;
    assert_at(mmv_walk(map, &options, fail_there, &copy), failure->status, walk_file.path);
    const mmv_error *error = mmv_last_error();
    assert_int_equal(error->os_error, failure->operation ? failure->os_error : 0);
    if (failure->operation)
        assert_string_equal(error->operation, failure->operation);
    assert_true(error->offset <= failure->from && failure->from - error->offset < 2 * MMV_MIB);
    assert_true(stats.prefix <= failure->from && stats.bytes < SIZE);
}

static void test_the_functions_own_error(void **state)
{
    static const struct failure failures[] = {
        {0, MMV_EBUSY, EDEADLK, "compute"},       {SIZE - 1, MMV_EINVAL, 0, "compute"},
        {2500000, MMV_ENOMEM, ENOMEM, "compute"}, {2500000, MMV_ESYSTEM, 0, NULL},
        {65536, MMV_ESTOPPED, 0, NULL},
    };
    (void)state;
    mmv_map *map = open_map(walk_file.path, MMV_READ_WRITE);
    for (size_t i = 0; i < COUNT(failures); i++)
        for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
            for (unsigned threads = CHECK_FEWEST; threads <= 8; threads *= 2)
                check_failure(map, &failures[i], (mmv_io)io, threads);
    mmv_map_close(&map);
    assert_true(file_is(walk_file.path, walk_file.bytes, SIZE));
}

/* A function that says nothing must not be given the words of some earlier failure. */
static void test_an_old_error_is_not_told_again(void **state)
{
    mmv_map *missing = NULL;
    (void)state;
    mmv_map *map = open_map(walk_file.path, MMV_READ_WRITE);
    struct failure silent = {.from = 1000, .status = MMV_ENOENT};
    assert_status(mmv_map_open(scratch("missing"), MMV_READ, &missing), MMV_ENOENT);
    assert_at(mmv_walk(map, &(mmv_walk_options){.threads = 1}, fail_there, &silent), MMV_ENOENT, walk_file.path);
    assert_int_equal(mmv_last_error()->os_error, 0);
    /* The same with an offset of old. */
    struct failure loud = {.from = 3000000, .status = MMV_EIO, .os_error = EIO, .operation = "old"};
    mmv_walk_options small = {.threads = 1, .window = 65536};
    assert_at(mmv_walk(map, &small, fail_there, &loud), MMV_EIO, walk_file.path);
    silent = (struct failure){.from = 1000, .status = MMV_EIO};
    assert_at(mmv_walk(map, &small, fail_there, &silent), MMV_EIO, walk_file.path);
    assert_true(mmv_last_error()->offset <= 1000);
    assert_string_not_equal(mmv_last_error()->operation, "old");
    mmv_map_close(&map);
}

static mmv_status fail_in_every_thread(const mmv_chunk *chunk, void *user)
{
    (void)chunk, (void)user;
    return mmv_error_set(MMV_EBUSY, EBUSY, "all");
}

static void test_all_threads_fail_at_once(void **state)
{
    (void)state;
    mmv_map *map = open_map(walk_file.path, MMV_READ_WRITE);
    for (unsigned i = 0; i < 50; i++) {
        mmv_walk_stats stats;
        mmv_walk_options options = {.threads = 8, .window = 65536, .stats = &stats};
        assert_at(mmv_walk(map, &options, fail_in_every_thread, NULL), MMV_EBUSY, walk_file.path);
        assert_string_equal(mmv_last_error()->operation, "all");
        assert_true(stats.prefix == 0 && stats.bytes == 0);
    }
    mmv_map_close(&map);
}

/* ---- arguments -------------------------------------------------------------------------------------------------- */

static void test_wrong_arguments_are_named(void **state)
{
    ledger book = {0};
    static const struct {
        mmv_walk_options options;
        mmv_status status;
        const char *parameter;
    } table[] = {
        {{.offset = SIZE + 1}, MMV_ERANGE, "offset"},
        {{.offset = UINT64_MAX}, MMV_ERANGE, "offset"},
        {{.length = SIZE + 1}, MMV_ERANGE, "length"},
        {{.offset = 1, .length = SIZE}, MMV_ERANGE, "length"},
        {{.offset = 2, .length = UINT64_MAX - 1}, MMV_ERANGE, "length"},
        {{.record_size = 2, .length = 3}, MMV_EINVAL, "length"},
        {{.record_size = SIZE + 1, .length = 0}, MMV_EINVAL, "length"},
        {{.record_size = SIZE_MAX}, MMV_EINVAL, "record_size"},
        {{.record_size = 10, .stride = 9}, MMV_EINVAL, "stride"},
        {{.record_size = 10, .stride = 20, .length = 40}, MMV_EINVAL, "length"},
        {{.record_size = 10, .stride = INT64_MAX, .length = 11}, MMV_EINVAL, "length"},
        {{.record_size = SIZE, .stride = UINT64_MAX}, MMV_EINVAL, "stride"},
        {{.halo = 1}, MMV_EINVAL, "halo"},
        {{.io = (mmv_io)4}, MMV_EINVAL, "io"},
        {{.io = (mmv_io)-1}, MMV_EINVAL, "io"},
    };
    (void)state;
    mmv_map *map = open_map(walk_file.path, MMV_READ_WRITE);
    for (size_t i = 0; i < COUNT(table); i++) {
        mmv_walk_stats stats;
        mmv_walk_options options = table[i].options;
        memset(&stats, 0x55, sizeof stats);
        options.stats = &stats;
        assert_bad(mmv_walk(map, &options, add_in_place, &book), table[i].status, table[i].parameter);
        assert_true(stats.bytes == 0 && stats.prefix == 0 && stats.windows == 0);
    }
    assert_bad(mmv_walk(map, NULL, NULL, NULL), MMV_EINVAL, "fn");
    mmv_map_close(&map);
    assert_int_equal(atomic_load(&book.records), 0);
    assert_true(file_is(walk_file.path, walk_file.bytes, SIZE));
}

static void test_names_of_backends(void **state)
{
    (void)state;
    assert_string_equal(mmv_io_name(MMV_IO_AUTO), "auto");
    assert_string_equal(mmv_io_name(MMV_IO_MMAP), "mmap");
    assert_string_equal(mmv_io_name(MMV_IO_BUFFERED), "buffered");
    assert_string_equal(mmv_io_name(MMV_IO_DIRECT), "direct");
    assert_string_equal(mmv_io_name((mmv_io)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_stopped_walk_can_go_on),       cmocka_unit_test(test_the_functions_own_error),
        cmocka_unit_test(test_an_old_error_is_not_told_again), cmocka_unit_test(test_all_threads_fail_at_once),
        cmocka_unit_test(test_wrong_arguments_are_named),      cmocka_unit_test(test_names_of_backends),
    };
    return cmocka_run_group_tests(tests, make_file, walk_file_end);
}
