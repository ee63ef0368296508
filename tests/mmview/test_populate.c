/* SPDX-License-Identifier: MIT */
/*
 * test_populate.c - a system that says that it populates pages, and leaves them out. What the library found is known
 * in the whole process: each case is a process of its own.
 */

#include "check.h"

#include "peers.h"
#include "scratch.h"

#include <mmview/range.h>
#include <mmview/view.h>
#include <mmview/walk.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE (3 * MMV_MIB)

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

int __real_madvise(void *address, size_t size, int advice);
int __wrap_madvise(void *address, size_t size, int advice);
int __real_mincore(void *address, size_t size, unsigned char *there);
int __wrap_mincore(void *address, size_t size, unsigned char *there);

/* What this process' system does. */
static enum { POPULATES, ONLY_SAYS_SO, REFUSES } system_does;
static int refuses_to_tell; /* an errno of mincore(2) */
static bool pages_come_late;
static unsigned populated, asked;

/* One that populates does so by storing: the system under the test may be an emulator that does not. */
static int populate_anonymous(char *address, size_t size)
{
    for (size_t at = 0; at < size; at += (size_t)sysconf(_SC_PAGESIZE))
        *(volatile char *)(address + at) = 0;
    return 0;
}

int __wrap_madvise(void *address, size_t size, int advice)
{
    if (advice != MADV_POPULATE_READ && advice != MADV_POPULATE_WRITE)
        return __real_madvise(address, size, advice);
    populated++;
    if (system_does == REFUSES)
        errno = EINVAL;
    /* Of more than a page it is the file's, which is in memory. */
    if (system_does == POPULATES && size <= (size_t)sysconf(_SC_PAGESIZE))
        return populate_anonymous(address, size);
    return system_does == REFUSES ? -1 : 0;
}

int __wrap_mincore(void *address, size_t size, unsigned char *there)
{
    asked++;
    errno = refuses_to_tell;
    if (refuses_to_tell)
        return -1;
    int result = __real_mincore(address, size, there);
    if (pages_come_late && asked == 1)
        *there = 0;
    return result;
}

/* The statuses of the three calls, which are the same. Not a status: they were not. */
static int status_of_populating(void)
{
    mmv_map *map;
    mmv_view view;
    assert_ok(mmv_map_open(scratch("file"), MMV_READ_WRITE, &map));
    assert_ok(mmv_view_open(map, 0, 0, &view));
    mmv_status status = mmv_view_advise(&view, MMV_ADVISE_POPULATE_READ);
    bool is_same = mmv_view_advise(&view, MMV_ADVISE_POPULATE_WRITE) == status &&
                   mmv_view_populate(&view, 5000, MMV_MIB, true) == status &&
                   mmv_view_populate(&view, 5000, MMV_MIB, false) == status;
    mmv_view_close(&view);
    mmv_map_close(&map);
    return is_same ? (int)status : 100;
}

static mmv_status add_one(const mmv_chunk *chunk, void *user)
{
    unsigned char *data = chunk->data;
    (void)user;
    for (size_t i = 0; i < chunk->count; i++)
        data[i]++;
    return MMV_OK;
}

static int walk(unsigned threads)
{
    const mmv_walk_options options = {.io = MMV_IO_MMAP, .threads = threads};
    mmv_map *map;
    assert_ok(mmv_map_open(scratch("file"), MMV_READ_WRITE, &map));
    mmv_status status = mmv_walk(map, &options, add_one, NULL);
    mmv_map_close(&map);
    return (int)status;
}

static int one_that_only_says_so(const char *name)
{
    (void)name;
    system_does = ONLY_SAYS_SO;
    return status_of_populating() == MMV_ENOTSUP ? 0 : 1;
}

static void test_what_only_says_so_is_not_supported(void **state)
{
    (void)state;
    assert_int_equal(in_child(one_that_only_says_so, ""), 0);
}

static int walk_where_it_only_says_so(const char *name)
{
    (void)name;
    system_does = ONLY_SAYS_SO;
    if (walk(1) != MMV_OK)
        return 1;
    /* The probe's own, and the walk's first. */
    if (asked == 0 || populated > asked + 1)
        return 2;
    return walk(3) == MMV_OK ? 0 : 3;
}

/* It asks for one step in vain, and changes each byte once. */
static void test_a_walk_goes_on_without(void **state)
{
    static unsigned char bytes[SIZE];
    (void)state;
    file_get(scratch("file"), bytes, SIZE, 0);
    assert_int_equal(in_child(walk_where_it_only_says_so, ""), 0);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (unsigned char)(bytes[i] + 2);
    assert_true(file_is(scratch("file"), bytes, SIZE));
}

static int one_that_populates(const char *name)
{
    (void)name;
    if (status_of_populating() != MMV_OK || status_of_populating() != MMV_OK)
        return 1;
    return asked == 1 ? 0 : 2;
}

static void test_a_process_asks_once(void **state)
{
    (void)state;
    assert_int_equal(in_child(one_that_populates, ""), 0);
}

static int one_that_swaps(const char *name)
{
    (void)name;
    pages_come_late = true;
    return status_of_populating() == MMV_OK && asked == 2 ? 0 : 1;
}

static void test_a_page_that_was_swapped_out(void **state)
{
    (void)state;
    assert_int_equal(in_child(one_that_swaps, ""), 0);
}

static int one_that_does_not_tell(const char *name)
{
    (void)name;
    system_does = ONLY_SAYS_SO;
    refuses_to_tell = EPERM;
    return status_of_populating() == MMV_OK ? 0 : 1;
}

static int one_that_refuses(const char *name)
{
    (void)name;
    system_does = REFUSES;
    return status_of_populating() == MMV_ENOTSUP && asked == 0 ? 0 : 1;
}

/* Where nobody can tell it is taken at its word. */
static void test_what_the_system_says_counts(void **state)
{
    (void)state;
    assert_int_equal(in_child(one_that_does_not_tell, ""), 0);
    assert_int_equal(in_child(one_that_refuses, ""), 0);
}

static int make_file(void **state)
{
    (void)state;
    file_make(scratch("file"), SIZE, 1);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_only_says_so_is_not_supported),
        cmocka_unit_test(test_a_walk_goes_on_without),
        cmocka_unit_test(test_a_process_asks_once),
        cmocka_unit_test(test_a_page_that_was_swapped_out),
        cmocka_unit_test(test_what_the_system_says_counts),
    };
    return cmocka_run_group_tests(tests, make_file, NULL);
}
