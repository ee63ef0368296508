/* SPDX-License-Identifier: MIT */
/* test_walk_stream.c - output in order to a descriptor that cannot seek, read slowly, in bits, or not at all. */

#include "walks.h"

#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#define SIZE ((size_t)(5 * MMV_MIB + 12347))
#define PAGE ((uint64_t)4096)

static int make_file(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    return walk_file_begin(SIZE);
}

/* The other end of a pipe: reads in odd bits, now and then after a pause, until the end or until it has enough. */
struct listener {
    int descriptor;
    size_t enough, heard, room;
    unsigned char *bytes;
    pthread_t thread;
};

static void *listen_to(void *user)
{
    struct listener *listener = user;
    ssize_t got = 1;
    for (size_t part = 1; got > 0 && listener->heard < listener->enough; part = part * 7 % 65521) {
        size_t left = listener->room - listener->heard;
        got = read(listener->descriptor, listener->bytes + listener->heard, part < left ? part : left + 1);
        listener->heard += got > 0 ? (size_t)got : 0;
        if (part % 64 == 0)
            usleep(200);
    }
    close(listener->descriptor);
    return NULL;
}

static int start_listener(struct listener *listener, size_t room, size_t enough)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    *listener = (struct listener){.descriptor = ends[0], .enough = enough, .room = room, .bytes = malloc(room + 1)};
    assert_int_equal(pthread_create(&listener->thread, NULL, listen_to, listener), 0);
    return ends[1];
}

static void check_stream(const layout *shape, const mmv_walk_options *how, bool nonblocking)
{
    size_t size = (size_t)shape->records * layout_out_record(shape);
    unsigned char *wanted = malloc(size);
    struct listener listener;
    mmv_walk_stats stats;
    ledger book = {.shape = *shape};
    mmv_walk_options options = options_for(shape, &stats);
    blend_in_memory(walk_file.bytes, wanted, shape);
    options.io = how->io;
    options.threads = how->threads;
    options.window = how->window;
    options.max_mapped = how->max_mapped;
    int descriptor = start_listener(&listener, size, SIZE_MAX);
    if (nonblocking)
        fcntl(descriptor, F_SETFL, O_NONBLOCK);
    mmv_map *in = open_map(walk_file.path, MMV_READ);
    mmv_status status = mmv_walk_stream(in, descriptor, &options, blend_to, &book);
    close(descriptor);
    pthread_join(listener.thread, NULL);
    mmv_map_close(&in);
    bool same = listener.heard == size && memcmp(listener.bytes, wanted, size) == 0;
    free(listener.bytes);
    free(wanted);
    assert_ok(status);
    assert_true(same);
    assert_int_equal(atomic_load(&book.wrong), 0);
    assert_true(stats.prefix == layout_length(shape));
}

static void test_in_order_whatever_the_threads_do(void **state)
{
    static const uint64_t windows[] = {PAGE, 65536, 0};
    static const unsigned threads[] = {1, 2, 8};
    unsigned runs = 0;
    (void)state;
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
        for (size_t w = 0; w < COUNT(windows); w++)
            for (size_t t = CHECK_FEWEST - 1; t < COUNT(threads); t++, runs++) {
                layout shape = layout_filling(windows[w] == PAGE ? 400000 : SIZE / 2, runs % 2 ? 6 : 1000, runs % 3, 0);
                shape.halo = runs % 2;
                shape.out_record = runs % 4 == 3 ? 5 : 0;
                mmv_walk_options how = {.io = (mmv_io)io, .window = windows[w], .threads = threads[t]};
                check_stream(&shape, &how, runs % 5 == 0);
            }
}

static void test_records_larger_than_the_budget(void **state)
{
    (void)state;
    layout shape = layout_filling(3000000, 700000, 1, 0);
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++) {
        mmv_walk_options how = {.io = (mmv_io)io, .threads = 2, .max_mapped = 65536, .window = PAGE};
        check_stream(&shape, &how, false);
    }
}

/* What waits in memory for its turn is bounded, also when every record grows a thousandfold on its way. */
static void test_memory_when_records_grow(void **state)
{
    int sink = open("/dev/null", O_WRONLY);
    layout shape = {.record = 1, .records = 30000, .out_record = 4096};
    (void)state;
    for (int generated = 0; generated <= 1; generated++) {
        ledger book = {.shape = shape};
        mmv_walk_options options = options_for(&shape, NULL);
        options.threads = 2;
        options.io = MMV_IO_BUFFERED;
        fault_reset();
        mmv_map *in = generated ? NULL : open_map(walk_file.path, MMV_READ);
        assert_ok(mmv_walk_stream(in, sink, &options, generated ? generate : blend_to, &book));
        mmv_map_close(&in);
        assert_int_equal(atomic_load(&book.records), shape.records);
        assert_true(fault_largest_memory() <= 16 * MMV_MIB);
    }
    close(sink);
}

static void test_into_dev_null(void **state)
{
    mmv_walk_stats stats;
    int sink = open("/dev/null", O_WRONLY);
    (void)state;
    mmv_map *in = open_map(walk_file.path, MMV_READ);
    assert_ok(mmv_walk_stream(in, sink, &(mmv_walk_options){.threads = 2, .stats = &stats}, NULL, NULL));
    assert_true(stats.bytes == SIZE && stats.prefix == SIZE);
    assert_bad(mmv_walk_stream(in, -1, NULL, NULL, NULL), MMV_EINVAL, "descriptor");
    mmv_map_close(&in);
    close(sink);
}

static void test_a_regular_file_is_a_stream_too(void **state)
{
    const char *path = scratch("stream");
    (void)state;
    file_put(path, "head", 4);
    int descriptor = open(path, O_WRONLY | O_APPEND);
    mmv_map *in = open_map(walk_file.path, MMV_READ);
    assert_ok(mmv_walk_stream(in, descriptor, &(mmv_walk_options){.threads = 2, .out_offset = 99}, NULL, NULL));
    mmv_map_close(&in);
    close(descriptor);
    char head[4];
    file_get(path, head, 4, 0);
    assert_memory_equal(head, "head", 4);
    unsigned char *back = malloc(SIZE);
    file_get(path, back, SIZE, 4);
    bool same = memcmp(back, walk_file.bytes, SIZE) == 0 && file_length(path) == SIZE + 4;
    free(back);
    assert_true(same);
}

/* ---- ends that come too early ----------------------------------------------------------------------------------- */

static void test_nobody_listens(void **state)
{
    int ends[2];
    mmv_walk_stats stats;
    (void)state;
    for (unsigned threads = CHECK_FEWEST; threads <= 8; threads *= 2) {
        assert_int_equal(pipe(ends), 0);
        close(ends[0]);
        mmv_map *in = open_map(walk_file.path, MMV_READ);
        mmv_walk_options options = {.threads = threads, .window = 65536, .stats = &stats};
        assert_status(mmv_walk_stream(in, ends[1], &options, NULL, NULL), MMV_EIO);
        assert_int_equal(mmv_last_error()->os_error, EPIPE);
        assert_true(stats.prefix == 0);
        mmv_map_close(&in);
        close(ends[1]);
    }
}

static void test_the_listener_leaves(void **state)
{
    struct listener listener;
    mmv_walk_stats stats;
    (void)state;
    for (unsigned threads = CHECK_FEWEST; threads <= 8; threads *= 2) {
        int descriptor = start_listener(&listener, SIZE, 1000000);
        mmv_map *in = open_map(walk_file.path, MMV_READ);
        mmv_walk_options options = {.threads = threads, .window = 65536, .stats = &stats};
        assert_status(mmv_walk_stream(in, descriptor, &options, NULL, NULL), MMV_EIO);
        pthread_join(listener.thread, NULL);
        mmv_map_close(&in);
        close(descriptor);
        bool same = memcmp(listener.bytes, walk_file.bytes, listener.heard) == 0;
        free(listener.bytes);
        assert_true(same);
        assert_true(stats.prefix < SIZE && stats.prefix % 65536 == 0);
    }
}

/* All that was written is a prefix, and exactly what stats.prefix says. */
static void test_stopped_in_the_middle(void **state)
{
    struct listener listener;
    mmv_walk_stats stats;
    (void)state;
    for (unsigned threads = CHECK_FEWEST; threads <= 8; threads *= 2) {
        layout shape = layout_filling(SIZE, 6, 0, 0);
        ledger book = {.shape = shape, .stop_at = 2000000};
        mmv_walk_options options = options_for(&shape, &stats);
        options.threads = threads;
        options.window = 65536;
        options.tick = tick_in_book;
        options.tick_user = &book;
        int descriptor = start_listener(&listener, SIZE, SIZE_MAX);
        mmv_map *in = open_map(walk_file.path, MMV_READ);
        assert_status(mmv_walk_stream(in, descriptor, &options, NULL, NULL), MMV_ESTOPPED);
        close(descriptor);
        pthread_join(listener.thread, NULL);
        mmv_map_close(&in);
        bool same = listener.heard == stats.prefix && memcmp(listener.bytes, walk_file.bytes, listener.heard) == 0;
        free(listener.bytes);
        assert_true(same);
        assert_true(stats.prefix >= 2000000 && stats.prefix < SIZE && stats.prefix % 6 == 0);
    }
}

static mmv_status fail_in_the_middle(const mmv_chunk *chunk, void *user)
{
    memcpy(chunk->data, chunk->source, chunk->count);
    return chunk->offset >= *(uint64_t *)user ? MMV_EBUSY : MMV_OK;
}

static void test_a_function_that_fails(void **state)
{
    struct listener listener;
    mmv_walk_stats stats;
    uint64_t from = 1000000;
    (void)state;
    for (unsigned threads = CHECK_FEWEST; threads <= 8; threads *= 2)
        for (int io = MMV_IO_MMAP; io <= MMV_IO_BUFFERED; io++) {
            mmv_walk_options options = {.io = (mmv_io)io, .threads = threads, .window = 65536, .stats = &stats};
            int descriptor = start_listener(&listener, SIZE, SIZE_MAX);
            mmv_map *in = open_map(walk_file.path, MMV_READ);
            assert_status(mmv_walk_stream(in, descriptor, &options, fail_in_the_middle, &from), MMV_EBUSY);
            close(descriptor);
            pthread_join(listener.thread, NULL);
            mmv_map_close(&in);
            bool same = listener.heard == stats.prefix && memcmp(listener.bytes, walk_file.bytes, listener.heard) == 0;
            free(listener.bytes);
            assert_true(same);
            assert_true(stats.prefix <= from + 65536);
        }
}

static void test_writes_that_fail_at_the_nth(void **state)
{
    int sink = open("/dev/null", O_WRONLY);
    (void)state;
    for (unsigned n = 1; n <= 20; n++) {
        mmv_walk_stats stats;
        mmv_walk_options options = {.threads = 1 + n % 3, .window = 65536, .stats = &stats, .length = 2000000};
        mmv_map *in = open_map(walk_file.path, MMV_READ);
        fault_at(FAULT_WRITE_STREAM, n, n % 2 ? ENOSPC : EIO);
        assert_status(mmv_walk_stream(in, sink, &options, NULL, NULL), n % 2 ? MMV_ENOSPC : MMV_EIO);
        fault_reset();
        assert_true(stats.prefix == (n - 1) * 65536);
        mmv_map_close(&in);
    }
    close(sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order_whatever_the_threads_do),
        cmocka_unit_test(test_records_larger_than_the_budget),
        cmocka_unit_test_teardown(test_memory_when_records_grow, fault_end),
        cmocka_unit_test(test_into_dev_null),
        cmocka_unit_test(test_a_regular_file_is_a_stream_too),
        cmocka_unit_test(test_nobody_listens),
        cmocka_unit_test(test_the_listener_leaves),
        cmocka_unit_test(test_stopped_in_the_middle),
        cmocka_unit_test(test_a_function_that_fails),
        cmocka_unit_test_teardown(test_writes_that_fail_at_the_nth, fault_end),
    };
    return cmocka_run_group_tests(tests, make_file, walk_file_end);
}
