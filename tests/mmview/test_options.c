/* SPDX-License-Identifier: MIT */
/*
 * test_options.c - structs of options have room for later versions, and what is not zero there is refused: a program
 * that asks for more than this library knows must not be answered with less.
 */

#include "check.h"
#include "scratch.h"

static mmv_status count_nothing(const mmv_chunk *chunk, void *user)
{
    (void)chunk, (void)user;
    return MMV_OK;
}

static void test_maps_and_views(void **state)
{
    (void)state;
    mmv_map *map;
    mmv_view view;
    const char *path = scratch("options");
    mmv_map_options opening = {.mode = MMV_OPEN_EXISTING};
    mmv_view_options viewing = {.access = MMV_READ};
    file_make(path, 4096, 1);
    assert_ok(mmv_map_open_with(path, MMV_READ, &opening, &map));
    assert_ok(mmv_view_open_with(map, 0, 0, &viewing, &view));
    mmv_view_close(&view);
    for (size_t i = 0; i < COUNT(viewing.reserved_); i++) {
        viewing.reserved_[i] = 1;
        assert_bad(mmv_view_open_with(map, 0, 0, &viewing, &view), MMV_EINVAL, "reserved_");
        viewing.reserved_[i] = 0;
    }
    mmv_map_close(&map);
    for (size_t i = 0; i < COUNT(opening.reserved_); i++) {
        opening.reserved_[i] = 1;
        assert_bad(mmv_map_open_with(path, MMV_READ, &opening, &map), MMV_EINVAL, "reserved_");
        assert_null(map);
        opening.reserved_[i] = 0;
    }
}

static void test_pools(void **state)
{
    (void)state;
    mmv_pool *pool;
    mmv_pool_options options = {.reserved_ = {[2] = 1}};
    assert_bad(mmv_pool_create(&options, &pool), MMV_EINVAL, "reserved_");
    assert_null(pool);
}

static void test_walks_and_journals(void **state)
{
    (void)state;
    mmv_map *map;
    mmv_journal *journal;
    mmv_walk_options walking = {.record_size = 1};
    mmv_journal_options run = {.mode = MMV_JOURNAL_KILL, .operation = "count"};
    file_make(scratch("options"), 4096, 1);
    assert_ok(mmv_map_open(scratch("options"), MMV_READ, &map));
    assert_ok(mmv_walk(map, &walking, count_nothing, NULL));
    walking.reserved_[7] = 1;
    assert_bad(mmv_walk(map, &walking, count_nothing, NULL), MMV_EINVAL, "reserved_");
    mmv_map_close(&map);
    run.reserved_[0] = UINT64_MAX;
    assert_bad(mmv_journal_open(scratch("options.mmj"), &run, &journal), MMV_EINVAL, "reserved_");
}

static void test_shared_objects(void **state)
{
    (void)state;
    mmv_map *map;
    mmv_mutex *mutex;
    mmv_shared_options options = {.mode = MMV_OPEN_OR_CREATE, .capacity = 4096, .reserved_ = {1}};
    assert_bad(mmv_map_open_named("mmview-test-options", MMV_READ_WRITE, &options, &map), MMV_EINVAL, "reserved_");
    assert_bad(mmv_map_create_unnamed(4096, MMV_READ_WRITE, &options, &map), MMV_EINVAL, "reserved_");
    assert_bad(mmv_mutex_open("mmview-test-options", &options, &mutex), MMV_EINVAL, "reserved_");
}

static void test_the_library_tells_its_version(void **state)
{
    char text[32];
    (void)state;
    snprintf(text, sizeof text, "%d.%d.%d", MMV_VERSION_MAJOR, MMV_VERSION_MINOR, MMV_VERSION_PATCH);
    assert_string_equal(mmv_version(), text);
    assert_string_equal(mmv_version(), MMV_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_maps_and_views),
        cmocka_unit_test(test_pools),
        cmocka_unit_test(test_walks_and_journals),
        cmocka_unit_test(test_shared_objects),
        cmocka_unit_test(test_the_library_tells_its_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
