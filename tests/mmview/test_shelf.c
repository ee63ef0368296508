/* SPDX-License-Identifier: MIT */
/*
 * test_shelf.c - leases whose windows are read: they show the file's bytes, how much is read for them, what is written
 * meanwhile, files that become shorter, and the budget.
 */

#include "check.h"

#include "faults.h"
#include "scratch.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define PAGE ((size_t)4096)
#define TICKS UINT64_C(1000000000) /* copies stay fresh, however slow the machine is */
#define SIZE ((size_t)3 * 1024 * 1024 + 123)

struct bench {
    mmv_pool *pool;
    mmv_map *map;
    mmv_cursor cursor;
    unsigned char *bytes;
};

static void begin(struct bench *bench, mmv_access access, const mmv_pool_options *options)
{
    fault_ticks(TICKS);
    bench->bytes = malloc(SIZE);
    fill(bench->bytes, SIZE, 1);
    file_put(scratch("file"), bench->bytes, SIZE);
    assert_ok(mmv_pool_create(options, &bench->pool));
    assert_ok(mmv_map_open(scratch("file"), access, &bench->map));
    assert_ok(mmv_cursor_open(bench->pool, bench->map, &bench->cursor));
}

static const mmv_pool_options reading = {.windows = MMV_WINDOWS_READ};

static void end(struct bench *bench)
{
    mmv_cursor_close(&bench->cursor);
    mmv_map_close(&bench->map);
    mmv_pool_destroy(&bench->pool);
    free(bench->bytes);
}

static mmv_pool_stats stats_of(const struct bench *bench)
{
    mmv_pool_stats stats;
    mmv_pool_get_stats(bench->pool, &stats);
    return stats;
}

static void check_with(struct bench *bench, mmv_cursor *cursor, uint64_t offset, size_t need)
{
    size_t left = 0;
    const unsigned char *data = mmv_acquire(cursor, offset, need, &left);
    assert_status(cursor->status, MMV_OK);
    assert_non_null(data);
    assert_true(left >= need && left <= SIZE - offset);
    assert_int_equal((uintptr_t)data % 64, offset % 64);
    assert_memory_equal(data, bench->bytes + offset, mmv_min(left, need + 10000));
    assert_ok(mmv_release(cursor));
}

static void check_lease(struct bench *bench, uint64_t offset, size_t need)
{
    check_with(bench, &bench->cursor, offset, need);
}

/* ---- what is read ------------------------------------------------------------------------------------------------ */

static void test_any_request(void **state)
{
    static const mmv_pool_options pools[] = {
        {.windows = MMV_WINDOWS_READ},
        {.windows = MMV_WINDOWS_AUTO},
        {.windows = MMV_WINDOWS_READ, .max_mapped = 64 * PAGE},
        {.windows = MMV_WINDOWS_AUTO, .max_mapped = 200 * PAGE},
        {.windows = MMV_WINDOWS_READ, .max_mapped = 4 * PAGE},
    };
    static const uint64_t most[] = {10, 3000, 9000, 70000, 262144, 600000};
    struct bench bench;
    uint64_t draw[2];
    (void)state;
    for (size_t p = 0; p < COUNT(pools); p++) {
        begin(&bench, MMV_READ, &pools[p]);
        for (unsigned i = 0; i < 600; i++) {
            fill(draw, sizeof draw, i);
            uint64_t offset = draw[0] % SIZE;
            check_lease(&bench, offset, (size_t)(1 + draw[1] % mmv_min(SIZE - offset, most[i % COUNT(most)])));
            mmv_pool_stats stats = stats_of(&bench);
            assert_true(pools[p].max_mapped == 0 || stats.mapped + stats.held <= pools[p].max_mapped);
        }
        check_lease(&bench, SIZE - 1, 1);
        check_lease(&bench, 0, 1);
        assert_true(stats_of(&bench).reads > 0 || pools[p].max_mapped == 4 * PAGE);
        end(&bench);
    }
}

static void test_random_leases_read_no_more_than_they_need(void **state)
{
    struct bench bench;
    uint64_t draw;
    (void)state;
    begin(&bench, MMV_READ, &reading);
    for (unsigned i = 0; i < 500; i++) {
        /* Never where the last one ends: that would be one after the other. */
        fill(&draw, sizeof draw, i);
        uint64_t before = stats_of(&bench).read_bytes;
        check_lease(&bench, i % 2 * (SIZE / 2) + draw % (SIZE / 2 - 2 * PAGE), PAGE);
        assert_true(stats_of(&bench).read_bytes - before <= PAGE + 128);
    }
    for (unsigned i = 0; i < 500; i++) {
        fill(&draw, sizeof draw, i + 1000);
        uint64_t before = stats_of(&bench).read_bytes;
        check_lease(&bench, i % 2 * (SIZE / 2) + draw % (SIZE / 2 - 2 * PAGE), 16);
        assert_true(stats_of(&bench).read_bytes - before <= 2 * PAGE);
    }
    assert_int_equal(stats_of(&bench).maps, 0);
    end(&bench);
}

static void test_neighbours_share_a_window(void **state)
{
    struct bench bench;
    mmv_cursor other;
    (void)state;
    begin(&bench, MMV_READ, &reading);
    for (unsigned i = 0; i < 100; i++)
        check_lease(&bench, 10 * PAGE + 40 * i, 40);
    assert_int_equal(stats_of(&bench).reads, 1);
    /* Other cursors, too, as soon as the bytes are seen to be wanted again. */
    assert_ok(mmv_cursor_open(bench.pool, bench.map, &other));
    for (unsigned i = 0; i < 100; i++) {
        check_with(&bench, &other, 10 * PAGE + 40 * i, 40);
        check_with(&bench, &other, (20 + i % 2) * PAGE, 40);
    }
    assert_true(stats_of(&bench).reads <= 10);
    assert_true(stats_of(&bench).hits >= 150);
    mmv_cursor_close(&other);
    end(&bench);
}

/* A search leases the same middles again and again, and others in between. */
static void test_what_is_wanted_again_stays(void **state)
{
    struct bench bench;
    uint64_t draw;
    (void)state;
    begin(&bench, MMV_READ, &reading);
    for (unsigned i = 0; i < 3000; i++) {
        fill(&draw, sizeof draw, i);
        check_lease(&bench, i % 8 == 0 ? 77 * PAGE : draw % (SIZE - PAGE), 8);
    }
    uint64_t before = stats_of(&bench).reads;
    check_lease(&bench, 77 * PAGE, 8);
    assert_int_equal(stats_of(&bench).reads, before);
    end(&bench);
}

static void test_one_after_the_other_is_read_ahead(void **state)
{
    static const size_t needs[] = {100, 4096, 5000};
    struct bench bench;
    (void)state;
    for (size_t n = 0; n < COUNT(needs); n++) {
        begin(&bench, MMV_READ, &reading);
        for (uint64_t at = 0; at + needs[n] <= SIZE; at += needs[n])
            check_lease(&bench, at, needs[n]);
        assert_true(stats_of(&bench).reads <= SIZE / 262144 + 12);
        assert_true(stats_of(&bench).read_bytes <= SIZE + SIZE / 16);
        end(&bench);
    }
    /* Within the budget: the copies of a small pool are small. */
    begin(&bench, MMV_READ, &(mmv_pool_options){.windows = MMV_WINDOWS_READ, .max_mapped = 64 * PAGE});
    for (uint64_t at = 0; at + PAGE <= SIZE; at += PAGE)
        check_lease(&bench, at, PAGE);
    assert_true(stats_of(&bench).held > 0 && stats_of(&bench).held + stats_of(&bench).mapped <= 64 * PAGE);
    end(&bench);
}

/* ---- what may be read -------------------------------------------------------------------------------------------- */

static void test_what_is_always_mapped(void **state)
{
    struct bench bench;
    mmv_map *named = NULL, *writer = NULL;
    mmv_cursor cursor;
    (void)state;
    for (mmv_access access = MMV_READ_WRITE; access <= MMV_COPY_ON_WRITE; access++) {
        begin(&bench, access, &reading);
        check_lease(&bench, 5, 5);
        assert_int_equal(stats_of(&bench).reads, 0);
        assert_int_equal(stats_of(&bench).maps, 1);
        end(&bench);
    }
    begin(&bench, MMV_READ, &(mmv_pool_options){.windows = MMV_WINDOWS_MAPPED});
    check_lease(&bench, 5, 5);
    assert_int_equal(stats_of(&bench).reads, 0);
    assert_int_equal(stats_of(&bench).held, 0);
    end(&bench);
    /* Whatever is larger. */
    begin(&bench, MMV_READ, &reading);
    check_lease(&bench, 5, 262144);
    assert_int_equal(stats_of(&bench).reads, 1);
    check_lease(&bench, 5, 300000);
    assert_int_equal(stats_of(&bench).reads, 1);
    /* What has a name is there to be seen changing. */
    char name[40];
    snprintf(name, sizeof name, "shelf-%d", (int)getpid());
    const mmv_shared_options create = {.mode = MMV_CREATE_NEW, .capacity = 4096, .persist = MMV_POSIX_ONLY};
    assert_ok(mmv_map_open_named(name, MMV_READ_WRITE, &create, &writer));
    assert_ok(mmv_map_open_named(name, MMV_READ, &(mmv_shared_options){.mode = MMV_OPEN_EXISTING}, &named));
    assert_ok(mmv_cursor_open(bench.pool, named, &cursor));
    mmv_map_close(&writer);
    size_t left;
    assert_non_null(mmv_acquire(&cursor, 0, 8, &left));
    assert_int_equal(stats_of(&bench).reads, 1);
    mmv_cursor_close(&cursor);
    mmv_map_close(&named);
    if (MMV_POSIX_ONLY)
        mmv_shared_remove(name);
    end(&bench);
}

static void test_options_that_cannot_be(void **state)
{
    mmv_pool *pool = NULL;
    (void)state;
    assert_bad(mmv_pool_create(&(mmv_pool_options){.windows = MMV_WINDOWS_READ + 1}, &pool), MMV_EINVAL, "windows");
    assert_null(pool);
}

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
    struct bench bench;
    (void)state;
    for (size_t k = 0; k < COUNT(kinds); k++)
        for (size_t s = 0; s < COUNT(stores); s++) {
            begin(&bench, MMV_READ, &(mmv_pool_options){.windows = kinds[k], .window = PAGE});
            for (unsigned i = 0; i < 40; i++) {
                mmv_map *writer = NULL;
                uint64_t offset = (50 + 3 * i) * PAGE;
                for (unsigned n = 0; n < 3; n++)
                    check_lease(&bench, offset, 10);
                uint64_t reads = stats_of(&bench).reads;
                assert_ok(mmv_map_open(scratch("file"), MMV_READ_WRITE, &writer));
                stores[s](bench.pool, writer, offset + 5, bench.bytes[offset + 5] ^= 0x55);
                check_lease(&bench, offset, 10);
                stores[s](bench.pool, writer, offset + 5, bench.bytes[offset + 5] ^= 0x21);
                check_lease(&bench, offset, 10);
                assert_int_equal(stats_of(&bench).reads, reads);
                if (i % 2)
                    stores[s](bench.pool, writer, offset + 5, bench.bytes[offset + 5] ^= 0x10);
                mmv_map_close(&writer);
                check_lease(&bench, offset, 10);
            }
            assert_true(stats_of(&bench).reads > (kinds[k] == MMV_WINDOWS_READ ? 20 : 0));
            end(&bench);
        }
}

/* What others write a lease does not show while it lasts; later ones do after a while. */
static void test_stores_of_others_are_seen_later(void **state)
{
    struct bench bench;
    size_t left;
    (void)state;
    begin(&bench, MMV_READ, &reading);
    const unsigned char *data = mmv_acquire(&bench.cursor, 9 * PAGE, 100, &left);
    assert_non_null(data);
    unsigned char before = data[7], after = before ^ 0xff;
    file_put_at(scratch("file"), &after, 1, 9 * PAGE + 7);
    assert_int_equal(data[7], before);
    assert_ptr_equal(mmv_acquire(&bench.cursor, 9 * PAGE, 100, &left), data);
    assert_ok(mmv_release(&bench.cursor));
    bench.bytes[9 * PAGE + 7] = after;
    fault_ticks(TICKS + 100000001);
    check_lease(&bench, 9 * PAGE, 100);
    end(&bench);
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static void test_a_file_that_shrinks(void **state)
{
    static const mmv_windows kinds[] = {MMV_WINDOWS_READ, MMV_WINDOWS_MAPPED};
    struct bench bench;
    size_t left;
    (void)state;
    assert_ok(mmv_guard_enable());
    for (size_t k = 0; k < COUNT(kinds); k++) {
        begin(&bench, MMV_READ, &(mmv_pool_options){.windows = kinds[k], .window = PAGE});
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
        end(&bench);
    }
    mmv_guard_disable();
}

/* The length of a file is not looked up for a lease that is read. */
static void test_no_question_for_the_length(void **state)
{
    struct bench bench;
    (void)state;
    begin(&bench, MMV_READ, &reading);
    fault_at(FAULT_FACTS, 0, 0);
    for (unsigned i = 0; i < 300; i++)
        check_lease(&bench, i * 7919 * 13 % (SIZE - PAGE), PAGE);
    assert_int_equal(fault_count(FAULT_FACTS), 0);
    assert_true(stats_of(&bench).reads >= 290);
    /* Nor for a mapped window that is there. */
    mmv_pool *mapped = NULL;
    mmv_cursor cursor;
    assert_ok(mmv_pool_create(&(mmv_pool_options){.windows = MMV_WINDOWS_MAPPED, .window = 8 * PAGE}, &mapped));
    assert_ok(mmv_cursor_open(mapped, bench.map, &cursor));
    for (unsigned i = 0; i < 300; i++)
        check_with(&bench, &cursor, i % 10 * 8 * PAGE, PAGE);
    assert_int_equal(fault_count(FAULT_FACTS), 10);
    mmv_cursor_close(&cursor);
    mmv_pool_destroy(&mapped);
    end(&bench);
}

static void test_bytes_that_cannot_be_read(void **state)
{
    struct bench bench;
    size_t left;
    (void)state;
    begin(&bench, MMV_READ, &reading);
    /* What lies around the bytes may fail. */
    fault_at(FAULT_READ, 1, EIO);
    const unsigned char *data = mmv_acquire(&bench.cursor, 10 * PAGE + 50, 10, &left);
    assert_non_null(data);
    assert_int_equal(left, 10);
    assert_memory_equal(data, bench.bytes + 10 * PAGE + 50, 10);
    assert_ok(mmv_release(&bench.cursor));
    fault_at(FAULT_READ, 0, EIO);
    assert_null(mmv_acquire(&bench.cursor, 30 * PAGE + 50, 10, &left));
    assert_at(bench.cursor.status, MMV_EIO, "file");
    assert_int_equal(mmv_last_error()->os_error, EIO);
    fault_reset();
    check_lease(&bench, 30 * PAGE + 50, 10);
    end(&bench);
}

static void test_no_memory_for_copies(void **state)
{
    struct bench bench;
    (void)state;
    begin(&bench, MMV_READ, &(mmv_pool_options){.windows = MMV_WINDOWS_READ, .window = 16 * PAGE});
    fault_at(FAULT_MEMORY, 0, ENOMEM);
    for (unsigned i = 0; i < 20; i++)
        check_lease(&bench, i * 20 * PAGE, 10);
    assert_int_equal(stats_of(&bench).reads, 0);
    assert_true(stats_of(&bench).maps > 0);
    assert_int_equal(stats_of(&bench).held, 0);
    fault_reset();
    check_lease(&bench, 400 * PAGE, 10);
    assert_int_equal(stats_of(&bench).reads, 1);
    end(&bench);
}

/* ---- budget ------------------------------------------------------------------------------------------------------ */

static void hold_many_copies(struct bench *bench)
{
    for (unsigned i = 0; i < 200; i++)
        check_lease(bench, i * 7919 * 5 % (SIZE - 200000), i % 3 == 0 ? 60000 : 100);
    assert_true(stats_of(bench).held > 0);
}

static void test_copies_make_room_for_windows(void **state)
{
    const mmv_pool_options small = {.windows = MMV_WINDOWS_READ, .max_mapped = 256 * PAGE, .window = 16 * PAGE};
    struct bench bench;
    mmv_map *writer = NULL;
    mmv_cursor cursor;
    size_t left;
    (void)state;
    begin(&bench, MMV_READ, &small);
    hold_many_copies(&bench);
    file_make(scratch("other"), 256 * PAGE, 3);
    assert_ok(mmv_map_open(scratch("other"), MMV_READ_WRITE, &writer));
    assert_ok(mmv_cursor_open(bench.pool, writer, &cursor));
    assert_non_null(mmv_acquire(&cursor, 0, 256 * PAGE, &left));
    assert_int_equal(stats_of(&bench).held, 0);
    assert_int_equal(stats_of(&bench).mapped, 256 * PAGE);
    /* No room at all: the stand-in. The cursor's own copy is gone, and it knows. */
    check_lease(&bench, 5, 5);
    assert_int_equal(stats_of(&bench).held, 0);
    assert_ok(mmv_release(&cursor));
    check_lease(&bench, 5, 5);
    assert_true(stats_of(&bench).held > 0 && stats_of(&bench).mapped + stats_of(&bench).held <= 256 * PAGE);
    mmv_cursor_close(&cursor);
    mmv_map_close(&writer);
    mmv_pool_trim(bench.pool);
    assert_int_equal(stats_of(&bench).held, 0);
    check_lease(&bench, 5, 5);
    end(&bench);
}

struct waiter {
    mmv_pool *pool;
    mmv_map *map;
    atomic_int status;
};

static void *lease_all(void *user)
{
    struct waiter *waiter = user;
    mmv_cursor cursor;
    size_t left;
    mmv_cursor_open(waiter->pool, waiter->map, &cursor);
    mmv_acquire(&cursor, 0, 64 * PAGE, &left);
    atomic_store(&waiter->status, (int)cursor.status);
    mmv_cursor_close(&cursor);
    return NULL;
}

static void test_a_writer_waits_for_a_leased_copy(void **state)
{
    struct bench bench;
    struct waiter waiter = {.status = -1};
    pthread_t thread;
    size_t left;
    (void)state;
    begin(&bench, MMV_READ, &(mmv_pool_options){.windows = MMV_WINDOWS_READ, .max_mapped = 64 * PAGE});
    file_make(scratch("all"), 64 * PAGE, 3);
    assert_ok(mmv_map_open(scratch("all"), MMV_READ_WRITE, &waiter.map));
    waiter.pool = bench.pool;
    assert_non_null(mmv_acquire(&bench.cursor, 0, 1, &left));
    assert_true(stats_of(&bench).held > 0);
    assert_int_equal(pthread_create(&thread, NULL, lease_all, &waiter), 0);
    while (stats_of(&bench).waits == 0)
        usleep(1000);
    assert_int_equal(atomic_load(&waiter.status), -1);
    assert_ok(mmv_release(&bench.cursor));
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&waiter.status), MMV_OK);
    mmv_map_close(&waiter.map);
    end(&bench);
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */

#define THREADS 8
#define ROUNDS (CHECK_SANITIZED ? 600u : 3000u)

struct crowd {
    struct bench bench;
    atomic_uint wrong, over;
};

struct member {
    struct crowd *crowd;
    unsigned number;
};

/* Most bytes never change; the first of a page may, and is 1 or 2. */
static void *lease_at_random(void *user)
{
    struct member *member = user;
    struct crowd *crowd = member->crowd;
    mmv_cursor cursors[2];
    uint64_t draw[2];
    for (unsigned i = 0; i < 2; i++)
        mmv_cursor_open(crowd->bench.pool, crowd->bench.map, &cursors[i]);
    for (unsigned i = 0; i < ROUNDS; i++) {
        size_t left;
        fill(draw, sizeof draw, member->number * ROUNDS + i);
        mmv_cursor *cursor = &cursors[draw[1] % 2];
        uint64_t offset = draw[0] % (draw[1] % 3 ? SIZE - 100000 : 20 * PAGE) | 1;
        size_t need = draw[1] % 5 == 0 ? 50000 : 60;
        const unsigned char *data = mmv_acquire(cursor, offset, need, &left);
        if (!data || memcmp(data, crowd->bench.bytes + offset, 50) != 0)
            if (!data || offset % PAGE < PAGE - 50)
                atomic_fetch_add(&crowd->wrong, 1);
        if (i % 2 && mmv_release(cursor) != MMV_OK)
            atomic_fetch_add(&crowd->wrong, 1);
        if (i % 256 == 0)
            mmv_pool_trim(crowd->bench.pool);
    }
    for (unsigned i = 0; i < 2; i++)
        mmv_cursor_close(&cursors[i]);
    atomic_fetch_add(&crowd->over, 1);
    return NULL;
}

/* Now and then the file is open for writing, so that copies come and go; the budget holds all the time. */
static void disturb(struct crowd *crowd, uint64_t most)
{
    while (atomic_load(&crowd->over) < THREADS) {
        mmv_map *writer = NULL;
        mmv_pool_stats stats = stats_of(&crowd->bench);
        if (stats.mapped > most || stats.held > most)
            atomic_fetch_add(&crowd->wrong, 1);
        if (mmv_map_open(scratch("file"), MMV_READ_WRITE, &writer) == MMV_OK)
            mmv_map_close(&writer);
        usleep(2000);
    }
}

static void test_eight_threads(void **state)
{
    static const mmv_pool_options pools[] = {
        {.windows = MMV_WINDOWS_READ},
        {.windows = MMV_WINDOWS_AUTO},
        {.windows = MMV_WINDOWS_AUTO, .max_mapped = 160 * PAGE, .window = 16 * PAGE},
    };
    static struct crowd crowd;
    (void)state;
    for (size_t p = 0; p < COUNT(pools); p++) {
        pthread_t threads[THREADS];
        struct member members[THREADS];
        memset(&crowd, 0, sizeof crowd);
        begin(&crowd.bench, MMV_READ, &pools[p]);
        for (unsigned i = 0; i < THREADS; i++) {
            members[i] = (struct member){&crowd, i + 1};
            assert_int_equal(pthread_create(&threads[i], NULL, lease_at_random, &members[i]), 0);
        }
        disturb(&crowd, pools[p].max_mapped ? pools[p].max_mapped : UINT64_MAX);
        for (unsigned i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        assert_int_equal(atomic_load(&crowd.wrong), 0);
        assert_true(stats_of(&crowd.bench).reads > 0);
        end(&crowd.bench);
    }
}

static int reset(void **state)
{
    (void)state;
    fault_reset();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_request),
        cmocka_unit_test(test_random_leases_read_no_more_than_they_need),
        cmocka_unit_test(test_neighbours_share_a_window),
        cmocka_unit_test(test_what_is_wanted_again_stays),
        cmocka_unit_test(test_one_after_the_other_is_read_ahead),
        cmocka_unit_test(test_what_is_always_mapped),
        cmocka_unit_test(test_options_that_cannot_be),
        cmocka_unit_test(test_stores_of_this_process_are_seen),
        cmocka_unit_test(test_stores_of_others_are_seen_later),
        cmocka_unit_test(test_a_file_that_shrinks),
        cmocka_unit_test_teardown(test_no_question_for_the_length, reset),
        cmocka_unit_test_teardown(test_bytes_that_cannot_be_read, reset),
        cmocka_unit_test_teardown(test_no_memory_for_copies, reset),
        cmocka_unit_test(test_copies_make_room_for_windows),
        cmocka_unit_test(test_a_writer_waits_for_a_leased_copy),
        cmocka_unit_test(test_eight_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
