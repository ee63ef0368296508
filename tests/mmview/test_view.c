/* SPDX-License-Identifier: MIT */
/* test_view.c - slices of any offset and length: what is in them, what may be done to them, when they are refused. */

#include "check.h"

#include "faults.h"
#include "scratch.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#define SIZE ((size_t)(4 * MMV_MIB + 12345))

struct file {
    char path[512];
    unsigned char *bytes; /* what is in it */
    mmv_map *map;
};

static struct file whole;

static mmv_map *must_open(const char *path, mmv_access access)
{
    mmv_map *map = NULL;
    assert_ok(mmv_map_open(path, access, &map));
    return map;
}

static int make_whole(void **state)
{
    (void)state;
    snprintf(whole.path, sizeof whole.path, "%s", scratch("whole"));
    whole.bytes = malloc(SIZE);
    fill(whole.bytes, SIZE, 1);
    file_put(whole.path, whole.bytes, SIZE);
    return mmv_map_open(whole.path, MMV_READ_WRITE, &whole.map) == MMV_OK ? 0 : -1;
}

static int drop_whole(void **state)
{
    (void)state;
    mmv_map_close(&whole.map);
    free(whole.bytes);
    return 0;
}

/* ---- contents --------------------------------------------------------------------------------------------------- */

static void check_view(uint64_t offset, uint64_t length)
{
    mmv_view view;
    assert_ok(mmv_view_open(whole.map, offset, length, &view));
    size_t wanted = length ? (size_t)length : SIZE - (size_t)offset;
    assert_int_equal(view.length, wanted);
    assert_true(view.offset == offset);
    assert_non_null(view.data);
    assert_memory_equal(view.data, whole.bytes + offset, wanted);
    /* What makes large pages possible: see arena.h. */
    if (wanted >= 4 * MMV_MIB)
        assert_true(((uintptr_t)view.data - offset) % (2 * MMV_MIB) == 0);
    mmv_view_close(&view);
    assert_null(view.data);
    mmv_view_close(&view);
}

static void test_any_offset_and_length(void **state)
{
    static const uint64_t at[] = {0,     1,       4095,    4096,    4097,        65535,   65536,
                                  65537, 2097151, 2097152, 2097153, SIZE - 4097, SIZE - 1};
    static const uint64_t lengths[] = {0, 1, 2, 4095, 4096, 4097, 65536, 65537, 2097151, 2097152, 2097153, 4194304};
    unsigned checked = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(at); i++)
        for (size_t j = 0; j < COUNT(lengths); j++)
            if (lengths[j] <= SIZE - at[i]) {
                check_view(at[i], lengths[j]);
                checked++;
            }
    assert_true(checked > 100);
}

static void test_ranges_outside_are_refused(void **state)
{
    static const struct {
        uint64_t offset, length;
        const char *parameter;
    } table[] = {
        {SIZE + 1, 0, "offset"},
        {SIZE + 1, 1, "offset"},
        {UINT64_MAX, 1, "offset"},
        {0, SIZE + 1, "length"},
        {SIZE, 1, "length"},
        {SIZE - 1, 2, "length"},
        {1, UINT64_MAX - 1, "length"},
        {SIZE, UINT64_MAX - 1, "length"},
        {2, UINT64_MAX - 1, "length"},
        {4096, INT64_MAX, "length"},
        {UINT64_MAX, UINT64_MAX, "offset"},
    };
    mmv_view view;
    memset(&view, 0x55, sizeof view);
    mmv_view untouched = view;
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_bad(mmv_view_open(whole.map, table[i].offset, table[i].length, &view), MMV_ERANGE, table[i].parameter);
        assert_memory_equal(&view, &untouched, sizeof view);
    }
}

static void test_empty_views(void **state)
{
    mmv_view view;
    (void)state;
    assert_ok(mmv_view_open(whole.map, SIZE, 0, &view));
    assert_int_equal(view.length, 0);
    assert_ok(mmv_view_flush(&view, 0, 0, MMV_FLUSH_DURABLE));
    assert_ok(mmv_view_advise(&view, MMV_ADVISE_POPULATE_READ));
    assert_ok(mmv_view_check(&view));
    mmv_view_close(&view);
    file_put(scratch("empty"), "", 0);
    mmv_map *map = must_open(scratch("empty"), MMV_READ);
    assert_ok(mmv_view_open(map, 0, 0, &view));
    assert_int_equal(view.length, 0);
    mmv_view_close(&view);
    mmv_map_close(&map);
}

static void test_overlapping_views_show_the_same_bytes(void **state)
{
    mmv_view one, two, all;
    unsigned char saved[10000];
    (void)state;
    memcpy(saved, whole.bytes + 60000, sizeof saved);
    assert_ok(mmv_view_open(whole.map, 60000, 10000, &one));
    assert_ok(mmv_view_open(whole.map, 65001, 2000000, &two));
    assert_ok(mmv_view_open_as(whole.map, MMV_READ, 0, 0, &all));
    memset((char *)one.data + 5000, 'a', 100);
    assert_int_equal(*(char *)two.data, 'a');
    *(char *)two.data = 'b';
    assert_int_equal(((char *)one.data)[5001], 'b');
    assert_int_equal(((char *)all.data)[65001], 'b');
    char byte;
    file_get(whole.path, &byte, 1, 65001);
    assert_int_equal(byte, 'b');
    memcpy(one.data, saved, sizeof saved);
    mmv_view_close(&one);
    mmv_view_close(&two);
    mmv_view_close(&all);
    assert_true(file_is(whole.path, whole.bytes, SIZE));
}

static void test_copy_on_write_stays_private(void **state)
{
    mmv_view shared, private, other;
    (void)state;
    mmv_map *map = must_open(whole.path, MMV_COPY_ON_WRITE);
    assert_ok(mmv_view_open(map, 1000, 9000, &private));
    assert_ok(mmv_view_open(map, 1000, 9000, &other));
    assert_ok(mmv_view_open_as(whole.map, MMV_COPY_ON_WRITE, 1000, 9000, &shared));
    memset(private.data, 1, 9000);
    memset(shared.data, 2, 9000);
    assert_ok(mmv_view_flush(&private, 0, 0, MMV_FLUSH_DURABLE));
    assert_memory_equal(other.data, whole.bytes + 1000, 9000);
    mmv_view_close(&private);
    mmv_view_close(&shared);
    mmv_view_close(&other);
    mmv_map_close(&map);
    assert_true(file_is(whole.path, whole.bytes, SIZE));
}

/* ---- access ----------------------------------------------------------------------------------------------------- */

static bool allowed(mmv_access map, mmv_access view)
{
    mmv_access basic = view & 7u;
    if ((view & MMV_EXECUTE) && !(map & MMV_EXECUTE))
        return false;
    return (map & 7u) == MMV_READ_WRITE || basic == MMV_READ || basic == MMV_COPY_ON_WRITE;
}

static void check_access(mmv_map *map, mmv_access access, mmv_access as)
{
    mmv_view view;
    mmv_status status = mmv_view_open_as(map, as, 100, 100, &view);
    if ((as & 7u) == 0 || (as & 7u) > MMV_WRITE) {
        assert_bad(status, MMV_EINVAL, "access");
        return;
    }
    if (!allowed(access, as)) {
        assert_at(status, MMV_EACCES, whole.path);
        return;
    }
    assert_ok(status);
    assert_memory_equal(view.data, whole.bytes + 100, 100);
    if ((as & 7u) != MMV_READ)
        *(unsigned char *)view.data = whole.bytes[100];
    mmv_view_close(&view);
}

static void test_every_access_on_every_map(void **state)
{
    (void)state;
    for (mmv_access access = 1; access < 16; access++) {
        if ((access & 3u) == 0 || (access & 4u))
            continue;
        mmv_map *map = must_open(whole.path, access);
        for (mmv_access as = 0; as < 16; as++)
            check_access(map, access, as);
        mmv_map_close(&map);
    }
}

/* ---- flush and advice ------------------------------------------------------------------------------------------- */

static void test_flush_takes_any_part_and_refuses_the_rest(void **state)
{
    static const size_t good[][2] = {{0, 0}, {0, 1}, {1, 0}, {4095, 2}, {99999, 1}, {100000, 0}, {0, 100000}};
    static const size_t bad[][2] = {{100001, 0}, {0, 100001}, {100000, 1}, {1, SIZE_MAX - 1}, {SIZE_MAX, 1}};
    mmv_view view;
    (void)state;
    assert_ok(mmv_view_open(whole.map, 12345, 100000, &view));
    memcpy(view.data, whole.bytes + 12345, 100000);
    for (int how = MMV_FLUSH_START; how <= MMV_FLUSH_WAIT; how++) {
        for (size_t i = 0; i < COUNT(good); i++)
            assert_ok(mmv_view_flush(&view, good[i][0], good[i][1], (mmv_flush)how));
        for (size_t i = 0; i < COUNT(bad); i++)
            assert_status(mmv_view_flush(&view, bad[i][0], bad[i][1], (mmv_flush)how), MMV_ERANGE);
    }
    assert_bad(mmv_view_flush(&view, 0, 0, (mmv_flush)3), MMV_EINVAL, "how");
    mmv_view_close(&view);
}

static void check_advice(const mmv_view *view, mmv_advice advice)
{
#if MMV_POSIX_ONLY
    assert_status(mmv_view_advise(view, advice), advice >= MMV_ADVISE_DONT_NEED ? MMV_ENOTSUP : MMV_OK);
#else
    mmv_status status = mmv_view_advise(view, advice);
    if (!(advice >= MMV_ADVISE_POPULATE_READ && status == MMV_ENOTSUP)) /* a kernel before 5.14 */
        assert_ok(status);
#endif
    assert_memory_equal(view->data, whole.bytes + view->offset, view->length);
}

static void test_advice_changes_no_byte(void **state)
{
    mmv_view view;
    (void)state;
    for (mmv_access access = MMV_READ; access <= MMV_COPY_ON_WRITE; access++) {
        assert_ok(mmv_view_open_as(whole.map, access, 4097, 1000000, &view));
        for (int advice = MMV_ADVISE_NORMAL; advice <= MMV_ADVISE_POPULATE_WRITE; advice++)
            if (advice == MMV_ADVISE_POPULATE_WRITE && access != MMV_READ_WRITE)
                assert_bad(mmv_view_advise(&view, (mmv_advice)advice), MMV_EINVAL, "advice");
            else
                check_advice(&view, (mmv_advice)advice);
        assert_bad(mmv_view_advise(&view, (mmv_advice)MMV_ADVICES), MMV_EINVAL, "advice");
        assert_bad(mmv_view_advise(&view, (mmv_advice)-1), MMV_EINVAL, "advice");
        mmv_view_close(&view);
    }
}

static void test_populating_for_stores_allocates(void **state)
{
    const char *path = scratch("holes");
    mmv_view view;
    (void)state;
    file_sparse(path, 1000000);
    mmv_map *map = must_open(path, MMV_READ_WRITE);
    assert_ok(mmv_view_open(map, 0, 0, &view));
    mmv_status status = mmv_view_advise(&view, MMV_ADVISE_POPULATE_WRITE);
    if (status == MMV_OK) {
        assert_ok(mmv_map_sync(map));
        assert_true(file_allocated(path) >= 1000000);
    }
    mmv_view_close(&view);
    mmv_map_close(&map);
    if (status != MMV_OK)
        skip_because("this system cannot populate");
}

/* A part alone, and as much is refused as of the whole. */
static void test_populating_a_part(void **state)
{
    const char *path = scratch("part");
    mmv_view view;
    (void)state;
    file_sparse(path, 4 * MMV_MIB);
    mmv_map *map = must_open(path, MMV_READ_WRITE);
    assert_ok(mmv_view_open(map, 1000, 0, &view));
    mmv_status status = mmv_view_populate(&view, MMV_MIB, 100000, true);
    if (status != MMV_ENOTSUP) { /* a kernel before 5.14 */
        assert_ok(status);
        assert_ok(mmv_map_sync(map));
        assert_in_range(file_allocated(path), 100000, 3 * MMV_MIB);
        assert_ok(mmv_view_populate(&view, 0, 5000, false));
    }
    assert_ok(mmv_view_populate(&view, 7, SIZE_MAX, true));
    assert_bad(mmv_view_populate(&view, view.length + 1, 0, true), MMV_ERANGE, "offset");
    assert_bad(mmv_view_populate(&view, 1, view.length, false), MMV_ERANGE, "length");
    file_cut(path, 2 * MMV_MIB);
    if (status != MMV_ENOTSUP) {
        assert_ok(mmv_view_populate(&view, 0, MMV_MIB, true));
        assert_at(mmv_view_populate(&view, MMV_MIB, 2 * MMV_MIB, true), MMV_ETRUNC, "part");
    }
    mmv_view_close(&view);
    assert_status(mmv_view_populate(&view, 0, 0, false), MMV_ECLOSED);
    assert_ok(mmv_view_open_as(map, MMV_READ, 0, 4096, &view));
    assert_bad(mmv_view_populate(&view, 0, 0, true), MMV_EINVAL, "writing");
    mmv_view_close(&view);
    mmv_map_close(&map);
}

static void test_populating_a_shortened_file_is_a_status(void **state)
{
    const char *path = scratch("shortened");
    mmv_view view;
    (void)state;
    file_make(path, 1000000, 2);
    mmv_map *map = must_open(path, MMV_READ_WRITE);
    assert_ok(mmv_view_open(map, 300000, 0, &view));
    file_cut(path, 500001);
    mmv_status status = mmv_view_advise(&view, MMV_ADVISE_POPULATE_READ);
    if (status != MMV_ENOTSUP) {
        assert_at(status, MMV_ETRUNC, "shortened");
        assert_int_equal(mmv_last_error()->offset, 500001);
        assert_at(mmv_view_advise(&view, MMV_ADVISE_POPULATE_WRITE), MMV_ETRUNC, "shortened");
    }
    mmv_view_close(&view);
    mmv_map_close(&map);
    if (status == MMV_ENOTSUP)
        skip_because("this system cannot populate");
}

/* The system says no more than EFAULT: the cause is looked for afterwards. See test_full_disk.c for the real thing. */
static void test_why_a_page_is_missing(void **state)
{
    const char *path = scratch("page");
    mmv_view view;
    (void)state;
    file_make(path, 100000, 3);
    mmv_map *map = must_open(path, MMV_READ_WRITE);
    assert_ok(mmv_view_open(map, 4097, 0, &view));
    fault_at(FAULT_ADVISE, 0, EFAULT);
    fault_at(FAULT_ALLOCATE, 0, ENOSPC);
    assert_at(mmv_view_advise(&view, MMV_ADVISE_POPULATE_WRITE), MMV_ENOSPC, "page");
    fault_at(FAULT_ALLOCATE, 0, 0);
    fault_at(FAULT_READ, 0, EIO);
    assert_at(mmv_view_advise(&view, MMV_ADVISE_POPULATE_READ), MMV_EIO, "page");
    assert_int_equal(mmv_last_error()->os_error, EIO);
    fault_reset();
    mmv_view_close(&view);
    mmv_map_close(&map);
}

/* ---- refusals --------------------------------------------------------------------------------------------------- */

static void test_a_refusal_of_the_system_leaks_nothing(void **state)
{
    static const struct {
        fault_call call;
        int error;
        mmv_status status;
    } table[] = {
        {FAULT_RESERVE, ENOMEM, MMV_ENOMEM}, {FAULT_MAP_AT, ENOMEM, MMV_ENOMEM}, {FAULT_MAP_AT, ENODEV, MMV_ENOTSUP},
        {FAULT_MAP_AT, EACCES, MMV_EACCES},  {FAULT_MAP_AT, EAGAIN, MMV_ENOMEM},
    };
    const uint64_t large = 2 * MMV_MIB; /* what is smaller goes anywhere, without a reservation */
    mmv_view view;
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        for (uint64_t length = 1; length <= SIZE; length *= 8) {
            fault_at(length < large ? FAULT_MAP : table[i].call, 1, table[i].error);
            assert_at(mmv_view_open(whole.map, 5, length, &view), table[i].status, whole.path);
            assert_int_equal(mmv_last_error()->os_error, table[i].error);
            fault_reset();
        }
    check_view(5, 2097152);
}

/* ---- far offsets ------------------------------------------------------------------------------------------------ */

static void test_views_beyond_4_gib(void **state)
{
    static const uint64_t borders[] = {UINT64_C(1) << 31, UINT64_C(1) << 32, UINT64_C(1) << 33};
    const char *path = scratch("sparse");
    mmv_view view;
    (void)state;
    file_sparse(path, (UINT64_C(1) << 33) + MMV_MIB);
    mmv_map *map = must_open(path, MMV_READ_WRITE);
    for (size_t i = 0; i < COUNT(borders); i++) {
        uint64_t offset = borders[i] - 3001;
        char text[16];
        assert_ok(mmv_view_open(map, offset, 9000, &view));
        snprintf(text, sizeof text, "border %u", (unsigned)i);
        memcpy((char *)view.data + 3001, text, sizeof text);
        assert_ok(mmv_view_flush(&view, 3001, sizeof text, MMV_FLUSH_DURABLE));
        mmv_view_close(&view);
        char back[16];
        file_get(path, back, sizeof back, borders[i]);
        assert_memory_equal(back, text, sizeof text);
    }
    assert_true(file_allocated(path) < 4 * MMV_MIB);
    mmv_map_close(&map);
}

static void test_more_than_the_address_space(void **state)
{
    const char *path = scratch("huge");
    mmv_view view = {.length = 7};
    (void)state;
    file_sparse(path, UINT64_C(5) << 30);
    mmv_map *map = must_open(path, MMV_READ);
    mmv_status status = mmv_view_open(map, 0, 0, &view);
    if (sizeof(void *) == 4) {
        assert_at(status, MMV_ENOMEM, "huge");
        assert_int_equal(view.length, 7);
        assert_at(mmv_view_open(map, 1, (UINT64_C(1) << 32) - 1, &view), MMV_ENOMEM, "huge");
        assert_at(mmv_view_open(map, 0, (UINT64_C(1) << 32) - 4097, &view), MMV_ENOMEM, "huge");
        assert_ok(mmv_view_open(map, 0, UINT64_C(1) << 24, &view));
    } else {
        assert_ok(status);
        assert_true(view.length == UINT64_C(5) << 30);
    }
    mmv_view_close(&view);
    mmv_map_close(&map);
}

/* ---- threads, pages of 64 KiB ----------------------------------------------------------------------------------- */

struct reader {
    unsigned seed;
    unsigned wrong;
};

static void *read_at_random(void *user)
{
    struct reader *reader = user;
    uint64_t draw[2];
    for (unsigned i = 0; i < 300; i++) {
        mmv_view view;
        fill(draw, sizeof draw, reader->seed * 1000 + i);
        uint64_t offset = draw[0] % SIZE;
        uint64_t length = 1 + draw[1] % mmv_min(SIZE - offset, 200000);
        if (mmv_view_open(whole.map, offset, length, &view) != MMV_OK) {
            reader->wrong++;
            continue;
        }
        reader->wrong += memcmp(view.data, whole.bytes + offset, (size_t)length) != 0;
        mmv_view_close(&view);
    }
    return NULL;
}

static void test_threads_open_views_of_one_map(void **state)
{
    pthread_t threads[4];
    struct reader readers[4] = {{1, 0}, {2, 0}, {3, 0}, {4, 0}};
    (void)state;
    for (unsigned i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_at_random, &readers[i]), 0);
    for (unsigned i = 0; i < COUNT(threads); i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(readers[i].wrong, 0);
    }
}

static void test_pages_of_64_kib(void **state)
{
    mmv_view view;
    (void)state;
    fault_page_size(65536);
    test_any_offset_and_length(NULL);
    assert_ok(mmv_view_open(whole.map, 70000, 10, &view));
    assert_int_equal((char *)view.data - (char *)view.base_, 70000 - 65536);
    assert_ok(mmv_view_flush(&view, 3, 4, MMV_FLUSH_DURABLE));
    mmv_view_close(&view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_offset_and_length),
        cmocka_unit_test(test_ranges_outside_are_refused),
        cmocka_unit_test(test_empty_views),
        cmocka_unit_test(test_overlapping_views_show_the_same_bytes),
        cmocka_unit_test(test_copy_on_write_stays_private),
        cmocka_unit_test(test_every_access_on_every_map),
        cmocka_unit_test(test_flush_takes_any_part_and_refuses_the_rest),
        cmocka_unit_test(test_advice_changes_no_byte),
        cmocka_unit_test(test_populating_for_stores_allocates),
        cmocka_unit_test(test_populating_a_part),
        cmocka_unit_test(test_populating_a_shortened_file_is_a_status),
        cmocka_unit_test_teardown(test_why_a_page_is_missing, fault_end),
        cmocka_unit_test_teardown(test_a_refusal_of_the_system_leaks_nothing, fault_end),
        cmocka_unit_test(test_views_beyond_4_gib),
        cmocka_unit_test(test_more_than_the_address_space),
        cmocka_unit_test(test_threads_open_views_of_one_map),
        cmocka_unit_test_teardown(test_pages_of_64_kib, fault_end),
    };
    return cmocka_run_group_tests(tests, make_whole, drop_whole);
}
