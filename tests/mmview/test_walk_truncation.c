/* SPDX-License-Identifier: MIT */
/*
 * test_walk_truncation.c - the file becomes shorter before and during a walk, by another thread.
 *
 * With the guard on this is never a signal, always MMV_ETRUNC with file and offset. A mapped walk cannot lengthen the
 * file again. A buffered one looks at the length right before each write; between that look and the write another
 * thread of the walk may still lose the race and lengthen the file, which nothing in POSIX can prevent. So the length
 * is asserted for mapped walks, and for buffered ones of a single thread.
 */

#include "walks.h"

#include <pthread.h>
#include <unistd.h>

#define SIZE ((size_t)(3 * MMV_MIB + 777))
#define ROUNDS (CHECK_SANITIZED ? 12 : 40)

static char path[512];

static int make_file(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "%s", scratch("file"));
    return 0;
}

/* ---- before ----------------------------------------------------------------------------------------------------- */

static void test_shorter_before_the_walk(void **state)
{
    (void)state;
    for (mmv_access access = MMV_READ; access <= MMV_COPY_ON_WRITE; access++)
        for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++) {
            ledger book = {.shape = layout_filling(SIZE, 1, 0, 0)};
            file_make(path, SIZE, 1);
            mmv_map *map = open_map(path, access);
            file_cut(path, SIZE - 1);
            mmv_walk_options options = {.io = (mmv_io)io};
            assert_at(mmv_walk(map, &options, count_only, &book), MMV_ETRUNC, path);
            assert_int_equal(mmv_last_error()->offset, SIZE - 1);
            assert_int_equal(atomic_load(&book.records), 0);
            options.length = SIZE - 1;
            assert_ok(mmv_walk(map, &options, count_only, &book));
            mmv_map_close(&map);
            assert_int_equal(file_length(path), SIZE - 1);
        }
}

/* ---- during ----------------------------------------------------------------------------------------------------- */

/* The function that is to see chunk number 'when' has the other thread cut the file at 'cut', and waits for that. */
struct scene {
    atomic_uint chunks;
    unsigned when;
    _Atomic uint64_t cut; /* bytes; UINT64_MAX = not yet */
    atomic_bool is_cut, over;
    unsigned share; /* cut at so many 256ths of the chunk's offset */
    bool stores;
};

static void *cut_when_told(void *user)
{
    struct scene *scene = user;
    while (!atomic_load(&scene->over)) {
        if (atomic_load(&scene->cut) != UINT64_MAX && !atomic_load(&scene->is_cut)) {
            file_cut(path, atomic_load(&scene->cut));
            atomic_store(&scene->is_cut, true);
        }
        usleep(50);
    }
    return NULL;
}

static mmv_status touch_all(const mmv_chunk *chunk, void *user)
{
    struct scene *scene = user;
    volatile unsigned char *data = chunk->data;
    if (atomic_fetch_add(&scene->chunks, 1) == scene->when) {
        atomic_store(&scene->cut, chunk->offset * scene->share / 256);
        while (!atomic_load(&scene->is_cut))
            usleep(50);
    }
    /* One byte of each page is enough to fault, and quick enough to do often. */
    for (size_t i = 0; i < chunk->count; i += 512) {
        unsigned char byte = data[i];
        if (scene->stores)
            data[i] = (unsigned char)(byte + 1);
    }
    return MMV_OK;
}

static void check_cut(mmv_access access, mmv_io io, unsigned threads, unsigned round)
{
    mmv_walk_stats stats;
    pthread_t thread;
    struct scene scene = {
        .when = round % 12, .share = round * 37 % 257, .cut = UINT64_MAX, .stores = access != MMV_READ};
    mmv_walk_options options = {.io = io, .threads = threads, .window = 65536, .stats = &stats};
    file_make(path, SIZE, round);
    mmv_map *map = open_map(path, access);
    assert_int_equal(pthread_create(&thread, NULL, cut_when_told, &scene), 0);
    mmv_status status = mmv_walk(map, &options, touch_all, &scene);
    atomic_store(&scene.over, true);
    pthread_join(thread, NULL);
    mmv_map_close(&map);
    assert_true(atomic_load(&scene.is_cut));
    /* A write to the last bytes that was under way made it long again before anybody looked: that cannot be seen. */
    if (status == MMV_OK && io != MMV_IO_MMAP && access == MMV_READ_WRITE && threads > 1 && file_length(path) == SIZE)
        return;
    assert_at(status, MMV_ETRUNC, path);
    assert_true(mmv_last_error()->offset <= SIZE);
    if (io == MMV_IO_MMAP || access != MMV_READ_WRITE || (io == MMV_IO_BUFFERED && threads == 1))
        assert_true(file_length(path) == atomic_load(&scene.cut));
}

/* cmocka sets its own handlers before each test, so the guard has to come after. */
static void test_shorter_during_the_walk(void **state)
{
    (void)state;
    assert_ok(mmv_guard_enable());
    for (unsigned round = 0; round < ROUNDS; round++)
        for (int io = MMV_IO_MMAP; io <= MMV_IO_DIRECT; io++) {
            check_cut(MMV_READ_WRITE, (mmv_io)io, 1 + round % 3, round);
            check_cut(round % 2 ? MMV_READ : MMV_COPY_ON_WRITE, (mmv_io)io, 1 + round % 3, round);
        }
    mmv_guard_disable();
}

/* The input of a walk into another map: the status is about the input, the output keeps its length. */
static mmv_status copy_slowly(const mmv_chunk *chunk, void *user)
{
    struct scene *scene = user;
    if (atomic_fetch_add(&scene->chunks, 1) == scene->when) {
        atomic_store(&scene->cut, chunk->offset * scene->share / 256);
        while (!atomic_load(&scene->is_cut))
            usleep(50);
    }
    memcpy(chunk->data, chunk->source, chunk->count);
    return MMV_OK;
}

static void test_shorter_input_of_another_output(void **state)
{
    (void)state;
    assert_ok(mmv_guard_enable());
    for (unsigned round = 0; round < ROUNDS / 2; round++)
        for (int io = MMV_IO_MMAP; io <= MMV_IO_DIRECT; io++) {
            pthread_t thread;
            struct scene scene = {.when = round % 5, .share = round * 37 % 257, .cut = UINT64_MAX};
            mmv_walk_options options = {.io = (mmv_io)io, .threads = 1 + round % 3, .window = 262144};
            file_make(path, SIZE, round);
            file_sparse(scratch("out"), SIZE);
            mmv_map *in = open_map(path, MMV_READ);
            mmv_map *out = open_map(scratch("out"), MMV_READ_WRITE);
            assert_int_equal(pthread_create(&thread, NULL, cut_when_told, &scene), 0);
            mmv_status status = mmv_walk_to(in, out, &options, copy_slowly, &scene);
            atomic_store(&scene.over, true);
            pthread_join(thread, NULL);
            mmv_map_close(&in);
            mmv_map_close(&out);
            assert_at(status, MMV_ETRUNC, path);
            assert_true(file_length(path) == atomic_load(&scene.cut));
            assert_true(file_length(scratch("out")) == SIZE);
        }
    mmv_guard_disable();
}

/* Cut in the last moment, when all is done but the result is not yet known. */
static bool cut_at_the_end(uint64_t done, void *user)
{
    (void)user;
    if (done == SIZE)
        file_cut(path, SIZE - 5);
    return true;
}

static void test_shorter_at_the_very_end(void **state)
{
    (void)state;
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++) {
        ledger book = {.shape = layout_filling(SIZE, 1, 0, 0)};
        mmv_walk_options options = {.io = (mmv_io)io, .threads = 2, .window = 65536, .tick = cut_at_the_end};
        file_make(path, SIZE, 1);
        mmv_map *map = open_map(path, MMV_READ_WRITE);
        assert_at(mmv_walk(map, &options, add_in_place, &book), MMV_ETRUNC, path);
        assert_int_equal(mmv_last_error()->offset, SIZE - 5);
        mmv_map_close(&map);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shorter_before_the_walk),
        cmocka_unit_test(test_shorter_during_the_walk),
        cmocka_unit_test(test_shorter_input_of_another_output),
        cmocka_unit_test(test_shorter_at_the_very_end),
    };
    return cmocka_run_group_tests(tests, make_file, NULL);
}
