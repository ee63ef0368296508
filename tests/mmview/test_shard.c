/* SPDX-License-Identifier: MIT */
/* test_shard.c - shards are the records of a range, each once, in order, by borders that depend on nothing else. */

#include "check.h"

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
        if (shard.length == 0)
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
            if (shard.length > 0)
                assert_true(shard.offset == (border > range.offset ? border : range.offset));
        }
}

static void test_the_largest_numbers_do_not_wrap(void **state)
{
    const mmv_range all = {0, UINT64_MAX};
    const uint64_t many = UINT64_MAX / 3;
    mmv_range shard, next;
    (void)state;
    assert_ok(mmv_shard(all, 1, 0, many - 1, many, &shard));
    assert_true(mmv_range_end(shard) == UINT64_MAX);
    for (uint64_t index = 0; index < 1000; index++) {
        assert_ok(mmv_shard(all, 8, 0, index * 18446744073709, UINT64_C(18446744073709551), &shard));
        assert_ok(mmv_shard(all, 8, 0, index * 18446744073709 + 1, UINT64_C(18446744073709551), &next));
        assert_true(shard.length == 0 || mmv_range_end(shard) == next.offset);
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
    assert_status(mmv_shard((mmv_range){1, UINT64_MAX}, 1, 0, 0, 2, &shard), MMV_ERANGE);
    assert_true(shard.offset == 7 && shard.length == 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shards_are_the_range),
        cmocka_unit_test(test_borders_are_where_they_are_said_to_be),
        cmocka_unit_test(test_the_largest_numbers_do_not_wrap),
        cmocka_unit_test(test_what_cannot_be_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
