/* SPDX-License-Identifier: MIT */
/* test_arena.c - slots in a reservation: alignment, taking in a row, placing and vacating. */

#include "check.h"

#include "lease/arena.h"
#include "os/memory.h"
#include "faults.h"
#include "scratch.h"

#include <errno.h>

#define SIZE ((size_t)(5 * MMV_MIB))

static mmv_map *make_map(void)
{
    mmv_map *map = NULL;
    file_make(scratch("file"), SIZE, 1);
    assert_ok(mmv_map_open(scratch("file"), MMV_READ_WRITE, &map));
    return map;
}

static void test_a_slot_has_room_at_any_offset(void **state)
{
    const size_t page = system_page();
    const size_t windows[] = {1, page, 2 * page, 3 * page, 65536, 1 << 20, (1 << 21) - page, 1 << 21, 5 << 20};
    (void)state;
    for (size_t i = 0; i < COUNT(windows); i++) {
        mmv__arena arena;
        assert_int_equal(mmv__arena_create(windows[i], 3, &arena), 0);
        assert_int_equal(arena.slot, mmv__arena_slot(windows[i]));
        assert_true((uintptr_t)arena.base % arena.congruence == 0);
        assert_true(arena.slot % arena.congruence == 0 && arena.congruence <= MMV__CONGRUENCE);
        assert_true(arena.slot >= windows[i] + arena.congruence - page);
        mmv__arena_destroy(&arena);
        mmv__arena_destroy(&arena);
    }
}

static void test_placed_windows_show_the_file(void **state)
{
    const uint64_t page = system_page();
    const uint64_t offsets[] = {0, page, 65536, 2097152 - page, 2097152, 3 * 1048576};
    mmv__arena arena;
    char *data;
    static char wanted[2 * 65536];
    const size_t length = 2 * system_page();
    (void)state;
    assert_true(length <= sizeof wanted);
    mmv_map *map = make_map();
    assert_int_equal(mmv__arena_create(1 << 20, 2, &arena), 0);
    for (size_t i = 0; i < COUNT(offsets); i++)
        for (unsigned slot = 0; slot < 2; slot++) {
            assert_int_equal(mmv__arena_place(&arena, slot, map, (mmv_range){offsets[i], length}, &data), 0);
            assert_true(((uintptr_t)data - offsets[i]) % arena.congruence == 0);
            assert_true(data >= arena.base + slot * arena.slot);
            assert_true(data + length <= arena.base + (slot + 1) * arena.slot);
            file_get(scratch("file"), wanted, length, offsets[i]);
            assert_memory_equal(data, wanted, length);
        }
    mmv__arena_destroy(&arena);
    mmv_map_close(&map);
}

/* Invariant 1: what was vacated is still reserved, so nothing else of the process can land there. */
static void test_vacated_slots_stay_reserved(void **state)
{
    mmv__arena arena;
    char *data;
    (void)state;
    mmv_map *map = make_map();
    assert_int_equal(mmv__arena_create(1 << 20, 4, &arena), 0);
    for (unsigned slot = 0; slot < 4; slot++) {
        assert_int_equal(mmv__arena_place(&arena, slot, map, (mmv_range){system_page(), 1 << 20}, &data), 0);
        mmv__arena_vacate(data, 1 << 20);
        assert_int_equal(mmv__os_reserve_at(data, system_page()), EEXIST);
    }
    mmv__arena_destroy(&arena);
    mmv_map_close(&map);
}

static void test_slots_in_a_row(void **state)
{
    mmv__arena arena;
    unsigned first, count;
    (void)state;
    assert_int_equal(mmv__arena_create(system_page(), 6, &arena), 0);
    assert_true(mmv__arena_take(&arena, 0, system_page(), &first, &count));
    assert_true(first == 0 && count == 1);
    assert_true(mmv__arena_take(&arena, 0, arena.slot + 1, &first, &count));
    assert_true(first == 1 && count == 2);
    assert_true(mmv__arena_take(&arena, 0, system_page(), &first, &count));
    assert_true(first == 3 && count == 1);
    mmv__arena_give(&arena, 1, 2);
    assert_false(mmv__arena_take(&arena, 0, 3 * arena.slot, &first, &count));
    assert_true(mmv__arena_take(&arena, 0, 2 * arena.slot, &first, &count));
    assert_true(first == 1 && count == 2);
    assert_true(mmv__arena_take(&arena, 0, 2 * arena.slot, &first, &count));
    assert_true(first == 4 && count == 2);
    assert_false(mmv__arena_take(&arena, 0, 1, &first, &count));
    mmv__arena_give(&arena, 0, 6);
    assert_true(mmv__arena_take(&arena, 0, 6 * arena.slot, &first, &count));
    assert_true(first == 0 && count == 6);
    mmv__arena_give(&arena, 0, 6);
    assert_false(mmv__arena_take(&arena, 0, 6 * arena.slot + 1, &first, &count));
    assert_false(mmv__arena_take(&arena, system_page() - 1, SIZE_MAX / 2, &first, &count));
    mmv__arena_destroy(&arena);
}

static void test_what_does_not_fit_is_refused(void **state)
{
    mmv__arena arena;
    (void)state;
    assert_int_equal(mmv__arena_create(SIZE_MAX - 4096, 1, &arena), ENOMEM);
    assert_int_equal(mmv__arena_create(SIZE_MAX / 4, 4000000000u, &arena), ENOMEM);
    fault_at(FAULT_RESERVE, 1, ENOMEM);
    assert_int_equal(mmv__arena_create(4096, 1, &arena), ENOMEM);
    fault_reset();
}

static void test_pages_of_64_kib(void **state)
{
    mmv__arena arena;
    char *data;
    (void)state;
    mmv_map *map = make_map();
    fault_page_size(65536);
    assert_int_equal(mmv__arena_create(4096, 2, &arena), 0);
    assert_int_equal(arena.congruence, 65536);
    assert_true((uintptr_t)arena.base % 65536 == 0);
    assert_int_equal(mmv__arena_place(&arena, 1, map, (mmv_range){65536, 65536}, &data), 0);
    char wanted[65536];
    file_get(scratch("file"), wanted, sizeof wanted, 65536);
    assert_memory_equal(data, wanted, sizeof wanted);
    fault_reset();
    mmv__arena_destroy(&arena);
    mmv_map_close(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_slot_has_room_at_any_offset), cmocka_unit_test(test_placed_windows_show_the_file),
        cmocka_unit_test(test_vacated_slots_stay_reserved),   cmocka_unit_test(test_slots_in_a_row),
        cmocka_unit_test(test_what_does_not_fit_is_refused),  cmocka_unit_test(test_pages_of_64_kib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
