/* SPDX-License-Identifier: MIT */
/* test_map.c - opening, identity, locks, and who keeps the file open until when. */

#include "check.h"

#include "faults.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static mmv_status open_as(const char *path, mmv_access access, mmv_open_mode mode, uint64_t capacity, mmv_map **map_ret)
{
    return mmv_map_open_with(path, access, &(mmv_map_options){.mode = mode, .capacity = capacity}, map_ret);
}

static mmv_map *must_open(const char *path, mmv_access access)
{
    mmv_map *map = NULL;
    assert_ok(mmv_map_open(path, access, &map));
    return map;
}

/* ---- modes, accesses, kinds of files ---------------------------------------------------------------------------- */

static mmv_status wanted_status(mmv_access access, mmv_open_mode mode, bool exists)
{
    if (mode != MMV_OPEN_EXISTING && access != MMV_READ_WRITE)
        return MMV_EINVAL;
    if (mode == MMV_CREATE_NEW && exists)
        return MMV_EEXIST;
    return mode == MMV_OPEN_EXISTING && !exists ? MMV_ENOENT : MMV_OK;
}

static void check_open(mmv_access access, mmv_open_mode mode, bool exists)
{
    const char *path = scratch("matrix");
    mmv_map *map = NULL;
    unlink(path);
    if (exists)
        file_put(path, "12345", 5);
    mmv_status wanted = wanted_status(access, mode, exists);
    assert_status(open_as(path, access, mode, 0, &map), wanted);
    if (wanted == MMV_OK) {
        uint64_t length = exists && mode != MMV_CREATE ? 5 : 0;
        assert_int_equal(mmv_map_capacity(map), length);
        assert_int_equal(file_length(path), length);
        assert_int_equal(mmv_map_access(map), access);
        assert_string_equal(mmv_map_path(map), path);
        assert_true(mmv_map_descriptor(map) >= 0);
        mmv_map_close(&map);
    }
    assert_null(map);
    if (wanted != MMV_OK && exists)
        assert_true(file_is(path, "12345", 5));
}

static void test_every_mode_with_every_access(void **state)
{
    (void)state;
    for (mmv_access access = MMV_READ; access <= MMV_COPY_ON_WRITE; access++)
        for (int mode = MMV_OPEN_EXISTING; mode <= MMV_CREATE_NEW; mode++)
            for (int exists = 0; exists <= 1; exists++)
                check_open(access, (mmv_open_mode)mode, exists);
}

/* Whoever cleans up after a later failure has to know whether the file is his. */
static void test_whether_the_call_made_the_file(void **state)
{
    static const struct {
        mmv_open_mode mode;
        bool exists, created;
        uint64_t capacity;
        mmv_status status;
    } cases[] = {
        {MMV_OPEN_EXISTING, true, false, 0, MMV_OK},      {MMV_OPEN_OR_CREATE, true, false, 0, MMV_OK},
        {MMV_OPEN_OR_CREATE, false, true, 10, MMV_OK},    {MMV_CREATE, true, false, 10, MMV_OK},
        {MMV_CREATE_NEW, false, true, 10, MMV_OK},        {MMV_CREATE_NEW, true, false, 10, MMV_EEXIST},
        {MMV_OPEN_EXISTING, false, false, 0, MMV_ENOENT}, {MMV_CREATE_NEW, false, false, UINT64_MAX, MMV_ERANGE},
        {(mmv_open_mode)9, true, false, 0, MMV_EINVAL}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        mmv_map *map;
        bool created = !cases[i].created;
        const mmv_map_options options = {.mode = cases[i].mode, .capacity = cases[i].capacity, .created_ret = &created};
        unlink(scratch("made"));
        if (cases[i].exists)
            file_put(scratch("made"), "1", 1);
        assert_status(mmv_map_open_with(scratch("made"), MMV_READ_WRITE, &options, &map), cases[i].status);
        assert_int_equal(created, cases[i].created);
        assert_int_equal(file_exists(scratch("made")), cases[i].exists || cases[i].created);
        mmv_map_close(&map);
    }
}

static void test_wrong_arguments_are_named(void **state)
{
    mmv_map *map = (mmv_map *)&state;
    const char *path = scratch("arguments");
    file_put(path, "1", 1);
    assert_bad(mmv_map_open("", MMV_READ, &map), MMV_EINVAL, "path");
    assert_bad(mmv_map_open(NULL, MMV_READ, &map), MMV_EINVAL, "path");
    assert_bad(mmv_map_open(path, 0, &map), MMV_EINVAL, "access");
    assert_bad(mmv_map_open(path, 4, &map), MMV_EINVAL, "access");
    assert_bad(mmv_map_open(path, MMV_EXECUTE, &map), MMV_EINVAL, "access");
    assert_bad(mmv_map_open(path, MMV_READ | 16u, &map), MMV_EINVAL, "access");
    assert_bad(open_as(path, MMV_READ_WRITE, (mmv_open_mode)4, 0, &map), MMV_EINVAL, "mode");
    assert_bad(open_as(path, MMV_READ_WRITE, (mmv_open_mode)-1, 0, &map), MMV_EINVAL, "mode");
    assert_null(map);
    map = (mmv_map *)&state;
    assert_bad(mmv_map_from_descriptor(-1, true, MMV_READ, 0, &map), MMV_EINVAL, "descriptor");
    assert_null(map);
    assert_bad(mmv_map_from_descriptor(0, false, 0, 0, &map), MMV_EINVAL, "access");
    mmv_map_close(&map);
}

static void check_refused(const char *path, mmv_status wanted)
{
    mmv_map *map = NULL;
    unsigned before = open_descriptors();
    for (mmv_access access = MMV_READ; access <= MMV_COPY_ON_WRITE; access++) {
        assert_status(mmv_map_open(path, access, &map), wanted);
        assert_string_equal(mmv_last_error()->file, path);
    }
    assert_null(map);
    assert_int_equal(open_descriptors(), before);
}

static void test_what_cannot_be_mapped_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir(scratch("directory"), 0777), 0);
    check_refused(scratch("directory"), MMV_EKIND);
    check_refused(scratch("missing"), MMV_ENOENT);
    check_refused(scratch("missing/file"), MMV_ENOENT);
    mmv_map *map = NULL;
    assert_status(open_as(scratch("directory"), MMV_READ_WRITE, MMV_OPEN_OR_CREATE, 0, &map), MMV_EKIND);
    assert_status(open_as(scratch("missing/file"), MMV_READ_WRITE, MMV_CREATE, 0, &map), MMV_ENOENT);
}

static void test_symbolic_links(void **state)
{
    mmv_map *map = NULL;
    mmv_map_options options = {.no_follow = true};
    (void)state;
    file_put(scratch("target"), "12", 2);
    assert_int_equal(symlink(scratch("target"), scratch("link")), 0);
    map = must_open(scratch("link"), MMV_READ);
    assert_int_equal(mmv_map_capacity(map), 2);
    mmv_map_close(&map);
    assert_status(mmv_map_open_with(scratch("link"), MMV_READ, &options, &map), MMV_ESYSTEM);
    assert_int_equal(mmv_last_error()->os_error, ELOOP);
    options.mode = MMV_CREATE;
    assert_status(mmv_map_open_with(scratch("link"), MMV_READ_WRITE, &options, &map), MMV_ESYSTEM);
    assert_true(file_is(scratch("target"), "12", 2));
    assert_ok(mmv_map_open_with(scratch("target"), MMV_READ, &(mmv_map_options){.no_follow = true}, &map));
    mmv_map_close(&map);
}

static void test_permissions_of_a_new_file(void **state)
{
    struct stat facts;
    mmv_map *map = NULL;
    (void)state;
    mode_t before = umask(027);
    assert_ok(open_as(scratch("usual"), MMV_READ_WRITE, MMV_CREATE, 0, &map));
    mmv_map_close(&map);
    mmv_map_options options = {.mode = MMV_CREATE_NEW, .permissions = 0600};
    assert_ok(mmv_map_open_with(scratch("private"), MMV_READ_WRITE, &options, &map));
    mmv_map_close(&map);
    umask(before);
    assert_int_equal(stat(scratch("usual"), &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0640);
    assert_int_equal(stat(scratch("private"), &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
}

/* ---- descriptors ------------------------------------------------------------------------------------------------ */

static bool is_open(int descriptor)
{
    return fcntl(descriptor, F_GETFD) >= 0;
}

static void test_whose_descriptor_it_is(void **state)
{
    const char *path = scratch("descriptor");
    mmv_map *map = NULL;
    (void)state;
    file_put(path, "12345", 5);
    int descriptor = open(path, O_RDWR);
    assert_ok(mmv_map_from_descriptor(descriptor, false, MMV_READ_WRITE, 10, &map));
    assert_string_equal(mmv_map_path(map), "");
    assert_int_equal(mmv_map_descriptor(map), descriptor);
    assert_int_equal(file_length(path), 10);
    mmv_map_close(&map);
    assert_true(is_open(descriptor));
    assert_ok(mmv_map_from_descriptor(descriptor, true, MMV_READ, 0, &map));
    mmv_map_close(&map);
    assert_false(is_open(descriptor));
}

static void test_a_descriptor_of_its_own(void **state)
{
    mmv_map *map = NULL;
    mmv_view view;
    (void)state;
    file_put(scratch("descriptor"), "12345", 5);
    unsigned before = open_descriptors();
    int descriptor = open(scratch("descriptor"), O_RDWR);
    assert_ok(mmv_map_from_duplicate(descriptor, MMV_READ_WRITE, 10, &map));
    assert_int_not_equal(mmv_map_descriptor(map), descriptor);
    assert_int_equal(fcntl(mmv_map_descriptor(map), F_GETFD), FD_CLOEXEC);
    close(descriptor);
    assert_ok(mmv_view_open(map, 0, 0, &view));
    assert_memory_equal(view.data, "12345", 5);
    mmv_view_close(&view);
    assert_ok(mmv_map_grow(map, 20));
    mmv_map_close(&map);
    assert_int_equal(open_descriptors(), before);
    assert_bad(mmv_map_from_duplicate(-1, MMV_READ, 0, &map), MMV_EINVAL, "descriptor");
    descriptor = open(scratch("descriptor"), O_RDONLY);
    assert_status(mmv_map_from_duplicate(descriptor, MMV_READ_WRITE, 0, &map), MMV_EACCES);
    assert_bad(mmv_map_from_duplicate(descriptor, MMV_READ, 5, &map), MMV_ERANGE, "capacity");
    assert_null(map);
    assert_true(is_open(descriptor));
    close(descriptor);
    assert_int_equal(open_descriptors(), before);
}

static void test_a_descriptor_given_away_is_closed_on_failure(void **state)
{
    const char *path = scratch("given");
    mmv_map *map = NULL;
    (void)state;
    file_put(path, "12345", 5);
    int reader = open(path, O_RDONLY);
    assert_status(mmv_map_from_descriptor(reader, false, MMV_READ_WRITE, 0, &map), MMV_EACCES);
    assert_true(is_open(reader));
    assert_status(mmv_map_from_descriptor(reader, true, MMV_READ_WRITE, 0, &map), MMV_EACCES);
    assert_false(is_open(reader));
    int writer = open(path, O_WRONLY);
    assert_status(mmv_map_from_descriptor(writer, true, MMV_READ, 0, &map), MMV_EACCES);
    assert_false(is_open(writer));
    /* With O_APPEND every write would go to the end, whatever its offset. */
    int appender = open(path, O_RDWR | O_APPEND);
    assert_status(mmv_map_from_descriptor(appender, true, MMV_READ_WRITE, 0, &map), MMV_EACCES);
    assert_false(is_open(appender));
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_status(mmv_map_from_descriptor(ends[0], true, MMV_READ, 0, &map), MMV_EKIND);
    assert_false(is_open(ends[0]));
    close(ends[1]);
    int both = open(path, O_RDWR);
    assert_bad(mmv_map_from_descriptor(both, true, MMV_READ, 6, &map), MMV_EINVAL, "capacity");
    assert_false(is_open(both));
    assert_null(map);
}

/* ---- refresh, identity, locks, sync ----------------------------------------------------------------------------- */

static void test_refresh_sees_the_new_length(void **state)
{
    const char *path = scratch("refresh");
    (void)state;
    file_put(path, "12345", 5);
    mmv_map *map = must_open(path, MMV_READ);
    file_put_at(path, "6789", 4, 5);
    assert_int_equal(mmv_map_capacity(map), 5);
    assert_ok(mmv_map_refresh(map));
    assert_int_equal(mmv_map_capacity(map), 9);
    file_cut(path, 2);
    assert_ok(mmv_map_refresh(map));
    assert_int_equal(mmv_map_capacity(map), 2);
    fault_at(FAULT_FACTS, 1, EIO);
    assert_status(mmv_map_refresh(map), MMV_EIO);
    fault_reset();
    assert_int_equal(mmv_map_capacity(map), 2);
    mmv_map_close(&map);
}

static bool same(const char *a, const char *b)
{
    mmv_map *first = must_open(a, MMV_READ);
    mmv_map *second = must_open(b, MMV_READ_WRITE);
    bool answer = mmv_map_same_file(first, second);
    assert_int_equal(mmv_map_same_file(second, first), answer);
    mmv_map_close(&first);
    mmv_map_close(&second);
    return answer;
}

static void test_the_same_file_by_any_name(void **state)
{
    char roundabout[600];
    (void)state;
    file_put(scratch("one"), "12345", 5);
    file_put(scratch("other"), "12345", 5);
    assert_int_equal(link(scratch("one"), scratch("hard")), 0);
    assert_int_equal(symlink(scratch("one"), scratch("soft")), 0);
    snprintf(roundabout, sizeof roundabout, "%s/./one", scratch("."));
    assert_true(same(scratch("one"), scratch("one")));
    assert_true(same(scratch("one"), scratch("hard")));
    assert_true(same(scratch("one"), scratch("soft")));
    assert_true(same(scratch("hard"), roundabout));
    assert_false(same(scratch("one"), scratch("other")));
}

static void test_locks(void **state)
{
    const char *path = scratch("locks");
    (void)state;
    file_put(path, "12345", 5);
    mmv_map *one = must_open(path, MMV_READ_WRITE);
    mmv_map *two = must_open(path, MMV_READ_WRITE);
    mmv_map *reader = must_open(path, MMV_READ);
    if (mmv_map_lock(one, 0, 1, 0) == MMV_ENOTSUP) {
        mmv_map_close(&one);
        mmv_map_close(&two);
        mmv_map_close(&reader);
        assert_true(MMV_POSIX_ONLY);
        skip_because("POSIX has no locks that are kept as long as a descriptor");
    }
    assert_bad(mmv_map_lock(one, UINT64_C(1) << 62, 0, 0), MMV_ERANGE, "offset");
    assert_bad(mmv_map_lock(one, 1, UINT64_C(1) << 62, 0), MMV_ERANGE, "length");
    assert_ok(mmv_map_lock(one, 0, 2, 0));
    assert_status(mmv_map_lock(two, 0, 0, 0), MMV_EBUSY);
    assert_status(mmv_map_lock(two, 1, 1, 30), MMV_EBUSY);
    assert_status(mmv_map_lock(reader, 0, 0, 0), MMV_EBUSY);
    assert_ok(mmv_map_lock(two, 2, 0, 0));
    assert_status(mmv_map_lock(one, UINT64_C(1) << 40, 1, 0), MMV_EBUSY);
    mmv_map_close(&one);
    assert_ok(mmv_map_lock(two, 0, 0, 0));
    mmv_map_close(&two);
    two = must_open(path, MMV_COPY_ON_WRITE);
    assert_ok(mmv_map_lock(reader, 0, 0, 0));
    assert_ok(mmv_map_lock(two, 0, 0, 0));
    mmv_map_close(&one);
    mmv_map_close(&two);
    mmv_map_close(&reader);
}

static void test_a_failed_sync_is_told(void **state)
{
    const int errors[] = {EIO, ENOSPC};
    const mmv_status wanted[] = {MMV_EIO, MMV_ENOSPC};
    const char *path = scratch("sync");
    (void)state;
    file_put(path, "12345", 5);
    mmv_map *map = must_open(path, MMV_READ_WRITE);
    for (size_t i = 0; i < COUNT(errors); i++) {
        fault_at(FAULT_SYNC, 1, errors[i]);
        assert_status(mmv_map_sync(map), wanted[i]);
        assert_string_equal(mmv_last_error()->file, path);
    }
    fault_reset();
    assert_ok(mmv_map_sync(map));
    mmv_map_close(&map);
}

/* ---- closing in any order --------------------------------------------------------------------------------------- */

struct household {
    mmv_map *map;
    mmv_view view;
    mmv_cursor cursor;
    mmv_pool *pool;
};

static void check_still_readable(struct household *house)
{
    size_t left;
    if (house->view.map_)
        assert_memory_equal(house->view.data, "12345", 5);
    if (house->cursor.pool_)
        assert_memory_equal(mmv_acquire(&house->cursor, 0, 5, &left), "12345", 5);
}

static void close_one(struct household *house, int which)
{
    if (which == 0)
        mmv_map_close(&house->map);
    else if (which == 1)
        mmv_view_close(&house->view);
    else
        mmv_cursor_close(&house->cursor);
}

static void test_closing_in_any_order(void **state)
{
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    const char *path = scratch("household");
    struct household house = {0};
    (void)state;
    file_put(path, "12345", 5);
    assert_ok(mmv_pool_create(NULL, &house.pool));
    for (size_t i = 0; i < COUNT(orders); i++) {
        house.map = must_open(path, MMV_READ_WRITE);
        int descriptor = mmv_map_descriptor(house.map);
        assert_ok(mmv_view_open(house.map, 0, 0, &house.view));
        assert_ok(mmv_cursor_open(house.pool, house.map, &house.cursor));
        for (int step = 0; step < 3; step++) {
            check_still_readable(&house);
            assert_true(is_open(descriptor));
            close_one(&house, orders[i][step]);
            close_one(&house, orders[i][step]);
        }
        assert_false(is_open(descriptor));
    }
    mmv_pool_destroy(&house.pool);
    mmv_pool_destroy(&house.pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_every_mode_with_every_access, fault_end),
        cmocka_unit_test_teardown(test_whether_the_call_made_the_file, fault_end),
        cmocka_unit_test_teardown(test_wrong_arguments_are_named, fault_end),
        cmocka_unit_test_teardown(test_what_cannot_be_mapped_is_refused, fault_end),
        cmocka_unit_test_teardown(test_symbolic_links, fault_end),
        cmocka_unit_test_teardown(test_permissions_of_a_new_file, fault_end),
        cmocka_unit_test_teardown(test_whose_descriptor_it_is, fault_end),
        cmocka_unit_test_teardown(test_a_descriptor_of_its_own, fault_end),
        cmocka_unit_test_teardown(test_a_descriptor_given_away_is_closed_on_failure, fault_end),
        cmocka_unit_test_teardown(test_refresh_sees_the_new_length, fault_end),
        cmocka_unit_test_teardown(test_the_same_file_by_any_name, fault_end),
        cmocka_unit_test_teardown(test_locks, fault_end),
        cmocka_unit_test_teardown(test_a_failed_sync_is_told, fault_end),
        cmocka_unit_test_teardown(test_closing_in_any_order, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
