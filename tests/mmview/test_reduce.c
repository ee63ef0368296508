/* SPDX-License-Identifier: MIT */
/*
 * test_reduce.c - one value of all records: against a tree that is computed in memory, by another way.
 *
 * A partial result has a digest that depends on the order of every step, so that a record that is left out or taken
 * twice, or partials that are merged in another order, show in it.
 */

#include "walks.h"

#include "faults.h"

#include <errno.h>
#include <unistd.h>

#define SIZE ((size_t)(5 * MMV_MIB + 12347))

typedef struct digest {
    uint64_t first, records; /* which records it is of */
    uint64_t steps;
    double sum; /* of numbers whose sum depends on the order of adding */
} digest;

/* What the functions share, and what they found wrong. */
typedef struct watch {
    layout shape;
    atomic_uint wrong;
    atomic_int live, most; /* partial results that are there now, and were at once */
    uint64_t fail_in;      /* fold fails in the block with this record */
    atomic_int fail_merge; /* merge fails when it counts down to 0 */
    const char *cut;       /* fold cuts this file short */
} watch;

static int make_file(void **state)
{
    (void)state;
    return walk_file_begin(SIZE);
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    return (a ^ b) * UINT64_C(0x9e3779b97f4a7c15) + (a >> 29);
}

static void take(digest *into, const unsigned char *record, size_t size)
{
    for (size_t i = 0; i < size; i++)
        into->steps = mix(into->steps, record[i]);
    into->sum += 1.0 / (1 + record[0] + (double)into->records);
    into->records++;
}

static mmv_status fold(const mmv_chunk *block, void *partial, void *user)
{
    watch *w = user;
    digest *into = partial;
    uint64_t step = w->shape.stride ? w->shape.stride : w->shape.record;
    int live = atomic_fetch_add(&w->live, 1) + 1, most = atomic_load(&w->most);
    while (live > most && !atomic_compare_exchange_weak(&w->most, &most, live))
        ;
    if (block->offset != w->shape.offset + block->index * step || block->stride != step || into->records ||
        block->file_stride != step || block->data != block->source || block->index + block->count > w->shape.records)
        atomic_fetch_add(&w->wrong, 1);
    if (w->fail_in >= block->index && w->fail_in < block->index + block->count)
        return MMV_EBUSY;
    if (w->cut && block->index >= w->shape.records / 2)
        file_cut(w->cut, SIZE / 2);
    into->first = block->index;
    for (size_t i = 0; i < block->count; i++)
        take(into, (const unsigned char *)block->source + i * block->stride, w->shape.record);
    return MMV_OK;
}

static mmv_status merge(void *left, const void *right, void *user)
{
    watch *w = user;
    digest *a = left;
    const digest *b = right;
    if (atomic_fetch_sub(&w->fail_merge, 1) == 1)
        return mmv_error_set(MMV_EIO, EIO, "compute");
    if (a->first + a->records != b->first)
        atomic_fetch_add(&w->wrong, 1);
    atomic_fetch_sub(&w->live, 1);
    a->records += b->records;
    a->steps = mix(a->steps * 3, b->steps);
    a->sum += b->sum;
    return MMV_OK;
}

static watch watch_of(const layout *shape)
{
    watch w = {.shape = *shape, .fail_in = UINT64_MAX};
    return w;
}

static mmv_reduction reduction_of(watch *w, uint64_t block)
{
    return (mmv_reduction){.partial_size = sizeof(digest), .block = block, .fold = fold, .merge = merge, .user = w};
}

/* ---- the oracle ------------------------------------------------------------------------------------------------- */

static uint64_t block_records(const layout *shape, uint64_t block)
{
    uint64_t step = shape->stride ? shape->stride : shape->record;
    uint64_t fits = MMV_REDUCE_BLOCK / step;
    return block ? block : fits ? fits : 1;
}

/* Blocks [start, start + 2^level), as far as they are there: the left half, and the right one behind it. */
static digest expected(const unsigned char *file, const layout *shape, uint64_t block, uint64_t start, unsigned level)
{
    watch w = watch_of(shape);
    uint64_t step = shape->stride ? shape->stride : shape->record;
    if (level > 0) {
        uint64_t half = start + (UINT64_C(1) << (level - 1));
        digest left = expected(file, shape, block, start, level - 1);
        if (half * block < shape->records) {
            digest right = expected(file, shape, block, half, level - 1);
            assert_ok(merge(&left, &right, &w));
        }
        return left;
    }
    digest own = {.first = start * block};
    for (uint64_t i = own.first; i < shape->records && i < own.first + block; i++)
        take(&own, file + shape->offset + i * step, shape->record);
    return own;
}

static digest expected_of(const layout *shape, uint64_t block)
{
    unsigned level = 0;
    block = block_records(shape, block);
    while ((UINT64_C(1) << level) < shape->records / block + (shape->records % block != 0))
        level++;
    return expected(walk_file.bytes, shape, block, 0, level);
}

static void check_digest(const digest *got, const digest *wanted)
{
    assert_true(got->first == wanted->first && got->records == wanted->records && got->steps == wanted->steps);
    assert_memory_equal(&got->sum, &wanted->sum, sizeof got->sum);
}

/* ---- same result ------------------------------------------------------------------------------------------------ */

static void check_way(mmv_map *map, const layout *shape, uint64_t block, const mmv_walk_options *how,
                      const digest *wanted)
{
    mmv_walk_stats stats;
    watch w = watch_of(shape);
    mmv_reduction what = reduction_of(&w, block);
    mmv_walk_options options = options_for(shape, &stats);
    digest got = {0};
    options.io = how->io;
    options.threads = how->threads;
    options.window = how->window;
    assert_ok(mmv_reduce(map, &options, &what, &got));
    assert_int_equal(atomic_load(&w.wrong), 0);
    assert_int_equal(atomic_load(&w.live), 1);
    assert_true(atomic_load(&w.most) <= 128 * ((int)how->threads + 1));
    check_digest(&got, wanted);
    assert_true(stats.records == shape->records && stats.prefix == options.length);
}

static void check_ways(const layout *shape, uint64_t block, mmv_access access)
{
    static const uint64_t windows[] = {4096, 65536, 0};
    bool is_dear = CHECK_SANITIZED || CHECK_COST > 1;
    mmv_map *map = open_map(walk_file.path, access);
    digest wanted = expected_of(shape, block);
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
        for (size_t w = is_dear ? 1 : 0; w < (is_dear ? 2 : COUNT(windows)); w++)
            for (unsigned threads = CHECK_FEWEST; threads <= 8; threads *= 4) {
                mmv_walk_options how = {.io = (mmv_io)io, .window = windows[w], .threads = threads};
                check_way(map, shape, block, &how, &wanted);
            }
    mmv_map_close(&map);
}

static void test_the_same_however_it_is_done(void **state)
{
    static const struct {
        size_t record;
        uint64_t offset, stride, block;
    } cases[] = {
        {8, 0, 0, 0},      {3, 7, 0, 0},      {24, 5, 0, 1000}, {100, 0, 0, 1},
        {600000, 1, 0, 0}, {16, 3, 5000, 10}, {1, 0, 0, 70001},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t size = cases[i].block == 1 ? SIZE / 16 : SIZE;
        layout shape = layout_filling(size, cases[i].record, cases[i].offset, cases[i].stride);
        check_ways(&shape, cases[i].block, MMV_READ);
    }
}

/* Blocks at the edges of a tree: none short, one record more, one less, one block, fewer records than a block. */
static void test_every_number_of_blocks(void **state)
{
    (void)state;
    mmv_map *map = open_map(walk_file.path, MMV_READ);
    for (uint64_t records = 1; records <= 70; records++) {
        layout shape = {.record = 10, .offset = 3, .records = records};
        static const uint64_t blocks[] = {1, 4, 8, 12, UINT64_MAX};
        for (size_t i = 0; i < COUNT(blocks); i++) {
            digest wanted = expected_of(&shape, blocks[i]);
            check_way(map, &shape, blocks[i], &(mmv_walk_options){.threads = 2, .window = 4096}, &wanted);
        }
    }
    mmv_map_close(&map);
}

static void test_nothing_is_written(void **state)
{
    (void)state;
    layout shape = layout_filling(SIZE, 8, 0, 0);
    file_sparse(walk_file.out, SIZE);
    mmv_map *hole = open_map(walk_file.out, MMV_READ_WRITE);
    fault_reset();
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++) {
        watch w = watch_of(&shape);
        digest got;
        mmv_reduction what = reduction_of(&w, 0);
        mmv_walk_options options = options_for(&shape, NULL);
        options.io = (mmv_io)io;
        options.threads = 2;
        assert_ok(mmv_reduce(hole, &options, &what, &got));
        assert_true(got.records == shape.records);
    }
    mmv_map_close(&hole);
    assert_int_equal(fault_count(FAULT_WRITE), 0);
    assert_int_equal(fault_count(FAULT_ALLOCATE), 0);
    assert_true(file_allocated(walk_file.out) == 0);
    check_ways(&shape, 0, MMV_READ_WRITE);
    check_ways(&shape, 0, MMV_COPY_ON_WRITE);
    assert_true(file_is(walk_file.path, walk_file.bytes, SIZE));
}

static void test_ranges_without_records(void **state)
{
    digest start = {.first = 5, .records = 6, .steps = 7, .sum = 8}, got = {0};
    layout shape = {.record = 8};
    watch w = watch_of(&shape);
    mmv_reduction what = reduction_of(&w, 0);
    (void)state;
    file_put(walk_file.out, "", 0);
    mmv_map *empty = open_map(walk_file.out, MMV_READ);
    mmv_map *map = open_map(walk_file.path, MMV_READ);
    what.initial = &start;
    assert_ok(mmv_reduce(empty, NULL, &what, &got));
    check_digest(&got, &start);
    got = (digest){0};
    assert_ok(mmv_reduce(map, &(mmv_walk_options){.record_size = 8, .length = MMV_EMPTY}, &what, &got));
    check_digest(&got, &start);
    what.initial = NULL;
    assert_ok(mmv_reduce(map, &(mmv_walk_options){.record_size = 8, .offset = SIZE}, &what, &got));
    check_digest(&got, &(digest){0});
    mmv_map_close(&empty);
    mmv_map_close(&map);
}

/* ---- shards ----------------------------------------------------------------------------------------------------- */

static void *packed_shard(mmv_map *map, const mmv_walk_options *options, const mmv_reduction *what, mmv_range shard,
                          size_t *size_ret)
{
    mmv_partials *partials = NULL;
    assert_ok(mmv_partials_create(what, &partials));
    assert_ok(mmv_reduce_shard(map, options, shard.offset, shard.length, partials));
    *size_ret = mmv_partials_pack(partials, NULL, 0);
    void *packed = malloc(*size_ret);
    assert_int_equal(mmv_partials_pack(partials, packed, *size_ret), *size_ret);
    mmv_partials_destroy(&partials);
    assert_null(partials);
    return packed;
}

static void check_shards(mmv_map *map, const layout *shape, uint64_t block, uint64_t count)
{
    watch w = watch_of(shape);
    size_t size = 0;
    digest wanted = expected_of(shape, block), got = {0};
    mmv_reduction what = reduction_of(&w, block);
    mmv_walk_options options = options_for(shape, NULL);
    mmv_partials *all = NULL;
    options.threads = 2;
    assert_ok(mmv_partials_create(&what, &all));
    for (uint64_t i = 0; i < count; i++) {
        /* In an order that is none. */
        void *packed = packed_shard(map, &options, &what, (mmv_range){(i * 7 + 3) % count, count}, &size);
        if (count <= 11 && shape->records > 12 * block)
            assert_bad(mmv_partials_result(all, &got), MMV_EINVAL, "partials");
        assert_ok(mmv_partials_add(all, packed, size));
        free(packed);
    }
    assert_ok(mmv_partials_result(all, &got));
    check_digest(&got, &wanted);
    /* Asked twice, nothing has changed. */
    assert_ok(mmv_partials_result(all, &got));
    check_digest(&got, &wanted);
    mmv_partials_destroy(&all);
    assert_int_equal(atomic_load(&w.wrong), 0);
}

static void test_shards_make_no_difference(void **state)
{
    static const uint64_t counts[] = {1, 2, 3, 5, 11, 100};
    (void)state;
    mmv_map *map = open_map(walk_file.path, MMV_READ);
    for (size_t i = 0; i < COUNT(counts); i++) {
        layout dense = layout_filling(SIZE, 24, 5, 0), gaps = layout_filling(SIZE, 16, 3, 5000);
        /* One block alone, which is short. */
        layout few = layout_filling(1000, 8, 0, 0);
        check_shards(map, &dense, 1000, counts[i]);
        check_shards(map, &gaps, 10, counts[i]);
        check_shards(map, &few, 1000, counts[i]);
    }
    mmv_map_close(&map);
}

static void test_partials_that_do_not_fit(void **state)
{
    size_t size, other_size, empty_size;
    digest got = {0};
    layout shape = layout_filling(SIZE, 8, 0, 0);
    watch w = watch_of(&shape);
    mmv_reduction what = reduction_of(&w, 4096);
    mmv_walk_options options = options_for(&shape, NULL);
    mmv_partials *all = NULL, *none = NULL;
    (void)state;
    mmv_map *map = open_map(walk_file.path, MMV_READ);
    unsigned char *packed = packed_shard(map, &options, &what, (mmv_range){0, 2}, &size);
    what.block = 4095;
    void *other = packed_shard(map, &options, &what, (mmv_range){1, 2}, &other_size);
    what.block = 4096;
    assert_ok(mmv_partials_create(&what, &all));
    assert_ok(mmv_partials_create(&what, &none));
    assert_bad(mmv_partials_result(none, &got), MMV_EINVAL, "partials");
    empty_size = mmv_partials_pack(none, NULL, 0);
    void *empty = malloc(empty_size);
    mmv_partials_pack(none, empty, empty_size);
    assert_ok(mmv_partials_add(all, empty, empty_size));
    assert_ok(mmv_partials_add(all, packed, size));
    assert_bad(mmv_partials_add(all, packed, size), MMV_EINVAL, "packed");
    assert_bad(mmv_partials_add(all, other, other_size), MMV_EINVAL, "packed");
    assert_bad(mmv_reduce_shard(map, &options, 0, 2, all), MMV_EINVAL, "partials");
    options.length -= 8 * 4096;
    assert_bad(mmv_reduce_shard(map, &options, 1, 2, all), MMV_EINVAL, "partials");
    assert_bad(mmv_reduce_shard(map, &options, 2, 2, none), MMV_EINVAL, "index");
    assert_bad(mmv_reduce_shard(map, &options, 0, 0, none), MMV_EINVAL, "count");
    mmv_partials_destroy(&all);
    /* Each length but the right one, and what describes the first node: its level, and how far behind the end it is. */
    for (size_t cut = 0; cut < size; cut++)
        assert_bad(mmv_partials_add(none, packed, cut), MMV_EINVAL, "packed");
    for (size_t bit = 0; bit < 16; bit++) {
        assert_ok(mmv_partials_create(&what, &all));
        packed[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_bad(mmv_partials_add(all, packed, size), MMV_EINVAL, "packed");
        packed[bit / 8] ^= (unsigned char)(1 << bit % 8);
        size_t byte = bit < 8 ? 40 + bit : 48 + 2 + bit % 6;
        packed[byte] ^= 0x40;
        assert_bad(mmv_partials_add(all, packed, size), MMV_EINVAL, "packed");
        packed[byte] ^= 0x40;
        mmv_partials_destroy(&all);
    }
    free(packed);
    free(other);
    free(empty);
    mmv_partials_destroy(&none);
    mmv_partials_destroy(&none);
    mmv_map_close(&map);
}

/* ---- what fails ------------------------------------------------------------------------------------------------- */

static void test_refusals(void **state)
{
    digest got = {.steps = 9};
    layout shape = layout_filling(SIZE, 1, 0, 0);
    watch w = watch_of(&shape);
    mmv_reduction good = reduction_of(&w, 0), what = good;
    (void)state;
    mmv_map *map = open_map(walk_file.path, MMV_READ);
    what.fold = NULL;
    assert_bad(mmv_reduce(map, NULL, &what, &got), MMV_EINVAL, "fold");
    what = good;
    what.merge = NULL;
    assert_bad(mmv_reduce(map, NULL, &what, &got), MMV_EINVAL, "merge");
    what = good;
    what.partial_size = 0;
    assert_bad(mmv_reduce(map, NULL, &what, &got), MMV_EINVAL, "partial_size");
    what = good;
    what.reserved_[3] = 1;
    assert_bad(mmv_reduce(map, NULL, &what, &got), MMV_EINVAL, "reserved_");
    what = good;
    what.block = SIZE_MAX / 4 + 1;
    if (sizeof(void *) == 8)
        assert_ok(mmv_reduce(map, &(mmv_walk_options){.length = 1000}, &what, &got));
    got = (digest){.steps = 9};
    assert_bad(mmv_reduce(map, &(mmv_walk_options){.halo = 1}, &good, &got), MMV_EINVAL, "halo");
    assert_bad(mmv_reduce(map, &(mmv_walk_options){.record_size = 7}, &good, &got), MMV_EINVAL, "length");
    assert_bad(mmv_reduce(map, &(mmv_walk_options){.offset = SIZE + 1}, &good, &got), MMV_ERANGE, "offset");
    assert_bad(mmv_reduce(map, &(mmv_walk_options){.offset = 2, .length = UINT64_MAX - 1}, &good, &got), MMV_ERANGE,
               "length");
    assert_bad(mmv_reduce(map, &(mmv_walk_options){.reserved_ = {1}}, &good, &got), MMV_EINVAL, "reserved_");
    assert_true(got.steps == 9 && atomic_load(&w.wrong) == 0);
    mmv_map_close(&map);
}

static void check_failure(const watch *failure, mmv_access access, mmv_status wanted)
{
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
        for (unsigned threads = CHECK_FEWEST; threads <= 4; threads *= 2) {
            watch w = *failure;
            digest got = {.steps = 9};
            mmv_reduction what = reduction_of(&w, 100);
            mmv_walk_options options = options_for(&w.shape, NULL);
            mmv_map *map = open_map(walk_file.path, access);
            options.io = (mmv_io)io;
            options.threads = threads;
            options.window = 65536;
            mmv_status status = mmv_reduce(map, &options, &what, &got);
            mmv_map_close(&map);
            if (failure->cut)
                file_put(walk_file.path, walk_file.bytes, SIZE);
            assert_status(status, wanted);
            assert_true(got.steps == 9);
            assert_non_null(strstr(mmv_last_error()->file, walk_file.path));
        }
}

static void test_functions_that_fail(void **state)
{
    layout shape = layout_filling(SIZE, 8, 0, 0);
    watch w = watch_of(&shape);
    (void)state;
    w.fail_in = shape.records - 1;
    check_failure(&w, MMV_READ, MMV_EBUSY);
    assert_string_equal(mmv_last_error()->operation, "function");
    w.fail_in = 0;
    check_failure(&w, MMV_READ_WRITE, MMV_EBUSY);
    w = watch_of(&shape);
    atomic_store(&w.fail_merge, 30);
    check_failure(&w, MMV_READ, MMV_EIO);
    assert_string_equal(mmv_last_error()->operation, "compute");
}

/* The merges that are left for the end. */
static void test_the_last_merge_fails(void **state)
{
    layout shape = {.record = 8, .records = 300};
    (void)state;
    mmv_map *map = open_map(walk_file.path, MMV_READ);
    watch w = watch_of(&shape);
    digest got = {.steps = 9};
    mmv_reduction what = reduction_of(&w, 100);
    mmv_walk_options options = options_for(&shape, NULL);
    atomic_store(&w.fail_merge, 2);
    assert_status(mmv_reduce(map, &options, &what, &got), MMV_EIO);
    assert_true(got.steps == 9);
    mmv_map_close(&map);
}

static void test_a_file_that_shrinks(void **state)
{
    layout shape = layout_filling(SIZE, 8, 0, 0);
    watch w = watch_of(&shape);
    (void)state;
    assert_ok(mmv_guard_enable());
    w.cut = walk_file.path;
    check_failure(&w, MMV_READ, MMV_ETRUNC);
    check_failure(&w, MMV_READ_WRITE, MMV_ETRUNC);
    mmv_guard_disable();
}

static void test_stopping(void **state)
{
    layout shape = layout_filling(SIZE, 8, 0, 0);
    (void)state;
    mmv_map *map = open_map(walk_file.path, MMV_READ);
    for (uint64_t stop_at = 1; stop_at < SIZE - 1000; stop_at += SIZE / 2) {
        mmv_walk_stats stats;
        digest got = {.steps = 9};
        watch w = watch_of(&shape);
        ledger book = {.stop_at = stop_at};
        mmv_reduction what = reduction_of(&w, 100);
        mmv_walk_options options = options_for(&shape, &stats);
        options.tick = tick_in_book;
        options.tick_user = &book;
        options.threads = 2;
        options.window = 65536;
        assert_status(mmv_reduce(map, &options, &what, &got), MMV_ESTOPPED);
        assert_true(got.steps == 9 && stats.bytes >= stop_at && stats.records == stats.bytes / 8);
        assert_int_equal(atomic_load(&book.backwards), 0);
    }
    /* Not stopped, it is told of the last byte. */
    ledger book = {0};
    digest got;
    watch w = watch_of(&shape);
    mmv_reduction what = reduction_of(&w, 100);
    mmv_walk_options options = options_for(&shape, NULL);
    options.tick = tick_in_book;
    options.tick_user = &book;
    assert_ok(mmv_reduce(map, &options, &what, &got));
    assert_true(atomic_load(&book.last) == shape.records * 8 && atomic_load(&book.backwards) == 0);
    mmv_map_close(&map);
}

static void test_reads_that_fail(void **state)
{
    layout shape = layout_filling(SIZE, 8, 0, 0);
    (void)state;
    mmv_map *map = open_map(walk_file.path, MMV_READ);
    for (unsigned n = 1; n <= 20; n += 6) {
        watch w = watch_of(&shape);
        digest got = {.steps = 9};
        mmv_reduction what = reduction_of(&w, 0);
        mmv_walk_options options = options_for(&shape, NULL);
        options.io = MMV_IO_BUFFERED;
        fault_at(FAULT_READ, n, EIO);
        assert_at(mmv_reduce(map, &options, &what, &got), MMV_EIO, walk_file.path);
        assert_true(got.steps == 9);
    }
    mmv_map_close(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_however_it_is_done),
        cmocka_unit_test(test_every_number_of_blocks),
        cmocka_unit_test(test_nothing_is_written),
        cmocka_unit_test(test_ranges_without_records),
        cmocka_unit_test(test_shards_make_no_difference),
        cmocka_unit_test(test_partials_that_do_not_fit),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_functions_that_fail),
        cmocka_unit_test(test_the_last_merge_fails),
        cmocka_unit_test(test_a_file_that_shrinks),
        cmocka_unit_test(test_stopping),
        cmocka_unit_test_teardown(test_reads_that_fail, fault_end),
    };
    return cmocka_run_group_tests(tests, make_file, walk_file_end);
}
