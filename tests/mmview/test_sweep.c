/* SPDX-License-Identifier: MIT */
/*
 * test_sweep.c - what the killed have left: nothing after the next call, whatever it is, and nothing else is taken.
 * MMV_TEST_KILLS says how many are killed; 10,000 are a campaign.
 */

#include "check.h"

#include "faults.h"
#include "left.h"
#include "os/machine.h"
#include "peers.h"
#include "scratch.h"

#include <signal.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)

/* A time that is later than all before: the clock of the library never goes back. */
static uint64_t later(void)
{
    static uint64_t latest;
    fault_ticks(0);
    uint64_t now = mmv__os_ticks();
    latest = (latest > now ? latest : now) + 100 * SECOND;
    return latest;
}

static int open_and_die(const char *name)
{
    if (left_open_all(name) != 0)
        return 1;
    raise(SIGKILL);
    return 2;
}

static int close_nothing(const char *name)
{
    return left_open_all(name);
}

/* So many leave 21 MB, which is what containers have at least. */
#define AT_ONCE 100u

static void kill_and_call(const char *name, unsigned count)
{
    mmv_shared_info info;
    uint64_t start = later();
    fault_ticks(start);
    mmv_shared_stat(name, &info);
    for (unsigned i = 0; i < count; i++) {
        char own[160];
        snprintf(own, sizeof own, "%s-%u", name, i);
        assert_int_equal(in_child(i % 2 ? open_and_die : close_nothing, own), i % 2 ? CHILD_KILLED : 0);
    }
    fault_ticks(start + 2 * SECOND);
    assert_status(mmv_shared_stat(name, &info), MMV_ENOENT);
    for (unsigned i = 0; i < count; i++) {
        char own[160];
        snprintf(own, sizeof own, "%s-%u", name, i);
        assert_int_equal(left_files_of(own), 0);
    }
}

static void test_the_next_call_sweeps_up_after_the_killed(void **state)
{
    const char *wanted = getenv("MMV_TEST_KILLS");
    unsigned kills = wanted ? (unsigned)atoi(wanted) : AT_ONCE;
    (void)state;
    peers_need_locks();
    const char *name = peers_name("killed");
    file_make(scratch("file"), 5000, 1);
    for (unsigned done = 0; done < kills; done += AT_ONCE)
        kill_and_call(name, kills - done < AT_ONCE ? kills - done : AT_ONCE);
}

/* By what call, and how often. The test's other processes may sweep as well, so nobody asks whether it is still there.
 */
static void test_who_sweeps_and_when(void **state)
{
    mmv_map *map;
    (void)state;
    peers_need_locks();
    const char *name = peers_name("sweeps");
    file_make(scratch("file"), 5000, 1);
    uint64_t start = later();
    fault_ticks(start);
    mmv_shared_stat(name, &(mmv_shared_info){0});
    fault_reset();
    fault_ticks(start + SECOND / 2);
    fault_at(FAULT_LIST, 100000, 1);
    mmv_shared_stat(name, &(mmv_shared_info){0});
    assert_int_equal(fault_count(FAULT_LIST), 0);
    fault_ticks(start + SECOND);
    mmv_shared_stat(name, &(mmv_shared_info){0});
    assert_int_equal(fault_count(FAULT_LIST), 2);
    for (unsigned i = 2; i < 7; i++) {
        assert_int_equal(in_child(open_and_die, name), CHILD_KILLED);
        fault_ticks(start + i * SECOND);
        if (i == 2)
            assert_status(mmv_map_open_named(name, MMV_READ, NULL, &map), MMV_ENOENT);
        else if (i == 3)
            assert_status(mmv_shared_remove(name), MMV_ENOENT);
        else if (i == 4)
            assert_int_equal(in_child(left_open_and_exit, peers_of(name, "another")), 0);
        else if (i == 5)
            assert_status(mmv_shared_set_permissions(name, 0600), MMV_ENOENT);
        else
            mmv_shared_sweep();
        assert_int_equal(left_files_of(name), 0);
    }
}

static uint64_t begun;

static void take_long(void)
{
    fault_ticks(begun + SECOND / 10);
}

/* Less than a fiftieth of the time, by whatever call. */
static void test_a_sweep_that_takes_long(void **state)
{
    mmv_map *map;
    (void)state;
    peers_need_locks();
    begun = later();
    fault_ticks(begun);
    fault_at(FAULT_LIST, 100000, 1);
    assert_ok(mmv_map_create_unnamed(10, MMV_READ, NULL, &map));
    mmv_map_close(&map);
    assert_int_equal(fault_count(FAULT_LIST), 0);
    fault_hook(FAULT_LIST, take_long);
    mmv_shared_stat("none", &(mmv_shared_info){0});
    assert_int_equal(fault_count(FAULT_LIST), 2);
    fault_ticks(begun + 5 * SECOND);
    mmv_shared_stat("none", &(mmv_shared_info){0});
    assert_int_equal(fault_count(FAULT_LIST), 2);
    fault_ticks(begun + 6 * SECOND);
    mmv_shared_stat("none", &(mmv_shared_info){0});
    assert_int_equal(fault_count(FAULT_LIST), 4);
}

#define MANY 4500u

/* Each looks at a part, and all together at all. */
static void test_a_sweep_of_many(void **state)
{
    char path[300];
    (void)state;
    peers_need_locks();
    const char *name = peers_name("many");
    snprintf(path, sizeof path, "%s", peers_path(peers_name("many-files")));
    size_t length = strlen(path);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(path + length, sizeof path - length, "-%u", i);
        file_put(path, "1", 1);
    }
    assert_int_equal(in_child(open_and_die, name), CHILD_KILLED);
    unsigned most = 0;
    for (unsigned i = 0; i < 3; i++) {
        fault_ticks(later());
        fault_at(FAULT_OPEN_SHARED, 1000000, 1);
        mmv_shared_stat("none", &(mmv_shared_info){0});
        unsigned opened = fault_count(FAULT_OPEN_SHARED);
        most = opened > most ? opened : most;
    }
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(path + length, sizeof path - length, "-%u", i);
        unlink(path);
    }
    assert_true(most > MANY / 2 && most < 2 * MANY - 100);
    assert_int_equal(left_files_of(name), 0);
}

/* A success does not say that something failed. */
static void test_sweeping_is_no_failure(void **state)
{
    mmv_map *map;
    (void)state;
    peers_need_locks();
    file_put(peers_path(peers_name("a file")), "1", 1);
    assert_bad(mmv_map_create_unnamed(0, MMV_READ, NULL, &map), MMV_ERANGE, "capacity");
    mmv_shared_sweep();
    assert_int_equal(mmv_last_error()->status, MMV_ERANGE);
    assert_true(file_exists(peers_path(peers_name("a file"))));
    unlink(peers_path(peers_name("a file")));
}

static void test_sweeping_takes_nothing_else(void **state)
{
    static const char *const others[] = {"result", "result.mmj.0-10", "result.mmu.1", "%zz", "%~0123"};
    (void)state;
    peers_need_locks();
    mmv_map *map = peers_map(peers_name("alive"));
    for (size_t i = 0; i < COUNT(others); i++)
        file_put(peers_path(peers_name(others[i])), "12345", 5);
    mmv_shared_sweep();
    for (size_t i = 0; i < COUNT(others); i++) {
        assert_true(file_is(peers_path(peers_name(others[i])), "12345", 5));
        unlink(peers_path(peers_name(others[i])));
    }
    assert_true(peers_exists(peers_name("alive")));
    mmv_map_close(&map);
}

/* As a result is called that is to be mmv.NAME, while it is written: it is no label. */
static void test_sweeping_takes_nothing_that_is_called_like_a_label(void **state)
{
    static const char *const contents[] = {"", "12345", "a result that is longer than a label is"};
    char path[300];
    (void)state;
    peers_need_locks();
    const char *name = peers_path(peers_name("result"));
    int front = (int)(strrchr(name, '/') + 1 - name);
    snprintf(path, sizeof path, "%.*s.%s.0123456789abcdef", front, name, name + front);
    for (size_t i = 0; i < COUNT(contents); i++) {
        file_put(path, contents[i], strlen(contents[i]));
        mmv_shared_sweep();
        assert_true(file_is(path, contents[i], strlen(contents[i])));
        unlink(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_the_next_call_sweeps_up_after_the_killed, fault_end),
        cmocka_unit_test_teardown(test_who_sweeps_and_when, fault_end),
        cmocka_unit_test_teardown(test_a_sweep_that_takes_long, fault_end),
        cmocka_unit_test_teardown(test_a_sweep_of_many, fault_end),
        cmocka_unit_test_teardown(test_sweeping_is_no_failure, fault_end),
        cmocka_unit_test_teardown(test_sweeping_takes_nothing_else, fault_end),
        cmocka_unit_test_teardown(test_sweeping_takes_nothing_that_is_called_like_a_label, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
