/* SPDX-License-Identifier: MIT */
/* test_leave.c - what a process that exits leaves when it closes nothing, and who may leave at the same time. */

#include "check.h"

#include "faults.h"
#include "left.h"
#include "os/machine.h"
#include "os/name.h"
#include "os/sync.h"
#include "peers.h"
#include "scratch.h"
#include "shared/label.h"
#include "shared/names.h"

#include <mmview/channel.h>

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *looked_at;

static void test_an_exit_leaves_nothing(void **state)
{
    (void)state;
    peers_need_locks();
    const char *name = peers_name("exit");
    file_make(scratch("file"), 5000, 1);
    assert_int_equal(in_child(left_open_and_exit, name), 0);
    assert_int_equal(left_files_of(name), 0);
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
    assert_int_equal(left_files_of(name), 0);
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
        assert_int_equal(left_files_of(name), 0);
    }
}

static void *ask_who(void *user)
{
    *(mmv__os_self *)user = mmv__os_who();
    return NULL;
}

/* The exit asks in one thread what another one has noted. */
static void test_all_threads_are_of_one_process(void **state)
{
    mmv__os_self first = mmv__os_who(), later = {0};
    pthread_t thread;
    (void)state;
    /* Some ticks of the system. */
    usleep(50000);
    assert_int_equal(pthread_create(&thread, NULL, ask_who, &later), 0);
    pthread_join(thread, NULL);
    assert_int_equal(later.number, first.number);
    assert_int_equal(later.start, first.start);
}

/* ---- a thread that does not get done ---------------------------------------------------------------------------- */

static const fault_call steps_of_opening[] = {FAULT_CREATE_HIDDEN, FAULT_LOCK, FAULT_FACTS, FAULT_PUBLISH};
static _Thread_local bool is_opener;
static _Atomic bool is_stuck, is_through;
static unsigned steps_to_go;
static fault_call stuck_at;

static void be_stuck(void)
{
    if (!is_opener || steps_to_go-- != 0)
        return;
    is_stuck = true;
    for (;;)
        pause();
}

static void *open_and_be_stuck(void *user)
{
    static mmv_map *map;
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    is_opener = true;
    mmv_map_open_named(user, MMV_READ_WRITE, &options, &map);
    is_through = true;
    return NULL;
}

#define THROUGH 3 /* the exit status when the thread was not stuck */

static int exit_beside_a_stuck_thread(const char *name)
{
    pthread_t thread;
    static char own[160];
    snprintf(own, sizeof own, "%s", name);
    fault_hook(stuck_at, be_stuck);
    if (pthread_create(&thread, NULL, open_and_be_stuck, own) != 0 || pthread_detach(thread) != 0)
        return 1;
    while (!is_stuck && !is_through)
        usleep(100);
    exit(is_through ? THROUGH : 0);
}

/* Any call that looks at a name, of a process that has not swept for long. */
static int look_at_another(const char *name)
{
    mmv_shared_info info;
    fault_ticks(mmv__os_ticks() + UINT64_C(1000000000000));
    return mmv_shared_stat(peers_of(name, "another"), &info) != MMV_ENOENT;
}

/* The exit does not wait for long, and what the thread had made by then is for the next call. */
static void test_an_exit_beside_a_thread_that_is_stuck(void **state)
{
    unsigned exits = 0, left = 0;
    (void)state;
    peers_need_locks();
    const char *name = peers_name("stuck");
    for (size_t i = 0; i < COUNT(steps_of_opening); i++) {
        int status;
        stuck_at = steps_of_opening[i];
        for (steps_to_go = 0; (status = in_child(exit_beside_a_stuck_thread, name)) == 0; steps_to_go++) {
            exits++;
            left += left_files_of(name) != 0;
            assert_int_equal(in_child(look_at_another, name), 0);
            assert_int_equal(left_files_of(name), 0);
        }
        assert_int_equal(status, THROUGH);
        assert_int_equal(left_files_of(name), 0);
    }
    assert_true(exits >= COUNT(steps_of_opening));
    assert_true(left > 0);
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
    for (unsigned tried = 0; tried < 2000 && left_files_of(name) != 0; tried++) {
        usleep(1000);
        mmv_shared_sweep();
    }
    assert_int_equal(left_files_of(name), 0);
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
    assert_int_equal(left_files_of(name), 0);
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
    return left_files_of(name) != 0 ? 7 : 0;
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

/* Another one begins to take the name away. */
static void lock_the_label(void)
{
    mmv__os_facts facts;
    int descriptor = mmv_map_descriptor(reader);
    fault_hook(FAULT_LOCK, NULL);
    assert_int_equal(mmv__os_get_facts(descriptor, &facts), 0);
    assert_int_equal(mmv__label_open(peers_path(looked_at), descriptor, &facts, true, &removing), 0);
    assert_int_equal(mmv__os_lock(removing, true, MMV__REMOVAL, 1), 0);
}

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
    lock_the_label();
    mmv__os_unlock(mmv_map_descriptor(reader), MMV__LIFE, 1);
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
    assert_int_equal(left_files_of(looked_at), 0);
}

static void be_done_later(void)
{
    if (++steps == 3)
        close(removing);
}

/* Another one looks whether the map is used, sees who leaves just now, and leaves it alone. */
static void look_and_leave(void)
{
    lock_the_label();
    fault_reset();
    steps = 0;
    fault_hook(FAULT_LOCK, be_done_later);
}

static void test_two_who_leave_a_map_for_reading_at_once(void **state)
{
    (void)state;
    peers_need_locks();
    looked_at = peers_name("two");
    mmv_shared_stat(looked_at, &(mmv_shared_info){0});
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    options.limits = 1;
    assert_ok(mmv_map_open_named(looked_at, MMV_READ, &options, &reader));
    fault_hook(FAULT_LOCK, look_and_leave);
    mmv_map_close(&reader);
    fault_reset();
    assert_int_equal(left_files_of(looked_at), 0);
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
    assert_int_equal(left_files_of(name), 0);
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
    assert_int_equal(in_child(left_open_and_exit, name), 0);
    assert_true(peers_exists(name));
    mmv_map_close(&map);
    assert_int_equal(left_files_of(name), 0);
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
        cmocka_unit_test(test_all_threads_are_of_one_process),
        cmocka_unit_test_teardown(test_an_exit_beside_a_thread_that_is_stuck, fault_end),
        cmocka_unit_test_teardown(test_a_child_closes_what_its_parent_has_opened, fault_end),
        cmocka_unit_test_teardown(test_a_child_that_goes_on, fault_end),
        cmocka_unit_test_teardown(test_a_map_for_reading_is_never_writable, fault_end),
        cmocka_unit_test_teardown(test_who_comes_while_a_map_for_reading_goes, fault_end),
        cmocka_unit_test_teardown(test_two_who_leave_a_map_for_reading_at_once, fault_end),
        cmocka_unit_test_teardown(test_readers_come_and_go, fault_end),
        cmocka_unit_test_teardown(test_the_exit_leaves_what_persists_and_what_others_use, fault_end),
        cmocka_unit_test_teardown(test_who_leaves_alone_is_never_found_stale, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
