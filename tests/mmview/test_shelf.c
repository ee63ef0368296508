/* SPDX-License-Identifier: MIT */
/* test_shelf.c - leases whose windows are read: they show the file's bytes; how much is read for them, and when. */

#include "leases.h"

#include "faults.h"
#include "peers.h"

#include <errno.h>

#define PAGE ((size_t)4096)
#define SIZE ((size_t)3 * 1024 * 1024 + 123)

static const mmv_pool_options reading = {.windows = MMV_WINDOWS_READ};

/* ---- what is read ------------------------------------------------------------------------------------------------ */

static void test_any_request(void **state)
{
    const uint64_t least = mmv_max(4 * PAGE, system_page());
    const mmv_pool_options pools[] = {
        {.windows = MMV_WINDOWS_READ},
        {.windows = MMV_WINDOWS_AUTO},
        {.windows = MMV_WINDOWS_READ, .max_mapped = 64 * PAGE},
        {.windows = MMV_WINDOWS_AUTO, .max_mapped = 200 * PAGE},
        {.windows = MMV_WINDOWS_READ, .max_mapped = least},
    };
    static const uint64_t most[] = {10, 3000, 9000, 70000, 262144, 600000};
    struct leases bench;
    uint64_t draw[2];
    (void)state;
    for (size_t p = 0; p < COUNT(pools); p++) {
        leases_begin_fresh(&bench, SIZE, MMV_READ, &pools[p]);
        for (unsigned i = 0; i < 600; i++) {
            fill(draw, sizeof draw, i);
            uint64_t offset = draw[0] % SIZE;
            check_lease(&bench, offset, (size_t)(1 + draw[1] % mmv_min(SIZE - offset, most[i % COUNT(most)])));
            mmv_pool_stats stats = stats_of(bench.pool);
            assert_true(pools[p].max_mapped == 0 || stats.mapped + stats.held <= pools[p].max_mapped);
        }
        check_lease(&bench, SIZE - 1, 1);
        check_lease(&bench, 0, 1);
        assert_true(stats_of(bench.pool).reads > 0 || pools[p].max_mapped == least);
        leases_end(&bench);
    }
}

static void test_random_leases_read_no_more_than_they_need(void **state)
{
    struct leases bench;
    uint64_t draw;
    (void)state;
    leases_begin_fresh(&bench, SIZE, MMV_READ, &reading);
    for (unsigned i = 0; i < 500; i++) {
        /* Never where the last one ends: that would be one after the other. */
        fill(&draw, sizeof draw, i);
        uint64_t before = stats_of(bench.pool).read_bytes;
        check_lease(&bench, i % 2 * (SIZE / 2) + draw % (SIZE / 2 - 2 * PAGE), PAGE);
        assert_true(stats_of(bench.pool).read_bytes - before <= PAGE + 128);
    }
    for (unsigned i = 0; i < 500; i++) {
        fill(&draw, sizeof draw, i + 1000);
        uint64_t before = stats_of(bench.pool).read_bytes;
        check_lease(&bench, i % 2 * (SIZE / 2) + draw % (SIZE / 2 - 2 * PAGE), 16);
        assert_true(stats_of(bench.pool).read_bytes - before <= 2 * PAGE);
    }
    assert_int_equal(stats_of(bench.pool).maps, 0);
    leases_end(&bench);
}

static void test_neighbours_share_a_window(void **state)
{
    struct leases bench;
    mmv_cursor other;
    (void)state;
    leases_begin_fresh(&bench, SIZE, MMV_READ, &reading);
    for (unsigned i = 0; i < 100; i++)
        check_lease(&bench, 10 * PAGE + 40 * i, 40);
    assert_int_equal(stats_of(bench.pool).reads, 1);
    /* Other cursors, too, as soon as the bytes are seen to be wanted again. */
    assert_ok(mmv_cursor_open(bench.pool, bench.map, &other));
    for (unsigned i = 0; i < 100; i++) {
        check_lease_with(&bench, &other, 10 * PAGE + 40 * i, 40);
        check_lease_with(&bench, &other, (20 + i % 2) * PAGE, 40);
    }
    assert_true(stats_of(bench.pool).reads <= 10);
    assert_true(stats_of(bench.pool).hits >= 150);
    mmv_cursor_close(&other);
    leases_end(&bench);
}

/* A search leases the same middles again and again, and others in between. */
static void test_what_is_wanted_again_stays(void **state)
{
    struct leases bench;
    uint64_t draw;
    (void)state;
    leases_begin_fresh(&bench, SIZE, MMV_READ, &reading);
    for (unsigned i = 0; i < 3000; i++) {
        fill(&draw, sizeof draw, i);
        check_lease(&bench, i % 8 == 0 ? 77 * PAGE : draw % (SIZE - PAGE), 8);
    }
    uint64_t before = stats_of(bench.pool).reads;
    check_lease(&bench, 77 * PAGE, 8);
    assert_int_equal(stats_of(bench.pool).reads, before);
    leases_end(&bench);
}

static void test_one_after_the_other_is_read_ahead(void **state)
{
    static const size_t needs[] = {100, 4096, 5000};
    struct leases bench;
    (void)state;
    for (size_t n = 0; n < COUNT(needs); n++) {
        leases_begin_fresh(&bench, SIZE, MMV_READ, &reading);
        for (uint64_t at = 0; at + needs[n] <= SIZE; at += needs[n])
            check_lease(&bench, at, needs[n]);
        assert_true(stats_of(bench.pool).reads <= SIZE / 262144 + 12);
        assert_true(stats_of(bench.pool).read_bytes <= SIZE + SIZE / 16);
        leases_end(&bench);
    }
    /* Within the budget: the copies of a small pool are small. */
    leases_begin_fresh(&bench, SIZE, MMV_READ,
                       &(mmv_pool_options){.windows = MMV_WINDOWS_READ, .max_mapped = 64 * PAGE});
    for (uint64_t at = 0; at + PAGE <= SIZE; at += PAGE)
        check_lease(&bench, at, PAGE);
    assert_true(stats_of(bench.pool).held > 0 && stats_of(bench.pool).held + stats_of(bench.pool).mapped <= 64 * PAGE);
    leases_end(&bench);
}

/* ---- what may be read -------------------------------------------------------------------------------------------- */

static void test_what_is_always_mapped(void **state)
{
    struct leases bench;
    mmv_map *named = NULL, *writer;
    mmv_cursor cursor;
    (void)state;
    for (mmv_access access = MMV_READ_WRITE; access <= MMV_COPY_ON_WRITE; access++) {
        leases_begin_fresh(&bench, SIZE, access, &reading);
        check_lease(&bench, 5, 5);
        assert_int_equal(stats_of(bench.pool).reads, 0);
        assert_int_equal(stats_of(bench.pool).maps, 1);
        leases_end(&bench);
    }
    leases_begin_fresh(&bench, SIZE, MMV_READ, &(mmv_pool_options){.windows = MMV_WINDOWS_MAPPED});
    check_lease(&bench, 5, 5);
    assert_int_equal(stats_of(bench.pool).reads, 0);
    assert_int_equal(stats_of(bench.pool).held, 0);
    leases_end(&bench);
    /* Whatever is larger. */
    leases_begin_fresh(&bench, SIZE, MMV_READ, &reading);
    check_lease(&bench, 5, 262144);
    assert_int_equal(stats_of(bench.pool).reads, 1);
    check_lease(&bench, 5, 300000);
    assert_int_equal(stats_of(bench.pool).reads, 1);
    /* What has a name is there to be seen changing. */
    const char *name = peers_name("shelf");
    writer = peers_map(name);
    assert_ok(mmv_map_open_named(name, MMV_READ, &(mmv_shared_options){.mode = MMV_OPEN_EXISTING}, &named));
    assert_ok(mmv_cursor_open(bench.pool, named, &cursor));
    mmv_map_close(&writer);
    size_t left;
    assert_non_null(mmv_acquire(&cursor, 0, 8, &left));
    assert_int_equal(stats_of(bench.pool).reads, 1);
    mmv_cursor_close(&cursor);
    mmv_map_close(&named);
    peers_tidy(name);
    leases_end(&bench);
}

static void test_options_that_cannot_be(void **state)
{
    mmv_pool *pool = NULL;
    (void)state;
    assert_bad(mmv_pool_create(&(mmv_pool_options){.windows = MMV_WINDOWS_READ + 1}, &pool), MMV_EINVAL, "windows");
    assert_null(pool);
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

/* The length of a file is not looked up for a lease that is read. */
static void test_no_question_for_the_length(void **state)
{
    struct leases bench;
    (void)state;
    leases_begin_fresh(&bench, SIZE, MMV_READ, &reading);
    fault_at(FAULT_FACTS, 0, 0);
    for (unsigned i = 0; i < 300; i++)
        check_lease(&bench, i * 7919 * 13 % (SIZE - PAGE), PAGE);
    assert_int_equal(fault_count(FAULT_FACTS), 0);
    assert_true(stats_of(bench.pool).reads >= 290);
    /* Nor for a mapped window that is there. */
    mmv_pool *mapped = NULL;
    mmv_cursor cursor;
    const uint64_t window = mmv_max(8 * PAGE, system_page());
    assert_ok(mmv_pool_create(&(mmv_pool_options){.windows = MMV_WINDOWS_MAPPED, .window = window}, &mapped));
    assert_ok(mmv_cursor_open(mapped, bench.map, &cursor));
    for (unsigned i = 0; i < 300; i++)
        check_lease_with(&bench, &cursor, i % 10 * window, PAGE);
    assert_int_equal(fault_count(FAULT_FACTS), 10);
    mmv_cursor_close(&cursor);
    mmv_pool_destroy(&mapped);
    leases_end(&bench);
}

static void test_bytes_that_cannot_be_read(void **state)
{
    struct leases bench;
    size_t left;
    (void)state;
    leases_begin_fresh(&bench, SIZE, MMV_READ, &reading);
    /* What lies around the bytes may fail. */
    fault_at(FAULT_READ, 1, EIO);
    const unsigned char *data = mmv_acquire(&bench.cursor, 10 * PAGE + 50, 10, &left);
    assert_non_null(data);
    assert_int_equal(left, 10);
    assert_memory_equal(data, bench.bytes + 10 * PAGE + 50, 10);
    assert_ok(mmv_release(&bench.cursor));
    fault_at(FAULT_READ, 0, EIO);
    assert_null(mmv_acquire(&bench.cursor, 30 * PAGE + 50, 10, &left));
    assert_at(bench.cursor.status, MMV_EIO, "file");
    assert_int_equal(mmv_last_error()->os_error, EIO);
    fault_reset();
    check_lease(&bench, 30 * PAGE + 50, 10);
    leases_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_request),
        cmocka_unit_test(test_random_leases_read_no_more_than_they_need),
        cmocka_unit_test(test_neighbours_share_a_window),
        cmocka_unit_test(test_what_is_wanted_again_stays),
        cmocka_unit_test(test_one_after_the_other_is_read_ahead),
        cmocka_unit_test(test_what_is_always_mapped),
        cmocka_unit_test(test_options_that_cannot_be),
        cmocka_unit_test_teardown(test_no_question_for_the_length, fault_end),
        cmocka_unit_test_teardown(test_bytes_that_cannot_be_read, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
