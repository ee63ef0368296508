/* SPDX-License-Identifier: MIT */
/*
 * test_view_places.c - where a view lies, how it grows there, and what is advised about its bytes.
 */

#include "scratch.h"
#include "views.h"

#include <mmview/guard.h>
#include <mmview/typed.h>

/* ---- where a view lies, how it grows ---------------------------------------------------------------------------- */

static void test_a_view_at_a_chosen_address(void **state)
{
    (void)state;
    mmv_map *map = memory_of(4 * 65536);
    mmv_view first = view_of(map, MMV_READ_WRITE, 0, 0);
    char *place = first.data;
    mmv_view view;
    /* Taken: elsewhere, or nowhere. */
    assert_ok(mmv_view_open_with(map, 0, 65536, &(mmv_view_options){.address = place}, &view));
    assert_ptr_not_equal(view.data, place);
    mmv_view_close(&view);
    assert_status(mmv_view_open_with(map, 0, 65536, &(mmv_view_options){.address = place, .exact = true}, &view),
                  MMV_ENOMEM);
    assert_bad(mmv_view_open_with(map, 0, 65536, &(mmv_view_options){.address = place + 1}, &view), MMV_EINVAL,
               "address");
    mmv_view_close(&first);
    assert_ok(mmv_view_open_with(map, 65536, 65536, &(mmv_view_options){.address = place, .exact = true}, &view));
    assert_ptr_equal(view.data, place);
    mmv_view_close(&view);
    mmv_map_close(&map);
}

static void test_a_view_grows_in_place(void **state)
{
    mmv_view view, other;
    (void)state;
    file_sparse(scratch("growing"), 10000);
    mmv_map *map;
    assert_ok(mmv_map_open(scratch("growing"), MMV_READ_WRITE, &map));
    /* With room behind it: where a larger one lay before. */
    assert_ok(mmv_view_open(map, 0, 0, &other));
    mmv_view_options there = {.address = other.data, .exact = true};
    mmv_view_close(&other);
    assert_ok(mmv_view_open_with(map, 0, 100, &there, &view));
    char *data = view.data;
    assert_ok(mmv_view_open(map, 50, 20, &other));
    data[60] = 'x';
    assert_ok(mmv_map_grow(map, 1000000));
    assert_bad(mmv_view_grow(&view, 1000001), MMV_ERANGE, "length");
    assert_bad(mmv_view_grow(&view, 99), MMV_ERANGE, "length");
    /* Inside the page that is mapped already. */
    assert_ok(mmv_view_grow(&view, 200));
    assert_int_equal(view.length, 200);
    mmv_status status = mmv_view_grow(&view, 0);
    if (status == MMV_OK) {
        assert_ptr_equal(view.data, data);
        assert_int_equal(view.length, 1000000);
        assert_ok(mmv_view_write_uint8(&view, 999999, 5));
    } else {
        assert_int_equal(status, MMV_ENOMEM);
        assert_int_equal(view.length, 200);
    }
    assert_int_equal(((char *)other.data)[10], 'x');
    assert_int_equal(data[60], 'x');
    mmv_view_close(&other);
    mmv_view_close(&view);
    mmv_map_close(&map);
}

/* Within the page in which the file ended: in place, or refused. */
static void test_a_view_grows_within_a_page(void **state)
{
    mmv_view view;
    mmv_map *map;
    (void)state;
    file_sparse(scratch("within"), 100);
    assert_ok(mmv_map_open(scratch("within"), MMV_READ_WRITE, &map));
    assert_ok(mmv_view_open(map, 0, 0, &view));
    for (uint64_t length = 4096; length < system_page(); length += 4096) {
        assert_ok(mmv_map_grow(map, length));
        mmv_status status = mmv_view_grow(&view, length);
        assert_true(status == MMV_OK || status == MMV_ENOMEM);
        assert_int_equal(view.length, status ? (length == 4096 ? 100 : 4096) : length);
        ((volatile char *)view.data)[view.length - 1] = 'x';
    }
    mmv_view_close(&view);
    mmv_map_close(&map);
}

/* Something right behind it: the view stays as it is. */
static void test_a_view_that_has_no_room_to_grow(void **state)
{
    mmv_view view, behind;
    (void)state;
    mmv_map *map = memory_of(4 * 65536);
    mmv_view both = view_of(map, MMV_READ_WRITE, 0, 2 * 65536);
    char *place = both.data;
    mmv_view_close(&both);
    assert_ok(mmv_view_open_with(map, 0, 65536, &(mmv_view_options){.address = place, .exact = true}, &view));
    assert_ok(mmv_view_open_with(map, 0, 65536, &(mmv_view_options){.address = place + 65536, .exact = true}, &behind));
    assert_status(mmv_view_grow(&view, 65537), MMV_ENOMEM);
    assert_int_equal(view.length, 65536);
    assert_ok(mmv_view_write_uint8(&view, 65535, 1));
    mmv_view_close(&behind);
    assert_ok(mmv_view_grow(&view, 65537));
    assert_int_equal(view.length, 65537);
    mmv_view_close(&view);
    mmv_map_close(&map);
}

/* What the guard caught before is not forgotten. */
static void test_growing_forgets_no_fault(void **state)
{
    mmv_view view;
    mmv_map *map;
    (void)state;
    assert_ok(mmv_guard_enable());
    file_make(scratch("short"), 3 * 65536, 1);
    assert_ok(mmv_map_open(scratch("short"), MMV_READ_WRITE, &map));
    mmv_view room = view_of(map, MMV_READ_WRITE, 0, 0);
    mmv_view_options there = {.address = room.data, .exact = true};
    mmv_view_close(&room);
    assert_ok(mmv_view_open_with(map, 0, 65536, &there, &view));
    file_cut(scratch("short"), 0);
    assert_int_equal(((volatile char *)view.data)[5], 0);
    assert_status(mmv_view_check(&view), MMV_ETRUNC);
    assert_ok(mmv_view_grow(&view, 2 * 65536));
    assert_status(mmv_view_check(&view), MMV_ETRUNC);
    assert_int_equal(((volatile char *)view.data)[65536 + 5], 0);
    mmv_view_close(&view);
    mmv_map_close(&map);
    mmv_guard_disable();
}

/* ---- advice ----------------------------------------------------------------------------------------------------- */

static void test_discarded_bytes_read_as_zeros(void **state)
{
    (void)state;
    mmv_map *map = memory_of(4 * 65536);
    mmv_view all = view_of(map, MMV_READ_WRITE, 0, 0);
    memset(all.data, 7, all.length);
    mmv_view part = view_of(map, MMV_READ_WRITE, 65536 - 5, 65536 + 10);
    mmv_status status = mmv_view_advise(&part, MMV_ADVISE_DISCARD);
    if (MMV_POSIX_ONLY)
        assert_int_equal(status, MMV_ENOTSUP);
    else {
        const char *bytes = all.data;
        assert_ok(status);
        assert_int_equal(bytes[65536 - 6], 7);
        assert_int_equal(bytes[65536 - 5], 0);
        assert_int_equal(bytes[100000], 0);
        assert_int_equal(bytes[2 * 65536 + 4], 0);
        assert_int_equal(bytes[2 * 65536 + 5], 7);
    }
    mmv_view_close(&part);
    part = view_of(map, MMV_READ, 0, 0);
    assert_bad(mmv_view_advise(&part, MMV_ADVISE_DISCARD), MMV_EINVAL, "advice");
    mmv_view_close(&part);
    mmv_view_close(&all);
    mmv_map_close(&map);
}

static void test_every_advice_is_taken_or_refused(void **state)
{
    (void)state;
    mmv_map *map = memory_of(65536);
    mmv_view view = view_of(map, MMV_READ_WRITE, 3, 4096);
    memset(view.data, 9, view.length);
    for (unsigned i = 0; i < MMV_ADVICES; i++) {
        mmv_status status = i == MMV_ADVISE_DISCARD ? MMV_OK : mmv_view_advise(&view, (mmv_advice)i);
        assert_true(status == MMV_OK || status == MMV_ENOTSUP);
        assert_int_equal(*(char *)view.data, 9);
    }
    assert_bad(mmv_view_advise(&view, (mmv_advice)MMV_ADVICES), MMV_EINVAL, "advice");
    assert_ok(mmv_view_flush(&view, 0, 0, MMV_FLUSH_START));
    assert_ok(mmv_view_flush(&view, 0, 0, MMV_FLUSH_WAIT));
    assert_ok(mmv_view_close_flushing(&view, MMV_FLUSH_DURABLE));
    assert_null(view.data);
    mmv_map_close(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_view_at_a_chosen_address),       cmocka_unit_test(test_a_view_grows_in_place),
        cmocka_unit_test(test_a_view_grows_within_a_page),       cmocka_unit_test(test_a_view_that_has_no_room_to_grow),
        cmocka_unit_test(test_growing_forgets_no_fault),         cmocka_unit_test(test_discarded_bytes_read_as_zeros),
        cmocka_unit_test(test_every_advice_is_taken_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
