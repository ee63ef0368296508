/* SPDX-License-Identifier: MIT */
/* test_own.c - which files are taken for the library's own, and which only look like them. */

#include "check.h"

#include "scratch.h"

#include <mmview/journal.h>
#include <mmview/walk.h>

static mmv_own_kind kind_at(const char *path)
{
    mmv_map *map;
    assert_ok(mmv_map_open(path, MMV_READ, &map));
    mmv_own_kind kind = mmv_map_own_kind(map);
    mmv_map_close(&map);
    return kind;
}

static mmv_own_kind kind_of(const char *bytes, size_t size)
{
    file_put(scratch("file"), bytes, size);
    return kind_at(scratch("file"));
}

static void test_eight_bytes_decide(void **state)
{
    (void)state;
    assert_int_equal(kind_of("mmvjrnl", 8), MMV_OWN_JOURNAL);
    assert_int_equal(kind_of("mmvjobs\0more", 12), MMV_OWN_JOB);
    assert_int_equal(kind_of("mmvmark", 8), MMV_OWN_MARK);
    assert_int_equal(kind_of("mmvzzzz", 8), MMV_OWN_OTHER);
    assert_int_equal(kind_of("", 0), MMV_OWN_NOT);
    assert_int_equal(kind_of("mmvjrnl", 7), MMV_OWN_NOT);
    assert_int_equal(kind_of("mmvjrnl\n", 8), MMV_OWN_NOT);
    assert_int_equal(kind_of("mmvJrnl", 8), MMV_OWN_NOT);
    assert_int_equal(kind_of("mmvjr1l", 8), MMV_OWN_NOT);
    assert_int_equal(kind_of("mmwjrnl", 8), MMV_OWN_NOT);
    assert_int_equal(kind_of("\0mmvjrnl", 9), MMV_OWN_NOT);
}

static mmv_status give_up(const mmv_chunk *chunk, void *user)
{
    (void)chunk, (void)user;
    return MMV_ESTOPPED;
}

static void test_an_interrupted_run_leaves_one(void **state)
{
    const mmv_journal_options how = {.mode = MMV_JOURNAL_KILL, .operation = "nothing", .files = 1};
    mmv_journal *journal;
    mmv_map *map;
    (void)state;
    file_make(scratch("image"), 100000, 1);
    assert_ok(mmv_map_open(scratch("image"), MMV_READ_WRITE, &map));
    assert_ok(mmv_journal_open(scratch("journal"), &how, &journal));
    assert_status(mmv_walk(map, &(mmv_walk_options){.record_size = 1, .journal = journal}, give_up, NULL),
                  MMV_ESTOPPED);
    assert_int_equal(mmv_map_own_kind(map), MMV_OWN_NOT);
    mmv_journal_close(&journal);
    mmv_map_close(&map);
    assert_int_equal(kind_at(scratch("journal")), MMV_OWN_JOURNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eight_bytes_decide),
        cmocka_unit_test(test_an_interrupted_run_leaves_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
