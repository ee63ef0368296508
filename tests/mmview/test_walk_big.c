/* SPDX-License-Identifier: MIT */
/*
 * test_walk_big.c - a sparse file of more than 8 GiB: walks across 2, 4 and 8 GiB, with all the address space there is
 * and again in a process that has 256 MiB of it.
 *
 * The second run is this program started once more: OpenMP does not survive a fork(2) after its first use.
 */

#include "walks.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE (8 * MMV_GIB + 3 * MMV_MIB + 5)
#define RANGE ((size_t)(2 * MMV_MIB + 999))
#define AROUND ((size_t)65536)
#define AGAIN "again-with-little-address-space"

static const uint64_t borders[] = {2 * MMV_GIB, 4 * MMV_GIB, 8 * MMV_GIB};
static char path[512];

/* What lies around the border, as a small file of its own that the oracle works on. */
static void check_border(uint64_t border, size_t record, mmv_io io, uint64_t window)
{
    static unsigned char before[RANGE + 2 * AROUND], after[sizeof before];
    uint64_t start = border - RANGE / 2 - AROUND;
    layout shape = layout_filling(AROUND + RANGE, record, AROUND, 0);
    layout far = shape;
    far.offset += start;
    ledger book = {.shape = far};
    mmv_walk_stats stats;
    mmv_walk_options options = options_for(&far, &stats);
    options.io = io;
    options.threads = 2;
    options.window = window;
    file_get(path, before, sizeof before, start);
    add_in_memory(before, &shape);
    mmv_map *map = open_map(path, MMV_READ_WRITE);
    assert_ok(mmv_walk(map, &options, add_in_place, &book));
    mmv_map_close(&map);
    file_get(path, after, sizeof after, start);
    assert_memory_equal(before, after, sizeof before);
    assert_int_equal(atomic_load(&book.wrong), 0);
    assert_int_equal(atomic_load(&book.records), shape.records);
}

static void test_across_the_borders_in_place(void **state)
{
    (void)state;
    for (size_t b = 0; b < COUNT(borders); b++)
        for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
            for (size_t record = 1; record <= 6; record += 5)
                for (unsigned small = 0; small <= 1; small++)
                    check_border(borders[b], record, (mmv_io)io, small ? 262144 : 0);
    assert_int_equal(file_length(path), SIZE);
    assert_true(file_allocated(path) < 64 * MMV_MIB);
}

static void test_rows_far_apart(void **state)
{
    (void)state;
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++) {
        layout shape = {.record = 777, .offset = 12345, .stride = MMV_GIB + 4097, .records = 8};
        ledger book = {.shape = shape};
        mmv_walk_options options = options_for(&shape, NULL);
        options.io = (mmv_io)io;
        options.threads = 2;
        unsigned char before[777], after[777];
        uint64_t last = shape.offset + 7 * shape.stride;
        file_get(path, before, sizeof before, last);
        mmv_map *map = open_map(path, MMV_READ_WRITE);
        assert_ok(mmv_walk(map, &options, add_in_place, &book));
        mmv_map_close(&map);
        file_get(path, after, sizeof after, last);
        assert_int_equal(atomic_load(&book.records), 8);
        assert_int_equal(atomic_load(&book.wrong), 0);
        assert_memory_not_equal(before, after, sizeof before);
    }
}

/* Random leases all over the file, as data bases do. */
static void test_leases_all_over(void **state)
{
    mmv_pool *pool = NULL;
    mmv_cursor cursor;
    size_t left;
    (void)state;
    mmv_map *map = open_map(path, MMV_READ_WRITE);
    assert_ok(mmv_pool_create(NULL, &pool));
    assert_ok(mmv_cursor_open(pool, map, &cursor));
    for (unsigned i = 0; i < 500; i++) {
        uint64_t at;
        char byte;
        fill(&at, sizeof at, i);
        at %= SIZE - 8;
        char *data = mmv_acquire(&cursor, at, 8, &left);
        assert_status(cursor.status, MMV_OK);
        file_get(path, &byte, 1, at);
        assert_int_equal(*data, byte);
        if (i % 50 == 0)
            *data = (char)~byte;
        assert_ok(mmv_release(&cursor));
        file_get(path, &byte, 1, at);
        assert_int_equal(*(char *)mmv_acquire(&cursor, at, 8, &left), byte);
        assert_ok(mmv_release(&cursor));
    }
    mmv_pool_stats stats;
    mmv_pool_get_stats(pool, &stats);
    assert_true(stats.peak_mapped <= mmv_default_max_mapped());
    mmv_cursor_close(&cursor);
    mmv_pool_destroy(&pool);
    mmv_map_close(&map);
}

static void test_again_with_256_mib_of_address_space(void **state)
{
    (void)state;
    if (CHECK_SANITIZED)
        skip_because("a sanitizer needs the address space for itself");
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit limit = {256 * MMV_MIB, 256 * MMV_MIB};
        if (setrlimit(RLIMIT_AS, &limit) == 0)
            execl("/proc/self/exe", "test_walk_big", AGAIN, path, (char *)NULL);
        _exit(99);
    }
    int ending = -1;
    assert_true(child > 0 && waitpid(child, &ending, 0) == child);
    assert_true(WIFEXITED(ending));
    assert_int_equal(WEXITSTATUS(ending), 0);
}

static int make_big(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "%s", scratch("big"));
    file_sparse(path, SIZE);
    return 0;
}

/* An 8 GiB allocation must be beyond reach, or the limit is not in force. */
static void test_the_limit_is_in_force(void **state)
{
    struct rlimit limit;
    mmv_view view;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_AS, &limit), 0);
    assert_true(limit.rlim_cur == 256 * MMV_MIB);
    mmv_map *map = open_map(path, MMV_READ);
    assert_at(mmv_view_open(map, 0, 256 * MMV_MIB, &view), MMV_ENOMEM, "big");
    assert_true(mmv_default_max_mapped() <= 64 * MMV_MIB);
    mmv_map_close(&map);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_across_the_borders_in_place),
        cmocka_unit_test(test_rows_far_apart),
        cmocka_unit_test(test_leases_all_over),
        cmocka_unit_test(test_again_with_256_mib_of_address_space),
    };
    const struct CMUnitTest again[] = {
        cmocka_unit_test(test_the_limit_is_in_force),
        cmocka_unit_test(test_across_the_borders_in_place),
        cmocka_unit_test(test_rows_far_apart),
        cmocka_unit_test(test_leases_all_over),
    };
    if (count == 3 && strcmp(arguments[1], AGAIN) == 0) {
        snprintf(path, sizeof path, "%s", arguments[2]);
        return cmocka_run_group_tests(again, NULL, NULL);
    }
    return cmocka_run_group_tests(tests, make_big, NULL);
}
