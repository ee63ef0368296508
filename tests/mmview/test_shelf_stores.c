/* SPDX-License-Identifier: MIT */
/*
 * test_shelf_stores.c - leases whose windows are read, of a file that changes meanwhile: stores by this process, by
 * others, and an end that comes nearer.
 */

#include "leases.h"

#include "faults.h"

#define PAGE ((size_t)4096)
#define SIZE ((size_t)3 * 1024 * 1024 + 123)

static const mmv_pool_options reading = {.windows = MMV_WINDOWS_READ};

/* ---- what others write ------------------------------------------------------------------------------------------- */

static void store_by_lease(mmv_pool *pool, mmv_map *map, uint64_t offset, unsigned char value)
{
    mmv_cursor cursor;
    size_t left;
    assert_ok(mmv_cursor_open(pool, map, &cursor));
    unsigned char *data = mmv_acquire(&cursor, offset, 1, &left);
    assert_non_null(data);
    *data = value;
    assert_ok(mmv_release(&cursor));
    mmv_cursor_close(&cursor);
}

static void store_by_view(mmv_pool *pool, mmv_map *map, uint64_t offset, unsigned char value)
{
    mmv_view view;
    (void)pool;
    assert_ok(mmv_view_open(map, offset, 1, &view));
    assert_ok(mmv_view_write_struct(&view, 0, &value, 1));
    mmv_view_close(&view);
}

static void store_by_stream(mmv_pool *pool, mmv_map *map, uint64_t offset, unsigned char value)
{
    mmv_stream stream;
    (void)pool;
    assert_ok(mmv_stream_open(map, MMV_READ_WRITE, offset, 1, &stream));
    assert_ok(mmv_stream_write(&stream, &value, 1));
    mmv_stream_close(&stream);
}

static mmv_status set_byte(const mmv_chunk *chunk, void *value)
{
    *(unsigned char *)chunk->data = *(unsigned char *)value;
    return MMV_OK;
}

static void store_by_walk(mmv_pool *pool, mmv_map *map, uint64_t offset, unsigned char value)
{
    (void)pool;
    assert_ok(
        mmv_walk(map, &(mmv_walk_options){.offset = offset, .length = 1, .io = MMV_IO_BUFFERED}, set_byte, &value));
}

/* Whatever this process stores through the library, in any pool, a later lease shows. */
static void test_stores_of_this_process_are_seen(void **state)
{
    static void (*const stores[])(mmv_pool *, mmv_map *, uint64_t, unsigned char) = {store_by_lease, store_by_view,
                                                                                     store_by_stream, store_by_walk};
    static const mmv_windows kinds[] = {MMV_WINDOWS_AUTO, MMV_WINDOWS_READ};
    struct leases bench;
    (void)state;
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (size_t s = 0; s < COUNT(stores); s++) {
            leases_begin_fresh(&bench, SIZE, MMV_READ, &(mmv_pool_options){.windows = kinds[k], .window = PAGE});
            for (unsigned i = 0; i < 40; i++) {
                mmv_map *writer = NULL;
                /* Each in a window of its own. */
                uint64_t offset = 50 * PAGE + i * mmv_max(3 * PAGE, system_page());
                for (unsigned n = 0; n < 3; n++)
                    check_lease(&bench, offset, 10);
                uint64_t reads = stats_of(bench.pool).reads;
                assert_ok(mmv_map_open(scratch("file"), MMV_READ_WRITE, &writer));
                stores[s](bench.pool, writer, offset + 5, bench.bytes[offset + 5] ^= 0x55);
                check_lease(&bench, offset, 10);
                stores[s](bench.pool, writer, offset + 5, bench.bytes[offset + 5] ^= 0x21);
                check_lease(&bench, offset, 10);
                assert_int_equal(stats_of(bench.pool).reads, reads);
                if (i % 2)
                    stores[s](bench.pool, writer, offset + 5, bench.bytes[offset + 5] ^= 0x10);
                mmv_map_close(&writer);
                check_lease(&bench, offset, 10);
            }
            assert_true(stats_of(bench.pool).reads > (kinds[k] == MMV_WINDOWS_READ ? 20 : 0));
            leases_end(&bench);
        }
}

/* What others write a lease does not show while it lasts; later ones do after a while. */
static void test_stores_of_others_are_seen_later(void **state)
{
    struct leases bench;
    size_t left;
    (void)state;
    leases_begin_fresh(&bench, SIZE, MMV_READ, &reading);
    const unsigned char *data = mmv_acquire(&bench.cursor, 9 * PAGE, 100, &left);
    assert_non_null(data);
    unsigned char before = data[7], after = before ^ 0xff;
    file_put_at(scratch("file"), &after, 1, 9 * PAGE + 7);
    assert_int_equal(data[7], before);
    assert_ptr_equal(mmv_acquire(&bench.cursor, 9 * PAGE, 100, &left), data);
    assert_ok(mmv_release(&bench.cursor));
    bench.bytes[9 * PAGE + 7] = after;
    fault_ticks(LEASES_TICKS + 100000001);
    check_lease(&bench, 9 * PAGE, 100);
    leases_end(&bench);
}

static void test_a_file_that_shrinks(void **state)
{
    static const mmv_windows kinds[] = {MMV_WINDOWS_READ, MMV_WINDOWS_MAPPED};
    struct leases bench;
    size_t left;
    (void)state;
    assert_ok(mmv_guard_enable());
    for (size_t k = 0; k < COUNT(kinds); k++) {
        leases_begin_fresh(&bench, SIZE, MMV_READ, &(mmv_pool_options){.windows = kinds[k], .window = PAGE});
        const volatile unsigned char *held = mmv_acquire(&bench.cursor, 30 * PAGE, PAGE, &left);
        assert_non_null((const void *)held);
        file_cut(scratch("file"), 20 * PAGE + 100);
        /* A copy stays what it was; the guard catches the other. */
        assert_int_equal(held[5], kinds[k] == MMV_WINDOWS_READ ? bench.bytes[30 * PAGE + 5] : 0);
        assert_status(mmv_release(&bench.cursor), kinds[k] == MMV_WINDOWS_READ ? MMV_OK : MMV_ETRUNC);
        assert_null(mmv_acquire(&bench.cursor, 40 * PAGE, 10, &left));
        assert_at(bench.cursor.status, MMV_ETRUNC, "file");
        assert_int_equal(mmv_last_error()->offset, 20 * PAGE + 100);
        assert_string_equal(mmv_last_error()->operation, "acquire");
        /* The last page has less than was asked for, and it has enough. */
        assert_null(mmv_acquire(&bench.cursor, 20 * PAGE + 90, 11, &left));
        assert_at(bench.cursor.status, MMV_ETRUNC, "file");
        assert_int_equal(mmv_last_error()->offset, 20 * PAGE + 100);
        const unsigned char *data = mmv_acquire(&bench.cursor, 20 * PAGE + 90, 10, &left);
        assert_non_null(data);
        assert_memory_equal(data, bench.bytes + 20 * PAGE + 90, 10);
        assert_ok(mmv_release(&bench.cursor));
        leases_end(&bench);
    }
    mmv_guard_disable();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stores_of_this_process_are_seen),
        cmocka_unit_test(test_stores_of_others_are_seen_later),
        cmocka_unit_test(test_a_file_that_shrinks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
