/* SPDX-License-Identifier: MIT */
/* test_map.c - opening, capacity, growth, identity, locks, and who keeps the file open until when. */

#include "check.h"

#include "faults.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define HUGE_CAPACITY ((uint64_t)INT64_MAX)

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

static void make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(strlen(path) < sizeof address.sun_path);
    strcpy(address.sun_path, path);
    assert_int_equal(bind(descriptor, (struct sockaddr *)&address, sizeof address), 0);
    close(descriptor);
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
    assert_int_equal(mkfifo(scratch("fifo"), 0666), 0);
    make_socket(scratch("socket"));
    check_refused(scratch("directory"), MMV_EKIND);
    check_refused(scratch("fifo"), MMV_EKIND);
    check_refused(scratch("socket"), MMV_EKIND);
    check_refused(scratch("missing"), MMV_ENOENT);
    check_refused(scratch("missing/file"), MMV_ENOENT);
    mmv_map *map = NULL;
    assert_status(open_as(scratch("directory"), MMV_READ_WRITE, MMV_OPEN_OR_CREATE, 0, &map), MMV_EKIND);
    assert_status(open_as(scratch("missing/file"), MMV_READ_WRITE, MMV_CREATE, 0, &map), MMV_ENOENT);
    assert_true(file_exists(scratch("fifo")) && file_exists(scratch("socket")));
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

/* ---- capacity and growth ---------------------------------------------------------------------------------------- */

static void test_capacity_rules(void **state)
{
    const char *path = scratch("capacity");
    mmv_map *map = NULL;
    (void)state;
    file_put(path, "12345", 5);
    assert_bad(open_as(path, MMV_READ, MMV_OPEN_EXISTING, 4, &map), MMV_ERANGE, "capacity");
    assert_bad(open_as(path, MMV_READ_WRITE, MMV_OPEN_EXISTING, 4, &map), MMV_ERANGE, "capacity");
    assert_bad(open_as(path, MMV_READ, MMV_OPEN_EXISTING, 6, &map), MMV_EINVAL, "capacity");
    assert_bad(open_as(path, MMV_COPY_ON_WRITE, MMV_OPEN_EXISTING, 6, &map), MMV_EINVAL, "capacity");
    assert_bad(open_as(path, MMV_READ_WRITE, MMV_OPEN_EXISTING, HUGE_CAPACITY + 1, &map), MMV_ERANGE, "capacity");
    assert_bad(open_as(path, MMV_READ_WRITE, MMV_OPEN_EXISTING, UINT64_MAX, &map), MMV_ERANGE, "capacity");
    assert_true(file_is(path, "12345", 5));
    assert_ok(open_as(path, MMV_READ, MMV_OPEN_EXISTING, 5, &map));
    assert_int_equal(mmv_map_capacity(map), 5);
    mmv_map_close(&map);
}

static void check_grown(const char *path, uint64_t capacity)
{
    assert_int_equal(file_length(path), capacity);
#if !MMV_POSIX_ONLY
    assert_true(file_allocated(path) >= capacity);
#endif
}

static void test_growth_has_real_blocks_and_keeps_the_bytes(void **state)
{
    const uint64_t sizes[] = {6, 4095, 4096, 4097, 1000003, 4 * MMV_MIB + 1};
    const char *path = scratch("growth");
    mmv_map *map = NULL;
    char text[8] = {0};
    (void)state;
    file_put(path, "12345", 5);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        assert_ok(open_as(path, MMV_READ_WRITE, MMV_OPEN_OR_CREATE, sizes[i], &map));
        assert_int_equal(mmv_map_capacity(map), sizes[i]);
        check_grown(path, sizes[i]);
        assert_ok(mmv_map_grow(map, sizes[i]));
        assert_ok(mmv_map_grow(map, sizes[i] + 1));
        assert_int_equal(mmv_map_capacity(map), sizes[i] + 1);
        check_grown(path, sizes[i] + 1);
        assert_ok(mmv_map_sync(map));
        mmv_map_close(&map);
        unlink(path);
        file_put(path, "12345", 5);
    }
    assert_ok(open_as(path, MMV_READ_WRITE, MMV_OPEN_EXISTING, 8, &map));
    mmv_map_close(&map);
    file_get(path, text, 8, 0);
    assert_memory_equal(text, "12345\0\0\0", 8);
}

static void test_grow_refuses_what_it_cannot(void **state)
{
    const char *path = scratch("refused");
    (void)state;
    file_put(path, "12345", 5);
    mmv_map *map = must_open(path, MMV_READ_WRITE);
    assert_bad(mmv_map_grow(map, 4), MMV_ERANGE, "capacity");
    assert_bad(mmv_map_grow(map, 0), MMV_ERANGE, "capacity");
    assert_bad(mmv_map_grow(map, HUGE_CAPACITY + 1), MMV_ERANGE, "capacity");
    mmv_map_close(&map);
    map = must_open(path, MMV_READ);
    assert_status(mmv_map_grow(map, 6), MMV_EACCES);
    mmv_map_close(&map);
    map = must_open(path, MMV_COPY_ON_WRITE);
    assert_status(mmv_map_grow(map, 6), MMV_EACCES);
    mmv_map_close(&map);
    assert_true(file_is(path, "12345", 5));
}

/* Another process made the file longer: growing to less than that must not cut it. */
static void test_grow_never_cuts_what_others_appended(void **state)
{
    const char *path = scratch("appended");
    (void)state;
    file_put(path, "12345", 5);
    mmv_map *map = must_open(path, MMV_READ_WRITE);
    file_put_at(path, "6789", 4, 5);
    assert_ok(mmv_map_grow(map, 7));
    assert_int_equal(mmv_map_capacity(map), 7);
    assert_true(file_is(path, "123456789", 9));
    assert_ok(mmv_map_grow(map, 9));
    assert_true(file_is(path, "123456789", 9));
    mmv_map_close(&map);
}

static void test_a_refused_growth_leaves_the_old_length(void **state)
{
    static const struct {
        fault_call call;
        int error;
        mmv_status status;
    } table[] = {
        {FAULT_ALLOCATE, ENOSPC, MMV_ENOSPC}, {FAULT_ALLOCATE, EDQUOT, MMV_ENOSPC}, {FAULT_ALLOCATE, EIO, MMV_EIO},
        {FAULT_RESIZE, EFBIG, MMV_ENOSPC},    {FAULT_RESIZE, EIO, MMV_EIO},         {FAULT_FACTS, EIO, MMV_EIO},
    };
    const char *path = scratch("no-space");
    mmv_map *map = NULL;
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        file_put(path, "12345", 5);
        map = must_open(path, MMV_READ_WRITE);
        fault_at(table[i].call, 1, table[i].error);
        assert_status(mmv_map_grow(map, 100000), table[i].status);
        fault_reset();
        assert_int_equal(mmv_map_capacity(map), 5);
        assert_true(file_is(path, "12345", 5));
        mmv_map_close(&map);
        fault_at(table[i].call, 1, table[i].error);
        assert_status(open_as(path, MMV_READ_WRITE, MMV_OPEN_OR_CREATE, 100000, &map), table[i].status);
        fault_reset();
        assert_true(file_is(path, "12345", 5));
    }
}

static void test_a_file_created_in_vain_is_removed(void **state)
{
    const mmv_open_mode modes[] = {MMV_OPEN_OR_CREATE, MMV_CREATE, MMV_CREATE_NEW};
    const fault_call calls[] = {FAULT_ALLOCATE, FAULT_RESIZE, FAULT_FACTS};
    const char *path = scratch("in-vain");
    mmv_map *map = NULL;
    unsigned before = open_descriptors();
    (void)state;
    for (size_t m = 0; m < COUNT(modes); m++)
        for (size_t c = 0; c < COUNT(calls); c++) {
            fault_at(calls[c], 1, ENOSPC);
            assert_status(open_as(path, MMV_READ_WRITE, modes[m], 10000, &map), MMV_ENOSPC);
            fault_reset();
            assert_null(map);
            assert_false(file_exists(path));
        }
    assert_int_equal(open_descriptors(), before);
}

static void test_without_allocation_the_file_is_extended(void **state)
{
    const int errors[] = {EOPNOTSUPP, ENOSYS};
    const char *path = scratch("extended");
    mmv_map *map = NULL;
    (void)state;
    for (size_t i = 0; i < COUNT(errors); i++) {
        file_put(path, "12345", 5);
        fault_at(FAULT_ALLOCATE, 0, errors[i]);
        assert_ok(open_as(path, MMV_READ_WRITE, MMV_OPEN_EXISTING, 10000, &map));
        assert_ok(mmv_map_grow(map, 20000));
        fault_reset();
        assert_int_equal(file_length(path), 20000);
        mmv_map_close(&map);
    }
}

/* ---- two threads grow at once ----------------------------------------------------------------------------------- */

struct growth {
    mmv_map *map;
    uint64_t capacity;
    atomic_int status;
};

static atomic_bool other_may_start, other_is_done;

static void *grow_when_told(void *user)
{
    struct growth *growth = user;
    while (!atomic_load(&other_may_start))
        usleep(100);
    atomic_store(&growth->status, (int)mmv_map_grow(growth->map, growth->capacity));
    atomic_store(&other_is_done, true);
    return NULL;
}

/* Between the look at the length and its change: let the other thread grow if it can, for 0.2 s at most. */
static void let_the_other_grow(void)
{
    if (atomic_exchange(&other_may_start, true))
        return;
    for (int i = 0; i < 200 && !atomic_load(&other_is_done); i++)
        usleep(1000);
}

static void test_of_two_that_grow_the_larger_wish_stays(void **state)
{
    const char *path = scratch("two");
    pthread_t thread;
    (void)state;
    file_put(path, "12345", 5);
    struct growth other = {.map = must_open(path, MMV_READ_WRITE), .capacity = 300000};
    atomic_store(&other_may_start, false);
    atomic_store(&other_is_done, false);
    assert_int_equal(pthread_create(&thread, NULL, grow_when_told, &other), 0);
    fault_hook(FAULT_ALLOCATE, let_the_other_grow);
    assert_ok(mmv_map_grow(other.map, 100000));
    pthread_join(thread, NULL);
    fault_reset();
    assert_int_equal(atomic_load(&other.status), MMV_OK);
    assert_int_equal(mmv_map_capacity(other.map), 300000);
    assert_int_equal(file_length(path), 300000);
    mmv_map_close(&other.map);
}

static void *grow_step_by_step(void *user)
{
    struct growth *growth = user;
    for (uint64_t capacity = growth->capacity; capacity < 400000; capacity += 2 * 977) {
        mmv_status status = mmv_map_grow(growth->map, capacity);
        /* The other one may be ahead: then our wish is below the present capacity. */
        if (status != MMV_OK && status != MMV_ERANGE)
            atomic_store(&growth->status, (int)status);
    }
    return NULL;
}

static void test_two_that_grow_all_the_time(void **state)
{
    const char *path = scratch("race");
    pthread_t thread;
    (void)state;
    file_put(path, "12345", 5);
    struct growth here = {.map = must_open(path, MMV_READ_WRITE), .capacity = 977};
    struct growth there = {.map = here.map, .capacity = 2 * 977};
    assert_int_equal(pthread_create(&thread, NULL, grow_step_by_step, &there), 0);
    grow_step_by_step(&here);
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&here.status), MMV_OK);
    assert_int_equal(atomic_load(&there.status), MMV_OK);
    assert_int_equal(file_length(path), mmv_map_capacity(here.map));
    mmv_map_close(&here.map);
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
    assert_bad(mmv_map_open("/dev/zero", MMV_READ, &map), MMV_EINVAL, "capacity");
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

/* On Linux a shared mapping of /dev/zero is memory of its own that begins at offset 0, hence the two kinds of view. */
static void test_a_character_device_has_the_capacity_it_is_given(void **state)
{
    mmv_map *map = NULL;
    mmv_view view;
    static const char zeros[3000];
    (void)state;
    int descriptor = open("/dev/zero", O_RDWR);
    assert_ok(mmv_map_from_descriptor(descriptor, true, MMV_READ_WRITE, 10000, &map));
    assert_int_equal(mmv_map_capacity(map), 10000);
    assert_ok(mmv_view_open(map, 100, sizeof zeros, &view));
    assert_memory_equal(view.data, zeros, sizeof zeros);
    memset(view.data, 1, sizeof zeros);
    mmv_view_close(&view);
    assert_ok(mmv_view_open_as(map, MMV_COPY_ON_WRITE, 5000, sizeof zeros, &view));
    assert_memory_equal(view.data, zeros, sizeof zeros);
    memset(view.data, 1, sizeof zeros);
    mmv_view_close(&view);
    assert_bad(mmv_view_open(map, 5000, 5001, &view), MMV_ERANGE, "length");
    assert_ok(mmv_map_refresh(map));
    assert_int_equal(mmv_map_capacity(map), 10000);
    assert_status(mmv_map_grow(map, 20000), MMV_EACCES);
    mmv_map_close(&map);
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
#if MMV_POSIX_ONLY
    assert_status(mmv_map_lock(one, 0, 0, 0), MMV_ENOTSUP);
#else
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
#endif
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

static int reset(void **state)
{
    (void)state;
    fault_reset();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_every_mode_with_every_access, reset),
        cmocka_unit_test_teardown(test_wrong_arguments_are_named, reset),
        cmocka_unit_test_teardown(test_what_cannot_be_mapped_is_refused, reset),
        cmocka_unit_test_teardown(test_symbolic_links, reset),
        cmocka_unit_test_teardown(test_permissions_of_a_new_file, reset),
        cmocka_unit_test_teardown(test_capacity_rules, reset),
        cmocka_unit_test_teardown(test_growth_has_real_blocks_and_keeps_the_bytes, reset),
        cmocka_unit_test_teardown(test_grow_refuses_what_it_cannot, reset),
        cmocka_unit_test_teardown(test_grow_never_cuts_what_others_appended, reset),
        cmocka_unit_test_teardown(test_a_refused_growth_leaves_the_old_length, reset),
        cmocka_unit_test_teardown(test_a_file_created_in_vain_is_removed, reset),
        cmocka_unit_test_teardown(test_without_allocation_the_file_is_extended, reset),
        cmocka_unit_test_teardown(test_of_two_that_grow_the_larger_wish_stays, reset),
        cmocka_unit_test_teardown(test_two_that_grow_all_the_time, reset),
        cmocka_unit_test_teardown(test_whose_descriptor_it_is, reset),
        cmocka_unit_test_teardown(test_a_descriptor_given_away_is_closed_on_failure, reset),
        cmocka_unit_test_teardown(test_a_character_device_has_the_capacity_it_is_given, reset),
        cmocka_unit_test_teardown(test_refresh_sees_the_new_length, reset),
        cmocka_unit_test_teardown(test_the_same_file_by_any_name, reset),
        cmocka_unit_test_teardown(test_locks, reset),
        cmocka_unit_test_teardown(test_a_failed_sync_is_told, reset),
        cmocka_unit_test_teardown(test_closing_in_any_order, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
