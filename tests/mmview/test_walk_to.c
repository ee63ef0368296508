/* SPDX-License-Identifier: MIT */
/* test_walk_to.c - from one map into another, and out of nothing. */

#include "walks.h"

#include "faults.h"

#include <fcntl.h>
#include <unistd.h>

#define SIZE ((size_t)(1 * MMV_MIB + 12347))
#define PAGE ((uint64_t)4096)

static int make_file(void **state)
{
    (void)state;
    return walk_file_begin(SIZE);
}

/* ---- same bytes ------------------------------------------------------------------------------------------------- */

static void check_ways(const layout *shape, size_t out_size)
{
    static const uint64_t windows[] = {PAGE, 65536, 0};
    static const unsigned threads[] = {1, 2, 8};
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
        for (size_t w = 0; w < COUNT(windows); w++)
            for (size_t t = CHECK_FEWEST - 1; t < COUNT(threads); t++) {
                mmv_walk_options how = {.io = (mmv_io)io, .window = windows[w], .threads = threads[t]};
                check_to(walk_file.path, walk_file.bytes, walk_file.out, out_size, shape, &how);
            }
}

static void test_other_sizes_of_output(void **state)
{
    static const size_t sizes[][2] = {{6, 3}, {3, 8}, {4096, 16}, {100, 4096}, {65536, 1}, {8192, 4096}};
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        layout shape = layout_filling(SIZE / 2, sizes[i][0], i % 2 ? 0 : 5, 0);
        shape.records = mmv_min(shape.records, SIZE / sizes[i][1]);
        shape.out_record = sizes[i][1];
        shape.out_offset = i % 3 * 2048;
        shape.halo = i % 2;
        check_ways(&shape, (size_t)(shape.records * shape.out_record + 8192));
    }
}

static void test_a_halo_larger_than_the_window(void **state)
{
    (void)state;
    layout shape = layout_filling(100000, 50, 1, 0);
    shape.halo = 200;
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
        for (unsigned threads = 1; threads <= 2; threads++) {
            mmv_walk_options how = {.io = (mmv_io)io, .window = PAGE, .threads = threads};
            check_to(walk_file.path, walk_file.bytes, walk_file.out, 100000, &shape, &how);
        }
    shape = layout_filling(500, 50, 0, 0);
    shape.halo = 4000;
    check_to(walk_file.path, walk_file.bytes, walk_file.out, 500, &shape, &(mmv_walk_options){.io = MMV_IO_MMAP});
}

/* Input in one place, output in another with other rules for direct I/O. */
static void test_across_file_systems(void **state)
{
    char there[512];
    (void)state;
    if (access("/dev/shm", W_OK) != 0)
        skip_because("no /dev/shm");
    assert_true(scratch_use("/dev/shm"));
    snprintf(there, sizeof there, "%s", scratch("there"));
    file_put(there, walk_file.bytes, SIZE);
    layout shape = layout_filling(SIZE - 8192, 16, 0, 0);
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++) {
        mmv_walk_options how = {.io = (mmv_io)io, .threads = 2, .window = 262144};
        check_to(walk_file.path, walk_file.bytes, scratch("out"), SIZE, &shape, &how);
        check_to(there, walk_file.bytes, walk_file.out, SIZE, &shape, &how);
    }
}

/* ---- copying and generating ------------------------------------------------------------------------------------- */

static void test_no_function_copies(void **state)
{
    (void)state;
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
        for (size_t record = 1; record <= 4096; record *= 16) {
            mmv_walk_stats stats;
            file_sparse(walk_file.out, SIZE + 10);
            mmv_map *in = open_map(walk_file.path, MMV_READ);
            mmv_map *out = open_map(walk_file.out, MMV_READ_WRITE);
            mmv_walk_options options = {.record_size = record,
                                        .length = SIZE / record * record,
                                        .out_offset = 10,
                                        .io = (mmv_io)io,
                                        .threads = 2,
                                        .window = 65536,
                                        .stats = &stats};
            assert_ok(mmv_walk_to(in, out, &options, NULL, NULL));
            mmv_map_close(&in);
            mmv_map_close(&out);
            unsigned char *wanted = calloc(1, SIZE + 10);
            memcpy(wanted + 10, walk_file.bytes, (size_t)options.length);
            bool same = file_is(walk_file.out, wanted, SIZE + 10);
            free(wanted);
            assert_true(same);
            assert_true(stats.bytes == options.length);
        }
}

static void test_generating(void **state)
{
    static const size_t records[] = {1, 7, 4096, 70001};
    (void)state;
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
        for (size_t i = 0; i < COUNT(records); i++) {
            layout shape = {.record = records[i], .records = 500000 / records[i], .out_offset = i * 77};
            mmv_walk_options how = {.io = (mmv_io)io, .threads = 2, .window = i % 2 ? 0 : 65536};
            check_to(NULL, NULL, walk_file.out, 500100 + 300, &shape, &how);
        }
}

/* Many small input records become large output ones: what is written must not take the memory of all of them. */
static void test_generating_large_records_from_small_ones(void **state)
{
    (void)state;
    layout shape = {.record = 1, .records = 64, .out_record = 65536};
    check_to(NULL, NULL, walk_file.out, 64 * 65536, &shape, &(mmv_walk_options){.threads = 2});
}

static void test_from_a_character_device(void **state)
{
    static const unsigned char zeros[300000];
    mmv_map *in = NULL;
    (void)state;
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io += 2) {
        assert_ok(mmv_map_from_descriptor(open("/dev/zero", O_RDONLY), true, MMV_READ, sizeof zeros, &in));
        file_put(walk_file.out, walk_file.bytes, sizeof zeros);
        mmv_map *out = open_map(walk_file.out, MMV_READ_WRITE);
        assert_ok(mmv_walk_to(in, out, &(mmv_walk_options){.io = (mmv_io)io, .threads = 2}, NULL, NULL));
        mmv_map_close(&in);
        mmv_map_close(&out);
        assert_true(file_is(walk_file.out, zeros, sizeof zeros));
    }
}

/* Private memory must follow the records that are really handled at once, also where direct I/O would need thousands
   of input records to fill one block of output. */
static void test_a_digest_per_large_record_by_direct(void **state)
{
    (void)state;
    file_sparse(scratch("long"), 8192 * 8192);
    mmv_map *in = open_map(scratch("long"), MMV_READ);
    file_sparse(walk_file.out, 8192);
    mmv_map *out = open_map(walk_file.out, MMV_READ_WRITE);
    layout shape = {.record = 8192, .records = 8192, .out_record = 1};
    ledger book = {.shape = shape};
    mmv_walk_options options = options_for(&shape, NULL);
    options.io = MMV_IO_DIRECT;
    options.threads = 1;
    options.window = 64 * MMV_MIB;
    fault_reset();
    assert_ok(mmv_walk_to(in, out, &options, count_only, &book));
    assert_int_equal(atomic_load(&book.records), 8192);
    assert_true(fault_largest_memory() <= 8 * MMV_MIB);
    mmv_map_close(&in);
    mmv_map_close(&out);
}

/* ---- refusals --------------------------------------------------------------------------------------------------- */

static void test_outputs_that_cannot_be(void **state)
{
    ledger book = {0};
    (void)state;
    file_put(walk_file.out, walk_file.bytes, 1000);
    assert_int_equal(link(walk_file.path, scratch("in-too")), 0);
    mmv_map *in = open_map(walk_file.path, MMV_READ);
    mmv_map *again = open_map(scratch("in-too"), MMV_READ_WRITE);
    mmv_map *out = open_map(walk_file.out, MMV_READ_WRITE);
    mmv_map *reader = open_map(walk_file.out, MMV_READ);
    mmv_map *private = open_map(walk_file.out, MMV_COPY_ON_WRITE);
    assert_bad(mmv_walk_to(in, again, NULL, blend_to, &book), MMV_EINVAL, "out");
    assert_status(mmv_walk_to(in, reader, NULL, blend_to, &book), MMV_EACCES);
    assert_status(mmv_walk_to(in, private, NULL, blend_to, &book), MMV_EACCES);
    assert_bad(mmv_walk_to(in, out, NULL, blend_to, &book), MMV_ERANGE, "out_offset");
    mmv_walk_options options = {.length = 1000, .out_offset = 1};
    assert_bad(mmv_walk_to(in, out, &options, blend_to, &book), MMV_ERANGE, "out_offset");
    assert_string_equal(mmv_last_error()->detail,
                        "1000 records of 1 bytes from out_offset 1 on do not fit the output, which has 1000 bytes");
    options.out_offset = UINT64_MAX;
    assert_bad(mmv_walk_to(in, out, &options, blend_to, &book), MMV_ERANGE, "out_offset");
    options = (mmv_walk_options){.length = 1000, .out_record_size = 2};
    assert_bad(mmv_walk_to(in, out, &options, blend_to, &book), MMV_ERANGE, "out_offset");
    assert_bad(mmv_walk_to(in, out, &options, NULL, NULL), MMV_EINVAL, "fn");
    options = (mmv_walk_options){.length = 1000, .stride = 2};
    assert_bad(mmv_walk_to(in, out, &options, blend_to, &book), MMV_EINVAL, "stride");
    assert_bad(mmv_walk_to(NULL, out, NULL, generate, &book), MMV_EINVAL, "length");
    assert_non_null(strstr(mmv_last_error()->detail, "say a length"));
    options = (mmv_walk_options){.length = 1000, .halo = 1};
    assert_bad(mmv_walk_to(NULL, out, &options, generate, &book), MMV_EINVAL, "halo");
    options.halo = 0;
    assert_bad(mmv_walk_to(NULL, out, &options, NULL, NULL), MMV_EINVAL, "fn");
    options.length = 1001;
    assert_bad(mmv_walk_to(NULL, out, &options, generate, &book), MMV_ERANGE, "out_offset");
    options = (mmv_walk_options){.length = 10, .halo = UINT32_MAX, .record_size = 10};
    if (sizeof(void *) == 4)
        assert_bad(mmv_walk_to(in, out, &options, blend_to, &book), MMV_EINVAL, "halo");
    mmv_map_close(&in);
    mmv_map_close(&again);
    mmv_map_close(&out);
    mmv_map_close(&reader);
    mmv_map_close(&private);
    assert_int_equal(atomic_load(&book.records), 0);
    assert_true(file_is(walk_file.path, walk_file.bytes, SIZE));
    assert_true(file_is(walk_file.out, walk_file.bytes, 1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_sizes_of_output),
        cmocka_unit_test(test_a_halo_larger_than_the_window),
        cmocka_unit_test(test_no_function_copies),
        cmocka_unit_test(test_generating),
        cmocka_unit_test(test_generating_large_records_from_small_ones),
        cmocka_unit_test(test_from_a_character_device),
        cmocka_unit_test_teardown(test_a_digest_per_large_record_by_direct, fault_end),
        cmocka_unit_test(test_outputs_that_cannot_be),
        cmocka_unit_test(test_across_file_systems),
    };
    return cmocka_run_group_tests(tests, make_file, walk_file_end);
}
