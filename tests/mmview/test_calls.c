/* SPDX-License-Identifier: MIT */
/* test_calls.c - the functions of calls.h do what the inline calls do, and refuse what these refuse. */

#include "scratch.h"
#include "views.h"

#include <mmview/calls.h>

#define SIZE 4096u

#define check_type(name, type, value)                                                                                  \
    do {                                                                                                               \
        const type wanted = (value);                                                                                   \
        type got, again;                                                                                               \
        memset(&got, 0, sizeof got);                                                                                   \
        memset(&again, 0, sizeof again);                                                                               \
        memset(view.data, 0, SIZE);                                                                                    \
        assert_ok(mmv_call_view_write_##name(&view, 5, wanted));                                                       \
        assert_memory_equal((char *)view.data + 5, &wanted, sizeof wanted);                                            \
        assert_int_equal(((char *)view.data)[4], 0);                                                                   \
        assert_int_equal(((char *)view.data)[5 + sizeof wanted], 0);                                                   \
        assert_ok(mmv_call_view_read_##name(&view, 5, &got));                                                          \
        assert_ok(mmv_view_read_##name(&view, 5, &again));                                                             \
        assert_memory_equal(&got, &wanted, sizeof wanted);                                                             \
        assert_memory_equal(&again, &wanted, sizeof wanted);                                                           \
        assert_bad(mmv_call_view_read_##name(&view, SIZE, &got), MMV_ERANGE, "position");                              \
        assert_bad(mmv_call_view_write_##name(&view, UINT64_MAX, wanted), MMV_ERANGE, "position");                     \
        if (sizeof got > 1)                                                                                            \
            assert_bad(mmv_call_view_write_##name(&view, SIZE - 1, wanted), MMV_ERANGE, "length");                     \
    } while (0)

static void test_every_type(void **state)
{
    (void)state;
    mmv_map *map = memory_of(SIZE);
    mmv_view view = view_of(map, MMV_READ_WRITE, 0, 0);
    check_type(bool, bool, true);
    check_type(int8, int8_t, -7);
    check_type(uint8, uint8_t, 250);
    check_type(char16, uint16_t, 0x20ac);
    check_type(int16, int16_t, -12345);
    check_type(uint16, uint16_t, 54321);
    check_type(int32, int32_t, -123456789);
    check_type(uint32, uint32_t, 4000000000u);
    check_type(int64, int64_t, -1234567890123456789);
    check_type(uint64, uint64_t, 0xfedcba9876543210u);
    check_type(float, float, -1.5f);
    check_type(double, double, 1e300);
    mmv_view_close(&view);
    mmv_map_close(&map);
}

static void test_structs_and_spans(void **state)
{
    char text[12] = "hello, view", got[12] = "";
    (void)state;
    mmv_map *map = memory_of(SIZE);
    mmv_view view = view_of(map, MMV_READ_WRITE, 0, 0);
    assert_ok(mmv_call_view_write_struct(&view, SIZE - 12, text, 12));
    assert_ok(mmv_call_view_read_struct(&view, SIZE - 12, got, 12));
    assert_string_equal(got, text);
    assert_bad(mmv_call_view_write_struct(&view, SIZE - 11, text, 12), MMV_ERANGE, "length");
    assert_bad(mmv_call_view_read_struct(&view, SIZE, got, 12), MMV_ERANGE, "position");
    assert_ptr_equal(mmv_call_view_span(&view, 7, SIZE - 7), (char *)view.data + 7);
    assert_null(mmv_call_view_span(&view, 8, SIZE - 7));
    mmv_view_close(&view);
    assert_status(mmv_call_view_read_struct(&view, 0, got, 1), MMV_ECLOSED);
    mmv_map_close(&map);
}

static void test_leases(void **state)
{
    mmv_pool *pool;
    mmv_cursor cursor;
    size_t left = 0;
    (void)state;
    mmv_map *map = memory_of(SIZE);
    assert_ok(mmv_pool_create(NULL, &pool));
    assert_ok(mmv_cursor_open(pool, map, &cursor));
    char *data = mmv_call_acquire(&cursor, 100, 1, &left);
    assert_non_null(data);
    assert_true(left >= 1);
    assert_ptr_equal(mmv_call_acquire(&cursor, 101, 1, &left), data + 1);
    assert_null(mmv_call_acquire(&cursor, SIZE, 1, &left));
    assert_int_equal(cursor.status, MMV_ERANGE);
    mmv_cursor_close(&cursor);
    mmv_pool_destroy(&pool);
    mmv_map_close(&map);
}

/* As the compiler of this test has it. */
static void test_where_fields_lie(void **state)
{
    (void)state;
    assert_true(mmv_layout("mmv_view", NULL) == sizeof(mmv_view));
    assert_true(mmv_layout("mmv_view", "length") == offsetof(mmv_view, length));
    assert_true(mmv_layout("mmv_view_options", NULL) == sizeof(mmv_view_options));
    assert_true(mmv_layout("mmv_map_options", NULL) == sizeof(mmv_map_options));
    assert_true(mmv_layout("mmv_map_options", "created_ret") == offsetof(mmv_map_options, created_ret));
    assert_true(mmv_layout("mmv_shared_options", NULL) == sizeof(mmv_shared_options));
    assert_true(mmv_layout("mmv_shared_options", "limits") == offsetof(mmv_shared_options, limits));
    assert_true(mmv_layout("mmv_shared_info", "full_name") == offsetof(mmv_shared_info, full_name));
    assert_true(mmv_layout("mmv_error", "detail") == offsetof(mmv_error, detail));
    assert_true(mmv_layout("mmv_chunk", "is_trial") == offsetof(mmv_chunk, is_trial));
    assert_true(mmv_layout("mmv_walk_options", "stats") == offsetof(mmv_walk_options, stats));
    assert_true(mmv_layout("mmv_journal_options", "kept") == offsetof(mmv_journal_options, kept));
    assert_true(mmv_layout("mmv_view", "base_") == SIZE_MAX);
    assert_true(mmv_layout("mmv_view", "") == SIZE_MAX);
    assert_true(mmv_layout("mmv_map", NULL) == SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type),
        cmocka_unit_test(test_structs_and_spans),
        cmocka_unit_test(test_leases),
        cmocka_unit_test(test_where_fields_lie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
