/* SPDX-License-Identifier: MIT */
/*
 * test_retire_limits.c - views that are retired at the system's limits of mappings and of addresses: each is retired as
 * a whole, or is as it was.
 */

#include "check.h"

#include "peers.h"
#include "scratch.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define PAGES 64u
#define ROUNDS 80u

static size_t page;

static size_t read_number(const char *path)
{
    unsigned long number = 0;
    FILE *file = fopen(path, "r");
    bool is_read = file && fscanf(file, "%lu", &number) == 1;
    if (file)
        fclose(file);
    return is_read ? number : 0;
}

/* In pieces: every other page of it is a mapping of its own. */
static bool make_view(mmv_map **map_ret, mmv_view *view_ret, bool in_pieces)
{
    *map_ret = NULL;
    if (mmv_map_open(scratch("file"), MMV_READ_WRITE, map_ret) != MMV_OK)
        return false;
    if (mmv_view_open(*map_ret, 0, 0, view_ret) != MMV_OK) {
        mmv_map_close(map_ret);
        return false;
    }
    for (unsigned i = 0; in_pieces && i < PAGES; i += 2)
        if (madvise((char *)view_ret->data + i * page, page, MADV_DONTFORK) != 0)
            break;
    return true;
}

/* How many of its pages are zeros; the file has none such. */
static unsigned zeros_of(const mmv_view *view)
{
    unsigned zeros = 0;
    for (unsigned i = 0; i < PAGES; i++)
        zeros += ((const volatile char *)view->data)[i * page + 1] == 0;
    return zeros;
}

struct outcome {
    unsigned retired, refused, other;
};

/* All of it or nothing; and what is refused goes on, and can be retired later. */
static bool retire(mmv_view *view, struct outcome *outcome)
{
    mmv_status status = mmv_view_retire(view);
    outcome->retired += status == MMV_OK;
    outcome->refused += status == MMV_ENOMEM;
    outcome->other += status != MMV_OK && status != MMV_ENOMEM;
    outcome->other += zeros_of(view) != (status == MMV_OK ? PAGES : 0);
    if (status != MMV_OK) {
        ((volatile char *)view->data)[0] = 'r';
        outcome->other += mmv_view_flush(view, 0, 0, MMV_FLUSH_START) != MMV_OK;
    }
    return status == MMV_OK;
}

/* 0 = both came out, and nothing else. */
static int result_of(const struct outcome *outcome)
{
    return outcome->other ? 1 : outcome->retired == 0 ? 2 : outcome->refused == 0 ? 3 : 0;
}

/* ---- mappings --------------------------------------------------------------------------------------------------- */

static char *filler;
static size_t fillers;

/* Pages that may be read among such that may not: the system cannot make one mapping of them. */
static bool fill_up(void)
{
    size_t most = read_number("/proc/sys/vm/max_map_count");
    if (most == 0 || most > 200000)
        return false;
    filler = mmap(NULL, 2 * most * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    while (filler != MAP_FAILED && mprotect(filler + 2 * fillers * page, page, PROT_READ) == 0)
        fillers++;
    return filler != MAP_FAILED;
}

/* A page in the middle makes three mappings one; the first one makes two one, and comes again. */
static void free_one(unsigned round)
{
    if (round % 2) {
        mprotect(filler, page, PROT_READ);
        fillers--;
        mprotect(filler + 2 * fillers * page, page, PROT_NONE);
    } else
        mprotect(filler, page, PROT_NONE);
}

static int retire_with_few_mappings(const char *how)
{
    struct outcome outcome = {0};
    bool in_pieces = how[0] == 'p';
    page = (size_t)sysconf(_SC_PAGESIZE);
    if (!fill_up())
        return 77;
    for (unsigned i = 0; i < ROUNDS; i++) {
        mmv_map *map;
        mmv_view view;
        free_one(i);
        if (!make_view(&map, &view, in_pieces))
            continue;
        retire(&view, &outcome);
        mmv_view_close(&view);
        mmv_map_close(&map);
    }
    return result_of(&outcome);
}

static void run(int (*child)(const char *how), const char *how)
{
    file_make(scratch("file"), PAGES * (size_t)sysconf(_SC_PAGESIZE), 1);
    for (unsigned i = 0; i < PAGES; i++)
        file_put_at(scratch("file"), "ab", 2, i * (size_t)sysconf(_SC_PAGESIZE));
    int status = in_child(child, how);
    if (status == 77)
        skip_because("the limit is not known here, or too far away");
    assert_int_equal(status, 0);
}

static void test_with_few_mappings_left(void **state)
{
    (void)state;
    if (CHECK_SANITIZED)
        skip_because("a sanitizer needs mappings itself");
    run(retire_with_few_mappings, "whole");
}

static void test_in_pieces_with_few_mappings_left(void **state)
{
    (void)state;
    if (CHECK_SANITIZED)
        skip_because("a sanitizer needs mappings itself");
    run(retire_with_few_mappings, "pieces");
}

/* ---- addresses -------------------------------------------------------------------------------------------------- */

static int retire_with_few_addresses(const char *how)
{
    struct outcome outcome = {0};
    page = (size_t)sysconf(_SC_PAGESIZE);
    for (unsigned room = 0; room <= 2 * PAGES; room += PAGES / 4) {
        mmv_map *map;
        mmv_view view;
        struct rlimit before, few;
        if (!make_view(&map, &view, how[0] == 'p') || getrlimit(RLIMIT_AS, &before) != 0)
            return 9;
        few = before;
        few.rlim_cur = (read_number("/proc/self/statm") + room) * page;
        setrlimit(RLIMIT_AS, &few);
        bool is_retired = retire(&view, &outcome);
        setrlimit(RLIMIT_AS, &before);
        if (!is_retired && (mmv_view_retire(&view) != MMV_OK || zeros_of(&view) != PAGES))
            return 8;
        mmv_view_close(&view);
        mmv_map_close(&map);
    }
    return result_of(&outcome);
}

static void test_with_few_addresses_left(void **state)
{
    (void)state;
    if (CHECK_SANITIZED)
        skip_because("a sanitizer has reserved more addresses than that");
    run(retire_with_few_addresses, "whole");
    run(retire_with_few_addresses, "pieces");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_with_few_mappings_left),
        cmocka_unit_test(test_in_pieces_with_few_mappings_left),
        cmocka_unit_test(test_with_few_addresses_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
