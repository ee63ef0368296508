/* SPDX-License-Identifier: MIT */
/* test_map_growth.c - how much of a file a map has, how it gets more, and what is left when it does not. */

#include "check.h"

#include "faults.h"
#include "scratch.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define HUGE_CAPACITY ((uint64_t)INT64_MAX)

static mmv_status open_as(const char *path, mmv_access access, mmv_open_mode mode, uint64_t capacity, mmv_map **map_ret)
{
    return mmv_map_open_with(path, access, &(mmv_map_options){.mode = mode, .capacity = capacity}, map_ret);
}

static mmv_map *must_open(const char *path, mmv_access access)
{
    mmv_map *map = NULL;
    assert_ok(mmv_map_open(path, access, &map));
    return map;
}

/* ---- capacity and growth ---------------------------------------------------------------------------------------- */

static void test_capacity_rules(void **state)
{
    const char *path = scratch("capacity");
    mmv_map *map = NULL;
    (void)state;
    file_put(path, "12345", 5);
    assert_bad(open_as(path, MMV_READ, MMV_OPEN_EXISTING, 4, &map), MMV_ERANGE, "capacity");
    assert_bad(open_as(path, MMV_READ_WRITE, MMV_OPEN_EXISTING, 4, &map), MMV_ERANGE, "capacity");
    assert_bad(open_as(path, MMV_READ, MMV_OPEN_EXISTING, 6, &map), MMV_EINVAL, "capacity");
    assert_bad(open_as(path, MMV_COPY_ON_WRITE, MMV_OPEN_EXISTING, 6, &map), MMV_EINVAL, "capacity");
    assert_bad(open_as(path, MMV_READ_WRITE, MMV_OPEN_EXISTING, HUGE_CAPACITY + 1, &map), MMV_ERANGE, "capacity");
    assert_bad(open_as(path, MMV_READ_WRITE, MMV_OPEN_EXISTING, UINT64_MAX, &map), MMV_ERANGE, "capacity");
    assert_true(file_is(path, "12345", 5));
    assert_ok(open_as(path, MMV_READ, MMV_OPEN_EXISTING, 5, &map));
    assert_int_equal(mmv_map_capacity(map), 5);
    mmv_map_close(&map);
}

static void check_grown(const char *path, uint64_t capacity)
{
    assert_int_equal(file_length(path), capacity);
#if !MMV_POSIX_ONLY
    assert_true(file_allocated(path) >= capacity);
#endif
}

static void test_growth_has_real_blocks_and_keeps_the_bytes(void **state)
{
    const uint64_t sizes[] = {6, 4095, 4096, 4097, 1000003, 4 * MMV_MIB + 1};
    const char *path = scratch("growth");
    mmv_map *map = NULL;
    char text[8] = {0};
    (void)state;
    file_put(path, "12345", 5);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        assert_ok(open_as(path, MMV_READ_WRITE, MMV_OPEN_OR_CREATE, sizes[i], &map));
        assert_int_equal(mmv_map_capacity(map), sizes[i]);
        check_grown(path, sizes[i]);
        assert_ok(mmv_map_grow(map, sizes[i]));
        assert_ok(mmv_map_grow(map, sizes[i] + 1));
        assert_int_equal(mmv_map_capacity(map), sizes[i] + 1);
        check_grown(path, sizes[i] + 1);
        assert_ok(mmv_map_sync(map));
        mmv_map_close(&map);
        unlink(path);
        file_put(path, "12345", 5);
    }
    assert_ok(open_as(path, MMV_READ_WRITE, MMV_OPEN_EXISTING, 8, &map));
    mmv_map_close(&map);
    file_get(path, text, 8, 0);
    assert_memory_equal(text, "12345\0\0\0", 8);
}

static void test_grow_refuses_what_it_cannot(void **state)
{
    const char *path = scratch("refused");
    (void)state;
    file_put(path, "12345", 5);
    mmv_map *map = must_open(path, MMV_READ_WRITE);
    assert_bad(mmv_map_grow(map, 4), MMV_ERANGE, "capacity");
    assert_bad(mmv_map_grow(map, 0), MMV_ERANGE, "capacity");
    assert_bad(mmv_map_grow(map, HUGE_CAPACITY + 1), MMV_ERANGE, "capacity");
    mmv_map_close(&map);
    map = must_open(path, MMV_READ);
    assert_status(mmv_map_grow(map, 6), MMV_EACCES);
    mmv_map_close(&map);
    map = must_open(path, MMV_COPY_ON_WRITE);
    assert_status(mmv_map_grow(map, 6), MMV_EACCES);
    mmv_map_close(&map);
    assert_true(file_is(path, "12345", 5));
}

/* Another process made the file longer: growing to less than that must not cut it. */
static void test_grow_never_cuts_what_others_appended(void **state)
{
    const char *path = scratch("appended");
    (void)state;
    file_put(path, "12345", 5);
    mmv_map *map = must_open(path, MMV_READ_WRITE);
    file_put_at(path, "6789", 4, 5);
    assert_ok(mmv_map_grow(map, 7));
    assert_int_equal(mmv_map_capacity(map), 7);
    assert_true(file_is(path, "123456789", 9));
    assert_ok(mmv_map_grow(map, 9));
    assert_true(file_is(path, "123456789", 9));
    mmv_map_close(&map);
}

static void test_a_refused_growth_leaves_the_old_length(void **state)
{
    static const struct {
        fault_call call;
        int error;
        mmv_status status;
    } table[] = {
        {FAULT_ALLOCATE, ENOSPC, MMV_ENOSPC}, {FAULT_ALLOCATE, EDQUOT, MMV_ENOSPC}, {FAULT_ALLOCATE, EIO, MMV_EIO},
        {FAULT_RESIZE, EFBIG, MMV_ENOSPC},    {FAULT_RESIZE, EIO, MMV_EIO},         {FAULT_FACTS, EIO, MMV_EIO},
    };
    const char *path = scratch("no-space");
    mmv_map *map = NULL;
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        file_put(path, "12345", 5);
        map = must_open(path, MMV_READ_WRITE);
        fault_at(table[i].call, 1, table[i].error);
        assert_status(mmv_map_grow(map, 100000), table[i].status);
        fault_reset();
        assert_int_equal(mmv_map_capacity(map), 5);
        assert_true(file_is(path, "12345", 5));
        mmv_map_close(&map);
        fault_at(table[i].call, 1, table[i].error);
        assert_status(open_as(path, MMV_READ_WRITE, MMV_OPEN_OR_CREATE, 100000, &map), table[i].status);
        fault_reset();
        assert_true(file_is(path, "12345", 5));
    }
}

static void test_a_file_created_in_vain_is_removed(void **state)
{
    const mmv_open_mode modes[] = {MMV_OPEN_OR_CREATE, MMV_CREATE, MMV_CREATE_NEW};
    const fault_call calls[] = {FAULT_ALLOCATE, FAULT_RESIZE, FAULT_FACTS};
    const char *path = scratch("in-vain");
    mmv_map *map = NULL;
    unsigned before = open_descriptors();
    (void)state;
    for (size_t m = 0; m < COUNT(modes); m++)
        for (size_t c = 0; c < COUNT(calls); c++) {
            fault_at(calls[c], 1, ENOSPC);
            assert_status(open_as(path, MMV_READ_WRITE, modes[m], 10000, &map), MMV_ENOSPC);
            fault_reset();
            assert_null(map);
            assert_false(file_exists(path));
        }
    assert_int_equal(open_descriptors(), before);
}

static void test_without_allocation_the_file_is_extended(void **state)
{
    const int errors[] = {EOPNOTSUPP, ENOSYS};
    const char *path = scratch("extended");
    mmv_map *map = NULL;
    (void)state;
    for (size_t i = 0; i < COUNT(errors); i++) {
        file_put(path, "12345", 5);
        fault_at(FAULT_ALLOCATE, 0, errors[i]);
        assert_ok(open_as(path, MMV_READ_WRITE, MMV_OPEN_EXISTING, 10000, &map));
        assert_ok(mmv_map_grow(map, 20000));
        fault_reset();
        assert_int_equal(file_length(path), 20000);
        mmv_map_close(&map);
    }
}

/* ---- two threads grow at once ----------------------------------------------------------------------------------- */

struct growth {
    mmv_map *map;
    uint64_t capacity;
    atomic_int status;
};

static atomic_bool other_may_start, other_is_done;

static void *grow_when_told(void *user)
{
    struct growth *growth = user;
    while (!atomic_load(&other_may_start))
        usleep(100);
    atomic_store(&growth->status, (int)mmv_map_grow(growth->map, growth->capacity));
    atomic_store(&other_is_done, true);
    return NULL;
}

/* Between the look at the length and its change: let the other thread grow if it can, for 0.2 s at most. */
static void let_the_other_grow(void)
{
    if (atomic_exchange(&other_may_start, true))
        return;
    for (int i = 0; i < 200 && !atomic_load(&other_is_done); i++)
        usleep(1000);
}

static void test_of_two_that_grow_the_larger_wish_stays(void **state)
{
    const char *path = scratch("two");
    pthread_t thread;
    (void)state;
    file_put(path, "12345", 5);
    struct growth other = {.map = must_open(path, MMV_READ_WRITE), .capacity = 300000};
    atomic_store(&other_may_start, false);
    atomic_store(&other_is_done, false);
    assert_int_equal(pthread_create(&thread, NULL, grow_when_told, &other), 0);
    fault_hook(FAULT_ALLOCATE, let_the_other_grow);
    assert_ok(mmv_map_grow(other.map, 100000));
    pthread_join(thread, NULL);
    fault_reset();
    assert_int_equal(atomic_load(&other.status), MMV_OK);
    assert_int_equal(mmv_map_capacity(other.map), 300000);
    assert_int_equal(file_length(path), 300000);
    mmv_map_close(&other.map);
}

static void *grow_step_by_step(void *user)
{
    struct growth *growth = user;
    for (uint64_t capacity = growth->capacity; capacity < 400000; capacity += 2 * 977) {
        mmv_status status = mmv_map_grow(growth->map, capacity);
        /* The other one may be ahead: then our wish is below the present capacity. */
        if (status != MMV_OK && status != MMV_ERANGE)
            atomic_store(&growth->status, (int)status);
    }
    return NULL;
}

static void test_two_that_grow_all_the_time(void **state)
{
    const char *path = scratch("race");
    pthread_t thread;
    (void)state;
    file_put(path, "12345", 5);
    struct growth here = {.map = must_open(path, MMV_READ_WRITE), .capacity = 977};
    struct growth there = {.map = here.map, .capacity = 2 * 977};
    assert_int_equal(pthread_create(&thread, NULL, grow_step_by_step, &there), 0);
    grow_step_by_step(&here);
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&here.status), MMV_OK);
    assert_int_equal(atomic_load(&there.status), MMV_OK);
    assert_int_equal(file_length(path), mmv_map_capacity(here.map));
    mmv_map_close(&here.map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_capacity_rules, fault_end),
        cmocka_unit_test_teardown(test_growth_has_real_blocks_and_keeps_the_bytes, fault_end),
        cmocka_unit_test_teardown(test_grow_refuses_what_it_cannot, fault_end),
        cmocka_unit_test_teardown(test_grow_never_cuts_what_others_appended, fault_end),
        cmocka_unit_test_teardown(test_a_refused_growth_leaves_the_old_length, fault_end),
        cmocka_unit_test_teardown(test_a_file_created_in_vain_is_removed, fault_end),
        cmocka_unit_test_teardown(test_without_allocation_the_file_is_extended, fault_end),
        cmocka_unit_test_teardown(test_of_two_that_grow_the_larger_wish_stays, fault_end),
        cmocka_unit_test_teardown(test_two_that_grow_all_the_time, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
