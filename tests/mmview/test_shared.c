/* SPDX-License-Identifier: MIT */
/* test_shared.c - maps by name, files by name, and without one: who finds them, and what is refused. */

#include "check.h"

#include "os/file.h"
#include "peers.h"
#include "scratch.h"

#include <mmview/shared.h>
#include <mmview/typed.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- finding ---------------------------------------------------------------------------------------------------- */

static int add_one(const char *name)
{
    mmv_map *map;
    mmv_view view;
    int32_t value;
    if (mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map) != MMV_OK || mmv_view_open(map, 0, 0, &view) != MMV_OK)
        return 1;
    if (view.length != PEERS_SIZE || mmv_view_read_int32(&view, PEERS_SIZE - 4, &value) != MMV_OK)
        return 2;
    mmv_status status = mmv_view_write_int32(&view, PEERS_SIZE - 4, value + 1);
    mmv_view_close(&view);
    mmv_map_close(&map);
    return status == MMV_OK ? 0 : 3;
}

static void test_processes_share_the_bytes(void **state)
{
    mmv_view view;
    int32_t value = 0;
    (void)state;
    const char *name = peers_name("bytes");
    mmv_map *map = peers_map(name);
    assert_true(mmv_map_capacity(map) == PEERS_SIZE);
    assert_string_equal(mmv_map_path(map), peers_path(name));
    assert_ok(mmv_view_open(map, 0, 0, &view));
    for (size_t i = 0; i < PEERS_SIZE; i++)
        assert_int_equal(((char *)view.data)[i], 0);
    assert_ok(mmv_view_write_int32(&view, PEERS_SIZE - 4, 41));
    assert_int_equal(in_child(add_one, name), 0);
    assert_ok(mmv_view_read_int32(&view, PEERS_SIZE - 4, &value));
    assert_int_equal(value, 42);
    mmv_view_close(&view);
    mmv_map_close(&map);
    peers_tidy(name);
}

/* Others find the same bytes by the path: exactly so many, and nothing besides. */
static void test_others_find_the_bytes_by_the_path(void **state)
{
    mmv_view view;
    int32_t value = 0;
    (void)state;
    const char *name = peers_name("path");
    mmv_map *map = peers_map(name);
    assert_ok(mmv_view_open(map, 0, 0, &view));
    assert_ok(mmv_view_write_int32(&view, PEERS_SIZE - 4, 42));
    int descriptor = open(peers_path(name), O_RDWR);
    struct stat facts;
    assert_true(descriptor >= 0 && fstat(descriptor, &facts) == 0);
    assert_int_equal(facts.st_size, PEERS_SIZE);
    assert_int_equal(facts.st_mode & 0777, 0600);
    assert_int_equal(pread(descriptor, &value, 4, PEERS_SIZE - 4), 4);
    assert_int_equal(value, 42);
    close(descriptor);
    mmv_view_close(&view);
    mmv_map_close(&map);
    peers_tidy(name);
}

static void test_modes(void **state)
{
    mmv_map *map, *other;
    bool created;
    (void)state;
    const char *name = peers_name("modes");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    options.created_ret = &created;
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map), MMV_ENOENT);
    assert_null(map);
    options.mode = MMV_OPEN_OR_CREATE;
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map));
    assert_true(created);
    /* An existing one has its own size. */
    options.capacity = 3 * PEERS_SIZE;
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, &options, &other));
    assert_false(created);
    assert_true(mmv_map_capacity(other) == PEERS_SIZE);
    assert_true(mmv_map_same_file(map, other));
    mmv_map_close(&other);
    options.mode = MMV_CREATE_NEW;
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, &options, &other), MMV_EEXIST);
    mmv_map_close(&map);
    peers_tidy(name);
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map), MMV_ENOENT);
    /* The next one of that name has nothing of it. */
    options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_map_open_named(name, MMV_READ, &options, &map));
    mmv_map_close(&map);
    peers_tidy(name);
}

static void test_what_is_refused(void **state)
{
    mmv_map *map;
    char longest[MMV_NAME_MAX + 1];
    (void)state;
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_bad(mmv_map_open_named("", MMV_READ_WRITE, &options, &map), MMV_EINVAL, "name");
    assert_bad(mmv_map_open_named(NULL, MMV_READ_WRITE, &options, &map), MMV_EINVAL, "name");
    memset(longest, 'x', sizeof longest);
    longest[MMV_NAME_MAX] = '\0';
    snprintf(longest, 20, "%019ld", (long)getpid());
    longest[19] = 'x';
    assert_ok(mmv_map_open_named(longest, MMV_READ_WRITE, &options, &map));
    mmv_map_close(&map);
    peers_tidy(longest);
    const char *name = peers_name("refused");
    options.capacity = 0;
    assert_bad(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_ERANGE, "capacity");
    options.capacity = UINT64_MAX;
    assert_bad(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_ERANGE, "capacity");
    options = peers_options(MMV_CREATE_NEW);
    options.permissions = 01000;
    assert_bad(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_EINVAL, "permissions");
    options = peers_options(MMV_CREATE_NEW);
    options.mode = MMV_CREATE;
    assert_bad(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_EINVAL, "mode");
    options.mode = (mmv_open_mode)9;
    assert_bad(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_EINVAL, "mode");
    options = peers_options(MMV_CREATE_NEW);
    assert_bad(mmv_map_open_named(name, MMV_WRITE, &options, &map), MMV_EINVAL, "access");
    assert_bad(mmv_map_open_named(name, 0, &options, &map), MMV_EINVAL, "access");
    /* More memory than there is: said at once, and the name is free. */
    options.capacity = (uint64_t)1 << 50;
    if (!MMV_POSIX_ONLY)
        assert_status(mmv_map_open_named(name, MMV_READ_WRITE, &options, &map), MMV_ENOSPC);
    assert_status(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &map), MMV_ENOENT);
}

/* ---- names of files --------------------------------------------------------------------------------------------- */

static void test_the_name_of_a_file(void **state)
{
    mmv_map *file, *named;
    mmv_view view;
    mmv_shared_info info;
    (void)state;
    const char *name = peers_name("ImgA");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    file_make(scratch("image"), 5000, 1);
    assert_ok(mmv_map_open(scratch("image"), MMV_READ_WRITE, &file));
    assert_ok(mmv_map_share(file, name, &options));
    assert_bad(mmv_map_share(file, name, &options), MMV_EINVAL, "map");
    assert_ok(mmv_shared_stat(name, &info));
    assert_int_equal(info.kind, MMV_SHARED_FILE);
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &named));
    assert_true(mmv_map_same_file(file, named));
    assert_true(mmv_map_capacity(named) == 5000);
    assert_ok(mmv_view_open(named, 4999, 1, &view));
    *(char *)view.data = 'z';
    mmv_view_close(&view);
    char last;
    file_get(scratch("image"), &last, 1, 4999);
    assert_int_equal(last, 'z');
    if (!peers_must_last()) {
        /* The first goes, the other still has it. */
        mmv_map_close(&file);
        assert_true(peers_exists(name));
        mmv_map_close(&named);
        assert_false(peers_exists(name));
        return;
    }
    mmv_map_close(&named);
    mmv_map_close(&file);
    peers_tidy(name);
}

static void test_the_name_of_a_file_by_its_descriptor(void **state)
{
    mmv_map *file, *named;
    (void)state;
    const char *name = peers_name("descriptor");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    file_make(scratch("image"), 5000, 1);
    int descriptor = open(scratch("image"), O_RDWR);
    assert_ok(mmv_map_from_descriptor(descriptor, true, MMV_READ_WRITE, 0, &file));
    /* By the name that it has now. */
    assert_int_equal(rename(scratch("image"), scratch("other")), 0);
    assert_ok(mmv_map_share(file, name, &options));
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &named));
    assert_true(mmv_map_same_file(file, named));
    mmv_map_close(&named);
    mmv_map_close(&file);
    peers_tidy(name);
    /* One that has none any more. */
    assert_ok(mmv_map_from_descriptor(open(scratch("other"), O_RDWR), true, MMV_READ_WRITE, 0, &file));
    unlink(scratch("other"));
    assert_bad(mmv_map_share(file, name, &options), MMV_EINVAL, "map");
    mmv_map_close(&file);
}

static void test_open_and_share_or_neither(void **state)
{
    mmv_map *map, *other;
    bool created = true;
    (void)state;
    peers_need_locks();
    const char *name = peers_name("both");
    mmv_map_options options = {.mode = MMV_CREATE_NEW, .capacity = 100, .created_ret = &created};
    unlink(scratch("new"));
    assert_ok(mmv_map_open_and_share(scratch("new"), MMV_READ_WRITE, &options, name, &map));
    assert_true(created);
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &other));
    assert_true(mmv_map_same_file(map, other));
    mmv_map_close(&other);
    /* Taken: no new file, and none that loses its bytes. */
    assert_status(mmv_map_open_and_share(scratch("newer"), MMV_READ_WRITE, &options, name, &other), MMV_EEXIST);
    assert_null(other);
    assert_false(created);
    assert_false(file_exists(scratch("newer")));
    file_put(scratch("kept"), "12345", 5);
    options.mode = MMV_CREATE;
    assert_status(mmv_map_open_and_share(scratch("kept"), MMV_READ_WRITE, &options, name, &other), MMV_EEXIST);
    assert_true(file_is(scratch("kept"), "12345", 5));
    assert_bad(mmv_map_open_and_share(scratch("newer"), MMV_READ_WRITE, &options, "", &other), MMV_EINVAL, "name");
    assert_false(file_exists(scratch("newer")));
    mmv_map_close(&map);
    assert_false(peers_exists(name));
    /* A name that nobody sees is free can be taken all the same: a stranger's file lies there. */
    file_put(peers_path(name), "1", 1);
    options.mode = MMV_CREATE_NEW;
    assert_status(mmv_map_open_and_share(scratch("newer"), MMV_READ_WRITE, &options, name, &other), MMV_EEXIST);
    assert_false(file_exists(scratch("newer")));
    options.mode = MMV_CREATE;
    assert_status(mmv_map_open_and_share(scratch("kept"), MMV_READ_WRITE, &options, name, &other), MMV_EEXIST);
    assert_true(file_is(scratch("kept"), "12345", 5));
    unlink(peers_path(name));
    assert_ok(mmv_map_open_and_share(scratch("kept"), MMV_READ, NULL, name, &map));
    mmv_map_close(&map);
    assert_status(mmv_map_open_and_share(scratch("newer"), MMV_READ, NULL, name, &map), MMV_ENOENT);
}

/* As on Windows: a map that is made for reading is nobody's to write. */
static void test_the_makers_access_is_the_limit(void **state)
{
    static const mmv_access makers[] = {MMV_READ, MMV_COPY_ON_WRITE, MMV_READ_WRITE};
    (void)state;
    peers_need_locks();
    for (size_t i = 0; i < COUNT(makers); i++) {
        mmv_map *map, *other;
        const char *name = peers_name("limit");
        mmv_shared_options options = peers_options(MMV_CREATE_NEW);
        bool may_write = makers[i] == MMV_READ_WRITE;
        options.limits = 1;
        assert_ok(mmv_map_open_named(name, makers[i], &options, &map));
        assert_status(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &other), may_write ? MMV_OK : MMV_EACCES);
        mmv_map_close(&other);
        assert_ok(mmv_map_open_named(name, MMV_READ, NULL, &other));
        mmv_map_close(&other);
        assert_ok(mmv_map_open_named(name, MMV_COPY_ON_WRITE, NULL, &other));
        mmv_map_close(&other);
        mmv_map_close(&map);
        assert_false(peers_exists(name));
    }
    mmv_map *map;
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    assert_ok(mmv_map_open_named(peers_name("none"), MMV_READ, &options, &map));
    mmv_map_close(&map);
    options.limits = 2;
    assert_bad(mmv_map_open_named(peers_name("limit"), MMV_READ, &options, &map), MMV_EINVAL, "limits");
}

static mmv_status touch(const mmv_chunk *chunk, void *user)
{
    (void)chunk, (void)user;
    return MMV_OK;
}

static int compare_bytes(const void *record, const void *key, void *user)
{
    (void)user;
    return *(const char *)record - *(const char *)key;
}

/* For stores alone, and for no byte: of maps that exist, and of files' maps. */
static void check_less(const char *name, mmv_access access)
{
    mmv_map *map, *plain;
    mmv_view view;
    mmv_pool *pool;
    mmv_cursor cursor;
    uint64_t index;
    int32_t value = 0;
    bool writes = access == MMV_WRITE;
    const mmv_search_options search = {.compare = compare_bytes};
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, NULL, &plain));
    assert_ok(mmv_map_open_named(name, access, NULL, &map));
    assert_int_equal(mmv_map_access(map), access);
    assert_true(mmv_map_capacity(map) > 0);
    for (mmv_access as = MMV_READ; as <= MMV_WRITE; as++) {
        mmv_status status = mmv_view_open_as(map, as, 0, 0, &view);
        assert_int_equal(status, writes && as == MMV_WRITE ? MMV_OK : MMV_EACCES);
        if (status == MMV_OK)
            mmv_view_close(&view);
    }
    assert_status(mmv_view_open(map, 0, 0, &view), writes ? MMV_OK : MMV_EACCES);
    if (writes) {
        assert_ok(mmv_view_write_int32(&view, 0, 77));
        assert_status(mmv_view_read_int32(&view, 0, &value), MMV_EACCES);
        mmv_view_close(&view);
        assert_ok(mmv_view_open(plain, 0, 0, &view));
        assert_ok(mmv_view_read_int32(&view, 0, &value));
        assert_int_equal(value, 77);
        mmv_view_close(&view);
    }
    assert_status(mmv_walk(map, NULL, touch, NULL), MMV_EACCES);
    assert_status(mmv_lower_bound(map, &search, "", &index), MMV_EACCES);
    assert_ok(mmv_pool_create(NULL, &pool));
    assert_status(mmv_cursor_open(pool, map, &cursor), MMV_EACCES);
    mmv_pool_destroy(&pool);
    mmv_map_close(&map);
    mmv_map_close(&plain);
}

static void test_less_than_reading(void **state)
{
    mmv_map *map, *file;
    (void)state;
    const char *name = peers_name("less"), *image = peers_name("image");
    mmv_shared_options options = peers_options(MMV_OPEN_OR_CREATE);
    assert_bad(mmv_map_open_named(name, MMV_WRITE, &options, &map), MMV_EINVAL, "access");
    assert_bad(mmv_map_open_named(name, MMV_NO_VIEWS, &options, &map), MMV_EINVAL, "access");
    assert_bad(mmv_map_open_named(name, MMV_NO_VIEWS | MMV_EXECUTE, NULL, &map), MMV_EINVAL, "access");
    assert_status(mmv_map_open_named(name, MMV_WRITE, NULL, &map), MMV_ENOENT);
    mmv_map *own = peers_map(name);
    file_make(scratch("image"), 5000, 1);
    assert_ok(mmv_map_open(scratch("image"), MMV_READ_WRITE, &file));
    assert_ok(mmv_map_share(file, image, &options));
    check_less(name, MMV_WRITE);
    check_less(name, MMV_NO_VIEWS);
    check_less(image, MMV_WRITE);
    check_less(image, MMV_NO_VIEWS);
    assert_ok(mmv_map_open_named(name, MMV_WRITE, &options, &map));
    mmv_map_close(&map);
    mmv_map_close(&file);
    mmv_map_close(&own);
    peers_tidy(name);
    peers_tidy(image);
}

static void test_the_name_of_a_file_that_was_replaced(void **state)
{
    mmv_map *file, *named;
    (void)state;
    const char *name = peers_name("replaced");
    mmv_shared_options options = peers_options(MMV_CREATE_NEW);
    file_make(scratch("image"), 5000, 1);
    assert_ok(mmv_map_open(scratch("image"), MMV_READ_WRITE, &file));
    assert_ok(mmv_map_share(file, name, &options));
    file_make(scratch("image.new"), 5000, 2);
    assert_int_equal(rename(scratch("image.new"), scratch("image")), 0);
    assert_status(mmv_map_open_named(name, MMV_READ, NULL, &named), MMV_ENOENT);
    assert_null(named);
    unlink(scratch("image"));
    assert_status(mmv_map_open_named(name, MMV_READ, NULL, &named), MMV_ENOENT);
    mmv_map_close(&file);
    peers_tidy(name);
    /* What has no path has no name to give. */
    assert_ok(mmv_map_create_unnamed(100, MMV_READ_WRITE, NULL, &file));
    assert_bad(mmv_map_share(file, name, &options), MMV_EINVAL, "map");
    mmv_map_close(&file);
}

/* ---- without a name --------------------------------------------------------------------------------------------- */

static void test_unnamed(void **state)
{
    mmv_map *map;
    mmv_view view;
    (void)state;
    assert_ok(mmv_map_create_unnamed(1, MMV_READ_WRITE, NULL, &map));
    assert_true(mmv_map_capacity(map) == 1);
    assert_ok(mmv_view_open(map, 0, 0, &view));
    assert_int_equal(view.length, 1);
    assert_int_equal(*(char *)view.data, 0);
    mmv_view_close(&view);
    assert_int_equal(mmv_map_is_sealed(map), !MMV_POSIX_ONLY);
    if (!MMV_POSIX_ONLY) {
        assert_int_equal(ftruncate(mmv_map_descriptor(map), 0), -1);
        assert_true(mmv_map_capacity(map) == 1);
    }
    assert_ok(mmv_map_grow(map, 100000));
    assert_ok(mmv_view_open(map, 99999, 1, &view));
    mmv_view_close(&view);
    mmv_map_close(&map);
    assert_bad(mmv_map_create_unnamed(0, MMV_READ_WRITE, NULL, &map), MMV_ERANGE, "capacity");
    assert_bad(mmv_map_create_unnamed(UINT64_MAX, MMV_READ_WRITE, NULL, &map), MMV_ERANGE, "capacity");
    assert_bad(mmv_map_create_unnamed(1, 0, NULL, &map), MMV_EINVAL, "access");
    /* More than there is: refused, and not taken from others until somebody is killed. */
    if (!MMV_POSIX_ONLY)
        assert_status(mmv_map_create_unnamed((uint64_t)1 << 50, MMV_READ_WRITE, NULL, &map), MMV_ENOSPC);
}

/* Given on: a child has it when that is wanted. */
static void test_inherited(void **state)
{
    mmv_map *map;
    (void)state;
    assert_ok(mmv_map_create_unnamed(1, MMV_READ_WRITE, NULL, &map));
    assert_int_equal(fcntl(mmv_map_descriptor(map), F_GETFD), FD_CLOEXEC);
    assert_ok(mmv_map_set_inheritable(map, true));
    assert_int_equal(fcntl(mmv_map_descriptor(map), F_GETFD), 0);
    assert_ok(mmv_map_set_inheritable(map, false));
    assert_int_equal(fcntl(mmv_map_descriptor(map), F_GETFD), FD_CLOEXEC);
    mmv_map_close(&map);
}

static void test_memory_now_or_later(void **state)
{
    mmv_map *map;
    mmv__os_facts facts;
    (void)state;
    mmv_shared_options delay = {.delay_allocation = true};
    assert_ok(mmv_map_create_unnamed(MMV_MIB, MMV_READ_WRITE, NULL, &map));
    assert_int_equal(mmv__os_get_facts(mmv_map_descriptor(map), &facts), 0);
    if (!MMV_POSIX_ONLY)
        assert_true(facts.allocated >= MMV_MIB);
    mmv_map_close(&map);
    assert_ok(mmv_map_create_unnamed(MMV_MIB, MMV_READ_WRITE, &delay, &map));
    assert_int_equal(mmv__os_get_facts(mmv_map_descriptor(map), &facts), 0);
    assert_int_equal(facts.allocated, 0);
    mmv_map_close(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_processes_share_the_bytes),
        cmocka_unit_test(test_others_find_the_bytes_by_the_path),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_the_name_of_a_file),
        cmocka_unit_test(test_the_name_of_a_file_by_its_descriptor),
        cmocka_unit_test(test_open_and_share_or_neither),
        cmocka_unit_test(test_the_makers_access_is_the_limit),
        cmocka_unit_test(test_less_than_reading),
        cmocka_unit_test(test_the_name_of_a_file_that_was_replaced),
        cmocka_unit_test(test_unnamed),
        cmocka_unit_test(test_inherited),
        cmocka_unit_test(test_memory_now_or_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
