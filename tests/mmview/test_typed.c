/* SPDX-License-Identifier: MIT */
/*
 * test_typed.c - values, arrays and streams in a view: where they may lie, what is refused, and that nothing is moved
 * then.
 */

#include "scratch.h"
#include "views.h"

#include <mmview/shared.h>
#include <mmview/stream.h>
#include <mmview/typed.h>

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#define SIZE 8192u

/* ---- single values ---------------------------------------------------------------------------------------------- */

#define check_type(name, type, value)                                                                                  \
    do {                                                                                                               \
        const type wanted = (value);                                                                                   \
        type got;                                                                                                      \
        memset(&got, 0, sizeof got);                                                                                   \
        for (size_t i = 0; i < COUNT(places); i++) {                                                                   \
            size_t last = view->length - sizeof got;                                                                   \
            size_t at = places[i] < last ? places[i] : last;                                                           \
            assert_ok(mmv_view_write_##name(view, at, wanted));                                                        \
            assert_memory_equal((char *)view->data + at, &wanted, sizeof wanted);                                      \
            assert_ok(mmv_view_read_##name(view, at, &got));                                                           \
            assert_memory_equal(&got, &wanted, sizeof wanted);                                                         \
        }                                                                                                              \
        for (size_t more = 1; more < 40; more++) {                                                                     \
            size_t at = view->length - sizeof got + more;                                                              \
            const char *why = at < view->length ? "length" : "position";                                               \
            assert_bad(mmv_view_read_##name(view, at, &got), MMV_ERANGE, why);                                         \
            assert_bad(mmv_view_write_##name(view, at, wanted), MMV_ERANGE, why);                                      \
        }                                                                                                              \
        assert_bad(mmv_view_read_##name(view, UINT64_MAX, &got), MMV_ERANGE, "position");                              \
        assert_bad(mmv_view_write_##name(view, UINT64_MAX - 3, wanted), MMV_ERANGE, "position");                       \
        assert_memory_equal(&got, &wanted, sizeof wanted);                                                             \
    } while (0)

static void check_all(const mmv_view *view)
{
    static const size_t places[] = {0, 1, 2, 3, 5, 7, 11, SIZE_MAX};
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
    check_type(decimal, mmv_decimal, ((mmv_decimal){1, 2, 3, (int32_t)0x801c0000u}));
}

static void test_every_type_at_every_place(void **state)
{
    static const struct {
        uint64_t size, offset, length;
    } cases[] = {{8192, 0, 8192},  {8192, 8100, 92}, {8192, 0, 20},      {8192, 1, 8191},
                 {8192, 17, 8175}, {8192, 17, 20},   {70000, 69900, 16}, {70000, 4095, 17}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        mmv_map *map = memory_of((size_t)cases[i].size);
        mmv_view view = view_of(map, MMV_READ_WRITE, cases[i].offset, cases[i].length);
        check_all(&view);
        mmv_view_close(&view);
        mmv_map_close(&map);
    }
}

static void test_a_value_larger_than_the_view(void **state)
{
    (void)state;
    mmv_map *map = memory_of(SIZE);
    mmv_view view = view_of(map, MMV_READ_WRITE, 100, 3);
    int32_t value = 5;
    assert_bad(mmv_view_read_int32(&view, 0, &value), MMV_ERANGE, "length");
    assert_bad(mmv_view_write_int32(&view, 0, value), MMV_ERANGE, "length");
    assert_bad(mmv_view_write_int32(&view, 3, value), MMV_ERANGE, "position");
    assert_int_equal(value, 5);
    mmv_view_close(&view);
    mmv_map_close(&map);
}

static void test_a_byte_that_is_neither_false_nor_true(void **state)
{
    (void)state;
    mmv_map *map = memory_of(SIZE);
    mmv_view view = view_of(map, MMV_READ_WRITE, 0, 0);
    bool value = false;
    assert_ok(mmv_view_write_uint8(&view, 9, 200));
    assert_ok(mmv_view_read_bool(&view, 9, &value));
    assert_true(value);
    mmv_view_close(&view);
    mmv_map_close(&map);
}

static void test_decimals_that_mean_nothing(void **state)
{
    static const uint32_t bad[] = {1, 0x8000, 0x001d0000, 0x00ff0000, 0x01000000, 0x40000000};
    static const uint32_t good[] = {0, 0x80000000, 0x001c0000, 0x801c0000};
    (void)state;
    mmv_map *map = memory_of(SIZE);
    mmv_view view = view_of(map, MMV_READ_WRITE, 0, 0);
    mmv_decimal value = {7, 7, 7, 0};
    for (size_t i = 0; i < COUNT(bad); i++) {
        mmv_decimal wrong = {1, 2, 3, (int32_t)bad[i]};
        assert_bad(mmv_view_write_decimal(&view, 3, wrong), MMV_EINVAL, "decimal");
        assert_ok(mmv_view_write_struct(&view, 3, &wrong, sizeof wrong));
        assert_bad(mmv_view_read_decimal(&view, 3, &value), MMV_EINVAL, "decimal");
        assert_int_equal(value.low, 7);
    }
    for (size_t i = 0; i < COUNT(good); i++)
        assert_ok(mmv_view_write_decimal(&view, 3, (mmv_decimal){1, 2, 3, (int32_t)good[i]}));
    mmv_view_close(&view);
    mmv_map_close(&map);
}

/* ---- access ----------------------------------------------------------------------------------------------------- */

static void test_the_wrong_direction(void **state)
{
    (void)state;
    mmv_map *map = memory_of(SIZE);
    mmv_view reads = view_of(map, MMV_READ, 0, 0);
    mmv_view writes = view_of(map, MMV_WRITE, 0, 0);
    mmv_view copies = view_of(map, MMV_COPY_ON_WRITE, 0, 0);
    int32_t value = 42;
    size_t count = 9;
    assert_status(mmv_view_write_int32(&reads, 0, 1), MMV_EACCES);
    assert_status(mmv_view_write_array(&reads, 0, &value, 4, 1), MMV_EACCES);
    assert_status(mmv_view_read_int32(&writes, 0, &value), MMV_EACCES);
    assert_status(mmv_view_read_array(&writes, 0, &value, 4, 1, &count), MMV_EACCES);
    assert_int_equal(count, 0);
    assert_ok(mmv_view_write_int32(&writes, 0, 7));
    assert_ok(mmv_view_read_int32(&reads, 0, &value));
    assert_int_equal(value, 7);
    assert_ok(mmv_view_write_int32(&copies, 0, 8));
    assert_ok(mmv_view_read_int32(&copies, 0, &value));
    assert_int_equal(value, 8);
    assert_ok(mmv_view_read_int32(&reads, 0, &value));
    assert_int_equal(value, 7);
    mmv_view_close(&reads);
    mmv_view_close(&writes);
    mmv_view_close(&copies);
    mmv_map_close(&map);
}

static void test_a_closed_view(void **state)
{
    (void)state;
    mmv_map *map = memory_of(SIZE);
    mmv_view view = view_of(map, MMV_READ_WRITE, 0, 0);
    int32_t value = 3;
    size_t count;
    mmv_map_close(&map);
    assert_ok(mmv_view_write_int32(&view, 0, 4));
    mmv_view_close(&view);
    mmv_view_close(&view);
    assert_status(mmv_view_read_int32(&view, 0, &value), MMV_ECLOSED);
    assert_status(mmv_view_write_int32(&view, 0, value), MMV_ECLOSED);
    assert_status(mmv_view_read_array(&view, 0, &value, 4, 1, &count), MMV_ECLOSED);
    assert_status(mmv_view_flush(&view, 0, 0, MMV_FLUSH_START), MMV_ECLOSED);
    assert_status(mmv_view_grow(&view, 1), MMV_ECLOSED);
    assert_status(mmv_view_advise(&view, MMV_ADVISE_NORMAL), MMV_ECLOSED);
    assert_ok(mmv_view_close_flushing(&view, MMV_FLUSH_DURABLE));
    assert_int_equal(value, 3);
}

/* ---- arrays and spans ------------------------------------------------------------------------------------------- */

static void test_arrays(void **state)
{
    struct record {
        int32_t a, b, c;
    } records[400];
    size_t count;
    (void)state;
    mmv_map *map = memory_of(SIZE);
    mmv_view view = view_of(map, MMV_READ_WRITE, 3, 100);
    memset(records, 7, sizeof records);
    /* All or none. */
    assert_ok(mmv_view_write_array(&view, 4, records, sizeof *records, 8));
    assert_bad(mmv_view_write_array(&view, 5, records, sizeof *records, 8), MMV_ERANGE, "length");
    assert_int_equal(*((char *)view.data + 100 - 1), 7);
    assert_int_equal(*((char *)view.data + 3), 0);
    assert_bad(mmv_view_write_array(&view, 100, records, sizeof *records, 1), MMV_ERANGE, "position");
    assert_bad(mmv_view_write_array(&view, 0, records, SIZE_MAX / 2, 3), MMV_ERANGE, "length");
    assert_bad(mmv_view_write_array(&view, 0, records, 0, 3), MMV_EINVAL, "size");
    assert_ok(mmv_view_write_array(&view, 4, records, 1, 0));
    /* What there is of it. */
    assert_ok(mmv_view_read_array(&view, 0, records, sizeof *records, 400, &count));
    assert_int_equal(count, 100 / sizeof *records);
    assert_ok(mmv_view_read_array(&view, 95, records, sizeof *records, 1, &count));
    assert_int_equal(count, 0);
    assert_ok(mmv_view_read_array(&view, 4, records, sizeof *records, 3, &count));
    assert_int_equal(count, 3);
    assert_bad(mmv_view_read_array(&view, 100, records, sizeof *records, 1, &count), MMV_ERANGE, "position");
    assert_ok(mmv_view_read_array(&view, 100, records, sizeof *records, 0, &count));
    assert_ok(mmv_view_write_array(&view, 100, records, sizeof *records, 0));
    assert_bad(mmv_view_read_array(&view, 0, records, 0, 1, &count), MMV_EINVAL, "size");
    mmv_view_close(&view);
    mmv_map_close(&map);
}

/* .NET's accessor gives a struct of 6 bytes 8 bytes of room, also the last one. */
static void test_arrays_with_gaps(void **state)
{
    struct record {
        uint16_t a, b, c;
    } records[20], back[20];
    size_t count;
    (void)state;
    mmv_map *map = memory_of(SIZE);
    mmv_view view = view_of(map, MMV_READ_WRITE, 3, 100);
    mmv_strided shape = {sizeof *records, 8, 12};
    memset(view.data, 9, 100);
    fill(records, sizeof records, 5);
    memset(back, 0, sizeof back);
    assert_ok(mmv_view_write_strided(&view, 4, records, &shape));
    for (size_t i = 0; i < 12; i++) {
        const char *at = (const char *)view.data + 4 + 8 * i;
        assert_memory_equal(at, &records[i], 6);
        assert_int_equal(at[6] + at[7], 18);
    }
    assert_ok(mmv_view_read_strided(&view, 4, back, &shape, &count));
    assert_int_equal(count, 12);
    assert_memory_equal(back, records, 12 * sizeof *records);
    /* Its room would end behind the view. */
    assert_bad(mmv_view_write_strided(&view, 5, records, &shape), MMV_ERANGE, "length");
    assert_ok(mmv_view_read_strided(&view, 5, back, &shape, &count));
    assert_int_equal(count, 11);
    assert_ok(mmv_view_read_strided(&view, 94, back, &shape, &count));
    assert_int_equal(count, 0);
    assert_bad(mmv_view_read_strided(&view, 100, back, &shape, &count), MMV_ERANGE, "position");
    shape.stride = 5;
    assert_bad(mmv_view_read_strided(&view, 0, back, &shape, &count), MMV_EINVAL, "stride");
    assert_bad(mmv_view_write_strided(&view, 0, back, &shape), MMV_EINVAL, "stride");
    shape.stride = SIZE_MAX / 2;
    assert_bad(mmv_view_write_strided(&view, 0, records, &shape), MMV_ERANGE, "length");
    shape = (mmv_strided){0, 8, 1};
    assert_bad(mmv_view_read_strided(&view, 0, back, &shape, &count), MMV_EINVAL, "size");
    /* Without a stride they touch. */
    shape = (mmv_strided){sizeof *records, 0, 16};
    assert_ok(mmv_view_write_strided(&view, 4, records, &shape));
    assert_memory_equal((const char *)view.data + 4, records, 96);
    mmv_view_close(&view);
    mmv_map_close(&map);
}

static void test_spans(void **state)
{
    (void)state;
    mmv_map *map = memory_of(SIZE);
    mmv_view view = view_of(map, MMV_READ_WRITE, 5, 100);
    assert_ptr_equal(mmv_view_span(&view, 0, 100), view.data);
    assert_ptr_equal(mmv_view_span(&view, 40, 60), (char *)view.data + 40);
    assert_ptr_equal(mmv_view_span(&view, 100, 0), (char *)view.data + 100);
    assert_null(mmv_view_span(&view, 0, 101));
    assert_null(mmv_view_span(&view, 101, 0));
    assert_null(mmv_view_span(&view, UINT64_MAX, 2));
    assert_null(mmv_view_span(&view, 2, SIZE_MAX));
    mmv_view_close(&view);
    mmv_map_close(&map);
}

/* Beyond 2 and 4 GiB, where an int would do no more. */
#if UINTPTR_MAX > UINT32_MAX
static void test_arrays_beyond_four_gibibytes(void **state)
{
    const size_t most = (size_t)(2 * MMV_GIB + 65536);
    mmv_map *map;
    mmv_view view;
    size_t count;
    (void)state;
    if (CHECK_SANITIZED)
        skip_because("a sanitizer has no room for 5 GiB more");
    char *all = malloc(most);
    assert_non_null(all);
    file_sparse(scratch("big"), 5 * MMV_GIB);
    assert_ok(mmv_map_open(scratch("big"), MMV_READ_WRITE, &map));
    assert_ok(mmv_view_open(map, 0, 0, &view));
    assert_ok(mmv_view_write_uint8(&view, 4 * MMV_GIB + 17, 99));
    assert_ok(mmv_view_read_array(&view, 2 * MMV_GIB - 5, all, 1, most, &count));
    assert_true(count == most);
    assert_int_equal(all[2 * MMV_GIB + 22], 99);
    free(all);
    mmv_view_close(&view);
    mmv_map_close(&map);
    unlink(scratch("big"));
}
#else
static void test_arrays_beyond_four_gibibytes(void **state)
{
    (void)state;
    skip_because("an address space of 4 GiB has no such arrays");
}
#endif

/* ---- two threads on one view ------------------------------------------------------------------------------------ */

struct half {
    const mmv_view *view;
    uint64_t start;
    unsigned failures;
};

static void *count_up(void *user)
{
    struct half *half = user;
    for (unsigned round = 0; round < 100; round++)
        for (uint64_t at = half->start; at < half->start + SIZE / 2; at += 4) {
            uint32_t value = 0;
            half->failures += mmv_view_read_uint32(half->view, at, &value) != MMV_OK;
            half->failures += mmv_view_write_uint32(half->view, at, value + 1) != MMV_OK;
        }
    return NULL;
}

static void test_two_threads_on_one_view(void **state)
{
    pthread_t thread;
    (void)state;
    mmv_map *map = memory_of(SIZE);
    mmv_view view = view_of(map, MMV_READ_WRITE, 0, 0);
    struct half halves[] = {{&view, 0, 0}, {&view, SIZE / 2, 0}};
    assert_int_equal(pthread_create(&thread, NULL, count_up, &halves[0]), 0);
    count_up(&halves[1]);
    pthread_join(thread, NULL);
    assert_int_equal(halves[0].failures + halves[1].failures, 0);
    for (size_t i = 0; i < SIZE / 4; i++)
        assert_int_equal(((uint32_t *)view.data)[i], 100);
    mmv_view_close(&view);
    mmv_map_close(&map);
}

/* ---- streams ---------------------------------------------------------------------------------------------------- */

static void test_a_stream_ends_where_its_view_does(void **state)
{
    mmv_stream stream;
    char text[16] = "";
    size_t done;
    uint64_t position;
    (void)state;
    mmv_map *map = memory_of(SIZE);
    assert_ok(mmv_stream_open(map, 0, 10, 20, &stream));
    mmv_map_close(&map);
    assert_ok(mmv_stream_write(&stream, "hello, world", 12));
    assert_int_equal(stream.position, 12);
    assert_bad(mmv_stream_write(&stream, "nine more", 9), MMV_ERANGE, "length");
    assert_int_equal(stream.position, 12);
    assert_ok(mmv_stream_write(&stream, "8 bytes.", 8));
    assert_bad(mmv_stream_write(&stream, "x", 1), MMV_ERANGE, "length");
    assert_ok(mmv_stream_write(&stream, "", 0));
    assert_ok(mmv_stream_read(&stream, text, sizeof text, &done));
    assert_int_equal(done, 0);
    assert_ok(mmv_stream_seek(&stream, -8, MMV_FROM_END, &position));
    assert_true(position == 12);
    assert_ok(mmv_stream_read(&stream, text, sizeof text, &done));
    assert_int_equal(done, 8);
    assert_memory_equal(text, "8 bytes.", 8);
    assert_ok(mmv_stream_seek(&stream, 30, MMV_FROM_POSITION, &position));
    assert_true(position == 50);
    assert_ok(mmv_stream_read(&stream, text, sizeof text, &done));
    assert_int_equal(done, 0);
    assert_bad(mmv_stream_write(&stream, "x", 1), MMV_ERANGE, "length");
    assert_bad(mmv_stream_seek(&stream, -51, MMV_FROM_POSITION, NULL), MMV_ERANGE, "offset");
    assert_bad(mmv_stream_seek(&stream, -1, MMV_FROM_START, NULL), MMV_ERANGE, "offset");
    assert_bad(mmv_stream_seek(&stream, INT64_MIN, MMV_FROM_END, NULL), MMV_ERANGE, "offset");
    assert_bad(mmv_stream_seek(&stream, INT64_MAX, MMV_FROM_END, NULL), MMV_ERANGE, "offset");
    assert_bad(mmv_stream_seek(&stream, 0, (mmv_origin)3, NULL), MMV_EINVAL, "origin");
    assert_int_equal(stream.position, 50);
    assert_ok(mmv_stream_flush(&stream, MMV_FLUSH_DURABLE));
    mmv_stream_close(&stream);
    mmv_stream_close(&stream);
    assert_status(mmv_stream_read(&stream, text, 0, &done), MMV_ECLOSED);
    assert_status(mmv_stream_write(&stream, text, 0), MMV_ECLOSED);
    assert_status(mmv_stream_seek(&stream, 0, MMV_FROM_START, NULL), MMV_ECLOSED);
}

static void test_a_stream_of_the_wrong_direction(void **state)
{
    mmv_stream stream;
    char byte;
    size_t done;
    (void)state;
    mmv_map *map = memory_of(SIZE);
    assert_ok(mmv_stream_open(map, MMV_READ, 0, 0, &stream));
    assert_status(mmv_stream_write(&stream, "x", 1), MMV_EACCES);
    assert_ok(mmv_stream_read(&stream, &byte, 1, &done));
    mmv_stream_close(&stream);
    assert_ok(mmv_stream_open(map, MMV_WRITE, 0, 0, &stream));
    assert_status(mmv_stream_read(&stream, &byte, 1, &done), MMV_EACCES);
    assert_ok(mmv_stream_write(&stream, "x", 1));
    mmv_stream_close(&stream);
    mmv_map_close(&map);
}

static void test_a_stream_as_a_file(void **state)
{
    int number = 0;
    char word[32];
    (void)state;
    mmv_map *map = memory_of(SIZE);
    FILE *file = mmv_stream_file(map, MMV_READ_WRITE, 1, 40);
    if (MMV_POSIX_ONLY) {
        assert_null(file);
        assert_int_equal(mmv_last_error()->status, MMV_ENOTSUP);
        mmv_map_close(&map);
        skip_because("the C library of this build has no fopencookie(3)");
    }
    assert_non_null(file);
    assert_true(fprintf(file, "%d %s\n", 1234, "seagulls") > 0);
    assert_int_equal(fseek(file, 0, SEEK_SET), 0);
    assert_int_equal(fscanf(file, "%d %31s", &number, word), 2);
    assert_int_equal(number, 1234);
    assert_string_equal(word, "seagulls");
    /* No room for all of it. */
    assert_int_equal(fseek(file, -3, SEEK_END), 0);
    fputs("four", file);
    errno = 0;
    assert_int_equal(fflush(file), EOF);
    assert_int_equal(errno, ENOSPC);
    clearerr(file);
    assert_int_equal(fclose(file), 0);
    /* Byte 0 and what follows the 40 are not the stream's. */
    mmv_view view = view_of(map, MMV_READ, 0, 0);
    assert_memory_equal((char *)view.data, "\0001234 seagulls\n", 15);
    assert_memory_equal((char *)view.data + 38, "fou\0", 4);
    mmv_view_close(&view);
    file = mmv_stream_file(map, MMV_READ, 0, 0);
    assert_non_null(file);
    assert_int_equal(fputc('x', file), EOF);
    fclose(file);
    assert_null(mmv_stream_file(map, MMV_READ, SIZE + 1, 0));
    assert_int_equal(mmv_last_error()->status, MMV_ERANGE);
    mmv_map_close(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type_at_every_place),
        cmocka_unit_test(test_a_value_larger_than_the_view),
        cmocka_unit_test(test_a_byte_that_is_neither_false_nor_true),
        cmocka_unit_test(test_decimals_that_mean_nothing),
        cmocka_unit_test(test_the_wrong_direction),
        cmocka_unit_test(test_a_closed_view),
        cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_arrays_with_gaps),
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_arrays_beyond_four_gibibytes),
        cmocka_unit_test(test_two_threads_on_one_view),
        cmocka_unit_test(test_a_stream_ends_where_its_view_does),
        cmocka_unit_test(test_a_stream_of_the_wrong_direction),
        cmocka_unit_test(test_a_stream_as_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
