/* SPDX-License-Identifier: MIT */
/* test_pass.c - turns of a loop that is the caller's: they cover the range, and go the way that is faster. */

#include "walks.h"

#include "faults.h"

#include <mmview/pass.h>

#define SIZE (96 * MMV_MIB)

/* What the turns of a pass were together. */
typedef struct seen {
    uint64_t turns, bytes[4]; /* by mmv_io */
    uint64_t largest;
} seen;

static _Atomic double now;

/* A map of a file of so many bytes, none of which is ever touched. */
static mmv_map *make(const char *name, uint64_t size, mmv_access access)
{
    assert_true(scratch_use(NULL));
    mmv_map *map;
    mmv_map_options how = {.mode = MMV_CREATE, .capacity = size};
    assert_ok(mmv_map_open_with(scratch(name), MMV_READ_WRITE, &how, &map));
    mmv_map_close(&map);
    assert_ok(mmv_map_open(scratch(name), access, &map));
    return map;
}

/* Take all turns; a byte that goes mapped takes so many nanoseconds, or buffered. */
static seen run(mmv_map *map, const mmv_walk_options *options, double mapped_ns, double buffered_ns)
{
    seen all = {0};
    mmv_pass *pass;
    mmv_turn turn = {0};
    size_t record = options->record_size ? options->record_size : 1;
    uint64_t end = options->length ? options->offset + options->length : mmv_map_capacity(map);
    uint64_t next = options->offset;
    assert_ok(mmv_pass_open(map, options, &pass));
    while (mmv_pass_next(pass, &turn)) {
        assert_int_equal(turn.offset, next);
        assert_true(turn.length > 0 && turn.length % record == 0 && turn.length <= end - turn.offset);
        assert_true(turn.io == MMV_IO_MMAP || turn.io == MMV_IO_BUFFERED);
        next += turn.length;
        all.turns++;
        all.bytes[turn.io] += turn.length;
        all.largest = mmv_max(all.largest, turn.length);
        double pace = turn.io == MMV_IO_MMAP ? mapped_ns : buffered_ns;
        atomic_store(&now, atomic_load(&now) + (double)turn.length * pace * 1e-9);
    }
    assert_int_equal(next, end);
    assert_false(mmv_pass_next(pass, &turn));
    mmv_pass_close(&pass);
    assert_null(pass);
    mmv_pass_close(&pass);
    return all;
}

static void test_turns_cover_the_range(void **state)
{
    (void)state;
    static const struct {
        size_t record;
        uint64_t offset, records;
    } cases[] = {{1, 0, SIZE}, {24, 0, SIZE / 24}, {3, 5, 20000001}, {7 * MMV_MIB + 1, 11, 13},
                 {1, 4095, 1}, {4096, 0, 300}};
    mmv_map *map = make("cover", SIZE, MMV_READ);
    fault_clock(&now);
    fault_cold(FAULT_COLD_NONE);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int io = MMV_IO_AUTO; io <= MMV_IO_BUFFERED; io++)
            for (int pace = 1; pace <= 3; pace++)
                run(map,
                    &(mmv_walk_options){.record_size = cases[i].record,
                                        .offset = cases[i].offset,
                                        .length = cases[i].records * cases[i].record,
                                        .io = (mmv_io)io},
                    pace, 4 - pace);
    fault_reset();
    mmv_map_close(&map);
}

static void test_the_faster_way_wins(void **state)
{
    (void)state;
    mmv_map *map = make("wins", 16 * SIZE, MMV_READ);
    const mmv_walk_options options = {.record_size = 8};
    fault_clock(&now);
    fault_cold(FAULT_COLD_NONE);
    seen slow = run(map, &options, 0.9, 0.2), fast = run(map, &options, 0.1, 0.2);
    assert_true(slow.bytes[MMV_IO_MMAP] > 0);
    assert_true(slow.bytes[MMV_IO_BUFFERED] > slow.bytes[MMV_IO_MMAP] * 20);
    assert_true(fast.bytes[MMV_IO_MMAP] > fast.bytes[MMV_IO_BUFFERED] * 8);
    fault_reset();
    mmv_map_close(&map);
}

static void test_what_is_not_in_memory_goes_buffered_and_teaches_nothing(void **state)
{
    (void)state;
    mmv_map *map = make("cold", 4 * SIZE, MMV_READ);
    fault_clock(&now);
    fault_cold(FAULT_COLD_ALL);
    seen all = run(map, &(mmv_walk_options){.record_size = 8}, 0.1, 5);
    assert_int_equal(all.bytes[MMV_IO_MMAP], 0);
    fault_reset();
    mmv_map_close(&map);
}

static void test_a_way_that_is_asked_for(void **state)
{
    (void)state;
    mmv_map *map = make("asked", SIZE, MMV_READ_WRITE);
    seen mapped = run(map, &(mmv_walk_options){.io = MMV_IO_MMAP, .window = 3 * MMV_MIB}, 1, 1);
    seen buffered = run(map, &(mmv_walk_options){.io = MMV_IO_BUFFERED}, 1, 1);
    seen small = run(map, &(mmv_walk_options){.length = 1000}, 1, 1);
    assert_int_equal(mapped.bytes[MMV_IO_BUFFERED], 0);
    assert_true(mapped.largest <= 3 * MMV_MIB);
    assert_int_equal(buffered.bytes[MMV_IO_MMAP], 0);
    assert_int_equal(small.turns, 1);
    assert_int_equal(small.bytes[MMV_IO_BUFFERED], 1000);
    mmv_map_close(&map);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    mmv_map *map = make("refused", MMV_MIB, MMV_READ_WRITE);
    mmv_journal *journal;
    mmv_journal_options how = {.mode = MMV_JOURNAL_KILL, .operation = "none"};
    assert_ok(mmv_journal_open(scratch("journal"), &how, &journal));
    const struct {
        mmv_walk_options options;
        mmv_status status;
        const char *parameter;
    } cases[] = {
        {{.record_size = 3}, MMV_EINVAL, "length"},      {{.record_size = 4, .stride = 8}, MMV_EINVAL, "stride"},
        {{.io = MMV_IO_DIRECT}, MMV_EINVAL, "io"},       {{.journal = journal}, MMV_EINVAL, "journal"},
        {{.offset = MMV_MIB + 1}, MMV_ERANGE, "offset"}, {{.reserved_ = {1}}, MMV_EINVAL, "reserved_"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mmv_pass *pass;
        assert_int_equal(mmv_pass_open(map, &cases[i].options, &pass), cases[i].status);
        assert_string_equal(mmv_last_error()->parameter, cases[i].parameter);
        assert_null(pass);
    }
    mmv_pass *pass;
    mmv_turn turn;
    assert_ok(mmv_pass_open(map, &(mmv_walk_options){.length = MMV_EMPTY}, &pass));
    assert_false(mmv_pass_next(pass, &turn));
    mmv_pass_close(&pass);
    assert_ok(mmv_pass_open(map, NULL, &pass));
    mmv_pass_close(&pass);
    mmv_journal_close(&journal);
    mmv_map_close(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_turns_cover_the_range, fault_end),
        cmocka_unit_test_teardown(test_the_faster_way_wins, fault_end),
        cmocka_unit_test_teardown(test_what_is_not_in_memory_goes_buffered_and_teaches_nothing, fault_end),
        cmocka_unit_test_teardown(test_a_way_that_is_asked_for, fault_end),
        cmocka_unit_test_teardown(test_what_is_refused, fault_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
