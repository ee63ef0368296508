/* SPDX-License-Identifier: MIT */
/* test_search.c - binary search in a file, against a search from the front in memory. */

#include "check.h"
#include "faults.h"
#include "scratch.h"

#include <errno.h>

#define MOST ((size_t)300000)

static unsigned char bytes[MOST];

/* A record is its key, little-endian, and filling; how the functions below see it. */
typedef struct shape {
    size_t record;
    uint64_t offset, records;
    const char *cut; /* the file becomes shorter when a record is compared */
    bool upper;      /* equal records come before the key */
    bool misplaced;  /* a record was not where an array has it */
} shape;

#define KEY_BYTES 3 /* of a record, the lowest first on any processor */

static void put_key(unsigned char *record, size_t size, uint64_t key)
{
    for (size_t i = 0; i < size && i < KEY_BYTES; i++)
        record[i] = (unsigned char)(key >> 8 * i);
}

static uint64_t key_of(const unsigned char *record, size_t size)
{
    uint64_t key = 0;
    for (size_t i = 0; i < size && i < KEY_BYTES; i++)
        key |= (uint64_t)record[i] << 8 * i;
    return key;
}

static int compare(const void *record, const void *key, void *user)
{
    shape *s = user;
    uint64_t own = key_of(record, s->record), wanted = *(const uint64_t *)key;
    if (s->record % sizeof(max_align_t) == 0 && (uintptr_t)record % _Alignof(max_align_t) != 0)
        s->misplaced = true;
    if (s->cut)
        file_cut(s->cut, 100);
    if (own == wanted)
        return s->upper ? -1 : 0;
    return own < wanted ? -1 : 1;
}

/* Sorted records, of which runs are equal: key i / 3 * 2, so that odd keys are missing. */
static void make_file(const shape *s)
{
    uint64_t most = s->record == 1 ? 255 : s->record == 2 ? 65535 : UINT64_MAX;
    memset(bytes, 0xff, sizeof bytes);
    for (uint64_t i = 0; i < s->records; i++) {
        uint64_t key = mmv_min(i / 3 * 2, most);
        put_key(bytes + s->offset + i * s->record, s->record, key);
    }
    file_put(scratch("sorted"), bytes, (size_t)(s->offset + s->records * s->record + 5));
}

static uint64_t from_the_front(const shape *s, uint64_t key)
{
    uint64_t i = 0;
    while (i < s->records) {
        uint64_t own = key_of(bytes + s->offset + i * s->record, s->record);
        if (own > key || (own == key && !s->upper))
            break;
        i++;
    }
    return i;
}

static mmv_map *open_sorted(void)
{
    mmv_map *map = NULL;
    assert_ok(mmv_map_open(scratch("sorted"), MMV_READ, &map));
    return map;
}

static void check_key(mmv_map *map, shape *s, uint64_t key)
{
    uint64_t index = 77;
    const mmv_search_options options = {.compare = compare,
                                        .user = s,
                                        .record_size = s->record,
                                        .offset = s->offset,
                                        .length = s->records ? s->records * s->record : MMV_EMPTY};
    assert_ok(mmv_lower_bound(map, &options, &key, &index));
    assert_true(index == from_the_front(s, key));
    assert_false(s->misplaced);
}

static void check_shape(size_t record, uint64_t offset, uint64_t records)
{
    shape s = {.record = record, .offset = offset, .records = records};
    make_file(&s);
    mmv_map *map = open_sorted();
    for (int upper = 0; upper < 2; upper++) {
        s.upper = upper;
        for (uint64_t key = 0; key<records + 3; key += records> 1000 ? 97 : 1)
            check_key(map, &s, key);
        check_key(map, &s, UINT64_MAX);
        check_key(map, &s, records > 0 ? (records - 1) / 3 * 2 : 0);
    }
    mmv_map_close(&map);
}

static void test_every_key_is_found(void **state)
{
    static const size_t records[] = {1, 2, 7, 8, 16, 24, 100, 1365, 4096, 4097, 50000};
    (void)state;
    for (size_t r = 0; r < COUNT(records); r++) {
        for (uint64_t count = 0; count <= 5; count++)
            check_shape(records[r], count * 3, count);
        check_shape(records[r], 11, mmv_min(30000, (MOST - 100) / records[r]));
    }
}

/* Zeros, but for ten records at the end of a file that no memory holds. */
static void test_a_file_of_terabytes(void **state)
{
    uint64_t size = UINT64_C(8) << 40, records = size / 8, index;
    shape s = {.record = 8};
    (void)state;
    file_sparse(scratch("sorted"), size);
    for (uint64_t i = 1; i <= 10; i++) {
        unsigned char last[8] = {0};
        put_key(last, sizeof last, i);
        file_put_at(scratch("sorted"), last, sizeof last, size - (11 - i) * 8);
    }
    mmv_map *map = open_sorted();
    for (uint64_t key = 0; key <= 11; key++) {
        fault_reset();
        assert_ok(mmv_lower_bound(map, &(mmv_search_options){.compare = compare, .user = &s, .record_size = 8}, &key,
                                  &index));
        assert_true(index == (key ? records - 11 + key : 0));
        /* 2^40 records: 31 halvings to 512 of them, and these at once. */
        assert_true(fault_count(FAULT_READ) <= 33);
        assert_true(fault_largest_memory() == 0);
    }
    mmv_map_close(&map);
    file_cut(scratch("sorted"), 0);
}

static void test_what_is_refused(void **state)
{
    uint64_t key = 1, index = 77;
    char text[512];
    shape s = {.record = 8, .records = 12};
    (void)state;
    make_file(&s);
    mmv_map *map = open_sorted();
    mmv_search_options options = {.compare = compare, .user = &s, .record_size = 8};
    assert_bad(mmv_lower_bound(map, &options, &key, &index), MMV_EINVAL, "length");
    mmv_error_format(mmv_last_error(), text, sizeof text);
    assert_non_null(strstr(text, "sorted: search: length 101 is not whole records of 8 bytes: 96 or 104 would be"));
    options.length = 7;
    assert_bad(mmv_lower_bound(map, &options, &key, &index), MMV_EINVAL, "length");
    mmv_error_format(mmv_last_error(), text, sizeof text);
    assert_non_null(strstr(text, "length 7 is less than a record of 8 bytes: 8 would be one"));
    options.length = 104;
    assert_bad(mmv_lower_bound(map, &options, &key, &index), MMV_ERANGE, "length");
    mmv_error_format(mmv_last_error(), text, sizeof text);
    assert_non_null(strstr(text, "length 104 from offset 0 reaches behind the end: at most 101 would do"));
    options.offset = 1;
    options.length = UINT64_MAX - 1;
    assert_bad(mmv_lower_bound(map, &options, &key, &index), MMV_ERANGE, "length");
    options.offset = 102;
    assert_bad(mmv_lower_bound(map, &options, &key, &index), MMV_ERANGE, "offset");
    options = (mmv_search_options){.compare = compare, .record_size = SIZE_MAX / 2};
    assert_bad(mmv_lower_bound(map, &options, &key, &index), MMV_EINVAL, "record_size");
    options = (mmv_search_options){.compare = compare, .reserved_ = {0, 0, 0, 1}};
    assert_bad(mmv_lower_bound(map, &options, &key, &index), MMV_EINVAL, "reserved_");
    assert_bad(mmv_lower_bound(map, &(mmv_search_options){0}, &key, &index), MMV_EINVAL, "compare");
    assert_true(index == 77);
    mmv_map_close(&map);
}

static void test_an_empty_file(void **state)
{
    uint64_t key = 1, index = 77;
    shape s = {.record = 8};
    (void)state;
    file_put(scratch("sorted"), "", 0);
    mmv_map *map = open_sorted();
    assert_ok(
        mmv_lower_bound(map, &(mmv_search_options){.compare = compare, .user = &s, .record_size = 8}, &key, &index));
    assert_true(index == 0);
    mmv_map_close(&map);
}

/* Wherever the search was when the file became shorter. */
static void test_a_file_that_shrinks(void **state)
{
    static const uint64_t keys[] = {0, 60, 10000, UINT64_MAX};
    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++) {
        uint64_t index = 77;
        shape s = {.record = 8, .records = 20000};
        make_file(&s);
        mmv_map *map = open_sorted();
        s.cut = scratch("sorted");
        const mmv_search_options options = {.compare = compare, .user = &s, .record_size = 8, .length = s.records * 8};
        assert_at(mmv_lower_bound(map, &options, &keys[i], &index), MMV_ETRUNC, "sorted");
        assert_true(index == 77);
        mmv_map_close(&map);
    }
}

static void test_reads_that_fail(void **state)
{
    uint64_t key = 5000, index = 77;
    shape s = {.record = 8, .records = 20000};
    (void)state;
    make_file(&s);
    mmv_map *map = open_sorted();
    const mmv_search_options options = {.compare = compare, .user = &s, .record_size = 8, .length = s.records * 8};
    for (unsigned n = 1; n <= 6; n++) {
        fault_at(FAULT_READ, n, EIO);
        assert_at(mmv_lower_bound(map, &options, &key, &index), MMV_EIO, "sorted");
    }
    fault_reset();
    assert_ok(mmv_lower_bound(map, &options, &key, &index));
    mmv_map_close(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_key_is_found),  cmocka_unit_test_teardown(test_a_file_of_terabytes, fault_end),
        cmocka_unit_test(test_what_is_refused),     cmocka_unit_test(test_an_empty_file),
        cmocka_unit_test(test_a_file_that_shrinks), cmocka_unit_test_teardown(test_reads_that_fail, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
