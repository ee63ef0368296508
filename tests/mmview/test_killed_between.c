/* SPDX-License-Identifier: MIT */
/*
 * test_killed_between.c - processes that are killed before each call of the system that they make for a name, on its
 * way in and out: nothing is left after the next sweep, and the name can be had again.
 */

#include "check.h"

#include "faults.h"
#include "left.h"
#include "peers.h"
#include "scratch.h"

#include <mmview/sync.h>

#include <signal.h>
#include <unistd.h>

static const fault_call calls[] = {
    FAULT_CREATE_HIDDEN, FAULT_ALLOCATE, FAULT_RESIZE, FAULT_WRITE,   FAULT_READ,   FAULT_FACTS,       FAULT_LOCK,
    FAULT_PERMISSIONS,   FAULT_OPEN,     FAULT_MAP,    FAULT_PUBLISH, FAULT_REMOVE, FAULT_OPEN_SHARED, FAULT_LIST,
};

static unsigned left_to_live;

static void count_down(void)
{
    if (left_to_live-- == 0)
        raise(SIGKILL);
}

/* What a process does with a name, from its first call on. */
static int use_map(const char *name, mmv_access access, unsigned permissions)
{
    mmv_map *map, *again;
    mmv_shared_options options = peers_options(MMV_OPEN_OR_CREATE);
    options.limits = access == MMV_READ;
    options.permissions = permissions;
    if (mmv_map_open_named(name, access, &options, &map) != MMV_OK)
        return 1;
    if (mmv_map_open_named(name, MMV_READ, NULL, &again) != MMV_OK)
        return 2;
    mmv_map_close(&again);
    if (mmv_map_set_permissions(map, 0444) != MMV_OK || mmv_map_set_permissions(map, 0400) != MMV_OK)
        return 3;
    mmv_map_close(&map);
    return peers_exists(name) ? 4 : 0;
}

static int use_one_for_stores(const char *name)
{
    return use_map(name, MMV_READ_WRITE, 0600);
}

static int use_one_for_reading(const char *name)
{
    return use_map(name, MMV_READ, 0444);
}

static int use_a_mutex(const char *name)
{
    char text[600]; /* as left.h counts them */
    mmv_mutex *mutex;
    mmv_shared_options options = peers_options(MMV_OPEN_OR_CREATE);
    int length = snprintf(text, sizeof text, "%s-", name);
    memset(text + length, 'n', sizeof text - 1 - (size_t)length);
    text[sizeof text - 1] = '\0';
    if (mmv_mutex_open_owned(text, &options, &mutex) != MMV_OK || mmv_shared_set_permissions(text, 0666) != MMV_OK)
        return 1;
    mmv_mutex_close(&mutex);
    return 0;
}

static int use_a_file(const char *name)
{
    mmv_map *map;
    if (mmv_map_open_and_share(scratch("file"), MMV_READ_WRITE, NULL, name, &map) != MMV_OK)
        return 1;
    mmv_map_close(&map);
    return 0;
}

static int (*const uses[])(const char *name) = {use_one_for_stores, use_one_for_reading, use_a_mutex, use_a_file};

static struct {
    fault_call call;
    unsigned number;
    int (*use)(const char *name);
} next;

static int be_killed(const char *name)
{
    left_to_live = next.number;
    fault_hook(next.call, count_down);
    return next.use(name);
}

/* As long as it is killed; what a library without this call does is done at once. */
static unsigned kill_at_each(const char *name)
{
    int status;
    unsigned kills = 0;
    for (next.number = 0; (status = in_child(be_killed, name)) == CHILD_KILLED; next.number++) {
        mmv_shared_sweep();
        assert_int_equal(left_files_of(name), 0);
        kills++;
    }
    assert_int_equal(status, 0);
    assert_int_equal(left_files_of(name), 0);
    return kills;
}

/* The next one finds what the dead has left, and nobody has swept. */
static unsigned kill_all_at_one_name(const char *name)
{
    int status;
    unsigned kills = 0;
    for (next.number = 0; (status = in_child(be_killed, name)) == CHILD_KILLED; next.number++)
        kills++;
    assert_int_equal(status, 0);
    mmv_shared_sweep();
    assert_int_equal(left_files_of(name), 0);
    return kills;
}

static void test_killed_before_each_call(void **state)
{
    unsigned kills = 0;
    (void)state;
    peers_need_locks();
    file_make(scratch("file"), 5000, 1);
    for (size_t use = 0; use < COUNT(uses); use++)
        for (size_t call = 0; call < COUNT(calls); call++) {
            char name[60];
            snprintf(name, sizeof name, "between-%zu-%zu", use, call);
            next.use = uses[use];
            next.call = calls[call];
            kills += (use + call) % 2 ? kill_at_each(peers_name(name)) : kill_all_at_one_name(peers_name(name));
        }
    print_message("%u killed\n", kills);
    assert_true(kills > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_killed_before_each_call, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
