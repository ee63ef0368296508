/* SPDX-License-Identifier: MIT */
/* test_pool.c - the budget is never exceeded, whatever threads ask for, and what is no longer used goes first. */

#include "leases.h"

#include "faults.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define PAGE ((uint64_t)system_page())

/* Of mapped windows; test_shelf.c and its like have those that are read. */
static mmv_pool *make_pool(uint64_t max_mapped, uint32_t max_maps, uint64_t window)
{
    mmv_pool *pool = NULL;
    const mmv_pool_options options = {
        .max_mapped = max_mapped, .max_maps = max_maps, .window = window, .windows = MMV_WINDOWS_MAPPED};
    assert_ok(mmv_pool_create(&options, &pool));
    return pool;
}

static mmv_map *make_map(const char *name, size_t size, mmv_access access)
{
    mmv_map *map = NULL;
    file_make(scratch(name), size, 1);
    assert_ok(mmv_map_open(scratch(name), access, &map));
    return map;
}

/* One lease of one byte, released at once. */
static void touch(mmv_cursor *cursor, uint64_t offset)
{
    size_t left;
    assert_non_null(mmv_acquire(cursor, offset, 1, &left));
    assert_ok(mmv_release(cursor));
}

/* ---- options ---------------------------------------------------------------------------------------------------- */

static void test_options_that_cannot_be(void **state)
{
    mmv_pool *pool = NULL;
    (void)state;
    assert_bad(mmv_pool_create(&(mmv_pool_options){.max_mapped = PAGE - 1}, &pool), MMV_EINVAL, "max_mapped");
    assert_bad(mmv_pool_create(&(mmv_pool_options){.max_mapped = 2 * PAGE, .window = 2 * PAGE + 1}, &pool), MMV_EINVAL,
               "window");
    assert_null(pool);
    fault_at(FAULT_RESERVE, 0, ENOMEM);
    assert_status(mmv_pool_create(NULL, &pool), MMV_ENOMEM);
    assert_true(fault_count(FAULT_RESERVE) > 3);
    fault_reset();
    assert_null(pool);
    mmv_pool_destroy(&pool);
}

static void test_a_smaller_reservation_will_do(void **state)
{
    (void)state;
    mmv_map *map = make_map("file", 100 * PAGE, MMV_READ);
    mmv_cursor cursor;
    for (unsigned n = 1; n <= 3; n++) {
        fault_at(FAULT_RESERVE, n, ENOMEM);
        mmv_pool *pool = make_pool(64 * PAGE, 0, PAGE);
        fault_reset();
        assert_ok(mmv_cursor_open(pool, map, &cursor));
        for (uint64_t at = 0; at < 100 * PAGE; at += PAGE)
            touch(&cursor, at);
        mmv_cursor_close(&cursor);
        mmv_pool_destroy(&pool);
    }
    mmv_map_close(&map);
}

/* ---- counting --------------------------------------------------------------------------------------------------- */

static void test_the_least_recently_used_goes_first(void **state)
{
    (void)state;
    mmv_pool *pool = make_pool(4 * PAGE, 4, PAGE);
    mmv_map *map = make_map("lru", 20 * PAGE, MMV_READ);
    mmv_cursor cursor;
    assert_ok(mmv_cursor_open(pool, map, &cursor));
    for (uint64_t i = 0; i < 4; i++)
        touch(&cursor, i * PAGE);
    assert_int_equal(stats_of(pool).maps, 4);
    assert_int_equal(stats_of(pool).evictions, 0);
    touch(&cursor, 0); /* 1 is now the oldest */
    assert_int_equal(stats_of(pool).hits, 1);
    touch(&cursor, 10 * PAGE);
    assert_int_equal(stats_of(pool).maps, 5);
    assert_int_equal(stats_of(pool).evictions, 1);
    touch(&cursor, 0);
    touch(&cursor, 2 * PAGE);
    touch(&cursor, 3 * PAGE);
    assert_int_equal(stats_of(pool).maps, 5);
    assert_int_equal(stats_of(pool).hits, 4);
    touch(&cursor, PAGE);
    assert_int_equal(stats_of(pool).maps, 6);
    assert_int_equal(stats_of(pool).peak_mapped, 4 * PAGE);
    assert_int_equal(stats_of(pool).peak_windows, 4);
    mmv_cursor_close(&cursor);
    mmv_map_close(&map);
    mmv_pool_destroy(&pool);
}

static void test_trim_leaves_only_what_is_leased(void **state)
{
    size_t left;
    (void)state;
    mmv_pool *pool = make_pool(16 * PAGE, 0, PAGE);
    mmv_map *map = make_map("trim", 20 * PAGE, MMV_READ);
    mmv_cursor held, other;
    char first;
    file_get(scratch("trim"), &first, 1, 0);
    assert_ok(mmv_cursor_open(pool, map, &held));
    assert_ok(mmv_cursor_open(pool, map, &other));
    const char *data = mmv_acquire(&held, 0, 1, &left);
    for (uint64_t i = 1; i < 8; i++)
        touch(&other, i * PAGE);
    assert_int_equal(stats_of(pool).windows, 8);
    mmv_pool_trim(pool);
    assert_int_equal(stats_of(pool).windows, 1);
    assert_int_equal(stats_of(pool).mapped, PAGE);
    assert_int_equal(*data, first);
    mmv_cursor_close(&held);
    mmv_pool_trim(pool);
    assert_int_equal(stats_of(pool).windows, 0);
    assert_int_equal(stats_of(pool).mapped, 0);
    mmv_cursor_close(&other);
    mmv_map_close(&map);
    mmv_pool_destroy(&pool);
}

static void test_the_file_is_closed_with_its_last_cursor(void **state)
{
    (void)state;
    unsigned before = open_descriptors();
    mmv_pool *pool = make_pool(16 * PAGE, 0, PAGE);
    mmv_map *map = make_map("last", 4 * PAGE, MMV_READ);
    mmv_cursor one, two;
    assert_ok(mmv_cursor_open(pool, map, &one));
    assert_ok(mmv_cursor_open(pool, map, &two));
    mmv_map_close(&map);
    touch(&one, 0);
    touch(&two, PAGE);
    mmv_cursor_close(&one);
    assert_int_equal(open_descriptors(), before + 1);
    touch(&two, 0);
    mmv_cursor_close(&two);
    assert_int_equal(open_descriptors(), before);
    assert_int_equal(stats_of(pool).windows, 0);
    mmv_pool_destroy(&pool);
}

/* ---- many threads, few maps ------------------------------------------------------------------------------------- */

#define MAPS 3
#define THREADS 8
#define ROUNDS (CHECK_SANITIZED ? 1500 : 4000)
#define SLOTS ((size_t)512) /* counters per map, one per 257 bytes: some straddle pages */
#define STEP ((size_t)257)

struct crowd {
    mmv_pool *pool;
    mmv_map *maps[MAPS];
    mmv_pool_options options;
    atomic_uint wrong, unfinished;
    _Atomic uint64_t added[MAPS][SLOTS];
};

/* The counters are in files that all threads have mapped, so adding must be atomic; a counter may lie at any offset. */
static void add_one(unsigned char *counter)
{
    for (unsigned i = 0; i < 4; i++)
        if (__atomic_add_fetch(&counter[i], 1, __ATOMIC_RELAXED) != 0)
            return;
}

static void check_budget(struct crowd *crowd)
{
    mmv_pool_stats stats = stats_of(crowd->pool);
    if (stats.mapped > crowd->options.max_mapped || stats.peak_mapped > crowd->options.max_mapped ||
        stats.windows > crowd->options.max_maps || stats.peak_windows > crowd->options.max_maps)
        atomic_fetch_add(&crowd->wrong, 1);
}

static void add_somewhere(struct crowd *crowd, mmv_cursor *cursors, uint64_t draw)
{
    size_t left;
    unsigned map = draw % MAPS;
    size_t slot = draw / MAPS % SLOTS;
    unsigned char *counter = mmv_acquire(&cursors[map], slot * STEP, 4, &left);
    if (!counter || left < 4) {
        atomic_fetch_add(&crowd->wrong, 1);
        return;
    }
    add_one(counter);
    atomic_fetch_add(&crowd->added[map][slot], 1);
    if (mmv_release(&cursors[map]) != MMV_OK)
        atomic_fetch_add(&crowd->wrong, 1);
}

struct member {
    struct crowd *crowd;
    unsigned number;
};

static void *run_member(void *user)
{
    struct member *member = user;
    struct crowd *crowd = member->crowd;
    mmv_cursor cursors[MAPS];
    uint64_t draw;
    for (unsigned map = 0; map < MAPS; map++)
        mmv_cursor_open(crowd->pool, crowd->maps[map], &cursors[map]);
    for (unsigned i = 0; i < ROUNDS; i++) {
        fill(&draw, sizeof draw, member->number * ROUNDS + i);
        add_somewhere(crowd, cursors, draw);
        if (i % 64 == 0)
            check_budget(crowd);
        if (i % 1024 == 0)
            mmv_pool_trim(crowd->pool);
    }
    for (unsigned map = 0; map < MAPS; map++)
        mmv_cursor_close(&cursors[map]);
    return NULL;
}

static void run_crowd(struct crowd *crowd)
{
    pthread_t threads[THREADS];
    struct member members[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        members[i] = (struct member){crowd, i + 1};
        assert_int_equal(pthread_create(&threads[i], NULL, run_member, &members[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&crowd->wrong), 0);
}

static uint64_t little_endian(const unsigned char *bytes)
{
    return bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 | (uint64_t)bytes[3] << 24;
}

static void check_counters(struct crowd *crowd, unsigned map, const char *path)
{
    static unsigned char bytes[SLOTS * STEP];
    uint64_t sum = 0;
    (void)map;
    file_get(path, bytes, sizeof bytes, 0);
    for (size_t slot = 0; slot < SLOTS; slot++) {
        assert_int_equal(little_endian(bytes + slot * STEP), atomic_load(&crowd->added[map][slot]));
        sum += atomic_load(&crowd->added[map][slot]);
    }
    assert_true(sum > 0);
}

/* The carry from byte to byte is not one atomic step, but every byte's is: the sum comes out right all the same. */
static void test_three_maps_eight_threads(void **state)
{
    const mmv_pool_options budgets[] = {
        {.max_mapped = 3 * PAGE, .max_maps = 3, .window = PAGE},
        {.max_mapped = 64 * PAGE, .max_maps = 3, .window = 2 * PAGE},
        {.max_mapped = 2 * PAGE, .max_maps = 20, .window = PAGE},
        {.max_mapped = 10 * PAGE, .max_maps = 12, .window = PAGE},
    };
    static struct crowd crowd;
    char name[MAPS][20];
    (void)state;
    for (size_t b = 0; b < COUNT(budgets); b++) {
        memset(&crowd, 0, sizeof crowd);
        crowd.options = budgets[b];
        crowd.pool = make_pool(budgets[b].max_mapped, budgets[b].max_maps, budgets[b].window);
        for (unsigned map = 0; map < MAPS; map++) {
            snprintf(name[map], sizeof name[map], "crowd-%u-%u", (unsigned)b, map);
            file_sparse(scratch(name[map]), SLOTS * STEP);
            assert_ok(mmv_map_open(scratch(name[map]), MMV_READ_WRITE, &crowd.maps[map]));
        }
        run_crowd(&crowd);
        for (unsigned map = 0; map < MAPS; map++) {
            check_counters(&crowd, map, scratch(name[map]));
            mmv_map_close(&crowd.maps[map]);
        }
        assert_int_equal(stats_of(crowd.pool).windows, 0);
        mmv_pool_destroy(&crowd.pool);
    }
}

/* ---- waiting ---------------------------------------------------------------------------------------------------- */

struct waiter {
    mmv_pool *pool;
    mmv_map *map;
    atomic_bool done;
    atomic_int status;
};

static void *lease_page_2(void *user)
{
    struct waiter *waiter = user;
    mmv_cursor cursor;
    size_t left;
    mmv_cursor_open(waiter->pool, waiter->map, &cursor);
    mmv_acquire(&cursor, 2 * PAGE, 1, &left);
    atomic_store(&waiter->status, (int)cursor.status);
    mmv_cursor_close(&cursor);
    atomic_store(&waiter->done, true);
    return NULL;
}

static void test_a_thread_waits_for_the_others_lease(void **state)
{
    struct waiter waiter = {.pool = make_pool(PAGE, 1, PAGE), .map = make_map("wait", 4 * PAGE, MMV_READ_WRITE)};
    mmv_cursor cursor;
    pthread_t thread;
    size_t left;
    (void)state;
    assert_ok(mmv_cursor_open(waiter.pool, waiter.map, &cursor));
    assert_non_null(mmv_acquire(&cursor, 0, 1, &left));
    assert_int_equal(pthread_create(&thread, NULL, lease_page_2, &waiter), 0);
    while (stats_of(waiter.pool).waits == 0)
        usleep(1000);
    assert_false(atomic_load(&waiter.done));
    assert_ok(mmv_release(&cursor));
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&waiter.status), MMV_OK);
    assert_int_equal(stats_of(waiter.pool).peak_windows, 1);
    mmv_cursor_close(&cursor);
    mmv_map_close(&waiter.map);
    mmv_pool_destroy(&waiter.pool);
}

/* Somebody who pins its kept window again without the lock must look like a lease to be waited for, not like a budget
   that can never be had: a writer would fail for no reason then. */
struct pair {
    mmv_pool *pool;
    mmv_map *map;
    uint64_t offset;
    atomic_uint refused;
};

static void *lease_one_page_again_and_again(void *user)
{
    struct pair *pair = user;
    mmv_cursor cursor;
    size_t left;
    mmv_cursor_open(pair->pool, pair->map, &cursor);
    for (unsigned i = 0; i < (CHECK_SANITIZED ? 100000 : 2000000); i++) {
        if (!mmv_acquire(&cursor, pair->offset, 1, &left))
            atomic_fetch_add(&pair->refused, 1);
        mmv_release(&cursor);
    }
    mmv_cursor_close(&cursor);
    return NULL;
}

static void test_two_writers_share_one_window(void **state)
{
    struct pair pairs[2] = {{.pool = make_pool(PAGE, 1, PAGE), .map = make_map("pair", 4 * PAGE, MMV_READ_WRITE)}};
    pthread_t thread;
    (void)state;
    pairs[1].pool = pairs[0].pool;
    pairs[1].map = pairs[0].map;
    pairs[1].offset = PAGE;
    assert_int_equal(pthread_create(&thread, NULL, lease_one_page_again_and_again, &pairs[1]), 0);
    lease_one_page_again_and_again(&pairs[0]);
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&pairs[0].refused) + atomic_load(&pairs[1].refused), 0);
    mmv_map_close(&pairs[0].map);
    mmv_pool_destroy(&pairs[0].pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_options_that_cannot_be, fault_end),
        cmocka_unit_test_teardown(test_a_smaller_reservation_will_do, fault_end),
        cmocka_unit_test(test_the_least_recently_used_goes_first),
        cmocka_unit_test(test_trim_leaves_only_what_is_leased),
        cmocka_unit_test(test_the_file_is_closed_with_its_last_cursor),
        cmocka_unit_test(test_three_maps_eight_threads),
        cmocka_unit_test(test_a_thread_waits_for_the_others_lease),
        cmocka_unit_test(test_two_writers_share_one_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
