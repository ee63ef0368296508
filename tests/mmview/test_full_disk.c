/* SPDX-License-Identifier: MIT */
/* test_full_disk.c - a file system without room: a small tmpfs, which takes root to mount. */

#include "check.h"

#include "scratch.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM ((size_t)MMV_MIB)

static char mounted[512];

static const char *on_disk(const char *name)
{
    static char paths[4][600];
    static unsigned next;
    char *path = paths[next++ % COUNT(paths)];
    snprintf(path, sizeof paths[0], "%s/%s", mounted, name);
    return path;
}

/* In a namespace of our own, so that the mount is gone with the process, however that ends. */
static bool mount_small_disk(void)
{
    snprintf(mounted, sizeof mounted, "%s", scratch("disk"));
    if (mkdir(mounted, 0777) == 0 && unshare(CLONE_NEWNS) == 0 &&
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
        mount("mmv-test", mounted, "tmpfs", 0, "size=1m,huge=never") == 0)
        return true;
    fprintf(stderr, "SKIPPED: cannot mount a tmpfs of 1 MiB: %s\n", strerror(errno));
    return false;
}

static int unmount(void **state)
{
    (void)state;
    return umount2(mounted, MNT_DETACH);
}

static mmv_status open_as(const char *path, mmv_open_mode mode, uint64_t capacity, mmv_map **map_ret)
{
    return mmv_map_open_with(path, MMV_READ_WRITE, &(mmv_map_options){.mode = mode, .capacity = capacity}, map_ret);
}

/* Without fallocate(2) a full disk shows later: MMV_POSIX_ONLY cannot keep this promise, as map.h says. */
static void test_growth_fails_and_leaves_the_old_length(void **state)
{
    const char *path = on_disk("grow");
    mmv_map *map = NULL;
    (void)state;
    if (MMV_POSIX_ONLY)
        skip_because("POSIX has no allocation that fails early");
    file_make(path, 5000, 1);
    assert_ok(open_as(path, MMV_OPEN_EXISTING, 0, &map));
    assert_status(mmv_map_grow(map, 2 * ROOM), MMV_ENOSPC);
    assert_string_equal(mmv_last_error()->file, path);
    assert_int_equal(mmv_map_capacity(map), 5000);
    assert_int_equal(file_length(path), 5000);
    assert_true(file_allocated(path) < 16384);
    assert_ok(mmv_map_grow(map, ROOM / 2));
    assert_true(file_allocated(path) >= ROOM / 2);
    mmv_map_close(&map);
    assert_status(open_as(path, MMV_OPEN_OR_CREATE, 2 * ROOM, &map), MMV_ENOSPC);
    assert_int_equal(file_length(path), ROOM / 2);
    assert_status(open_as(on_disk("new"), MMV_CREATE_NEW, 2 * ROOM, &map), MMV_ENOSPC);
    assert_false(file_exists(on_disk("new")));
    unlink(path);
}

/* Fill the disk but for some pages, beside a file that is all hole. */
static mmv_map *hole_on_a_full_disk(const char *name, size_t left)
{
    mmv_map *map = NULL;
    file_make(on_disk("filler"), ROOM - left, 1);
    file_sparse(on_disk(name), ROOM);
    assert_ok(mmv_map_open(on_disk(name), MMV_READ_WRITE, &map));
    return map;
}

static void empty_disk(const char *name, mmv_map **map)
{
    mmv_map_close(map);
    unlink(on_disk("filler"));
    unlink(on_disk(name));
}

/* The first pages can still be had, a later one not. */
static void test_populating_beyond_the_room(void **state)
{
    mmv_view view;
    (void)state;
    mmv_map *map = hole_on_a_full_disk("populate", 40960);
    assert_ok(mmv_view_open(map, 0, 0, &view));
    mmv_status status = mmv_view_advise(&view, MMV_ADVISE_POPULATE_WRITE);
    if (status != MMV_ENOTSUP) {
        assert_at(status, MMV_ENOSPC, "populate");
        assert_true(mmv_last_error()->offset > 0 && mmv_last_error()->offset <= 40960);
    }
    mmv_view_close(&view);
    empty_disk("populate", &map);
    if (status == MMV_ENOTSUP)
        skip_because("this system cannot populate");
}

static void test_the_guard_tells_a_full_disk(void **state)
{
    mmv_view view;
    (void)state;
    mmv_map *map = hole_on_a_full_disk("guard", 4096 * 4);
    assert_ok(mmv_guard_enable());
    assert_ok(mmv_view_open(map, 0, 0, &view));
    for (size_t at = 0; at < ROOM; at += 4096)
        ((volatile char *)view.data)[at] = 1;
    mmv_status status = mmv_view_check(&view);
    mmv_view_close(&view);
    mmv_guard_disable();
#if MMV_POSIX_ONLY
    assert_at(status, MMV_EIO, "guard"); /* POSIX cannot ask why */
#else
    assert_at(status, MMV_ENOSPC, "guard");
#endif
    empty_disk("guard", &map);
}

static mmv_status set_all(const mmv_chunk *chunk, void *user)
{
    (void)user;
    memset(chunk->data, 1, chunk->count);
    return MMV_OK;
}

static void test_walks_on_a_full_disk(void **state)
{
    (void)state;
    assert_ok(mmv_guard_enable());
    for (unsigned threads = 1; threads <= 4; threads *= 2)
        for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++) {
            mmv_walk_stats stats;
            mmv_map *map = hole_on_a_full_disk("walk", 256 * 1024);
            mmv_walk_options options = {.io = (mmv_io)io, .threads = threads, .window = 65536, .stats = &stats};
            mmv_status status = mmv_walk(map, &options, set_all, NULL);
            if (MMV_POSIX_ONLY && stats.io == MMV_IO_MMAP)
                assert_at(status, MMV_EIO, "walk");
            else
                assert_at(status, MMV_ENOSPC, "walk");
            assert_true(stats.prefix < ROOM);
            assert_int_equal(file_length(on_disk("walk")), ROOM);
            empty_disk("walk", &map);
        }
    mmv_guard_disable();
}

static mmv_status set_each(const mmv_chunk *chunk, void *user)
{
    (void)user;
    for (size_t i = 0; i < chunk->count; i++)
        memset((char *)chunk->data + i * chunk->stride, 1, 100);
    return MMV_OK;
}

static bool can_populate(void)
{
    mmv_view view;
    mmv_map *map = NULL;
    file_make(scratch("small"), 100, 1);
    assert_ok(mmv_map_open(scratch("small"), MMV_READ_WRITE, &map));
    assert_ok(mmv_view_open(map, 0, 0, &view));
    mmv_status status = mmv_view_advise(&view, MMV_ADVISE_POPULATE_WRITE);
    mmv_view_close(&view);
    mmv_map_close(&map);
    return status == MMV_OK;
}

/*
 * Small rows far apart are populated one by one, so a full disk is a status also without the guard. Elsewhere it needs
 * the guard.
 */
static void test_rows_on_a_full_disk(void **state)
{
    (void)state;
    bool is_guarded = !can_populate();
    assert_false(MMV_POSIX_ONLY && !is_guarded);
    if (is_guarded)
        assert_ok(mmv_guard_enable());
    for (unsigned threads = 1; threads <= 4; threads *= 2) {
        mmv_map *map = hole_on_a_full_disk("rows", 256 * 1024);
        mmv_walk_options options = {
            .io = MMV_IO_MMAP, .threads = threads, .record_size = 100, .stride = 10000, .length = 104 * 10000 + 100};
        mmv_status status = mmv_walk(map, &options, set_each, NULL);
        assert_at(status, MMV_POSIX_ONLY ? MMV_EIO : MMV_ENOSPC, "rows");
        empty_disk("rows", &map);
    }
    if (is_guarded)
        mmv_guard_disable();
}

static void test_an_output_on_a_full_disk(void **state)
{
    mmv_map *in = NULL;
    (void)state;
    file_make(scratch("in"), ROOM, 1);
    assert_ok(mmv_map_open(scratch("in"), MMV_READ, &in));
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++) {
        mmv_map *out = hole_on_a_full_disk("out", 256 * 1024);
        mmv_walk_options options = {.io = (mmv_io)io, .threads = 2, .window = 65536};
        assert_at(mmv_walk_to(in, out, &options, NULL, NULL), MMV_ENOSPC, "out");
        empty_disk("out", &out);
    }
    mmv_map_close(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growth_fails_and_leaves_the_old_length),
        cmocka_unit_test(test_populating_beyond_the_room),
        cmocka_unit_test(test_the_guard_tells_a_full_disk),
        cmocka_unit_test(test_walks_on_a_full_disk),
        cmocka_unit_test(test_rows_on_a_full_disk),
        cmocka_unit_test(test_an_output_on_a_full_disk),
    };
    if (!mount_small_disk())
        return SKIP_WHOLE_TEST;
    return cmocka_run_group_tests(tests, NULL, unmount);
}
