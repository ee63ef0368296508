/* SPDX-License-Identifier: MIT */
/*
 * test_shared_faults.c - each call of the system that names are made of fails in turn: a status, no descriptor left
 * open, no name left behind, and the next try succeeds.
 */

#include "check.h"

#include "faults.h"
#include "shared/names.h"
#include "peers.h"
#include "scratch.h"

#include <mmview/channel.h>

#include <errno.h>
#include <stdio.h>

static mmv_status make_map(const char *name, const mmv_shared_options *options)
{
    mmv_map *map;
    mmv_status status = mmv_map_open_named(name, MMV_READ_WRITE, options, &map);
    assert_true(status == MMV_OK || map == NULL);
    mmv_map_close(&map);
    return status;
}

static mmv_status make_unnamed(const char *name, const mmv_shared_options *options)
{
    mmv_map *map;
    (void)name;
    mmv_status status = mmv_map_create_unnamed(4096, MMV_READ_WRITE, options, &map);
    assert_true(status == MMV_OK || map == NULL);
    mmv_map_close(&map);
    return status;
}

static mmv_status make_shared_file(const char *name, const mmv_shared_options *options)
{
    mmv_map *map, *named;
    file_make(scratch("file"), 5000, 1);
    mmv_status status = mmv_map_open(scratch("file"), MMV_READ_WRITE, &map);
    if (status == MMV_OK)
        status = mmv_map_share(map, name, options);
    if (status == MMV_OK) {
        status = mmv_map_open_named(name, MMV_READ, NULL, &named);
        mmv_map_close(&named);
    }
    mmv_map_close(&map);
    return status;
}

static mmv_status make_mutex(const char *name, const mmv_shared_options *options)
{
    mmv_mutex *mutex;
    mmv_status status = mmv_mutex_open(name, options, &mutex);
    assert_true(status == MMV_OK || mutex == NULL);
    mmv_mutex_close(&mutex);
    return status;
}

/* Whoever makes it in vain lets go of the lock, and of its memory. */
static mmv_status make_owned_mutex(const char *name, const mmv_shared_options *options)
{
    mmv_mutex *mutex;
    mmv_status status = mmv_mutex_open_owned(name, options, &mutex);
    assert_true(status == MMV_OK || mutex == NULL);
    mmv_mutex_close(&mutex);
    return status;
}

static mmv_status make_channel(const char *name, const mmv_shared_options *options)
{
    mmv_channel *channel;
    mmv_status status = mmv_channel_open(name, MMV_CHANNEL_RECEIVE, options, &channel);
    assert_true(status == MMV_OK || channel == NULL);
    mmv_channel_close(&channel);
    return status;
}

static const struct maker {
    const char *what;
    mmv_status (*make)(const char *name, const mmv_shared_options *options);
} makers[] = {
    {"map", make_map},     {"unnamed", make_unnamed},   {"file", make_shared_file},
    {"mutex", make_mutex}, {"owned", make_owned_mutex}, {"channel", make_channel},
};

static const struct fault {
    fault_call call;
    int error;
} faults[] = {
    {FAULT_OPEN_SHARED, EACCES},
    {FAULT_OPEN_SHARED, EMFILE},
    {FAULT_CREATE_HIDDEN, ENOSPC},
    {FAULT_CREATE_HIDDEN, EACCES},
    {FAULT_ALLOCATE, ENOSPC},
    {FAULT_ALLOCATE, EOPNOTSUPP},
    {FAULT_RESIZE, EFBIG},
    {FAULT_PERMISSIONS, EPERM},
    {FAULT_LOCK, ENOLCK},
    {FAULT_PUBLISH, EIO},
    {FAULT_FACTS, EIO},
    {FAULT_READ, EIO},
    {FAULT_WRITE, EIO},
    {FAULT_RESERVE, ENOMEM},
    {FAULT_MAP_AT, ENOMEM},
    {FAULT_MAP, ENOMEM},
    {FAULT_CREATE_MEMORY, EMFILE},
    {FAULT_ROBUST, EINVAL},
    {FAULT_REAL_PATH, ENOENT},
    {FAULT_OPEN, EMFILE},
};

/* The others ask nobody whether they have created anything. */
static bool makes_by_name(const struct maker *maker)
{
    return maker->make != make_unnamed && maker->make != make_shared_file;
}

/* How often it failed: a fault that no call of this maker meets is none. */
static unsigned check_fault(const struct maker *maker, const struct fault *fault, const char *name)
{
    unsigned failed = 0;
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    for (unsigned n = 1; n <= 8; n++) {
        unsigned before = open_descriptors();
        bool created = true;
        fault_at(fault->call, n, fault->error);
        options.created_ret = &created;
        mmv_status status = maker->make(name, &options);
        options.created_ret = NULL;
        fault_reset();
        assert_false(status != MMV_OK && created && makes_by_name(maker));
        assert_int_equal(open_descriptors(), before);
        failed += status != MMV_OK;
        if (status)
            assert_int_equal(mmv_last_error()->status, status);
        peers_tidy(name);
        /* What was left locked by nobody is swept by whoever comes next. */
        assert_ok(maker->make(name, &options));
        peers_tidy(name);
        assert_false(peers_exists(name));
    }
    return failed;
}

static void test_every_call_fails_in_turn(void **state)
{
    unsigned runs = 0, failed = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(makers); i++)
        for (size_t k = 0; k < COUNT(faults); k++, runs += 8)
            failed += check_fault(&makers[i], &faults[k], peers_name(makers[i].what));
    print_message("%u runs, %u of them failed\n", runs, failed);
    /* What is the system's own is made by few of these calls. */
    assert_true(failed > (peers_are_files() ? runs / 20 : 10));
}

/* Without memory files: a file that has lost its name, with the same bytes. */
static void test_unnamed_without_memory_files(void **state)
{
    mmv_map *map;
    mmv_view view;
    (void)state;
    fault_at(FAULT_CREATE_MEMORY, 0, ENOTSUP);
    assert_ok(mmv_map_create_unnamed(100000, MMV_READ_WRITE, NULL, &map));
    fault_reset();
    assert_false(mmv_map_is_sealed(map));
    assert_ok(mmv_view_open(map, 99999, 1, &view));
    assert_int_equal(*(char *)view.data, 0);
    mmv_view_close(&view);
    mmv_map_close(&map);
}

/*
 * Without /proc a file is given its name at once, and still never seen before it is complete: the label, and the map.
 * The first one that fails is the label's, which is made once more; then the map's, and both are made once more.
 */
static void test_names_without_proc(void **state)
{
    (void)state;
    const char *name = peers_name("proc");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    for (unsigned n = 1; n <= 2; n++) {
        fault_at(FAULT_PUBLISH, n, ENOENT);
        fault_at(FAULT_CREATE_HIDDEN, 100000, 1);
        assert_ok(make_map(name, &options));
        if (peers_are_files())
            assert_int_equal(fault_count(FAULT_CREATE_HIDDEN), 2 + n);
        fault_reset();
        peers_tidy(name);
        assert_false(peers_exists(name));
    }
}

static void test_a_mode_and_an_owner_that_cannot_be_changed(void **state)
{
    mmv_shared_info info;
    (void)state;
    if (!peers_are_files())
        skip_because("names are no files here");
    const char *name = peers_name("mode");
    mmv_map *map = peers_map(name);
    fault_at(FAULT_FACTS, 1, EIO);
    assert_status(mmv_map_set_permissions(map, 0644), MMV_EIO);
    fault_at(FAULT_FACTS, 1, EIO);
    assert_status(mmv_map_set_owner(map, 1, UINT32_MAX), MMV_EIO);
    fault_at(FAULT_PERMISSIONS, 1, EPERM);
    assert_status(mmv_map_set_permissions(map, 0400), MMV_EACCES);
    fault_reset();
    assert_ok(mmv_shared_stat(name, &info));
    assert_int_equal(info.permissions, 0600);
    mmv_map_close(&map);
    peers_tidy(name);
}

static const char *wanted;
static mmv_map *winner;

/* Somebody takes the name while the file is being opened, and opens the file as soon as it is there. */
static void take_the_name(void)
{
    fault_hook(FAULT_OPEN, NULL);
    winner = peers_map(wanted);
}

/* It may be the winner's file, too. */
static void test_a_name_taken_at_the_last_moment(void **state)
{
    mmv_map *map;
    bool created = false;
    (void)state;
    const mmv_map_options options = {.mode = MMV_OPEN_OR_CREATE, .capacity = 100, .created_ret = &created};
    wanted = peers_name("taken");
    remove(scratch("new"));
    fault_hook(FAULT_OPEN, take_the_name);
    assert_status(mmv_map_open_and_share(scratch("new"), MMV_READ_WRITE, &options, wanted, &map), MMV_EEXIST);
    fault_reset();
    assert_null(map);
    assert_true(created);
    assert_true(file_exists(scratch("new")));
    mmv_map_close(&winner);
    peers_tidy(wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_call_fails_in_turn),
        cmocka_unit_test(test_unnamed_without_memory_files),
        cmocka_unit_test(test_names_without_proc),
        cmocka_unit_test(test_a_mode_and_an_owner_that_cannot_be_changed),
        cmocka_unit_test(test_a_name_taken_at_the_last_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
