/* SPDX-License-Identifier: MIT */
/* test_fixture.c - files of known bytes, in the state that is asked for. */

#include "check.h"

#include <unistd.h>

#include "disk.h"
#include "mmbench/cache.h"
#include "mmbench/fixture.h"
#include "scratch.h"

#define SIZE (CONTENT_BLOCK + 8192)

static struct fixtures fixtures;
static char *right; /* the bytes of a fixture that nothing was added to */
static char why[PATH_MAX + 256];
static char here[PATH_MAX];

static int set_up(void **state)
{
    (void)state;
    snprintf(here, sizeof here, "%s", scratch("."));
    fixtures = (struct fixtures){.place = PLACE_IN(here), .content = content_create()};
    right = malloc(SIZE);
    if (!fixtures.content || !right)
        return -1;
    content_fill(fixtures.content, 0, 0, right, SIZE);
    return 0;
}

static int tear_down(void **state)
{
    char path[PATH_MAX];
    (void)state;
    strcpy(path, fixtures.place.path);
    fixtures_end(&fixtures);
    content_destroy(fixtures.content);
    free(right);
    return path[0] && file_exists(path) ? -1 : 0;
}

static void must(bool good)
{
    if (!good)
        fail_msg("%s", why);
}

static struct cache_state look(const struct fixture *fixture)
{
    struct cache_state cache;
    assert_int_equal(cache_look(fixture->path, &cache), 0);
    return cache;
}

static void test_every_kind_is_warm_cold_and_warm_again(void **state)
{
    (void)state;
    for (int kind = 0; kind < WRITTEN_KINDS; kind++) {
        struct fixture *fixture = fixtures_get(&fixtures, SIZE, (enum written)kind, false);
        bool wrong;
        assert_non_null(fixture);
        assert_ptr_equal(fixtures_get(&fixtures, SIZE, (enum written)kind, false), fixture);
        for (unsigned round = 0; round < 2; round++) {
            must(fixture_warm(&fixtures, fixture, why, sizeof why));
            assert_int_equal(look(fixture).resident, look(fixture).pages);
            assert_int_equal(look(fixture).dirty, 0);
            must(fixture_cold(&fixtures, fixture, why, sizeof why));
            assert_int_equal(look(fixture).resident, 0);
        }
        assert_true(file_is(fixture->path, right, SIZE));
        must(fixture_check(&fixtures, fixture, &wrong, why, sizeof why));
        assert_false(wrong);
    }
}

/* Read back in readahead's pieces it would not be as it was written: a new file has to take its place. */
static void test_an_evicted_one_is_written_anew(void **state)
{
    struct fixture *fixture = fixtures_get(&fixtures, SIZE, WRITTEN_4K, false);
    (void)state;
    must(fixture_warm(&fixtures, fixture, why, sizeof why));
    assert_false(fixture->disturbed);
    fixture->added = 3;
    must(fixture_warm(&fixtures, fixture, why, sizeof why));
    assert_int_equal(fixture->added, 3);
    must(fixture_cold(&fixtures, fixture, why, sizeof why));
    assert_true(fixture->disturbed);
    must(fixture_warm(&fixtures, fixture, why, sizeof why));
    assert_false(fixture->disturbed);
    assert_int_equal(fixture->added, 0);
    /* Pages that were lost behind our back are noticed, too. */
    fixture->added = 3;
    assert_int_equal(cache_evict(fixture->path), 0);
    must(fixture_warm(&fixtures, fixture, why, sizeof why));
    assert_int_equal(fixture->added, 0);
}

static void test_wrong_bytes(void **state)
{
    struct fixture *fixture = fixtures_get(&fixtures, SIZE, WRITTEN_1M, false);
    bool wrong = false;
    (void)state;
    must(fixture_make(&fixtures, fixture, why, sizeof why));
    file_put_at(fixture->path, "?", 1, SIZE - 1);
    assert_false(fixture_check(&fixtures, fixture, &wrong, why, sizeof why));
    assert_true(wrong);
    assert_non_null(strstr(why, "WRONG BYTES"));
    assert_false(fixture->made);
    must(fixture_make(&fixtures, fixture, why, sizeof why));
    assert_true(file_is(fixture->path, right, SIZE));
}

static void test_a_wrong_length(void **state)
{
    static const uint64_t lengths[] = {0, SIZE - 4096, SIZE - 1, SIZE + 1, SIZE + 4096};
    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct fixture *fixture = fixtures_get(&fixtures, SIZE, WRITTEN_1M, false);
        bool wrong = false;
        must(fixture_make(&fixtures, fixture, why, sizeof why));
        file_cut(fixture->path, lengths[i]);
        assert_false(fixture_check(&fixtures, fixture, &wrong, why, sizeof why));
        assert_true(wrong);
    }
}

static void test_a_missing_one_is_no_wrong_one(void **state)
{
    struct fixture *fixture = fixtures_get(&fixtures, SIZE, WRITTEN_1M, false);
    bool wrong = true;
    (void)state;
    must(fixture_make(&fixtures, fixture, why, sizeof why));
    assert_int_equal(unlink(fixture->path), 0);
    assert_false(fixture_check(&fixtures, fixture, &wrong, why, sizeof why));
    assert_false(wrong);
    assert_non_null(strstr(why, "cannot read the result"));
    must(fixture_make(&fixtures, fixture, why, sizeof why));
}

static void test_no_room(void **state)
{
    struct fixture *fixture = fixtures_get(&fixtures, UINT64_C(1) << 60, WRITTEN_1M, false);
    (void)state;
    assert_false(fixture_warm(&fixtures, fixture, why, sizeof why));
    assert_non_null(strstr(why, "no space"));
    assert_false(fixture->made);
}

/* The user's own file: whole words or pages of it, neither changed nor removed. */
static void test_a_foreign_file(void **state)
{
    struct fixtures own = {.place = PLACE_IN(here), .content = fixtures.content, .file = scratch("own")};
    const size_t size = 1000003;
    char *data = malloc(size);
    (void)state;
    assert_non_null(data);
    fill(data, size, 9);
    file_put(own.file, data, size);
    struct fixture *fixture = fixtures_get(&own, size, WRITTEN_READ_BACK, false);
    must(fixture_warm(&own, fixture, why, sizeof why));
    assert_int_equal(look(fixture).resident, look(fixture).pages);
    assert_int_equal(fixture->size % 8, 0);
    assert_in_range(fixture->size, size - 4096, size);
    assert_int_equal(fixture->sum, words_sum(data, (size_t)fixture->size));
    must(fixture_cold(&own, fixture, why, sizeof why));
    assert_int_equal(look(fixture).resident, 0);
    fixtures_end(&own);
    assert_true(file_is(scratch("own"), data, size));
    own.file = scratch("missing");
    fixture = fixtures_get(&own, size, WRITTEN_READ_BACK, false);
    assert_false(fixture_warm(&own, fixture, why, sizeof why));
    assert_non_null(strstr(why, "missing: No such file"));
    fixtures_end(&own);
    free(data);
}

static void test_in_memory_nothing_is_cold(void **state)
{
    (void)state;
    if (!scratch_in_memory())
        skip_because("no tmpfs");
    char there[PATH_MAX];
    snprintf(there, sizeof there, "%s", scratch("."));
    struct fixtures memory = {.place = PLACE_IN(there), .content = fixtures.content};
    struct fixture *fixture = fixtures_get(&memory, SIZE, WRITTEN_1M, false);
    bool warm = fixture_warm(&memory, fixture, why, sizeof why);
    bool cold = fixture_cold(&memory, fixture, why, sizeof why);
    fixtures_end(&memory);
    assert_true(warm);
    assert_false(cold);
    assert_non_null(strstr(why, "cannot be made cold"));
    assert_non_null(strstr(why, "which is all there is of tmpfs"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_is_warm_cold_and_warm_again),
        cmocka_unit_test(test_an_evicted_one_is_written_anew),
        cmocka_unit_test(test_wrong_bytes),
        cmocka_unit_test(test_a_wrong_length),
        cmocka_unit_test(test_a_missing_one_is_no_wrong_one),
        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_a_foreign_file),
        cmocka_unit_test(test_in_memory_nothing_is_cold),
    };
    if (!scratch_on_disk())
        return SKIP_WHOLE_TEST;
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
