/* SPDX-License-Identifier: MIT */
/*
 * test_walk_spacing.c - a mapped walk populates every page, unless the guard is on and faults were few. The counts of
 * faults are the test's own here, so that it does not matter how large the page cache's pieces are.
 */

#include "walks.h"

#include <errno.h>
#include <string.h>

#define STEP (2 * MMV_MIB)
#define STEPS 6
#define SIZE ((size_t)(STEPS * STEP))
#define PAGE 4096

static char path[512];
static unsigned char content[SIZE];

/* What the walk asked for, by the page of the file; one thread only. */
static bool populated[SIZE / PAGE];
static const char *window; /* memory of file byte 0: the walk has one window */
static uint64_t faults;

int __real_mmv__os_advise(void *address, size_t size, mmv_advice advice);
int __wrap_mmv__os_advise(void *address, size_t size, mmv_advice advice);
bool __wrap_mmv__os_thread_faults(uint64_t *faults_ret);

int __wrap_mmv__os_advise(void *address, size_t size, mmv_advice advice)
{
    if (advice == MMV_ADVISE_DONT_NEED)
        return __real_mmv__os_advise(address, size, advice);
    if (!window)
        window = address;
    for (size_t i = 0; i < size; i += PAGE)
        populated[((const char *)address + i - window) / PAGE] = true;
    faults++;
    int error = __real_mmv__os_advise(address, size, advice);
    /* Where nothing can be populated the walk's own part is the same. */
    return error == ENOTSUP ? 0 : error;
}

bool __wrap_mmv__os_thread_faults(uint64_t *faults_ret)
{
    *faults_ret = faults;
    return true;
}

static unsigned populated_in(unsigned step)
{
    unsigned count = 0;
    for (size_t i = 0; i < STEP / PAGE; i++)
        count += populated[step * (STEP / PAGE) + i];
    return count;
}

struct work {
    unsigned steps;
    unsigned faults_in; /* the step whose work takes many faults; STEPS = none */
    unsigned cut_in;    /* the step in which the file is cut within the step; STEPS = none */
};

static mmv_status add_one(const mmv_chunk *chunk, void *user)
{
    struct work *work = user;
    unsigned char *data = chunk->data;
    if (work->steps == work->faults_in)
        faults += 100;
    if (work->steps == work->cut_in)
        file_cut(path, chunk->offset + STEP / 2 + 3 * PAGE + 7);
    work->steps++;
    for (size_t i = 0; i < chunk->count; i++)
        data[i]++;
    return MMV_OK;
}

static mmv_status walk(struct work *work)
{
    const mmv_walk_options options = {.io = MMV_IO_MMAP, .threads = 1, .window = SIZE};
    mmv_map *map;
    memset(populated, 0, sizeof populated);
    window = NULL;
    faults = 0;
    fill(content, SIZE, 1);
    file_put(path, content, SIZE);
    assert_ok(mmv_map_open(path, MMV_READ_WRITE, &map));
    mmv_status status = mmv_walk(map, &options, add_one, work);
    mmv_map_close(&map);
    return status;
}

static void check_file(void)
{
    for (size_t i = 0; i < SIZE; i++)
        content[i]++;
    assert_true(file_is(path, content, SIZE));
}

static void test_without_the_guard_every_page(void **state)
{
    struct work work = {.faults_in = STEPS, .cut_in = STEPS};
    (void)state;
    assert_ok(walk(&work));
    for (unsigned step = 0; step < STEPS; step++)
        assert_int_equal(populated_in(step), STEP / PAGE);
    check_file();
}

static void test_with_the_guard_what_was_learnt(void **state)
{
    struct work work = {.faults_in = STEPS, .cut_in = STEPS};
    (void)state;
    assert_ok(mmv_guard_enable());
    assert_ok(walk(&work));
    assert_int_equal(populated_in(0), STEP / PAGE);
    /* One fault brought 2 MiB; one page per MiB is asked for at the most. */
    for (unsigned step = 1; step < STEPS; step++)
        assert_int_equal(populated_in(step), 2);
    check_file();
    mmv_guard_disable();
}

static void test_faults_in_the_work_end_it(void **state)
{
    struct work work = {.faults_in = 2, .cut_in = STEPS};
    (void)state;
    assert_ok(mmv_guard_enable());
    assert_ok(walk(&work));
    assert_int_equal(populated_in(2), 2);
    assert_int_equal(populated_in(3), STEP / PAGE);
    check_file();
    mmv_guard_disable();
}

/* The pages behind the new end were not populated: touching them is the guard's business. */
static void test_cut_where_nothing_was_populated(void **state)
{
    struct work work = {.faults_in = STEPS, .cut_in = 3};
    (void)state;
    assert_ok(mmv_guard_enable());
    assert_at(walk(&work), MMV_ETRUNC, path);
    /* Of the page that the new end lies in the system still shows the rest. */
    assert_true(mmv_last_error()->offset > 3 * STEP + STEP / 2);
    assert_true(mmv_last_error()->offset < 4 * STEP);
    mmv_guard_disable();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_the_guard_every_page),
        cmocka_unit_test(test_with_the_guard_what_was_learnt),
        cmocka_unit_test(test_faults_in_the_work_end_it),
        cmocka_unit_test(test_cut_where_nothing_was_populated),
    };
    snprintf(path, sizeof path, "%s", scratch("file"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
