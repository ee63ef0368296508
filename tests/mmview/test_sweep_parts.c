/* SPDX-License-Identifier: MIT */
/*
 * test_sweep_parts.c - sweeps of a folder that has more files than one of them looks at, and when the next one is due.
 *
 * In what order a folder is listed is the system's matter: the newest first, or the oldest. So what is to be found lies
 * on both sides of what is in the way.
 */

#include "check.h"

#include "faults.h"
#include "os/machine.h"
#include "os/name.h"
#include "peers.h"
#include "scratch.h"
#include "shared/label.h"

#include <mmview/channel.h>
#include <mmview/sync.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)
#define HOUR (3600 * SECOND)
#define MOST 4000u /* files that one sweep looks at */

/* A time at which a sweep is due, whatever was before: the clock of the library never goes back. */
static uint64_t latest;

static void look(uint64_t after)
{
    fault_ticks(0);
    uint64_t now = mmv__os_ticks();
    latest = (latest > now ? latest : now) + after;
    fault_ticks(latest);
    mmv_shared_stat("none", &(mmv_shared_info){0});
}

static unsigned looks_after(uint64_t after)
{
    fault_at(FAULT_LIST, 1000000, 1);
    look(after);
    return fault_count(FAULT_LIST);
}

/* ---- parts ------------------------------------------------------------------------------------------------------ */

/* Files that are none of ours, in the way: mmv.NAME-I, or .mmv.NAME-I. */
static void put(const char *name, bool hidden, unsigned first, unsigned count)
{
    char path[320];
    for (unsigned i = first; i < first + count; i++) {
        snprintf(path, sizeof path, "%s%smmv.%s-%u", mmv__os_shared_directory(), hidden ? "." : "", name, i);
        file_put(path, "1", 1);
    }
}

static void take_back(const char *name, bool hidden, unsigned count)
{
    char path[320];
    for (unsigned i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s%smmv.%s-%u", mmv__os_shared_directory(), hidden ? "." : "", name, i);
        unlink(path);
    }
}

struct dead {
    char name[100];
    unsigned count;
};

static int open_and_die(void *with)
{
    const struct dead *dead = with;
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    for (unsigned i = 0; i < dead->count; i++) {
        mmv_mutex *mutex;
        char name[120];
        snprintf(name, sizeof name, "%s-%u", dead->name, i);
        if (mmv_mutex_open(name, &options, &mutex) != MMV_OK)
            return 1;
    }
    raise(SIGKILL);
    return 2;
}

static void leave(const char *name, unsigned count)
{
    struct dead dead = {.count = count};
    snprintf(dead.name, sizeof dead.name, "%s", name);
    /* The clock that stands still is this process' alone: none of them sweeps what the others have left. */
    assert_int_equal(child_wait(child_start(open_and_die, &dead, sizeof dead)), CHILD_KILLED);
}

static unsigned left(const char *name, unsigned count)
{
    unsigned there = 0;
    for (unsigned i = 0; i < count; i++) {
        char own[120];
        snprintf(own, sizeof own, "%s-%u", name, i);
        there += file_exists(peers_path(own));
    }
    return there;
}

/* From the front again: what an earlier test has left half done is none of this one's. */
static void begin_in_front(void)
{
    for (unsigned i = 0; i < 3; i++)
        look(100 * SECOND);
}

/* Two looks see all of it, because the second one goes on where the first one has ended. */
static void test_the_next_sweep_goes_on(void **state)
{
    (void)state;
    peers_need_locks();
    const char *between = peers_name("between");
    begin_in_front();
    leave(peers_name("first"), 1);
    put(between, false, 0, MOST + 500);
    leave(peers_name("last"), 1);
    look(100 * SECOND);
    look(100 * SECOND);
    take_back(between, false, MOST + 500);
    assert_int_equal(left(peers_name("first"), 1) + left(peers_name("last"), 1), 0);
}

/* A file that goes lets all behind it move to the front by one. */
static void test_nothing_is_passed_over_for_what_was_removed(void **state)
{
    (void)state;
    peers_need_locks();
    const char *between = peers_name("moving");
    begin_in_front();
    put(between, false, 0, 600);
    leave(peers_name("one"), 1);
    put(between, false, 600, MOST - 400);
    leave(peers_name("many"), 600);
    look(100 * SECOND);
    look(100 * SECOND);
    take_back(between, false, MOST + 200);
    assert_int_equal(left(peers_name("one"), 1) + left(peers_name("many"), 600), 0);
}

static unsigned labels_of(const char *name)
{
    char command[400];
    snprintf(command, sizeof command, "test -z \"$(find %s -name '.mmv.%s.*')\"", mmv__os_shared_directory(), name);
    return system(command) != 0;
}

/* As a process leaves it that is killed between label and name. */
static void leave_label(const char *name)
{
    int label;
    file_make(scratch("elsewhere"), 10, 1);
    int other = open(scratch("elsewhere"), O_RDONLY);
    assert_int_equal(mmv__label_make(peers_path(name), other, NULL, &label), 0);
    close(label);
    close(other);
}

static void test_the_next_sweep_goes_on_with_labels(void **state)
{
    (void)state;
    peers_need_locks();
    const char *between = peers_name("labels"), *first = peers_name("first-label"), *last = peers_name("last-label");
    begin_in_front();
    leave_label(first);
    put(between, true, 0, MOST + 500);
    leave_label(last);
    look(100 * SECOND);
    look(100 * SECOND);
    take_back(between, true, MOST + 500);
    assert_int_equal(labels_of(first) + labels_of(last), 0);
}

/* ---- when the next one is due ------------------------------------------------------------------------------------ */

static void stop_for_an_hour(void)
{
    latest += HOUR;
    fault_ticks(latest);
    fault_hook(FAULT_LIST, NULL);
}

/* A process that was stopped within a sweep has not worked for so long. */
static void test_a_process_that_was_stopped_meanwhile(void **state)
{
    (void)state;
    peers_need_locks();
    fault_hook(FAULT_LIST, stop_for_an_hour);
    look(100 * SECOND);
    assert_int_equal(looks_after(59 * SECOND), 0);
    assert_int_equal(looks_after(2 * SECOND), 2);
}

static int forked;

/* A child has the clock of its parent, and nobody in it sweeps. */
static void fork_within(void)
{
    fault_hook(FAULT_LIST, NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(looks_after(30 * SECOND) != 0 ? 1 : looks_after(31 * SECOND) != 2 ? 2 : 0);
    int status;
    forked = waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static void test_a_child_that_was_forked_within_a_sweep(void **state)
{
    (void)state;
    peers_need_locks();
    forked = 98;
    fault_hook(FAULT_LIST, fork_within);
    look(100 * SECOND);
    assert_int_equal(forked, 0);
}

/* ---- by which calls ---------------------------------------------------------------------------------------------- */

static bool see(const mmv_shared_info *info, void *user)
{
    (void)info, (void)user;
    return true;
}

static void use_map(const char *name)
{
    mmv_map *map;
    mmv_map_open_named(name, MMV_READ, NULL, &map);
}

static void use_share(const char *name)
{
    mmv_map *map;
    if (mmv_map_open(scratch("file"), MMV_READ, &map) == MMV_OK) {
        mmv_map_share(map, name, NULL);
        mmv_map_close(&map);
    }
}

static void use_mutex(const char *name)
{
    mmv_mutex *mutex;
    mmv_mutex_open(name, NULL, &mutex);
}

static void use_event(const char *name)
{
    mmv_event *event;
    mmv_event_open(name, true, true, NULL, &event);
}

static void use_semaphore(const char *name)
{
    mmv_semaphore *semaphore;
    mmv_semaphore_open(name, 1, 1, NULL, &semaphore);
}

static void use_channel(const char *name)
{
    mmv_channel *channel;
    mmv_channel_open(name, MMV_CHANNEL_RECEIVE, NULL, &channel);
}

static void use_stat(const char *name)
{
    mmv_shared_stat(name, &(mmv_shared_info){0});
}

static void use_remove(const char *name)
{
    mmv_shared_remove(name);
}

static void use_permissions(const char *name)
{
    mmv_shared_set_permissions(name, 0600);
}

static void use_list(const char *name)
{
    (void)name;
    mmv_shared_list(see, NULL);
}

/* Of these none has to do with a name, and they cost less than a look at the folder. */
static void use_a_file(const char *name)
{
    mmv_map *map;
    mmv_view view;
    (void)name;
    if (mmv_map_open(scratch("file"), MMV_READ_WRITE, &map) != MMV_OK || mmv_view_open(map, 0, 0, &view) != MMV_OK)
        _exit(99);
    mmv_view_retire(&view);
    mmv_view_close(&view);
    mmv_map_close(&map);
    if (mmv_map_create_unnamed(10, MMV_READ, NULL, &map) == MMV_OK)
        mmv_map_close(&map);
}

static void (*const uses[])(const char *name) = {use_map,     use_share, use_mutex,  use_event,       use_semaphore,
                                                 use_channel, use_stat,  use_remove, use_permissions, use_list};
static void (*use)(const char *name);

static int count_the_first(const char *name)
{
    fault_at(FAULT_LIST, 1000000, 1);
    use(name);
    return (int)fault_count(FAULT_LIST);
}

/* This test is the first one: a child has what its parent knows of the latest sweep. */
static void test_the_first_call_of_a_process(void **state)
{
    (void)state;
    peers_need_locks();
    file_make(scratch("file"), 10000, 1);
    for (size_t i = 0; i < COUNT(uses); i++) {
        use = uses[i];
        assert_int_equal(in_child(count_the_first, peers_name("none")), 2);
    }
    use = use_a_file;
    assert_int_equal(in_child(count_the_first, peers_name("none")), 0);
}

/* ---- how often --------------------------------------------------------------------------------------------------- */

static void test_once_a_second(void **state)
{
    (void)state;
    peers_need_locks();
    assert_int_equal(looks_after(100 * SECOND), 2);
    unsigned looks = 0;
    for (unsigned i = 0; i < 10; i++)
        looks += looks_after(SECOND / 10);
    assert_int_equal(looks, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_the_first_call_of_a_process, fault_end),
        cmocka_unit_test_teardown(test_the_next_sweep_goes_on, fault_end),
        cmocka_unit_test_teardown(test_nothing_is_passed_over_for_what_was_removed, fault_end),
        cmocka_unit_test_teardown(test_the_next_sweep_goes_on_with_labels, fault_end),
        cmocka_unit_test_teardown(test_a_process_that_was_stopped_meanwhile, fault_end),
        cmocka_unit_test_teardown(test_a_child_that_was_forked_within_a_sweep, fault_end),
        cmocka_unit_test_teardown(test_once_a_second, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
