/* SPDX-License-Identifier: MIT */
/* test_workload.c - shares that leave no gap, positions that never repeat, and the work on a piece. */

#include "check.h"

#include <errno.h>

#include "mmbench/workload.h"

#define PAGE 4096
#define MOST_THREADS 17

/* 'position' must be a record of the file that was not seen before. */
static void see(const struct workload *load, uint64_t position, unsigned char *seen)
{
    assert_int_equal(position % load->record, 0);
    assert_true(position + load->record <= load->size);
    assert_int_equal(seen[position / load->record]++, 0);
}

static void test_positions_are_all_records_once(void **state)
{
    static const uint64_t counts[] = {1, 2, 3, 4, 5, 64, 100, 383, 1000, 4096, 4097, 65535, 65536, 100003};
    static const size_t records[] = {64, 4096, 24};
    (void)state;
    for (size_t i = 0; i < COUNT(counts); i++)
        for (size_t r = 0; r < COUNT(records); r++) {
            /* What is behind the last whole record belongs to none. */
            struct workload load = {.size = counts[i] * records[r] + records[r] / 2, .record = records[r]};
            unsigned char *seen = calloc(counts[i], 1);
            assert_non_null(seen);
            for (uint64_t operation = 0; operation < counts[i]; operation++)
                see(&load, workload_position(&load, operation), seen);
            free(seen);
        }
}

/* Neighbours would measure readahead: of ten thousand steps hardly one may go to the next record. */
static void test_positions_are_scattered(void **state)
{
    struct workload load = {.size = (uint64_t)65536 * PAGE, .record = PAGE};
    unsigned neighbours = 0;
    (void)state;
    for (uint64_t i = 1; i < 10000; i++) {
        uint64_t before = workload_position(&load, i - 1), now = workload_position(&load, i);
        neighbours += now == before + PAGE || before == now + PAGE;
    }
    assert_in_range(neighbours, 0, 100);
}

static void test_slabs_leave_no_gap(void **state)
{
    static const uint64_t sizes[] = {1, PAGE - 1, PAGE, PAGE + 1, 5 * PAGE, 16 * PAGE + 7, 16 * MMV_MIB, 383 * PAGE};
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (unsigned threads = 1; threads <= MOST_THREADS; threads++) {
            struct workload load = {.size = sizes[i], .threads = threads};
            uint64_t end = 0, offset, length;
            for (unsigned thread = 0; thread < threads; thread++) {
                workload_slab(&load, thread, &offset, &length);
                assert_int_equal(offset, end);
                assert_true(length == 0 || offset % PAGE == 0);
                /* None has more than its share of whole pages. */
                assert_true(length <= (sizes[i] / PAGE / threads + 1) * PAGE);
                end = offset + length;
            }
            assert_int_equal(end, sizes[i]);
        }
}

static void test_shares_leave_no_gap(void **state)
{
    static const uint64_t counts[] = {0, 1, 2, 16, 17, 18, 1000, 65536};
    (void)state;
    for (size_t i = 0; i < COUNT(counts); i++)
        for (unsigned threads = 1; threads <= MOST_THREADS; threads++) {
            struct workload load = {.operations = counts[i], .threads = threads};
            uint64_t before = 0, first, end;
            for (unsigned thread = 0; thread < threads; thread++) {
                workload_share(&load, thread, &first, &end);
                assert_int_equal(first, before);
                assert_true(end >= first && end - first <= counts[i] / threads + 1);
                before = end;
            }
            assert_int_equal(before, counts[i]);
        }
}

/* ---- threads ---------------------------------------------------------------------------------------------------- */

#define PIECES 1000
#define PIECE 100
static unsigned char taken[PIECES];
static unsigned members[MOST_THREADS];

static void take_all(struct workload *load, unsigned thread)
{
    uint64_t offset;
    size_t length;
    __atomic_add_fetch(&members[thread], 1, __ATOMIC_RELAXED);
    while (workload_take(load, PIECE, &offset, &length)) {
        bool last = offset / PIECE == PIECES - 1;
        if (offset % PIECE != 0 || length != (last ? PIECE / 2 : PIECE))
            workload_fail(load, "a wrong piece", 0);
        __atomic_add_fetch(&taken[offset / PIECE], 1, __ATOMIC_RELAXED);
    }
}

static void test_every_piece_is_taken_once(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 5; threads += 2) {
        struct workload load = {.size = PIECES * PIECE - PIECE / 2, .threads = threads};
        memset(taken, 0, sizeof taken);
        memset(members, 0, sizeof members);
        /* Twice: the second team begins at the front again. */
        for (unsigned char round = 1; round <= 2; round++) {
            assert_true(workload_team(&load, take_all));
            for (unsigned i = 0; i < PIECES; i++)
                assert_int_equal(taken[i], round);
            for (unsigned i = 0; i < MOST_THREADS; i++)
                assert_int_equal(members[i], i < threads ? round : 0);
        }
    }
}

static void fail_each(struct workload *load, unsigned thread)
{
    (void)thread;
    workload_fail(load, "the worker", ENOSPC);
}

static void test_the_first_failure_counts(void **state)
{
    struct workload load = {.size = PIECE, .threads = 3};
    uint64_t offset;
    size_t length;
    (void)state;
    assert_false(workload_fail(&load, "first", 0));
    assert_false(workload_fail(&load, "second", ENOENT));
    assert_string_equal(load.why, "first");
    assert_false(workload_take(&load, PIECE, &offset, &length));
    load = (struct workload){.size = PIECE, .threads = 3};
    assert_false(workload_team(&load, fail_each));
    assert_string_equal(load.why, "the worker: No space left on device");
}

static void test_the_peak_of_what_is_mapped(void **state)
{
    struct workload load = {.threads = 1};
    (void)state;
    workload_mapped(&load, 10);
    workload_mapped(&load, 20);
    workload_mapped(&load, -10);
    workload_mapped(&load, 5);
    assert_int_equal(load.peak_mapped, 30);
    assert_int_equal(load.mapped, 25);
}

/* ---- the work --------------------------------------------------------------------------------------------------- */

static void test_pieces_and_records(void **state)
{
    const double amount = WORKLOAD_AMOUNT;
    mmi_image image = {.samples = 4};
    struct workload load = {.work = WORK_SCAN, .record = 16, .threads = 2};
    uint64_t words[4] = {1, 2, UINT64_MAX, 40};
    int16_t samples[4] = {-1, 0, 32766, 32767}, changed[4];
    (void)state;
    workload_piece(&load, 0, &(mmi_batch){0, words, NULL, sizeof words});
    workload_piece(&load, 1, &(mmi_batch){0, words, NULL, 8});
    assert_int_equal(workload_sum(&load), 1 + 2 - 1 + 40 + 1);

    load.work = WORK_READS;
    workload_record(&load, 1, words + 2);
    assert_int_equal(workload_sum(&load), 43 + 39);

    load.work = WORK_UPDATES;
    workload_record(&load, 0, words + 1);
    assert_int_equal(words[0], 1);
    assert_int_equal(words[1], 3);
    assert_int_equal(words[2], 0);
    assert_int_equal(words[3], 40);

    load.work = WORK_INTO;
    assert_true(mmi_type_parse("i16", &image.type));
    assert_ok(mmi_adjust_create(&image, &(mmi_adjust_options){.add = &amount, .add_count = 1}, &load.adjust));
    workload_piece(&load, 0, &(mmi_batch){0, samples, changed, sizeof samples});
    assert_int_equal(changed[0], 0);
    assert_int_equal(changed[1], 1);
    assert_int_equal(changed[2], 32767);
    assert_int_equal(changed[3], 32767);
    mmi_adjust_destroy(&load.adjust);
}

static void test_what_writes_to_its_input(void **state)
{
    (void)state;
    for (int work = 0; work < WORK_KINDS; work++) {
        struct workload load = {.work = (enum work)work};
        assert_int_equal(workload_stores(&load), work == WORK_IN_PLACE || work == WORK_UPDATES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_positions_are_all_records_once),
        cmocka_unit_test(test_positions_are_scattered),
        cmocka_unit_test(test_slabs_leave_no_gap),
        cmocka_unit_test(test_shares_leave_no_gap),
        cmocka_unit_test(test_every_piece_is_taken_once),
        cmocka_unit_test(test_the_first_failure_counts),
        cmocka_unit_test(test_the_peak_of_what_is_mapped),
        cmocka_unit_test(test_pieces_and_records),
        cmocka_unit_test(test_what_writes_to_its_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
