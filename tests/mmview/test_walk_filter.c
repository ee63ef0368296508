/* SPDX-License-Identifier: MIT */
/* test_walk_filter.c - walks that keep some records, against a loop over the file in memory. */

#include "walks.h"

#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#define SIZE ((size_t)(5 * MMV_MIB + 12347))

/* Which records are kept, and what the function does besides. */
typedef struct sieve {
    layout shape;
    unsigned keep;    /* of 256 records so many, in bunches: 0 = none, 256 = all */
    uint64_t fail_in; /* fails in the chunk with this record */
    const char *cut;  /* the file becomes shorter in the second half */
    bool lies;        /* says that it kept more than there are */
    atomic_uint wrong;
} sieve;

static sieve sieve_of(const layout *shape, unsigned keep)
{
    return (sieve){.shape = *shape, .keep = keep, .fail_in = UINT64_MAX};
}

static bool keeps(const sieve *s, uint64_t record)
{
    return (record / 1000 * 37 + record % 256 * 11) % 256 < s->keep;
}

/* An output record is its input record, as often as there is room, with its number on top. */
static void make_output(const sieve *s, unsigned char *out, const unsigned char *in, uint64_t record)
{
    size_t size = layout_out_record(&s->shape);
    for (size_t i = 0; i < size; i++)
        out[i] = (unsigned char)(in[i % s->shape.record] + (record >> i % 4 * 8));
}

static mmv_status sift(const mmv_chunk *chunk, size_t *kept_ret, void *user)
{
    sieve *s = user;
    unsigned char *out = chunk->data;
    if (*kept_ret != 0 || chunk->index + chunk->count > s->shape.records ||
        chunk->stride != layout_out_record(&s->shape))
        atomic_fetch_add(&s->wrong, 1);
    if (s->fail_in >= chunk->index && s->fail_in < chunk->index + chunk->count)
        return MMV_EBUSY;
    if (s->cut && chunk->index >= s->shape.records / 2)
        file_cut(s->cut, SIZE / 3);
    for (size_t i = 0; i < chunk->count; i++) {
        if (!keeps(s, chunk->index + i))
            continue;
        make_output(s, out, (const unsigned char *)chunk->source + i * s->shape.record, chunk->index + i);
        out += chunk->stride;
        ++*kept_ret;
    }
    /* Whoever comes later is done earlier. */
    if (chunk->index / 7 % 3 == 0)
        sched_yield();
    if (s->lies)
        *kept_ret = chunk->count + 1;
    return MMV_OK;
}

typedef struct output {
    unsigned char *bytes; /* for free(3) */
    size_t size;
} output;

/* The same of the first 'records' records. */
static output expected(const sieve *s, uint64_t records)
{
    size_t size = layout_out_record(&s->shape);
    unsigned char *out = malloc((size_t)(s->shape.out_offset + records * size) + 1);
    unsigned char *at = out + s->shape.out_offset;
    memset(out, 'x', (size_t)s->shape.out_offset);
    for (uint64_t i = 0; i < records; i++)
        if (keeps(s, i)) {
            make_output(s, at, walk_file.bytes + s->shape.offset + i * s->shape.record, i);
            at += size;
        }
    return (output){out, (size_t)(at - out)};
}

static int make_file(void **state)
{
    (void)state;
    return walk_file_begin(SIZE);
}

/* A file of so many bytes 'x', as output. */
static mmv_map *open_output(size_t size)
{
    char *text = malloc(size + 1);
    memset(text, 'x', size);
    file_put(walk_file.out, text, size);
    free(text);
    return open_map(walk_file.out, MMV_READ_WRITE);
}

static void check_output(const sieve *s, uint64_t records)
{
    output wanted = expected(s, records);
    bool same = file_is(walk_file.out, wanted.bytes, wanted.size);
    free(wanted.bytes);
    assert_true(same);
}

/* ---- same bytes ------------------------------------------------------------------------------------------------- */

/* Into a file that is as long as out_offset, or 'more' bytes longer. */
static void check_way(const sieve *what, size_t more, const mmv_walk_options *how, const output *wanted)
{
    mmv_walk_stats stats;
    sieve s = *what;
    mmv_walk_options options = options_for(&s.shape, &stats);
    options.io = how->io;
    options.threads = how->threads;
    options.window = how->window;
    mmv_map *in = open_map(walk_file.path, MMV_READ), *out = open_output((size_t)s.shape.out_offset + more);
    assert_ok(mmv_walk_filter(in, out, &options, sift, &s));
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_true(file_is(walk_file.out, wanted->bytes, wanted->size));
    assert_true(stats.out_bytes == wanted->size - s.shape.out_offset && mmv_map_capacity(out) == wanted->size);
    assert_true(stats.records == s.shape.records && stats.prefix == options.length);
    mmv_map_close(&in);
    mmv_map_close(&out);
}

static void check_ways(const sieve *what)
{
    static const uint64_t windows[] = {65536, 0};
    output wanted = expected(what, what->shape.records);
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
        for (size_t w = 0; w < (CHECK_SANITIZED ? 1 : COUNT(windows)); w++)
            for (unsigned threads = CHECK_FEWEST; threads <= 8; threads *= 4) {
                mmv_walk_options how = {.io = (mmv_io)io, .window = windows[w], .threads = threads};
                check_way(what, w * 3000000, &how, &wanted);
            }
    free(wanted.bytes);
}

static void test_what_is_kept(void **state)
{
    static const struct {
        size_t record, out_record;
        uint64_t offset, out_offset;
        unsigned keep;
    } cases[] = {
        {16, 0, 0, 0, 30}, {24, 8, 5, 77, 128}, {7, 0, 1, 1, 256}, {100, 300, 0, 5000, 200}, {600000, 0, 3, 0, 128},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        layout shape = layout_filling(SIZE, cases[i].record, cases[i].offset, 0);
        shape.out_record = cases[i].out_record;
        shape.out_offset = cases[i].out_offset;
        sieve s = sieve_of(&shape, cases[i].keep);
        check_ways(&s);
    }
}

static void test_nothing_is_kept(void **state)
{
    layout shape = layout_filling(SIZE, 16, 0, 0);
    (void)state;
    shape.out_offset = 100;
    sieve s = sieve_of(&shape, 0);
    output wanted = expected(&s, s.shape.records);
    check_way(&s, 5000, &(mmv_walk_options){.threads = 2}, &wanted);
    free(wanted.bytes);
    shape.records = 0;
    s = sieve_of(&shape, 256);
    mmv_map *in = open_map(walk_file.path, MMV_READ), *out = open_output(5000);
    mmv_walk_options options = {.length = MMV_EMPTY, .out_offset = 100};
    assert_ok(mmv_walk_filter(in, out, &options, sift, &s));
    assert_true(mmv_map_capacity(out) == 100 && file_length(walk_file.out) == 100);
    mmv_map_close(&in);
    file_put(scratch("empty"), "", 0);
    in = open_map(scratch("empty"), MMV_READ);
    assert_ok(mmv_walk_filter(in, out, NULL, sift, &s));
    assert_true(mmv_map_capacity(out) == 0 && file_length(walk_file.out) == 0);
    mmv_map_close(&in);
    mmv_map_close(&out);
}

/* However long the file is. */
static void test_memory_is_bounded(void **state)
{
    const uint64_t size = (CHECK_SANITIZED ? 16 : 64) * MMV_MIB;
    (void)state;
    file_sparse(scratch("long"), size);
    layout shape = {.record = 8, .records = size / 8};
    sieve s = sieve_of(&shape, 256);
    mmv_walk_options options = options_for(&shape, NULL);
    options.threads = 2;
    mmv_map *in = open_map(scratch("long"), MMV_READ), *out = open_output(0);
    fault_reset();
    assert_ok(mmv_walk_filter(in, out, &options, sift, &s));
    assert_true(mmv_map_capacity(out) == size);
    assert_true(fault_largest_memory() <= 2 * MMV_MIB + 65536);
    mmv_map_close(&in);
    mmv_map_close(&out);
    file_cut(scratch("long"), 0);
}

/* ---- what ends early -------------------------------------------------------------------------------------------- */

/* What is there is the filter of the prefix, and the rest can be added behind. */
static void check_prefix(sieve *s, mmv_map *in, mmv_map *out, const mmv_walk_stats *stats)
{
    uint64_t done = stats->prefix / s->shape.record;
    assert_true(stats->prefix % s->shape.record == 0 && done <= s->shape.records);
    check_output(s, done);
    assert_true(mmv_map_capacity(out) == file_length(walk_file.out));
    assert_true(stats->out_bytes == mmv_map_capacity(out) - s->shape.out_offset);
    (void)in;
}

static void test_a_stopped_walk(void **state)
{
    layout shape = layout_filling(SIZE, 24, 5, 0);
    (void)state;
    shape.out_offset = 33;
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
        for (unsigned threads = CHECK_FEWEST; threads <= 8; threads *= 4)
            for (uint64_t stop_at = 1; stop_at < SIZE - 100000; stop_at += SIZE / 2) {
                mmv_walk_stats stats;
                sieve s = sieve_of(&shape, 100);
                ledger book = {.stop_at = stop_at};
                mmv_walk_options options = options_for(&shape, &stats);
                options.io = (mmv_io)io;
                options.threads = threads;
                options.window = 65536;
                options.tick = tick_in_book;
                options.tick_user = &book;
                mmv_map *in = open_map(walk_file.path, MMV_READ), *out = open_output(SIZE);
                assert_status(mmv_walk_filter(in, out, &options, sift, &s), MMV_ESTOPPED);
                assert_true(stats.prefix >= stop_at && stats.prefix < SIZE);
                assert_int_equal(atomic_load(&book.backwards), 0);
                check_prefix(&s, in, out, &stats);
                mmv_map_close(&in);
                mmv_map_close(&out);
            }
}

static void check_failure(const sieve *what, unsigned nth_write, mmv_status wanted)
{
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
        for (unsigned threads = CHECK_FEWEST; threads <= 8; threads *= 4) {
            mmv_walk_stats stats;
            sieve s = *what;
            mmv_walk_options options = options_for(&s.shape, &stats);
            options.io = (mmv_io)io;
            options.threads = threads;
            options.window = 65536;
            mmv_map *in = open_map(walk_file.path, MMV_READ), *out = open_output(SIZE);
            fault_reset();
            if (nth_write)
                fault_at(FAULT_WRITE, nth_write, ENOSPC);
            mmv_status status = mmv_walk_filter(in, out, &options, sift, &s);
            mmv_error error = *mmv_last_error();
            fault_reset();
            file_put(walk_file.path, walk_file.bytes, SIZE);
            assert_status(status, wanted);
            assert_int_equal(error.status, wanted);
            assert_non_null(strstr(error.file, nth_write ? walk_file.out : walk_file.path));
            /* What was read after the file had been cut is nobody's. */
            if (!what->cut)
                check_prefix(&s, in, out, &stats);
            mmv_map_close(&in);
            mmv_map_close(&out);
        }
}

static void test_functions_that_fail(void **state)
{
    layout shape = layout_filling(SIZE, 24, 5, 0);
    sieve s = sieve_of(&shape, 100);
    (void)state;
    s.fail_in = 0;
    check_failure(&s, 0, MMV_EBUSY);
    s.fail_in = shape.records / 2;
    check_failure(&s, 0, MMV_EBUSY);
    s.fail_in = shape.records - 1;
    check_failure(&s, 0, MMV_EBUSY);
    s = sieve_of(&shape, 100);
    s.lies = true;
    check_failure(&s, 0, MMV_EINVAL);
    assert_true(file_length(walk_file.out) == 0);
}

static void test_writes_that_fail(void **state)
{
    layout shape = layout_filling(SIZE, 24, 5, 0);
    sieve s = sieve_of(&shape, 100);
    (void)state;
    for (unsigned n = 1; n <= 15; n += 7)
        check_failure(&s, n, MMV_ENOSPC);
}

static void test_a_file_that_shrinks(void **state)
{
    layout shape = layout_filling(SIZE, 24, 5, 0);
    sieve s = sieve_of(&shape, 100);
    (void)state;
    assert_ok(mmv_guard_enable());
    s.cut = walk_file.path;
    check_failure(&s, 0, MMV_ETRUNC);
    mmv_guard_disable();
}

/* The records are there, but the file could not be made as long as they are. */
static void test_cutting_fails(void **state)
{
    layout shape = layout_filling(SIZE, 24, 0, 0);
    sieve s = sieve_of(&shape, 10);
    (void)state;
    mmv_map *in = open_map(walk_file.path, MMV_READ), *out = open_output(SIZE);
    mmv_walk_options options = options_for(&shape, NULL);
    fault_at(FAULT_RESIZE, 1, EIO);
    assert_status(mmv_walk_filter(in, out, &options, sift, &s), MMV_EIO);
    assert_non_null(strstr(mmv_last_error()->file, walk_file.out));
    assert_true(mmv_map_capacity(out) == SIZE);
    mmv_map_close(&in);
    mmv_map_close(&out);
}

/* A device keeps its length, and says itself when it is full. */
static void test_devices(void **state)
{
    layout shape = layout_filling(SIZE, 24, 0, 0);
    mmv_map *out = NULL;
    mmv_walk_stats stats;
    (void)state;
    mmv_map *in = open_map(walk_file.path, MMV_READ);
    sieve s = sieve_of(&shape, 100);
    mmv_walk_options options = options_for(&shape, &stats);
    assert_ok(mmv_map_from_descriptor(open("/dev/null", O_RDWR), true, MMV_READ_WRITE, SIZE, &out));
    assert_ok(mmv_walk_filter(in, out, &options, sift, &s));
    assert_true(mmv_map_capacity(out) == SIZE && stats.out_bytes > 0);
    mmv_map_close(&out);
    assert_ok(mmv_map_from_descriptor(open("/dev/null", O_RDWR), true, MMV_READ_WRITE, 100000, &out));
    assert_status(mmv_walk_filter(in, out, &options, sift, &s), MMV_ENOSPC);
    mmv_map_close(&out);
    assert_ok(mmv_map_from_descriptor(open("/dev/full", O_RDWR), true, MMV_READ_WRITE, SIZE, &out));
    assert_status(mmv_walk_filter(in, out, &options, sift, &s), MMV_ENOSPC);
    assert_true(stats.out_bytes == 0);
    mmv_map_close(&out);
    mmv_map_close(&in);
}

static void test_what_is_refused(void **state)
{
    layout shape = layout_filling(SIZE, 1, 0, 0);
    sieve s = sieve_of(&shape, 100);
    (void)state;
    mmv_map *in = open_map(walk_file.path, MMV_READ), *out = open_output(1000);
    mmv_map *reader = open_map(walk_file.out, MMV_READ), *again = open_map(walk_file.path, MMV_READ_WRITE);
    assert_bad(mmv_walk_filter(NULL, out, NULL, sift, &s), MMV_EINVAL, "in");
    assert_bad(mmv_walk_filter(in, NULL, NULL, sift, &s), MMV_EINVAL, "out");
    assert_bad(mmv_walk_filter(in, out, NULL, NULL, &s), MMV_EINVAL, "fn");
    assert_bad(mmv_walk_filter(in, again, NULL, sift, &s), MMV_EINVAL, "out");
    assert_status(mmv_walk_filter(in, reader, NULL, sift, &s), MMV_EACCES);
    assert_bad(mmv_walk_filter(in, out, &(mmv_walk_options){.out_offset = 1001}, sift, &s), MMV_ERANGE, "out_offset");
    assert_bad(mmv_walk_filter(in, out, &(mmv_walk_options){.record_size = 7}, sift, &s), MMV_EINVAL, "length");
    assert_bad(mmv_walk_filter(in, out, &(mmv_walk_options){.offset = SIZE + 1}, sift, &s), MMV_ERANGE, "offset");
    mmv_walk_options options = {.offset = 2, .length = UINT64_MAX - 1};
    assert_bad(mmv_walk_filter(in, out, &options, sift, &s), MMV_ERANGE, "length");
    options = (mmv_walk_options){.length = 4, .stride = 2};
    assert_bad(mmv_walk_filter(in, out, &options, sift, &s), MMV_EINVAL, "stride");
    options = (mmv_walk_options){.out_record_size = SIZE_MAX / 2};
    assert_bad(mmv_walk_filter(in, out, &options, sift, &s), MMV_EINVAL, "out_record_size");
    assert_int_equal(atomic_load(&s.wrong), 0);
    /* Nothing of the output is touched. */
    assert_true(mmv_map_capacity(out) == 1000 && file_length(walk_file.out) == 1000);
    mmv_map_close(&in);
    mmv_map_close(&out);
    mmv_map_close(&reader);
    mmv_map_close(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_kept),
        cmocka_unit_test(test_nothing_is_kept),
        cmocka_unit_test_teardown(test_memory_is_bounded, fault_end),
        cmocka_unit_test(test_a_stopped_walk),
        cmocka_unit_test_teardown(test_functions_that_fail, fault_end),
        cmocka_unit_test_teardown(test_writes_that_fail, fault_end),
        cmocka_unit_test_teardown(test_a_file_that_shrinks, fault_end),
        cmocka_unit_test_teardown(test_cutting_fails, fault_end),
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_what_is_refused),
    };
    return cmocka_run_group_tests(tests, make_file, walk_file_end);
}
