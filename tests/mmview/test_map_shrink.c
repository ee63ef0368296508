/* SPDX-License-Identifier: MIT */
/* test_map_shrink.c - a file is made shorter: what is left of it, and what those see who are at work on it. */

#include "check.h"

#include "faults.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>

#define SIZE ((size_t)(5 * MMV_MIB + 123))
#define KEPT ((size_t)(2 * MMV_MIB + 77))
#define PAGE ((size_t)65536) /* the largest there are */

static unsigned char bytes[SIZE];

static mmv_map *open_fresh(void)
{
    mmv_map *map = NULL;
    fill(bytes, SIZE, 1);
    file_put(scratch("file"), bytes, SIZE);
    assert_ok(mmv_map_open(scratch("file"), MMV_READ_WRITE, &map));
    return map;
}

static mmv_status look(const mmv_chunk *chunk, void *user)
{
    (void)chunk, (void)user;
    return MMV_OK;
}

/* ---- the file --------------------------------------------------------------------------------------------------- */

static void test_what_is_left(void **state)
{
    static const size_t sizes[] = {SIZE, SIZE - 1, 4096, 4095, 1, 0};
    (void)state;
    mmv_map *map = open_fresh();
    for (size_t i = 0; i < COUNT(sizes); i++) {
        assert_ok(mmv_map_shrink(map, sizes[i]));
        assert_true(mmv_map_capacity(map) == sizes[i]);
        assert_true(file_is(scratch("file"), bytes, sizes[i]));
    }
    mmv_map_close(&map);
}

static void test_it_grows_again_with_zeros(void **state)
{
    mmv_view view;
    (void)state;
    mmv_map *map = open_fresh();
    assert_ok(mmv_map_shrink(map, KEPT));
    assert_ok(mmv_map_grow(map, SIZE));
    assert_ok(mmv_view_open(map, 0, 0, &view));
    memset(bytes + KEPT, 0, SIZE - KEPT);
    assert_memory_equal(view.data, bytes, SIZE);
    mmv_view_close(&view);
    mmv_map_close(&map);
}

/* ---- who is at work on it --------------------------------------------------------------------------------------- */

static void test_new_ones_see_the_new_end(void **state)
{
    mmv_view view;
    mmv_pool *pool = NULL;
    mmv_cursor cursor;
    mmv_walk_stats stats;
    size_t left;
    (void)state;
    mmv_map *map = open_fresh();
    assert_ok(mmv_pool_create(NULL, &pool));
    assert_ok(mmv_cursor_open(pool, map, &cursor));
    assert_non_null(mmv_acquire(&cursor, KEPT - 10, 100, &left));
    assert_ok(mmv_release(&cursor));
    assert_ok(mmv_map_shrink(map, KEPT));
    assert_bad(mmv_view_open(map, 0, KEPT + 1, &view), MMV_ERANGE, "length");
    assert_ok(mmv_view_open(map, 0, 0, &view));
    assert_true(view.length == KEPT);
    mmv_view_close(&view);
    /* The window is there from before. */
    const unsigned char *data = mmv_acquire(&cursor, KEPT - 10, 10, &left);
    assert_non_null(data);
    assert_true(left == 10 && memcmp(data, bytes + KEPT - 10, 10) == 0);
    assert_ok(mmv_release(&cursor));
    assert_null(mmv_acquire(&cursor, KEPT - 10, 11, &left));
    assert_int_equal(cursor.status, MMV_ERANGE);
    assert_bad(mmv_walk(map, &(mmv_walk_options){.length = KEPT + 1}, look, NULL), MMV_ERANGE, "length");
    assert_ok(mmv_walk(map, &(mmv_walk_options){.stats = &stats}, look, NULL));
    assert_true(stats.bytes == KEPT);
    mmv_cursor_close(&cursor);
    mmv_pool_destroy(&pool);
    mmv_map_close(&map);
}

/* Zeros and a status, as when another process had cut it. */
static void test_open_views_and_leases(void **state)
{
    mmv_view view;
    mmv_pool *pool = NULL;
    mmv_cursor cursor;
    size_t left;
    (void)state;
    assert_ok(mmv_guard_enable());
    mmv_map *map = open_fresh();
    assert_ok(mmv_pool_create(NULL, &pool));
    assert_ok(mmv_cursor_open(pool, map, &cursor));
    assert_ok(mmv_view_open(map, 0, 0, &view));
    const volatile unsigned char *seen = view.data;
    const volatile unsigned char *leased = mmv_acquire(&cursor, SIZE - 100, 100, &left);
    assert_non_null(leased);
    assert_ok(mmv_map_shrink(map, KEPT));
    assert_true(seen[0] == bytes[0] && seen[KEPT - 1] == bytes[KEPT - 1]);
    assert_true(seen[KEPT] == 0);
    assert_ok(mmv_view_check(&view));
    assert_true(seen[KEPT + PAGE] == 0);
    assert_at(mmv_view_check(&view), MMV_ETRUNC, "file");
    assert_true(leased[0] == 0);
    assert_at(mmv_release(&cursor), MMV_ETRUNC, "file");
    mmv_view_close(&view);
    /* What the guard put in is not seen again when the file is there again. */
    assert_ok(mmv_map_grow(map, SIZE));
    file_put_at(scratch("file"), bytes, SIZE, 0);
    leased = mmv_acquire(&cursor, SIZE - 100, 100, &left);
    assert_non_null(leased);
    assert_true(leased[0] == bytes[SIZE - 100]);
    assert_ok(mmv_release(&cursor));
    mmv_cursor_close(&cursor);
    mmv_pool_destroy(&pool);
    mmv_map_close(&map);
    mmv_guard_disable();
}

struct shrinking {
    mmv_map *map;
    atomic_bool done;
};

static mmv_status shrink_in_the_middle(const mmv_chunk *chunk, void *user)
{
    struct shrinking *s = user;
    (void)chunk;
    return atomic_exchange(&s->done, true) ? MMV_OK : mmv_map_shrink(s->map, KEPT / 3);
}

static void test_walks_under_way(void **state)
{
    (void)state;
    assert_ok(mmv_guard_enable());
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
        for (unsigned threads = CHECK_FEWEST; threads <= 4; threads *= 2) {
            struct shrinking s = {.map = open_fresh()};
            mmv_walk_options options = {.io = (mmv_io)io, .threads = threads, .window = 65536};
            assert_at(mmv_walk(s.map, &options, shrink_in_the_middle, &s), MMV_ETRUNC, "file");
            assert_true(mmv_map_capacity(s.map) == KEPT / 3);
            mmv_map_close(&s.map);
        }
    mmv_guard_disable();
}

static void test_other_maps(void **state)
{
    mmv_map *other = NULL;
    (void)state;
    mmv_map *map = open_fresh();
    assert_ok(mmv_map_open(scratch("file"), MMV_READ, &other));
    assert_ok(mmv_map_shrink(map, KEPT));
    assert_true(mmv_map_capacity(other) == SIZE);
    assert_at(mmv_walk(other, NULL, look, NULL), MMV_ETRUNC, "file");
    assert_ok(mmv_map_refresh(other));
    assert_true(mmv_map_capacity(other) == KEPT);
    mmv_map_close(&other);
    mmv_map_close(&map);
}

/* ---- refusals --------------------------------------------------------------------------------------------------- */

static void test_locks(void **state)
{
    mmv_map *other = NULL;
    (void)state;
    mmv_map *map = open_fresh();
    assert_ok(mmv_map_open(scratch("file"), MMV_READ, &other));
    mmv_status status = mmv_map_lock(other, KEPT - 1, 1, 0);
    if (status == MMV_ENOTSUP) {
        mmv_map_close(&other);
        mmv_map_close(&map);
        skip_because("this build has no locks");
    }
    assert_ok(status);
    assert_ok(mmv_map_shrink(map, SIZE - 1));
    assert_ok(mmv_map_shrink(map, KEPT));
    assert_at(mmv_map_shrink(map, KEPT - 1), MMV_EBUSY, "file");
    assert_true(mmv_map_capacity(map) == KEPT && file_length(scratch("file")) == KEPT);
    mmv_map_close(&other);
    /* One's own is no other's. */
    assert_ok(mmv_map_lock(map, 0, 0, 0));
    assert_ok(mmv_map_shrink(map, KEPT - 1));
    mmv_map_close(&map);
}

static void test_what_is_refused(void **state)
{
    mmv_map *map = open_fresh(), *other = NULL;
    (void)state;
    assert_bad(mmv_map_shrink(map, SIZE + 1), MMV_ERANGE, "capacity");
    assert_bad(mmv_map_shrink(map, UINT64_MAX), MMV_ERANGE, "capacity");
    assert_ok(mmv_map_open(scratch("file"), MMV_READ, &other));
    assert_status(mmv_map_shrink(other, 5), MMV_EACCES);
    mmv_map_close(&other);
    assert_ok(mmv_map_open(scratch("file"), MMV_COPY_ON_WRITE, &other));
    assert_status(mmv_map_shrink(other, 5), MMV_EACCES);
    mmv_map_close(&other);
    assert_ok(mmv_map_from_descriptor(open("/dev/zero", O_RDWR), true, MMV_READ_WRITE, 4096, &other));
    assert_status(mmv_map_shrink(other, 5), MMV_EACCES);
    mmv_map_close(&other);
    fault_at(FAULT_RESIZE, 1, EIO);
    assert_status(mmv_map_shrink(map, KEPT), MMV_EIO);
    assert_true(mmv_map_capacity(map) == SIZE);
    fault_reset();
    /* Shorter than asked for: it must not become longer. */
    file_cut(scratch("file"), 1000);
    assert_at(mmv_map_shrink(map, KEPT), MMV_ETRUNC, "file");
    assert_true(file_length(scratch("file")) == 1000 && mmv_map_capacity(map) == SIZE);
    assert_ok(mmv_map_shrink(map, 1000));
    mmv_map_close(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_left),
        cmocka_unit_test(test_it_grows_again_with_zeros),
        cmocka_unit_test(test_new_ones_see_the_new_end),
        cmocka_unit_test(test_open_views_and_leases),
        cmocka_unit_test(test_walks_under_way),
        cmocka_unit_test(test_other_maps),
        cmocka_unit_test(test_locks),
        cmocka_unit_test_teardown(test_what_is_refused, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
