/* SPDX-License-Identifier: MIT */
/*
 * test_shard.c - shards are the records of a range, each once, in order, by borders that depend on nothing else; and an
 * empty one is nothing, to every call of which a length of 0 is "to the end".
 */

#include "check.h"
#include "scratch.h"

#include <string.h>

static const uint64_t offsets[] = {0, 1, 65535, 65536, 65537, 128, UINT64_C(1) << 40};
static const uint64_t lengths[] = {0, 1, 7, 65536, 65537, 1000003, UINT64_C(1) << 41};
static const uint64_t records[][2] = {{1, 0}, {8, 0}, {6, 0}, {65536, 0}, {100003, 0}, {6, 10}, {3, 200000}};
static const uint64_t counts[] = {1, 2, 3, 7, 17, 1000};

static void check_cut(mmv_range range, uint64_t record, uint64_t stride, uint64_t count)
{
    uint64_t apart = stride ? stride : record;
    uint64_t total = range.length < record ? 0 : (range.length - record) / apart + 1;
    uint64_t next = range.offset; /* where the next record must be */
    uint64_t seen = 0;
    for (uint64_t index = 0; index < count; index++) {
        mmv_range shard;
        assert_ok(mmv_shard(range, record, stride, index, count, &shard));
        /* A length of 0 would mean "to the end". */
        assert_true(shard.length != 0);
        if (shard.length == MMV_EMPTY)
            continue;
        assert_true(shard.offset == next);
        assert_true((shard.length - record) % apart == 0);
        uint64_t here = (shard.length - record) / apart + 1;
        seen += here;
        next = shard.offset + here * apart;
    }
    assert_true(seen == total);
}

static void test_shards_are_the_range(void **state)
{
    (void)state;
    for (size_t o = 0; o < COUNT(offsets); o++)
        for (size_t l = 0; l < COUNT(lengths); l++)
            for (size_t r = 0; r < COUNT(records); r++)
                for (size_t c = 0; c < COUNT(counts); c++)
                    check_cut((mmv_range){offsets[o], lengths[l]}, records[r][0], records[r][1], counts[c]);
}

/* By the definition, with numbers that fit: floor(length * k / count), down to a multiple of 64 KiB. */
static void test_borders_are_where_they_are_said_to_be(void **state)
{
    const mmv_range range = {1000, 10000000};
    (void)state;
    for (uint64_t count = 1; count < 40; count++)
        for (uint64_t index = 1; index < count; index++) {
            mmv_range shard;
            uint64_t border = (range.offset + range.length * index / count) / MMV_SHARD_BORDER * MMV_SHARD_BORDER;
            assert_ok(mmv_shard(range, 1, 0, index, count, &shard));
            if (shard.length != MMV_EMPTY)
                assert_true(shard.offset == (border > range.offset ? border : range.offset));
        }
}

static void test_the_largest_numbers_do_not_wrap(void **state)
{
    const mmv_range all = {0, UINT64_MAX - 1};
    const uint64_t many = UINT64_MAX / 3;
    mmv_range shard, next;
    (void)state;
    assert_ok(mmv_shard(all, 1, 0, many - 1, many, &shard));
    assert_true(mmv_range_end(shard) == UINT64_MAX - 1);
    for (uint64_t index = 0; index < 1000; index++) {
        assert_ok(mmv_shard(all, 8, 0, index * 18446744073709, UINT64_C(18446744073709551), &shard));
        assert_ok(mmv_shard(all, 8, 0, index * 18446744073709 + 1, UINT64_C(18446744073709551), &next));
        assert_true(shard.length == MMV_EMPTY || mmv_range_end(shard) == next.offset);
    }
    assert_ok(mmv_shard((mmv_range){UINT64_MAX - 10, 10}, 3, 0, 1, 2, &shard));
    assert_true(mmv_range_end(shard) <= UINT64_MAX - 1);
}

static void test_what_cannot_be_cut(void **state)
{
    mmv_range shard = {7, 7};
    (void)state;
    assert_status(mmv_shard((mmv_range){0, 10}, 1, 0, 0, 0, &shard), MMV_EINVAL);
    assert_string_equal(mmv_last_error()->parameter, "count");
    assert_status(mmv_shard((mmv_range){0, 10}, 1, 0, 2, 2, &shard), MMV_EINVAL);
    assert_string_equal(mmv_last_error()->parameter, "index");
    assert_status(mmv_shard((mmv_range){0, 10}, 0, 0, 0, 2, &shard), MMV_EINVAL);
    assert_status(mmv_shard((mmv_range){0, 10}, 4, 3, 0, 2, &shard), MMV_EINVAL);
    assert_string_equal(mmv_last_error()->parameter, "record_size");
    assert_status(mmv_shard((mmv_range){9, UINT64_MAX - 1}, 1, 0, 0, 2, &shard), MMV_ERANGE);
    assert_true(shard.offset == 7 && shard.length == 7);
}

/* ---- an empty shard --------------------------------------------------------------------------------------------- */

static mmv_status add_one(const mmv_chunk *chunk, void *calls)
{
    unsigned char *bytes = chunk->data;
    for (size_t i = 0; i < chunk->count; i++)
        bytes[i]++;
    ++*(int *)calls;
    return MMV_OK;
}

/* Each part of a small file, by each backend, in place and into another file. */
static void test_all_shards_together_change_each_byte_once(void **state)
{
    const char *path = scratch("six"), *copy = scratch("copy");
    mmv_map *map, *out;
    (void)state;
    file_put(copy, "......", 6);
    assert_ok(mmv_map_open(copy, MMV_READ_WRITE, &out));
    for (mmv_io io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++) {
        int calls = 0, copied = 0;
        file_put(path, "abcdef", 6);
        assert_ok(mmv_map_open(path, MMV_READ_WRITE, &map));
        for (uint64_t k = 0; k < 9; k++) {
            mmv_range shard;
            assert_ok(mmv_shard((mmv_range){0, 6}, 1, 0, k, 9, &shard));
            mmv_walk_options part = {.io = io, .offset = shard.offset, .length = shard.length};
            assert_ok(mmv_walk(map, &part, add_one, &calls));
            part.out_offset = shard.offset;
            assert_ok(mmv_walk_to(map, out, &part, NULL, &copied));
        }
        mmv_map_close(&map);
        assert_true(file_is(path, "bcdefg", 6) && file_is(copy, "bcdefg", 6));
        assert_int_equal(calls, 1);
    }
    mmv_map_close(&out);
}

static void test_walks_over_nothing(void **state)
{
    const char *path = scratch("nothing");
    mmv_walk_stats stats;
    int calls = 0;
    mmv_map *map, *out;
    (void)state;
    file_make(path, 100000, 1);
    file_make(scratch("untouched"), 100000, 2);
    assert_ok(mmv_map_open(path, MMV_READ_WRITE, &map));
    assert_ok(mmv_map_open(scratch("untouched"), MMV_READ_WRITE, &out));
    mmv_walk_options none = {.offset = 8, .length = MMV_EMPTY, .record_size = 8, .stride = 24, .stats = &stats};
    assert_ok(mmv_walk(map, &none, add_one, &calls));
    assert_true(stats.bytes == 0 && stats.records == 0 && stats.windows == 0);
    none.stride = 0;
    assert_ok(mmv_walk_to(map, out, &none, add_one, &calls));
    assert_ok(mmv_walk_to(NULL, out, &none, add_one, &calls));
    assert_ok(mmv_walk_stream(map, 1, &none, NULL, NULL));
    assert_int_equal(calls, 0);
    mmv_map_close(&map);
    mmv_map_close(&out);
}

static void test_views_locks_and_journals_of_nothing(void **state)
{
    const char *path = scratch("views");
    mmv_view view, whole;
    mmv_stream stream;
    mmv_map *map, *other;
    mmv_journal_found journal;
    (void)state;
    file_put(path, "0123456789", 10);
    assert_ok(mmv_map_open(path, MMV_READ_WRITE, &map));
    assert_ok(mmv_map_open(path, MMV_READ_WRITE, &other));
    assert_ok(mmv_view_open(map, 4, MMV_EMPTY, &view));
    assert_true(view.length == 0 && view.offset == 4);
    assert_ok(mmv_view_grow(&view, MMV_EMPTY));
    assert_ok(mmv_view_open(map, 0, 0, &whole));
    assert_ok(mmv_view_flush(&whole, 0, (size_t)MMV_EMPTY, MMV_FLUSH_DURABLE));
    assert_ok(mmv_view_grow(&whole, MMV_EMPTY));
    assert_int_equal(whole.length, 10);
    assert_ok(mmv_stream_open(map, MMV_READ, 4, MMV_EMPTY, &stream));
    assert_int_equal(stream.view.length, 0);
    mmv_stream_close(&stream);
    mmv_view_close(&whole);
    mmv_view_close(&view);
    assert_ok(mmv_map_lock(map, 0, MMV_EMPTY, 0));
#if !MMV_POSIX_ONLY
    assert_ok(mmv_map_lock(other, 0, 0, 0));
    assert_ok(mmv_map_lock(map, 5, MMV_EMPTY, 0));
#endif
    /* A name like that of an unfinished run's journal. */
    char name[600];
    snprintf(name, sizeof name, "%s.mmj.0-10", path);
    file_put(name, "", 0);
    assert_status(mmv_journal_check(map, 5, 5, NULL), MMV_EJOURNAL);
    assert_ok(mmv_journal_check(map, 5, MMV_EMPTY, NULL));
    assert_ok(mmv_journal_find(map, 5, MMV_EMPTY, &journal));
    assert_int_equal(journal.kind, MMV_JOURNAL_NONE);
    mmv_map_close(&map);
    mmv_map_close(&other);
}

static void test_ranges_of_nothing(void **state)
{
    mmv_range shard;
    (void)state;
    assert_true(mmv_range_end((mmv_range){7, MMV_EMPTY}) == 7 && mmv_range_bytes((mmv_range){7, MMV_EMPTY}) == 0);
    assert_true(mmv_range_clip((mmv_range){0, 5}, (mmv_range){5, 5}).length == MMV_EMPTY);
    assert_true(mmv_range_clip((mmv_range){3, MMV_EMPTY}, (mmv_range){0, 5}).length == MMV_EMPTY);
    assert_ok(mmv_shard((mmv_range){3, MMV_EMPTY}, 1, 0, 1, 2, &shard));
    assert_true(shard.offset == 3 && shard.length == MMV_EMPTY);
    assert_ok(mmv_shard((mmv_range){3, 0}, 1, 0, 0, 1, &shard));
    assert_true(shard.offset == 3 && shard.length == MMV_EMPTY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shards_are_the_range),
        cmocka_unit_test(test_borders_are_where_they_are_said_to_be),
        cmocka_unit_test(test_the_largest_numbers_do_not_wrap),
        cmocka_unit_test(test_what_cannot_be_cut),
        cmocka_unit_test(test_all_shards_together_change_each_byte_once),
        cmocka_unit_test(test_walks_over_nothing),
        cmocka_unit_test(test_views_locks_and_journals_of_nothing),
        cmocka_unit_test(test_ranges_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
