/* SPDX-License-Identifier: MIT */
/* test_shelf_budget.c - windows that are read, under the pool's budget: no memory, room for others, eight threads. */

#include "leases.h"

#include "faults.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define PAGE ((size_t)4096)
#define SIZE ((size_t)3 * 1024 * 1024 + 123)

/* ---- memory --------------------------------------------------------------------------------------------------- */

static void test_no_memory_for_copies(void **state)
{
    struct leases bench;
    (void)state;
    leases_begin_fresh(&bench, SIZE, MMV_READ, &(mmv_pool_options){.windows = MMV_WINDOWS_READ, .window = 16 * PAGE});
    fault_at(FAULT_MEMORY, 0, ENOMEM);
    for (unsigned i = 0; i < 20; i++)
        check_lease(&bench, i * 20 * PAGE, 10);
    assert_int_equal(stats_of(bench.pool).reads, 0);
    assert_true(stats_of(bench.pool).maps > 0);
    assert_int_equal(stats_of(bench.pool).held, 0);
    fault_reset();
    check_lease(&bench, 400 * PAGE, 10);
    assert_int_equal(stats_of(bench.pool).reads, 1);
    leases_end(&bench);
}

/* ---- budget ------------------------------------------------------------------------------------------------------ */

static void hold_many_copies(struct leases *bench)
{
    for (unsigned i = 0; i < 200; i++)
        check_lease(bench, i * 7919 * 5 % (SIZE - 200000), i % 3 == 0 ? 60000 : 100);
    assert_true(stats_of(bench->pool).held > 0);
}

static void test_copies_make_room_for_windows(void **state)
{
    const mmv_pool_options small = {.windows = MMV_WINDOWS_READ, .max_mapped = 256 * PAGE, .window = 16 * PAGE};
    struct leases bench;
    mmv_map *writer = NULL;
    mmv_cursor cursor;
    size_t left;
    (void)state;
    leases_begin_fresh(&bench, SIZE, MMV_READ, &small);
    hold_many_copies(&bench);
    file_make(scratch("other"), 256 * PAGE, 3);
    assert_ok(mmv_map_open(scratch("other"), MMV_READ_WRITE, &writer));
    assert_ok(mmv_cursor_open(bench.pool, writer, &cursor));
    assert_non_null(mmv_acquire(&cursor, 0, 256 * PAGE, &left));
    assert_int_equal(stats_of(bench.pool).held, 0);
    assert_int_equal(stats_of(bench.pool).mapped, 256 * PAGE);
    /* No room at all: the stand-in. The cursor's own copy is gone, and it knows. */
    check_lease(&bench, 5, 5);
    assert_int_equal(stats_of(bench.pool).held, 0);
    assert_ok(mmv_release(&cursor));
    check_lease(&bench, 5, 5);
    assert_true(stats_of(bench.pool).held > 0 && stats_of(bench.pool).mapped + stats_of(bench.pool).held <= 256 * PAGE);
    mmv_cursor_close(&cursor);
    mmv_map_close(&writer);
    mmv_pool_trim(bench.pool);
    assert_int_equal(stats_of(bench.pool).held, 0);
    check_lease(&bench, 5, 5);
    leases_end(&bench);
}

struct waiter {
    mmv_pool *pool;
    mmv_map *map;
    atomic_int status;
};

static void *lease_all(void *user)
{
    struct waiter *waiter = user;
    mmv_cursor cursor;
    size_t left;
    mmv_cursor_open(waiter->pool, waiter->map, &cursor);
    mmv_acquire(&cursor, 0, 64 * PAGE, &left);
    atomic_store(&waiter->status, (int)cursor.status);
    mmv_cursor_close(&cursor);
    return NULL;
}

static void test_a_writer_waits_for_a_leased_copy(void **state)
{
    struct leases bench;
    struct waiter waiter = {.status = -1};
    pthread_t thread;
    size_t left;
    (void)state;
    leases_begin_fresh(&bench, SIZE, MMV_READ,
                       &(mmv_pool_options){.windows = MMV_WINDOWS_READ, .max_mapped = 64 * PAGE});
    file_make(scratch("all"), 64 * PAGE, 3);
    assert_ok(mmv_map_open(scratch("all"), MMV_READ_WRITE, &waiter.map));
    waiter.pool = bench.pool;
    assert_non_null(mmv_acquire(&bench.cursor, 0, 1, &left));
    assert_true(stats_of(bench.pool).held > 0);
    assert_int_equal(pthread_create(&thread, NULL, lease_all, &waiter), 0);
    while (stats_of(bench.pool).waits == 0)
        usleep(1000);
    assert_int_equal(atomic_load(&waiter.status), -1);
    assert_ok(mmv_release(&bench.cursor));
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&waiter.status), MMV_OK);
    mmv_map_close(&waiter.map);
    leases_end(&bench);
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */

#define THREADS 8
#define ROUNDS (CHECK_SANITIZED ? 600u : 3000u)

struct crowd {
    struct leases bench;
    atomic_uint wrong, over;
};

struct member {
    struct crowd *crowd;
    unsigned number;
};

/* Most bytes never change; the first of a page may, and is 1 or 2. */
static void *lease_at_random(void *user)
{
    struct member *member = user;
    struct crowd *crowd = member->crowd;
    mmv_cursor cursors[2];
    uint64_t draw[2];
    for (unsigned i = 0; i < 2; i++)
        mmv_cursor_open(crowd->bench.pool, crowd->bench.map, &cursors[i]);
    for (unsigned i = 0; i < ROUNDS; i++) {
        size_t left;
        fill(draw, sizeof draw, member->number * ROUNDS + i);
        mmv_cursor *cursor = &cursors[draw[1] % 2];
        uint64_t offset = draw[0] % (draw[1] % 3 ? SIZE - 100000 : 20 * PAGE) | 1;
        size_t need = draw[1] % 5 == 0 ? 50000 : 60;
        const unsigned char *data = mmv_acquire(cursor, offset, need, &left);
        if (!data || memcmp(data, crowd->bench.bytes + offset, 50) != 0)
            if (!data || offset % PAGE < PAGE - 50)
                atomic_fetch_add(&crowd->wrong, 1);
        if (i % 2 && mmv_release(cursor) != MMV_OK)
            atomic_fetch_add(&crowd->wrong, 1);
        if (i % 256 == 0)
            mmv_pool_trim(crowd->bench.pool);
    }
    for (unsigned i = 0; i < 2; i++)
        mmv_cursor_close(&cursors[i]);
    atomic_fetch_add(&crowd->over, 1);
    return NULL;
}

/* Now and then the file is open for writing, so that copies come and go; the budget holds all the time. */
static void disturb(struct crowd *crowd, uint64_t most)
{
    while (atomic_load(&crowd->over) < THREADS) {
        mmv_map *writer = NULL;
        mmv_pool_stats stats = stats_of(crowd->bench.pool);
        if (stats.mapped > most || stats.held > most)
            atomic_fetch_add(&crowd->wrong, 1);
        if (mmv_map_open(scratch("file"), MMV_READ_WRITE, &writer) == MMV_OK)
            mmv_map_close(&writer);
        usleep(2000);
    }
}

static void test_eight_threads(void **state)
{
    static const mmv_pool_options pools[] = {
        {.windows = MMV_WINDOWS_READ},
        {.windows = MMV_WINDOWS_AUTO},
        {.windows = MMV_WINDOWS_AUTO, .max_mapped = 160 * PAGE, .window = 16 * PAGE},
    };
    static struct crowd crowd;
    (void)state;
    for (size_t p = 0; p < COUNT(pools); p++) {
        pthread_t threads[THREADS];
        struct member members[THREADS];
        memset(&crowd, 0, sizeof crowd);
        leases_begin_fresh(&crowd.bench, SIZE, MMV_READ, &pools[p]);
        for (unsigned i = 0; i < THREADS; i++) {
            members[i] = (struct member){&crowd, i + 1};
            assert_int_equal(pthread_create(&threads[i], NULL, lease_at_random, &members[i]), 0);
        }
        disturb(&crowd, pools[p].max_mapped ? pools[p].max_mapped : UINT64_MAX);
        for (unsigned i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        assert_int_equal(atomic_load(&crowd.wrong), 0);
        assert_true(stats_of(crowd.bench.pool).reads > 0);
        leases_end(&crowd.bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_no_memory_for_copies, fault_end),
        cmocka_unit_test(test_copies_make_room_for_windows),
        cmocka_unit_test(test_a_writer_waits_for_a_leased_copy),
        cmocka_unit_test(test_eight_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
