/* SPDX-License-Identifier: MIT */
/* test_shared_lasting.c - how long a name lasts: until its last user has gone, killed or not. */

#include "check.h"

#include "os/file.h"
#include "peers.h"
#include "scratch.h"

#include <mmview/shared.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

/* A user that comes and goes. */
static int look_at_it(const char *name)
{
    mmv_map *map;
    mmv_view view;
    if (mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map) != MMV_OK || mmv_view_open(map, 0, 0, &view) != MMV_OK)
        return 1;
    ((char *)view.data)[PEERS_SIZE - 4] = 1;
    mmv_view_close(&view);
    mmv_map_close(&map);
    return 0;
}

static void test_gone_with_the_last_view(void **state)
{
    mmv_view view;
    mmv_map *again;
    (void)state;
    peers_need_locks();
    const char *name = peers_name("views");
    mmv_map *map = peers_map(name);
    assert_ok(mmv_view_open(map, 0, 0, &view));
    mmv_map_close(&map);
    assert_ok(mmv_map_open_named(name, MMV_READ, NULL, &again));
    mmv_map_close(&again);
    assert_true(peers_exists(name));
    mmv_view_close(&view);
    assert_false(peers_exists(name));
}

static int make_and_die(const char *name)
{
    mmv_map *map;
    mmv_view view;
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    if (mmv_map_open_named(name, MMV_READ_WRITE, &options, &map) != MMV_OK || mmv_view_open(map, 0, 0, &view) != MMV_OK)
        return 1;
    memset(view.data, 'x', PEERS_SIZE);
    raise(SIGKILL);
    return 2;
}

static bool count_one(const mmv_shared_info *info, void *user)
{
    const char **name = user;
    /* Tests of other builds have names there as well. */
    if (*name && strcmp(info->name, *name) == 0)
        *name = NULL;
    return true;
}

/* What killed users left behind is there still, but nobody finds it. */
static void test_gone_when_users_are_killed(void **state)
{
    mmv_map *map;
    mmv_view view;
    (void)state;
    peers_need_locks();
    const char *name = peers_name("killed");
    assert_int_equal(in_child(make_and_die, name), 128 + SIGKILL);
    assert_status(mmv_map_open_named(name, MMV_READ, NULL, &map), MMV_ENOENT);
    assert_false(peers_exists(name));
    assert_int_equal(in_child(make_and_die, name), 128 + SIGKILL);
    map = peers_map(name);
    assert_ok(mmv_view_open(map, 0, 0, &view));
    assert_int_equal(*(char *)view.data, 0);
    mmv_view_close(&view);
    mmv_map_close(&map);
    assert_int_equal(in_child(make_and_die, name), 128 + SIGKILL);
    const char *searched = name;
    assert_ok(mmv_shared_list(count_one, &searched));
    assert_non_null(searched);
    assert_false(peers_exists(name));
}

/* A user that is alive keeps it from being swept, whoever else died. */
static void test_kept_for_those_who_live(void **state)
{
    mmv_map *map, *again;
    (void)state;
    peers_need_locks();
    const char *name = peers_name("alive");
    map = peers_map(name);
    assert_int_equal(in_child(look_at_it, name), 0);
    const char *searched = name;
    assert_ok(mmv_shared_list(count_one, &searched));
    assert_null(searched);
    assert_ok(mmv_map_open_named(name, MMV_READ, NULL, &again));
    mmv_map_close(&again);
    mmv_map_close(&map);
    assert_false(peers_exists(name));
}

static void test_one_that_persists(void **state)
{
    mmv_map *map;
    mmv_shared_info info;
    (void)state;
    const char *name = peers_name("persists");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    options.persist = true;
    if (!peers_are_files()) {
        assert_status(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_ENOTSUP);
        assert_non_null(strstr(mmv_last_error()->detail, "no name lasts longer than its users"));
        assert_status(mmv_shared_stat(name, &info), MMV_ENOENT);
        return;
    }
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map));
    mmv_map_close(&map);
    assert_ok(mmv_shared_stat(name, &info));
    assert_true(info.persists);
    assert_false(info.in_use);
    assert_int_equal(info.kind, MMV_SHARED_MAP);
    assert_true(info.capacity == PEERS_SIZE);
    assert_int_equal(info.user, getuid());
    assert_int_equal(info.permissions, 0600);
    assert_string_equal(info.name, name);
    assert_int_equal(in_child(look_at_it, name), 0);
    assert_ok(mmv_map_open_named(name, MMV_READ, NULL, &map));
    assert_ok(mmv_shared_stat(name, &info));
    assert_int_equal(info.in_use, !peers_must_last());
    /* Removed while it is used: who has it keeps it. */
    assert_ok(mmv_shared_remove(name));
    assert_status(mmv_shared_remove(name), MMV_ENOENT);
    assert_status(mmv_shared_stat(name, &info), MMV_ENOENT);
    mmv_view view;
    assert_ok(mmv_view_open(map, PEERS_SIZE - 4, 4, &view));
    assert_int_equal(*(char *)view.data, 1);
    mmv_view_close(&view);
    mmv_map_close(&map);
    assert_bad(mmv_shared_remove("Local\\"), MMV_EINVAL, "name");
    assert_bad(mmv_shared_stat("", &info), MMV_EINVAL, "name");
}

/* A read-only descriptor cannot take the lock that removing needs: the next one to look cleans up. */
static void test_left_by_a_reader(void **state)
{
    (void)state;
    peers_need_locks();
    mmv_map *reader;
    const char *name = peers_name("reader");
    mmv_map *map = peers_map(name);
    assert_ok(mmv_map_open_named(name, MMV_READ, NULL, &reader));
    mmv_map_close(&map);
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map));
    mmv_map_close(&map);
    mmv_map_close(&reader);
    assert_false(peers_exists(name));
}

struct crowd {
    const char *name;
    atomic_uint failures, created;
    atomic_bool is_over;
};

static bool see_nothing(const mmv_shared_info *info, void *user)
{
    (void)info, (void)user;
    return true;
}

/* Who lists names tidies up what he finds left behind. */
static void *look_on(void *user)
{
    struct crowd *crowd = user;
    while (!atomic_load(&crowd->is_over))
        if (mmv_shared_list(see_nothing, NULL) != MMV_OK)
            atomic_fetch_add(&crowd->failures, 1);
    return NULL;
}

static void *come_and_go(void *user)
{
    struct crowd *crowd = user;
    for (unsigned i = 0; i < 300; i++) {
        mmv_map *map;
        bool created;
        mmv_shared_options options = {.mode = MMV_OPEN_OR_CREATE, .capacity = 4096, .created_ret = &created};
        mmv__os_facts facts;
        if (mmv_map_open_named(crowd->name, MMV_READ_WRITE, &options, &map) != MMV_OK)
            atomic_fetch_add(&crowd->failures, 1);
        else {
            atomic_fetch_add(&crowd->created, created);
            /* As long as somebody has it, it has its name: else two would have two of them. */
            if (mmv__os_get_facts(mmv_map_descriptor(map), &facts) != 0 || facts.links != 1)
                atomic_fetch_add(&crowd->failures, 1);
        }
        mmv_map_close(&map);
    }
    return NULL;
}

/* Opening and leaving at the same moment: everybody gets one that is complete, and in the end none is left. */
static void test_a_crowd(void **state)
{
    pthread_t threads[4], looker;
    (void)state;
    peers_need_locks();
    struct crowd crowd = {.name = peers_name("crowd")};
    assert_int_equal(pthread_create(&looker, NULL, look_on, &crowd), 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &crowd), 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    atomic_store(&crowd.is_over, true);
    pthread_join(looker, NULL);
    assert_int_equal(atomic_load(&crowd.failures), 0);
    assert_true(atomic_load(&crowd.created) > 0);
    assert_false(peers_exists(crowd.name));
}

struct pair {
    pthread_barrier_t together;
    mmv_map *map;
};

static void *leave(void *user)
{
    struct pair *pair = user;
    pthread_barrier_wait(&pair->together);
    mmv_map_close(&pair->map);
    return NULL;
}

/* Two leave at the same moment: one of them must be the last. */
static void test_two_leave_at_once(void **state)
{
    struct pair pair;
    (void)state;
    peers_need_locks();
    const char *name = peers_name("pair");
    assert_int_equal(pthread_barrier_init(&pair.together, NULL, 2), 0);
    for (unsigned i = 0; i < 500; i++) {
        pthread_t thread;
        mmv_map *own = peers_map(name);
        assert_ok(mmv_map_open_named(name, MMV_READ, NULL, &pair.map));
        assert_int_equal(pthread_create(&thread, NULL, leave, &pair), 0);
        pthread_barrier_wait(&pair.together);
        mmv_map_close(&own);
        pthread_join(thread, NULL);
        assert_false(peers_exists(name));
    }
    pthread_barrier_destroy(&pair.together);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gone_with_the_last_view), cmocka_unit_test(test_gone_when_users_are_killed),
        cmocka_unit_test(test_kept_for_those_who_live), cmocka_unit_test(test_one_that_persists),
        cmocka_unit_test(test_left_by_a_reader),        cmocka_unit_test(test_a_crowd),
        cmocka_unit_test(test_two_leave_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
