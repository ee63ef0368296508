/* SPDX-License-Identifier: MIT */
/* test_guard.c - bad accesses to mapped bytes as statuses; test_guard_signals.c has those of everybody else. */

#include "check.h"

#include "scratch.h"

#include <pthread.h>

#define SIZE ((size_t)1000000)
#define CUT ((size_t)500000)

static mmv_map *fresh_map(const char *name, mmv_access access)
{
    mmv_map *map = NULL;
    file_make(scratch(name), SIZE, 1);
    assert_ok(mmv_map_open(scratch(name), access, &map));
    return map;
}

/* Windows replaces the whole view at the first bad access: no other follows. */
#ifdef _WIN32
#define CAUGHT_AGAIN 0
#else
#define CAUGHT_AGAIN 1
#endif

/* ---- views ------------------------------------------------------------------------------------------------------ */

static void test_a_shortened_view_reads_zeros_and_says_so(void **state)
{
    mmv_view view;
    (void)state;
    assert_ok(mmv_guard_enable());
    mmv_map *map = fresh_map("view", MMV_READ_WRITE);
    assert_ok(mmv_view_open(map, 1000, 0, &view));
    volatile unsigned char *data = view.data;
    assert_ok(mmv_view_check(&view));
    file_cut(scratch("view"), CUT);
    uintptr_t before = *mmv_guard_faults();
    assert_int_equal(data[0], *(volatile unsigned char *)view.data);
    assert_int_equal(*mmv_guard_faults(), before);
    assert_int_equal(data[CUT + 100000], 0);
    assert_int_equal(*mmv_guard_faults(), before + 1);
    assert_at(mmv_view_check(&view), MMV_ETRUNC, "view");
    assert_int_equal(mmv_last_error()->offset, CUT);
    /* A second one in the same view, and a store. */
    data[CUT + 300000] = 1;
    assert_int_equal(*mmv_guard_faults(), before + 1 + CAUGHT_AGAIN);
    assert_at(mmv_view_check(&view), MMV_ETRUNC, "view");
    mmv_view_close(&view);
    assert_int_equal(file_length(scratch("view")), CUT);
    mmv_map_close(&map);
    mmv_guard_disable();
}

static void test_twice_in_one_run(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        test_a_shortened_view_reads_zeros_and_says_so(NULL);
}

/* The file is whole again when we ask: something was wrong all the same. */
static void test_a_caught_access_is_never_forgotten(void **state)
{
    mmv_view view;
    (void)state;
    assert_ok(mmv_guard_enable());
    mmv_map *map = fresh_map("again", MMV_READ);
    assert_ok(mmv_view_open(map, 0, 0, &view));
    file_cut(scratch("again"), 0);
    assert_int_equal(((volatile char *)view.data)[CUT], 0);
    file_make(scratch("again"), SIZE, 1);
    assert_at(mmv_view_check(&view), MMV_EIO, "again");
    mmv_view_close(&view);
    mmv_map_close(&map);
    mmv_guard_disable();
}

/* ---- leases ----------------------------------------------------------------------------------------------------- */

static void test_a_shortened_lease(void **state)
{
    mmv_pool *pool = NULL;
    mmv_cursor cursor;
    size_t left;
    (void)state;
    assert_ok(mmv_guard_enable());
    assert_ok(mmv_pool_create(NULL, &pool));
    for (int round = 0; round < 2; round++) {
        mmv_map *map = fresh_map("lease", MMV_READ_WRITE);
        assert_ok(mmv_cursor_open(pool, map, &cursor));
        volatile char *data = mmv_acquire(&cursor, 1000, SIZE - 1000, &left);
        assert_non_null(data);
        file_cut(scratch("lease"), CUT);
        data[CUT + 10000] = 1;
        assert_int_equal(data[CUT + 200000], 0);
        assert_at(mmv_release(&cursor), MMV_ETRUNC, "lease");
        assert_null(mmv_acquire(&cursor, CUT, 10000, &left));
        assert_int_equal(cursor.status, MMV_ETRUNC);
        /* The spoilt window is not lent again: the file's own bytes are seen once they are back. */
        file_make(scratch("lease"), SIZE, 2);
        char back[10];
        file_get(scratch("lease"), back, sizeof back, CUT + 10000);
        const char *fresh = mmv_acquire(&cursor, CUT + 10000, sizeof back, &left);
        assert_non_null(fresh);
        assert_memory_equal(fresh, back, sizeof back);
        assert_ok(mmv_release(&cursor));
        mmv_cursor_close(&cursor);
        mmv_map_close(&map);
    }
    mmv_pool_destroy(&pool);
    mmv_guard_disable();
}

/* ---- threads ---------------------------------------------------------------------------------------------------- */

struct toucher {
    char path[512];
    unsigned wrong;
};

static void *touch_what_is_gone(void *user)
{
    struct toucher *toucher = user;
    for (unsigned i = 0; i < 40; i++) {
        mmv_map *map = NULL;
        mmv_view view;
        file_make(toucher->path, 100000, i);
        if (mmv_map_open(toucher->path, MMV_READ_WRITE, &map) || mmv_view_open(map, 0, 0, &view)) {
            toucher->wrong++;
            return NULL;
        }
        file_cut(toucher->path, 10000);
        ((volatile char *)view.data)[90000] = 1;
        toucher->wrong += ((volatile char *)view.data)[50000] != 0;
        toucher->wrong += mmv_view_check(&view) != MMV_ETRUNC;
        toucher->wrong += !mmv_last_error()->has_offset || mmv_last_error()->offset != 10000;
        mmv_view_close(&view);
        mmv_map_close(&map);
    }
    return NULL;
}

static void test_several_threads_at_once(void **state)
{
    struct toucher touchers[6];
    pthread_t threads[6];
    (void)state;
    assert_ok(mmv_guard_enable());
    for (unsigned i = 0; i < COUNT(threads); i++) {
        char name[20];
        snprintf(name, sizeof name, "thread-%u", i);
        touchers[i].wrong = 0;
        snprintf(touchers[i].path, sizeof touchers[i].path, "%s", scratch(name));
        assert_int_equal(pthread_create(&threads[i], NULL, touch_what_is_gone, &touchers[i]), 0);
    }
    for (unsigned i = 0; i < COUNT(threads); i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(touchers[i].wrong, 0);
    }
    mmv_guard_disable();
}

/* More mappings than the table's first block has entries. */
static void test_many_watched_mappings(void **state)
{
    enum { MANY = 300 };
    static mmv_view views[MANY];
    (void)state;
    assert_ok(mmv_guard_enable());
    mmv_map *map = fresh_map("many", MMV_READ);
    for (unsigned i = 0; i < MANY; i++)
        assert_ok(mmv_view_open(map, 600000 + i, 100000, &views[i]));
    file_cut(scratch("many"), CUT);
    for (unsigned i = 0; i < MANY; i += 7)
        assert_int_equal(*(volatile char *)views[i].data, 0);
    for (unsigned i = 0; i < MANY; i++) {
        assert_status(mmv_view_check(&views[i]), i % 7 == 0 ? MMV_ETRUNC : MMV_OK);
        mmv_view_close(&views[i]);
    }
    mmv_map_close(&map);
    mmv_guard_disable();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_shortened_view_reads_zeros_and_says_so),
        cmocka_unit_test(test_twice_in_one_run),
        cmocka_unit_test(test_a_caught_access_is_never_forgotten),
        cmocka_unit_test(test_a_shortened_lease),
        cmocka_unit_test(test_several_threads_at_once),
        cmocka_unit_test(test_many_watched_mappings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
