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
#include "shared/label.h"
#include "shared/names.h"
#include "shared/spelling.h"

#include <mmview/channel.h>

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

static const char *looked_at;

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

/* The first process of a container of its own has the number of its parent, and may have started in the same tick. */
static int exit_in_a_container(const char *name)
{
    mmv_shared_info info;
    int status = 1;
    pid_t parent = fork();
    if (parent == 0) {
        static mmv_map *map;
        mmv_shared_options options = peers_options(MMV_CREATE_NEW);
        if (mmv_map_open_named(name, MMV_READ_WRITE, &options, &map) != MMV_OK || unshare(CLONE_NEWPID) != 0)
            _exit(2);
        pid_t child = fork();
        if (child == 0)
            exit(0);
        waitpid(child, NULL, 0);
        _exit(mmv_shared_stat(name, &info) != MMV_OK);
    }
    return waitpid(parent, &status, 0) == parent ? WEXITSTATUS(status) : 3;
}

static int try_a_container(const char *name)
{
    return unshare(CLONE_NEWPID) != 0 ? 77 : exit_in_a_container(name);
}

static void test_a_container_within_a_container(void **state)
{
    (void)state;
    peers_need_locks();
    for (unsigned i = 0; i < 20; i++) {
        int status = in_child(try_a_container, peers_name("container"));
        if (status == 77)
            skip_because("this process may not make a name space of processes");
        assert_int_equal(status, 0);
    }
}

static int exit_without_a_descriptor(const char *name)
{
    static mmv_map *map;
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    int failed = mmv_map_open_named(name, MMV_READ_WRITE, &options, &map) != MMV_OK;
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_NOFILE, &none);
    exit(failed);
}

static void test_an_exit_needs_no_descriptor(void **state)
{
    (void)state;
    peers_need_locks();
    if (CHECK_SANITIZED)
        skip_because("a sanitizer opens files at the exit");
    const char *name = peers_name("full");
    assert_int_equal(in_child(exit_without_a_descriptor, name), 0);
    assert_int_equal(files_of(name), 0);
}

static void *come_and_go(void *user)
{
    const char *name = user;
    mmv_shared_options options = peers_options(MMV_OPEN_OR_CREATE);
    for (;;) {
        mmv_map *map;
        if (mmv_map_open_named(name, MMV_READ_WRITE, &options, &map) == MMV_OK)
            mmv_map_close(&map);
    }
    return NULL;
}

static int exit_beside_threads(const char *name)
{
    pthread_t thread;
    static char own[160];
    snprintf(own, sizeof own, "%s", name);
    for (unsigned i = 0; i < 2; i++)
        if (pthread_create(&thread, NULL, come_and_go, own) != 0)
            return 1;
    usleep(2000);
    exit(0);
}

/* They go on until the process is gone. */
static void test_an_exit_beside_threads_that_open(void **state)
{
    (void)state;
    peers_need_locks();
    const char *name = peers_name("threads");
    for (unsigned i = 0; i < 150; i++) {
        assert_int_equal(in_child(exit_beside_threads, name), 0);
        assert_int_equal(files_of(name), 0);
    }
}

static int turns[2];

/* A daemon: the first process ends, and its child goes on with what was open. */
static int become_a_daemon(const char *name)
{
    static mmv_map *map, *before, *after;
    char turn;
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    int failed = mmv_map_open_named(name, MMV_READ_WRITE, &options, &map) != MMV_OK;
    failed += mmv_map_open_named(peers_of(name, "before"), MMV_READ_WRITE, &options, &before) != MMV_OK;
    if (fork() == 0) {
        close(turns[1]);
        _exit(read(turns[0], &turn, 1) != 0);
    }
    failed += mmv_map_open_named(peers_of(name, "after"), MMV_READ_WRITE, &options, &after) != MMV_OK;
    exit(failed);
}

static void test_a_child_that_goes_on(void **state)
{
    (void)state;
    peers_need_locks();
    const char *name = peers_name("daemon");
    assert_int_equal(pipe(turns), 0);
    assert_int_equal(in_child(become_a_daemon, name), 0);
    mmv_shared_sweep();
    assert_true(peers_exists(name));
    assert_true(peers_exists(peers_of(name, "before")));
    assert_false(peers_exists(peers_of(name, "after")));
    close(turns[1]);
    close(turns[0]);
    for (unsigned tried = 0; tried < 2000 && files_of(name) != 0; tried++) {
        usleep(1000);
        mmv_shared_sweep();
    }
    assert_int_equal(files_of(name), 0);
}

static mmv_map *parents;

/* Its list begins empty: what it has from its parent can be closed, and its own is left. */
static int close_the_parents_and_exit(const char *name)
{
    static mmv_map *map;
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    int failed = mmv_map_open_named(peers_of(name, "child"), MMV_READ_WRITE, &options, &map) != MMV_OK;
    mmv_map_close(&parents);
    exit(failed);
}

static void test_a_child_closes_what_its_parent_has_opened(void **state)
{
    (void)state;
    peers_need_locks();
    const char *name = peers_name("inherited");
    mmv_map *before = peers_map(peers_of(name, "before"));
    mmv_map *after = peers_map(peers_of(name, "after"));
    parents = peers_map(name);
    assert_int_equal(in_child(close_the_parents_and_exit, name), 0);
    assert_true(peers_exists(peers_of(name, "before")));
    assert_true(peers_exists(peers_of(name, "after")));
    assert_false(peers_exists(peers_of(name, "child")));
    mmv_map_close(&parents);
    mmv_map_close(&after);
    mmv_map_close(&before);
    assert_int_equal(files_of(name), 0);
}

/* ---- maps that nobody may write --------------------------------------------------------------------------------- */

static bool is_writable;

static void look_at_the_mode(void)
{
    struct stat facts;
    is_writable |= stat(peers_path(looked_at), &facts) == 0 && (facts.st_mode & 0222u);
}

/* As somebody whose rights the mode bits decide. */
static int read_as_nobody(const char *name)
{
    mmv_map *map, *other;
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 1;
    options.limits = 1;
    if (mmv_map_open_named(name, MMV_READ, &options, &map) != MMV_OK)
        return 2;
    looked_at = name;
    fault_at(FAULT_PERMISSIONS, 100000, 1);
    fault_hook(FAULT_LOCK, look_at_the_mode);
    for (unsigned i = 0; i < 20; i++) {
        if (mmv_map_open_named(name, MMV_READ, NULL, &other) != MMV_OK)
            return 3;
        mmv_map_close(&other);
    }
    if (mmv_map_open_named(name, MMV_READ, NULL, &other) != MMV_OK)
        return 4;
    mmv_map_close(&map);
    if (!peers_exists(name))
        return 5;
    mmv_map_close(&other);
    if (is_writable || fault_count(FAULT_PERMISSIONS) != 0)
        return 6;
    fault_reset();
    return files_of(name) != 0 ? 7 : 0;
}

static void test_a_map_for_reading_is_never_writable(void **state)
{
    (void)state;
    peers_need_locks();
    assert_int_equal(in_child(read_as_nobody, peers_name("reading")), 0);
}

static mmv_map *reader;
static int removing = -1;
static unsigned steps;

/* It has looked whether anybody uses the map, and takes the name away. */
static void go_on_removing(void)
{
    if (++steps != 3)
        return;
    unlink(peers_path(looked_at));
    close(removing);
}

/* The last reader leaves when the next one has seen him, and is about to lock the map. */
static void begin_to_remove(void)
{
    mmv__os_facts facts;
    int descriptor = mmv_map_descriptor(reader);
    fault_hook(FAULT_LOCK, NULL);
    assert_int_equal(mmv__os_get_facts(descriptor, &facts), 0);
    assert_int_equal(mmv__label_lock(peers_path(looked_at), descriptor, &facts, MMV__REMOVAL, &removing), 0);
    mmv__os_unlock(descriptor, MMV__LIFE, 1);
    fault_hook(FAULT_OPEN_SHARED, go_on_removing);
}

static void test_who_comes_while_a_map_for_reading_goes(void **state)
{
    mmv_map *map;
    (void)state;
    peers_need_locks();
    looked_at = peers_name("going");
    mmv_shared_stat(looked_at, &(mmv_shared_info){0});
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    options.limits = 1;
    assert_ok(mmv_map_open_named(looked_at, MMV_READ, &options, &map));
    assert_ok(mmv_map_open_named(looked_at, MMV_READ, NULL, &reader));
    mmv_map_close(&map);
    steps = 0;
    fault_hook(FAULT_LOCK, begin_to_remove);
    assert_status(mmv_map_open_named(looked_at, MMV_READ, NULL, &map), MMV_ENOENT);
    fault_reset();
    mmv_map_close(&reader);
    assert_int_equal(files_of(looked_at), 0);
}

#define READERS 4
#define ROUNDS 300

static int read_and_leave(const char *name)
{
    mmv_map *map;
    mmv_shared_options options = peers_options(MMV_OPEN_OR_CREATE);
    options.limits = 1;
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 1;
    for (unsigned i = 0; i < ROUNDS; i++) {
        if (mmv_map_open_named(name, MMV_READ, &options, &map) != MMV_OK)
            return 2;
        /* While it is open it has its name. */
        if (!peers_exists(name))
            return 3;
        mmv_map_close(&map);
    }
    return 0;
}

static void test_readers_come_and_go(void **state)
{
    pid_t readers[READERS];
    int failed = 0;
    (void)state;
    peers_need_locks();
    const char *name = peers_name("readers");
    for (unsigned i = 0; i < READERS; i++)
        readers[i] = start_child(read_and_leave, name);
    for (unsigned i = 0; i < READERS; i++)
        failed |= child_wait(readers[i]);
    assert_int_equal(failed, 0);
    assert_int_equal(files_of(name), 0);
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
        else if (i == 4)
            assert_int_equal(in_child(open_and_exit, peers_of(name, "another")), 0);
        else if (i == 5)
            assert_status(mmv_shared_set_permissions(name, 0600), MMV_ENOENT);
        else
            mmv_shared_sweep();
        assert_int_equal(files_of(name), 0);
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
    assert_int_equal(files_of(name), 0);
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
        cmocka_unit_test_teardown(test_a_container_within_a_container, fault_end),
        cmocka_unit_test_teardown(test_an_exit_needs_no_descriptor, fault_end),
        cmocka_unit_test_teardown(test_an_exit_beside_threads_that_open, fault_end),
        cmocka_unit_test_teardown(test_a_child_closes_what_its_parent_has_opened, fault_end),
        cmocka_unit_test_teardown(test_a_child_that_goes_on, fault_end),
        cmocka_unit_test_teardown(test_a_map_for_reading_is_never_writable, fault_end),
        cmocka_unit_test_teardown(test_who_comes_while_a_map_for_reading_goes, fault_end),
        cmocka_unit_test_teardown(test_readers_come_and_go, fault_end),
        cmocka_unit_test_teardown(test_the_exit_leaves_what_persists_and_what_others_use, fault_end),
        cmocka_unit_test_teardown(test_the_next_call_sweeps_up_after_the_killed, fault_end),
        cmocka_unit_test_teardown(test_who_sweeps_and_when, fault_end),
        cmocka_unit_test_teardown(test_who_leaves_alone_is_never_found_stale, fault_end),
        cmocka_unit_test_teardown(test_a_sweep_that_takes_long, fault_end),
        cmocka_unit_test_teardown(test_a_sweep_of_many, fault_end),
        cmocka_unit_test_teardown(test_sweeping_is_no_failure, fault_end),
        cmocka_unit_test_teardown(test_sweeping_takes_nothing_else, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
