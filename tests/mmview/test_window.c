/* SPDX-License-Identifier: MIT */
/* test_window.c - leases: what they show, how long they hold, and what stands in when the system will not map. */

#include "leases.h"

#include "faults.h"

#include <errno.h>

#define PAGE ((uint64_t)system_page())
#define SIZE ((size_t)(100 * PAGE + 123))

/* ---- requests --------------------------------------------------------------------------------------------------- */

static void check_many_leases(struct leases *bench, unsigned count)
{
    uint64_t draw[2];
    for (unsigned i = 0; i < count; i++) {
        fill(draw, sizeof draw, i);
        uint64_t offset = draw[0] % SIZE;
        uint64_t most = i % 3 == 0 ? 10 : i % 3 == 1 ? 5000 : 40000;
        check_lease(bench, offset, (size_t)(1 + draw[1] % mmv_min(SIZE - offset, most)));
    }
    check_lease(bench, SIZE - 1, 1);
    check_lease(bench, 0, 1);
}

static void test_any_request_under_many_budgets(void **state)
{
    const mmv_pool_options budgets[] = {
        {0},
        {.window = 1},
        {.window = PAGE, .max_mapped = 20 * PAGE},
        {.window = 3 * PAGE, .max_mapped = 20 * PAGE},
        {.window = PAGE, .max_mapped = PAGE},
        {.window = 2 * PAGE, .max_mapped = 5 * PAGE, .max_maps = 1},
        {.max_mapped = 50 * PAGE},
        {.max_mapped = 50 * PAGE, .max_maps = 2},
    };
    struct leases bench;
    (void)state;
    for (mmv_access access = MMV_READ; access <= MMV_COPY_ON_WRITE; access += 2)
        for (size_t i = 0; i < COUNT(budgets); i++) {
            leases_begin(&bench, SIZE, access, &budgets[i]);
            check_many_leases(&bench, 300);
            mmv_pool_stats stats = stats_of(bench.pool);
            assert_true(budgets[i].max_mapped == 0 || stats.peak_mapped <= budgets[i].max_mapped);
            assert_true(budgets[i].max_maps == 0 || stats.peak_windows <= budgets[i].max_maps);
            leases_end(&bench);
        }
}

static void test_requests_outside_are_refused(void **state)
{
    struct leases bench;
    size_t left = 77;
    (void)state;
    leases_begin(&bench, SIZE, MMV_READ_WRITE, NULL);
    const struct {
        uint64_t offset;
        size_t need;
    } table[] = {{SIZE, 1},     {SIZE + 1, 1}, {UINT64_MAX, 1}, {UINT64_MAX, SIZE_MAX}, {0, SIZE + 1}, {SIZE - 1, 2},
                 {1, SIZE_MAX}, {0, 0},        {SIZE, 0}};
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_null(mmv_acquire(&bench.cursor, table[i].offset, table[i].need, &left));
        assert_int_equal(bench.cursor.status, MMV_ERANGE);
        assert_int_equal(left, 77);
        /* Also while something is leased: the old lease ends. */
        assert_non_null(mmv_acquire(&bench.cursor, 5, 1, &left));
        left = 77;
        assert_null(mmv_acquire(&bench.cursor, table[i].offset, table[i].need, &left));
        assert_int_equal(bench.cursor.status, MMV_ERANGE);
        assert_ok(mmv_release(&bench.cursor));
    }
    assert_int_equal(mmv_release(&bench.cursor), MMV_OK);
    leases_end(&bench);
}

static void test_need_larger_than_a_window(void **state)
{
    struct leases bench;
    (void)state;
    leases_begin(&bench, SIZE, MMV_READ_WRITE, &(mmv_pool_options){.window = PAGE, .max_mapped = 64 * PAGE});
    check_lease(&bench, PAGE - 1, 2);
    check_lease(&bench, 10 * PAGE - 1, (size_t)(20 * PAGE));
    check_lease(&bench, 1, (size_t)(63 * PAGE));
    check_lease(&bench, 0, (size_t)(64 * PAGE));
    assert_true(stats_of(bench.pool).peak_mapped <= 64 * PAGE);
    assert_int_equal(stats_of(bench.pool).buffered, 0);
    leases_end(&bench);
}

/* Few mappings are no reason to refuse a large one: it counts as one. */
static void test_need_larger_than_a_window_with_few_maps(void **state)
{
    struct leases bench;
    (void)state;
    leases_begin(&bench, SIZE, MMV_READ_WRITE,
                 &(mmv_pool_options){.window = PAGE, .max_mapped = 64 * PAGE, .max_maps = 3});
    check_lease(&bench, 10 * PAGE - 1, (size_t)(20 * PAGE));
    assert_int_equal(stats_of(bench.pool).peak_windows, 1);
    leases_end(&bench);
}

static void test_need_larger_than_the_budget(void **state)
{
    const mmv_pool_options options = {.window = PAGE, .max_mapped = 4 * PAGE};
    struct leases bench;
    size_t left;
    (void)state;
    leases_begin(&bench, SIZE, MMV_READ, &options);
    check_lease(&bench, 5, (size_t)(4 * PAGE));
    check_lease(&bench, 5, (size_t)(50 * PAGE));
    assert_int_equal(stats_of(bench.pool).buffered, 2);
    leases_end(&bench);
    leases_begin(&bench, SIZE, MMV_READ_WRITE, &options);
    assert_null(mmv_acquire(&bench.cursor, 5, (size_t)(50 * PAGE), &left));
    assert_status(bench.cursor.status, MMV_ENOMEM);
    assert_null(mmv_acquire(&bench.cursor, 5, (size_t)(4 * PAGE), &left));
    assert_status(bench.cursor.status, MMV_ENOMEM);
    check_lease(&bench, 0, (size_t)(4 * PAGE));
    leases_end(&bench);
}

/* ---- leases ----------------------------------------------------------------------------------------------------- */

static void test_stores_reach_the_file(void **state)
{
    struct leases bench;
    size_t left;
    (void)state;
    leases_begin(&bench, SIZE, MMV_READ_WRITE, &(mmv_pool_options){.window = PAGE, .max_mapped = 2 * PAGE});
    for (uint64_t at = 3; at < SIZE; at += 4999) {
        unsigned char *data = mmv_acquire(&bench.cursor, at, 1, &left);
        assert_non_null(data);
        *data = bench.bytes[at] = (unsigned char)at;
        assert_ok(mmv_release(&bench.cursor));
    }
    assert_true(file_is(scratch("file"), bench.bytes, SIZE));
    leases_end(&bench);
}

static void test_a_kept_window_is_taken_again_without_asking(void **state)
{
    struct leases bench;
    size_t left;
    (void)state;
    leases_begin(&bench, SIZE, MMV_READ,
                 &(mmv_pool_options){.window = 2 * PAGE, .max_mapped = 8 * PAGE, .windows = MMV_WINDOWS_MAPPED});
    const char *first = mmv_acquire(&bench.cursor, 100, 10, &left);
    assert_int_equal(left, 2 * PAGE - 100);
    assert_ptr_equal(mmv_acquire(&bench.cursor, 200, 10, &left), first + 100);
    assert_ok(mmv_release(&bench.cursor));
    assert_ptr_equal(mmv_acquire(&bench.cursor, PAGE, 10, &left), first + PAGE - 100);
    assert_ok(mmv_release(&bench.cursor));
    assert_int_equal(stats_of(bench.pool).maps, 1);
    assert_int_equal(stats_of(bench.pool).hits, 0);
    leases_end(&bench);
}

/* The struct of the kept window now stands for other bytes: only the ticket tells. */
static void test_a_kept_window_that_was_taken_away(void **state)
{
    struct leases bench;
    mmv_cursor other;
    size_t left;
    (void)state;
    leases_begin(&bench, SIZE, MMV_READ,
                 &(mmv_pool_options){.window = PAGE, .max_mapped = PAGE, .max_maps = 1, .windows = MMV_WINDOWS_MAPPED});
    assert_ok(mmv_cursor_open(bench.pool, bench.map, &other));
    for (uint64_t i = 1; i < 50; i++) {
        check_lease(&bench, 5, 1);
        const void *data = mmv_acquire(&other, i * PAGE, 1, &left);
        assert_non_null(data);
        assert_memory_equal(data, bench.bytes + i * PAGE, 1);
        assert_ok(mmv_release(&other));
        check_lease(&bench, 5, 1);
    }
    assert_int_equal(stats_of(bench.pool).maps, 99);
    check_lease(&bench, 5, 1);
    mmv_pool_trim(bench.pool);
    check_lease(&bench, 5, 1);
    assert_int_equal(stats_of(bench.pool).maps, 100);
    mmv_cursor_close(&other);
    leases_end(&bench);
}

static void test_two_leases_while_the_budget_holds_one(void **state)
{
    struct leases bench;
    mmv_cursor other;
    size_t left;
    (void)state;
    for (mmv_access access = MMV_READ; access <= MMV_COPY_ON_WRITE; access++) {
        leases_begin(&bench, SIZE, access, &(mmv_pool_options){.window = PAGE, .max_mapped = PAGE, .max_maps = 1});
        assert_ok(mmv_cursor_open(bench.pool, bench.map, &other));
        const void *first = mmv_acquire(&bench.cursor, 0, 1, &left);
        assert_non_null(first);
        const void *second = mmv_acquire(&other, 5 * PAGE, 1, &left);
        if (access == MMV_READ_WRITE) {
            assert_null(second);
            assert_int_equal(other.status, MMV_ENOMEM);
        } else {
            assert_memory_equal(second, bench.bytes + 5 * PAGE, 1);
            assert_int_equal(stats_of(bench.pool).buffered, 1);
        }
        assert_int_equal(stats_of(bench.pool).waits, 0);
        assert_memory_equal(first, bench.bytes, 1);
        mmv_cursor_close(&other);
        leases_end(&bench);
    }
}

static void test_copy_on_write_leases_are_private(void **state)
{
    struct leases bench;
    mmv_cursor other;
    size_t left;
    (void)state;
    leases_begin(&bench, SIZE, MMV_COPY_ON_WRITE, &(mmv_pool_options){.window = PAGE, .max_mapped = 8 * PAGE});
    assert_ok(mmv_cursor_open(bench.pool, bench.map, &other));
    unsigned char *one = mmv_acquire(&bench.cursor, 10, 100, &left);
    unsigned char *two = mmv_acquire(&other, 10, 100, &left);
    memset(one, 1, 100);
    assert_memory_equal(two, bench.bytes + 10, 100);
    memset(two, 2, 100);
    assert_int_equal(one[50], 1);
    mmv_cursor_close(&other);
    assert_ok(mmv_release(&bench.cursor));
    for (unsigned i = 0; i < 20; i++)
        check_lease(&bench, 10 + i * PAGE / 2, 100);
    assert_true(file_is(scratch("file"), bench.bytes, SIZE));
    leases_end(&bench);
}

static void test_growth_shows_in_the_next_lease(void **state)
{
    struct leases bench;
    size_t left;
    (void)state;
    leases_begin(&bench, SIZE, MMV_READ_WRITE, NULL);
    assert_non_null(mmv_acquire(&bench.cursor, SIZE - 10, 1, &left));
    assert_int_equal(left, 10);
    assert_ok(mmv_map_grow(bench.map, SIZE + 100000));
    char *data = mmv_acquire(&bench.cursor, SIZE - 10, 1000, &left);
    assert_non_null(data);
    assert_memory_equal(data, bench.bytes + SIZE - 10, 10);
    assert_int_equal(data[500], 0);
    data[999] = 'x';
    assert_ok(mmv_release(&bench.cursor));
    char byte;
    file_get(scratch("file"), &byte, 1, SIZE + 989);
    assert_int_equal(byte, 'x');
    leases_end(&bench);
}

/* Byte by byte, within the last page: some systems map no more of it than the file had. */
static void test_growth_within_a_page(void **state)
{
    struct leases bench;
    size_t left;
    (void)state;
    leases_begin(&bench, SIZE, MMV_READ_WRITE, NULL);
    uint64_t end = SIZE;
    for (uint64_t more = 1; end + more < SIZE + PAGE; more = more * 3 + 1) {
        assert_non_null(mmv_acquire(&bench.cursor, end - 1, 1, &left));
        assert_ok(mmv_map_grow(bench.map, end + more));
        unsigned char *data = mmv_acquire(&bench.cursor, end, (size_t)more, &left);
        assert_non_null(data);
        assert_true(data[more - 1] == 0);
        data[more - 1] = (unsigned char)more;
        assert_ok(mmv_release(&bench.cursor));
        end += more;
        unsigned char byte;
        file_get(scratch("file"), &byte, 1, end - 1);
        assert_int_equal(byte, (unsigned char)more);
    }
    leases_end(&bench);
}

static void test_a_file_shortened_before_the_lease(void **state)
{
    struct leases bench;
    size_t left;
    (void)state;
    for (mmv_access access = MMV_READ; access <= MMV_COPY_ON_WRITE; access++) {
        leases_begin(&bench, SIZE, access, NULL);
        file_cut(scratch("file"), 10 * PAGE);
        assert_null(mmv_acquire(&bench.cursor, 20 * PAGE, 10, &left));
        assert_at(bench.cursor.status, MMV_ETRUNC, "file");
        assert_int_equal(mmv_last_error()->offset, 10 * PAGE);
        assert_null(mmv_acquire(&bench.cursor, 10 * PAGE - 1, 2, &left));
        assert_int_equal(bench.cursor.status, MMV_ETRUNC);
        assert_non_null(mmv_acquire(&bench.cursor, 10 * PAGE - 1, 1, &left));
        leases_end(&bench);
    }
}

/* ---- refusals of the system ------------------------------------------------------------------------------------- */

static void test_the_system_refuses_to_map_once(void **state)
{
    struct leases bench;
    (void)state;
    for (mmv_access access = MMV_READ; access <= MMV_COPY_ON_WRITE; access++)
        for (unsigned n = 1; n <= 40; n++) {
            leases_begin(&bench, SIZE, access, &(mmv_pool_options){.window = 4 * PAGE, .max_mapped = 16 * PAGE});
            fault_at(FAULT_MAP_AT, n, ENOMEM);
            check_many_leases(&bench, 30);
            fault_reset();
            leases_end(&bench);
        }
}

static void test_the_system_refuses_large_windows(void **state)
{
    struct leases bench;
    (void)state;
    leases_begin(&bench, SIZE, MMV_READ_WRITE, &(mmv_pool_options){.window = 16 * PAGE, .max_mapped = 64 * PAGE});
    /* The whole window is asked for twice, as evicting may help; then half of it. */
    fault_at(FAULT_MAP_AT, 0, 0);
    check_lease(&bench, 5 * PAGE, 10);
    assert_int_equal(fault_count(FAULT_MAP_AT), 1);
    fault_at(FAULT_MAP_AT, 1, ENOMEM);
    check_lease(&bench, 37 * PAGE, 10);
    assert_true(fault_count(FAULT_MAP_AT) >= 2);
    leases_end(&bench);
}

static void test_the_system_refuses_every_mapping(void **state)
{
    static const struct {
        int error;
        mmv_status status; /* where stores have to reach the file */
    } refusals[] = {{ENOMEM, MMV_ENOMEM}, {EAGAIN, MMV_ENOMEM}, {ENODEV, MMV_ENOTSUP},
                    {EACCES, MMV_EACCES}, {EPERM, MMV_EACCES},  {EINVAL, MMV_ESYSTEM}};
    struct leases bench;
    size_t left;
    (void)state;
    for (size_t i = 0; i < COUNT(refusals); i++) {
        fault_at(FAULT_MAP_AT, 0, refusals[i].error);
        for (mmv_access access = MMV_READ; access <= MMV_COPY_ON_WRITE; access += 2) {
            leases_begin(&bench, SIZE, access, &(mmv_pool_options){.windows = MMV_WINDOWS_MAPPED});
            check_many_leases(&bench, 50);
            assert_true(stats_of(bench.pool).buffered >= 50);
            assert_int_equal(stats_of(bench.pool).windows, 0);
            leases_end(&bench);
        }
        leases_begin(&bench, SIZE, MMV_READ_WRITE, NULL);
        assert_null(mmv_acquire(&bench.cursor, 77, 10, &left));
        assert_at(bench.cursor.status, refusals[i].status, "file");
        assert_int_equal(mmv_last_error()->offset, 77);
        fault_reset();
        check_lease(&bench, 77, 10);
        leases_end(&bench);
    }
}

static void test_the_buffer_fails_too(void **state)
{
    struct leases bench;
    size_t left;
    (void)state;
    leases_begin(&bench, SIZE, MMV_READ, &(mmv_pool_options){.windows = MMV_WINDOWS_MAPPED});
    fault_at(FAULT_MAP_AT, 0, ENOMEM);
    fault_at(FAULT_READ, 0, EIO);
    assert_null(mmv_acquire(&bench.cursor, 100, 10, &left));
    assert_at(bench.cursor.status, MMV_EIO, "file");
    fault_at(FAULT_READ, 0, 0);
    fault_at(FAULT_MEMORY, 0, ENOMEM);
    assert_null(mmv_acquire(&bench.cursor, 100, 10, &left));
    assert_at(bench.cursor.status, MMV_ENOMEM, "file");
    fault_reset();
    check_lease(&bench, 100, 10);
    leases_end(&bench);
}

static void test_pages_of_64_kib(void **state)
{
    struct leases bench;
    (void)state;
    fault_page_size(65536);
    leases_begin(&bench, SIZE, MMV_READ, &(mmv_pool_options){.window = PAGE, .max_mapped = 3 * 65536});
    check_many_leases(&bench, 200);
    assert_int_equal(stats_of(bench.pool).peak_mapped % 65536, 0);
    leases_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_any_request_under_many_budgets, fault_end),
        cmocka_unit_test_teardown(test_requests_outside_are_refused, fault_end),
        cmocka_unit_test_teardown(test_need_larger_than_a_window, fault_end),
        cmocka_unit_test_teardown(test_need_larger_than_a_window_with_few_maps, fault_end),
        cmocka_unit_test_teardown(test_need_larger_than_the_budget, fault_end),
        cmocka_unit_test_teardown(test_stores_reach_the_file, fault_end),
        cmocka_unit_test_teardown(test_a_kept_window_is_taken_again_without_asking, fault_end),
        cmocka_unit_test_teardown(test_a_kept_window_that_was_taken_away, fault_end),
        cmocka_unit_test_teardown(test_two_leases_while_the_budget_holds_one, fault_end),
        cmocka_unit_test_teardown(test_copy_on_write_leases_are_private, fault_end),
        cmocka_unit_test_teardown(test_growth_shows_in_the_next_lease, fault_end),
        cmocka_unit_test_teardown(test_growth_within_a_page, fault_end),
        cmocka_unit_test_teardown(test_a_file_shortened_before_the_lease, fault_end),
        cmocka_unit_test_teardown(test_the_system_refuses_to_map_once, fault_end),
        cmocka_unit_test_teardown(test_the_system_refuses_large_windows, fault_end),
        cmocka_unit_test_teardown(test_the_system_refuses_every_mapping, fault_end),
        cmocka_unit_test_teardown(test_the_buffer_fails_too, fault_end),
        cmocka_unit_test_teardown(test_pages_of_64_kib, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
