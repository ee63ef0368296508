/* SPDX-License-Identifier: MIT */
/* test_cache.c - what the page cache holds, on a file system with a device behind it. */

#include "check.h"

#include <errno.h>
#include <unistd.h>

#include "disk.h"
#include "mmbench/cache.h"
#include "scratch.h"

#define SIZE ((size_t)4 * MMV_MIB)

static struct cache_state look(const char *path)
{
    struct cache_state state;
    assert_int_equal(cache_look(path, &state), 0);
    return state;
}

static uint64_t pages_of(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (size + page - 1) / page;
}

static void test_written_evicted_and_read_again(void **state)
{
    static const size_t sizes[] = {SIZE, SIZE + 1, 1};
    const char *path = scratch("file");
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        file_make(path, sizes[i], i);
        assert_int_equal(look(path).pages, pages_of(sizes[i]));
        assert_int_equal(look(path).resident, pages_of(sizes[i]));
        assert_int_equal(cache_evict(path), 0);
        assert_int_equal(look(path).pages, pages_of(sizes[i]));
        assert_int_equal(look(path).resident, 0);
        assert_int_equal(cache_load(path), 0);
        assert_int_equal(look(path).resident, pages_of(sizes[i]));
    }
}

static void test_dirty_until_it_is_written_back(void **state)
{
    const char *path = scratch("dirty");
    (void)state;
    file_make(path, SIZE, 1);
    if (!look(path).knows_dirty)
        skip_because("this kernel has no cachestat(2), which came with Linux 6.5");
    assert_int_equal(cache_clean(path), 0);
    assert_int_equal(look(path).dirty, 0);
    assert_int_equal(look(path).resident, pages_of(SIZE));
    /* The kernel may write it back by itself just then, but not every time. */
    uint64_t dirty = 0;
    for (unsigned attempt = 0; attempt < 20 && dirty == 0; attempt++) {
        file_put_at(path, "changed", 7, attempt);
        dirty = look(path).dirty;
    }
    assert_true(dirty > 0);
    assert_int_equal(cache_evict(path), 0);
    assert_int_equal(look(path).dirty, 0);
}

static void test_eviction_keeps_the_bytes(void **state)
{
    const char *path = scratch("bytes");
    char *data = malloc(SIZE);
    (void)state;
    assert_non_null(data);
    fill(data, SIZE, 5);
    file_put(path, data, SIZE);
    assert_int_equal(cache_evict(path), 0);
    assert_true(file_is(path, data, SIZE));
    free(data);
}

static void test_no_file_and_an_empty_file(void **state)
{
    struct cache_state facts;
    (void)state;
    assert_int_equal(cache_look(scratch("none"), &facts), ENOENT);
    assert_int_equal(cache_evict(scratch("none")), ENOENT);
    assert_int_equal(cache_load(scratch("none")), ENOENT);
    assert_int_equal(cache_clean(scratch("none")), ENOENT);
    assert_float_equal(cache_folio_bytes(scratch("none")), 0, 0);
    file_put(scratch("empty"), "", 0);
    assert_int_equal(look(scratch("empty")).pages, 0);
    assert_int_equal(look(scratch("empty")).resident, 0);
    assert_int_equal(cache_evict(scratch("empty")), 0);
    assert_int_equal(cache_load(scratch("empty")), 0);
    assert_float_equal(cache_folio_bytes(scratch("empty")), 0, 0);
}

static void test_folios(void **state)
{
    const char *path = scratch("folios");
    (void)state;
    file_make(path, SIZE, 1);
    double bytes = cache_folio_bytes(path);
    print_message("folios of %.0f bytes\n", bytes);
    /* 0 = may not be known; a folio is a page at least, and not larger than what is looked at. */
    assert_true(bytes == 0 || (bytes >= (double)sysconf(_SC_PAGESIZE) && bytes <= (double)SIZE));
}

static void test_nothing_stays_open(void **state)
{
    unsigned before = open_descriptors();
    (void)state;
    test_written_evicted_and_read_again(state);
    cache_folio_bytes(scratch("file"));
    cache_clean(scratch("file"));
    assert_int_equal(open_descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_evicted_and_read_again),
        cmocka_unit_test(test_dirty_until_it_is_written_back),
        cmocka_unit_test(test_eviction_keeps_the_bytes),
        cmocka_unit_test(test_no_file_and_an_empty_file),
        cmocka_unit_test(test_folios),
        cmocka_unit_test(test_nothing_stays_open),
    };
    if (!scratch_on_disk())
        return SKIP_WHOLE_TEST;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
