/* SPDX-License-Identifier: MIT */
/* test_sharing.c - who else may have a file open: among maps, and with programs that call flock(2). */

#include "check.h"

#include "faults.h"
#include "scratch.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <unistd.h>

static mmv_status open_with(mmv_access access, mmv_sharing sharing, mmv_map **map_ret)
{
    return mmv_map_open_with(scratch("file"), access, &(mmv_map_options){.sharing = sharing}, map_ret);
}

static void test_who_goes_with_whom(void **state)
{
    static const bool goes[3][3] = {{true, true, true}, {true, true, false}, {true, false, false}};
    (void)state;
    file_make(scratch("file"), 5000, 1);
    for (unsigned first = MMV_SHARING_UNASKED; first <= MMV_SHARING_NONE; first++)
        for (unsigned second = MMV_SHARING_UNASKED; second <= MMV_SHARING_NONE; second++) {
            mmv_map *map, *other;
            unsigned before = open_descriptors();
            assert_ok(open_with(MMV_READ_WRITE, (mmv_sharing)first, &map));
            mmv_status status = open_with(MMV_READ, (mmv_sharing)second, &other);
            assert_int_equal(status, goes[first][second] ? MMV_OK : MMV_EBUSY);
            if (status)
                assert_non_null(strstr(mmv_last_error()->detail, "another program has it open"));
            mmv_map_close(&other);
            mmv_map_close(&map);
            assert_int_equal(open_descriptors(), before);
        }
}

static void test_with_those_who_call_flock(void **state)
{
    mmv_map *map;
    (void)state;
    file_make(scratch("file"), 5000, 1);
    int descriptor = open(scratch("file"), O_RDONLY);
    assert_int_equal(flock(descriptor, LOCK_EX | LOCK_NB), 0);
    assert_status(open_with(MMV_READ_WRITE, MMV_SHARING_OTHERS, &map), MMV_EBUSY);
    assert_ok(open_with(MMV_READ_WRITE, MMV_SHARING_UNASKED, &map));
    assert_status(mmv_map_set_sharing(map, MMV_SHARING_OTHERS), MMV_EBUSY);
    assert_int_equal(flock(descriptor, LOCK_SH | LOCK_NB), 0);
    assert_ok(mmv_map_set_sharing(map, MMV_SHARING_OTHERS));
    assert_status(mmv_map_set_sharing(map, MMV_SHARING_NONE), MMV_EBUSY);
    assert_int_equal(flock(descriptor, LOCK_UN), 0);
    assert_ok(mmv_map_set_sharing(map, MMV_SHARING_NONE));
    assert_int_equal(flock(descriptor, LOCK_SH | LOCK_NB), -1);
    assert_ok(mmv_map_set_sharing(map, MMV_SHARING_UNASKED));
    assert_int_equal(flock(descriptor, LOCK_EX | LOCK_NB), 0);
    assert_bad(mmv_map_set_sharing(map, (mmv_sharing)3), MMV_EINVAL, "sharing");
    mmv_map_close(&map);
    close(descriptor);
    const mmv_map_options options = {.sharing = 3};
    assert_bad(mmv_map_open_with(scratch("file"), MMV_READ, &options, &map), MMV_EINVAL, "sharing");
}

/* What a map that is not allowed would have changed. */
static void test_nothing_is_changed_when_others_are_in_the_way(void **state)
{
    mmv_map *map, *other;
    mmv_map_options options = {.mode = MMV_CREATE, .sharing = MMV_SHARING_OTHERS};
    (void)state;
    file_put(scratch("file"), "12345", 5);
    assert_ok(open_with(MMV_READ, MMV_SHARING_NONE, &map));
    assert_status(mmv_map_open_with(scratch("file"), MMV_READ_WRITE, &options, &other), MMV_EBUSY);
    options = (mmv_map_options){.capacity = 100, .sharing = MMV_SHARING_NONE};
    assert_status(mmv_map_open_with(scratch("file"), MMV_READ_WRITE, &options, &other), MMV_EBUSY);
    assert_true(file_is(scratch("file"), "12345", 5));
    mmv_map_close(&map);
    options = (mmv_map_options){.mode = MMV_CREATE, .capacity = 3, .sharing = MMV_SHARING_NONE};
    assert_ok(mmv_map_open_with(scratch("file"), MMV_READ_WRITE, &options, &map));
    assert_true(file_is(scratch("file"), "\0\0\0", 3));
    mmv_map_close(&map);
}

struct finder {
    const char *file;
    atomic_bool is_over;
};

static void *lock_what_is_new(void *user)
{
    struct finder *finder = user;
    while (!atomic_load(&finder->is_over)) {
        int descriptor = open(finder->file, O_RDONLY);
        if (descriptor >= 0)
            flock(descriptor, LOCK_EX | LOCK_NB);
        if (descriptor >= 0)
            close(descriptor);
    }
    return NULL;
}

/* Who finds a new file first keeps it, and its maker is told that it is there. */
static void test_a_new_file_that_others_find_first(void **state)
{
    pthread_t thread;
    static char file[600];
    struct finder finder = {.file = file};
    unsigned busy = 0, untrue = 0;
    (void)state;
    snprintf(file, sizeof file, "%s", scratch("new"));
    assert_int_equal(pthread_create(&thread, NULL, lock_what_is_new, &finder), 0);
    for (unsigned i = 0; i < 20000 && busy < 20; i++) {
        mmv_map *map;
        bool created = false;
        unlink(file);
        const mmv_map_options options = {
            .mode = MMV_CREATE_NEW, .sharing = MMV_SHARING_OTHERS, .created_ret = &created};
        mmv_status status = mmv_map_open_with(file, MMV_READ_WRITE, &options, &map);
        busy += status == MMV_EBUSY;
        untrue += created != file_exists(file);
        mmv_map_close(&map);
    }
    atomic_store(&finder.is_over, true);
    pthread_join(thread, NULL);
    print_message("%u were found first\n", busy);
    assert_int_equal(untrue, 0);
}

/* There a lock of the whole file is one of its bytes, and journals lock these. */
static void test_not_on_network_file_systems(void **state)
{
    mmv_map *map;
    (void)state;
    file_put(scratch("file"), "12345", 5);
    fault_remote("NFS");
    assert_status(open_with(MMV_READ_WRITE, MMV_SHARING_OTHERS, &map), MMV_ENOTSUP);
    assert_ok(open_with(MMV_READ_WRITE, MMV_SHARING_UNASKED, &map));
    assert_status(mmv_map_set_sharing(map, MMV_SHARING_OTHERS), MMV_ENOTSUP);
    mmv_map_close(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_who_goes_with_whom, fault_end),
        cmocka_unit_test_teardown(test_with_those_who_call_flock, fault_end),
        cmocka_unit_test_teardown(test_nothing_is_changed_when_others_are_in_the_way, fault_end),
        cmocka_unit_test_teardown(test_a_new_file_that_others_find_first, fault_end),
        cmocka_unit_test_teardown(test_not_on_network_file_systems, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
