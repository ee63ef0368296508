/* SPDX-License-Identifier: MIT */
/*
 * test_leave.c - what a process leaves that closes nothing: nothing when it exits, and when it is killed nothing after
 * the next call. MMV_TEST_KILLS says how many are killed; 10,000 are a campaign.
 */

#include "check.h"

#include "faults.h"
#include "os/machine.h"
#include "os/name.h"
#include "peers.h"
#include "scratch.h"
#include "shared/names.h"
#include "shared/spelling.h"

#include <mmview/channel.h>

#include <fcntl.h>
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

static const char *long_name(const char *name)
{
    static char text[600];
    int length = snprintf(text, sizeof text, "%s-", name);
    memset(text + length, 'n', sizeof text - 1 - (size_t)length);
    return text;
}

/* One of each, open. What is never closed is static: it is no leak. */
static int open_all(const char *name)
{
    static mmv_map *map, *other, *image, *file;
    static mmv_mutex *mutex;
    static mmv_event *event;
    static mmv_semaphore *semaphore;
    static mmv_channel *channel;
    static mmv_view view;
    mmv_shared_options options = peers_options(MMV_OPEN_OR_CREATE);
    int failed = mmv_map_open_named(name, MMV_READ_WRITE, &options, &map) != MMV_OK;
    failed += failed || mmv_view_open(map, 0, 0, &view) != MMV_OK;
    failed += mmv_map_open_named(long_name(name), MMV_READ_WRITE, &options, &other) != MMV_OK;
    failed += mmv_map_open_named(peers_of(name, "a/b\n%"), MMV_READ, &options, &image) != MMV_OK;
    failed += mmv_mutex_open(peers_of(name, "mutex"), &options, &mutex) != MMV_OK;
    failed += failed || mmv_mutex_lock(mutex, 0) != MMV_OK;
    failed += mmv_event_open(peers_of(name, "event"), true, false, &options, &event) != MMV_OK;
    failed += mmv_semaphore_open(peers_of(name, "semaphore"), 1, 2, &options, &semaphore) != MMV_OK;
    failed += mmv_channel_open(peers_of(name, "channel"), MMV_CHANNEL_RECEIVE, &options, &channel) != MMV_OK;
    failed += mmv_map_open(scratch("file"), MMV_READ, &file) != MMV_OK;
    failed += failed || mmv_map_share(file, peers_of(name, "image"), NULL) != MMV_OK;
    return failed;
}

static int open_and_exit(const char *name)
{
    exit(open_all(name));
}

static int open_and_die(const char *name)
{
    if (open_all(name) != 0)
        return 1;
    raise(SIGKILL);
    return 2;
}

static int close_nothing(const char *name)
{
    return open_all(name);
}

struct count {
    const char *name;
    unsigned seen;
};

static bool count_file(const char *file, void *user)
{
    struct count *count = user;
    count->seen += strstr(file, count->name) != NULL;
    return true;
}

/* Files in the shared folder that have anything to do with a name, labels and the long name that goes with it, too. */
static unsigned files_of(const char *name)
{
    char sum[MMV__PART_MOST + 1], path[64];
    mmv__name_spell(long_name(name), sum);
    struct count count = {name, 0}, sums = {sum, 0};
    for (unsigned hidden = 0; hidden < 2; hidden++) {
        snprintf(path, sizeof path, "%s%s", mmv__os_shared_directory(), hidden ? ".mmv." : "mmv.");
        mmv__os_list(path, count_file, &count);
        mmv__os_list(path, count_file, &sums);
    }
    return count.seen + sums.seen;
}

static void test_an_exit_leaves_nothing(void **state)
{
    (void)state;
    peers_need_locks();
    const char *name = peers_name("exit");
    file_make(scratch("file"), 5000, 1);
    assert_int_equal(in_child(open_and_exit, name), 0);
    assert_int_equal(files_of(name), 0);
}

static int exit_at_once(const char *name)
{
    (void)name;
    exit(0);
}

static int open_and_leave_to_parent(const char *name)
{
    static mmv_map *map;
    return mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map) != MMV_OK;
}

/* It has all that its parent has open. */
static void test_the_exit_of_a_child_removes_nothing_of_its_parent(void **state)
{
    mmv_map *map, *again;
    (void)state;
    peers_need_locks();
    const char *name = peers_name("parent");
    map = peers_map(name);
    assert_int_equal(in_child(exit_at_once, name), 0);
    assert_true(peers_exists(name));
    assert_int_equal(in_child(open_and_leave_to_parent, name), 0);
    assert_ok(mmv_map_open_named(name, MMV_READ, NULL, &again));
    mmv_map_close(&again);
    mmv_map_close(&map);
    assert_false(peers_exists(name));
}

static int exit_with_a_lasting_one(const char *name)
{
    static mmv_map *map;
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    options.persist = true;
    exit(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map) != MMV_OK);
}

static void test_the_exit_leaves_what_persists_and_what_others_use(void **state)
{
    (void)state;
    peers_need_locks();
    const char *name = peers_name("lasting");
    assert_int_equal(in_child(exit_with_a_lasting_one, name), 0);
    assert_true(peers_exists(name));
    mmv_shared_sweep();
    assert_true(peers_exists(name));
    assert_ok(mmv_shared_remove(name));
    name = peers_name("used");
    file_make(scratch("file"), 5000, 1);
    mmv_map *map = peers_map(name);
    assert_int_equal(in_child(open_and_exit, name), 0);
    assert_true(peers_exists(name));
    mmv_map_close(&map);
    assert_int_equal(files_of(name), 0);
}

/* ---- killed ----------------------------------------------------------------------------------------------------- */

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
        assert_int_equal(files_of(own), 0);
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
        else if (i == 4) {
            assert_ok(mmv_map_create_unnamed(10, MMV_READ, NULL, &map));
            mmv_map_close(&map);
        } else if (i == 5)
            assert_status(mmv_shared_set_permissions(name, 0600), MMV_ENOENT);
        else
            mmv_shared_sweep();
        assert_int_equal(files_of(name), 0);
    }
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

static const char *looked_at;
static unsigned looks, unlocked;

/* As somebody who sweeps does, at each moment of the way out. */
static void look_whether_it_is_locked(void)
{
    int descriptor = open(peers_path(looked_at), O_RDWR);
    if (descriptor < 0)
        return;
    looks++;
    unlocked += !mmv__os_is_locked(descriptor, MMV__LIFE, 1);
    close(descriptor);
}

/* Otherwise it could be there for a moment after its last user has left, in the hands of who sweeps. */
static void test_who_leaves_alone_is_never_found_stale(void **state)
{
    (void)state;
    peers_need_locks();
    const char *name = peers_name("alone");
    mmv_map *map = peers_map(name);
    looked_at = name;
    looks = unlocked = 0;
    fault_hook(FAULT_FACTS, look_whether_it_is_locked);
    fault_hook(FAULT_REMOVE, look_whether_it_is_locked);
    mmv_map_close(&map);
    fault_reset();
    assert_true(looks > 0);
    assert_int_equal(unlocked, 0);
    assert_false(peers_exists(name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_an_exit_leaves_nothing, fault_end),
        cmocka_unit_test_teardown(test_the_exit_of_a_child_removes_nothing_of_its_parent, fault_end),
        cmocka_unit_test_teardown(test_the_exit_leaves_what_persists_and_what_others_use, fault_end),
        cmocka_unit_test_teardown(test_the_next_call_sweeps_up_after_the_killed, fault_end),
        cmocka_unit_test_teardown(test_who_sweeps_and_when, fault_end),
        cmocka_unit_test_teardown(test_who_leaves_alone_is_never_found_stale, fault_end),
        cmocka_unit_test_teardown(test_sweeping_is_no_failure, fault_end),
        cmocka_unit_test_teardown(test_sweeping_takes_nothing_else, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
