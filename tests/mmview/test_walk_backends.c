/* SPDX-License-Identifier: MIT */
/* test_walk_backends.c - the same bytes by every road: backends, windows, threads, file systems. */

#include "walks.h"

#include <unistd.h>

#define SIZE ((size_t)(5 * MMV_MIB + 12347)) /* beyond what the plan takes for small */
#define PAGE ((uint64_t)4096)

static unsigned char *original;

/* Once on the usual file system, once in memory: their page caches, holes and direct I/O differ. */
static const char *const places[] = {NULL, "/dev/shm"};

static bool use_place(size_t i)
{
    return (i == 0 || access(places[i], W_OK) == 0) && scratch_use(places[i]);
}

static int make_original(void **state)
{
    (void)state;
    original = malloc(SIZE);
    fill(original, SIZE, 1);
    return 0;
}

static int drop_original(void **state)
{
    (void)state;
    free(original);
    return 0;
}

/* ---- identical output ------------------------------------------------------------------------------------------- */

static void check_all_ways(const char *path, size_t record, uint64_t offset)
{
    static const uint64_t windows[] = {PAGE, 65536, 2 * MMV_MIB, 0};
    static const unsigned threads[] = {1, 2, 8};
    layout shape = layout_filling(SIZE, record, offset, 0);
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
        for (size_t w = 0; w < COUNT(windows); w++)
            for (size_t t = CHECK_FEWEST - 1; t < COUNT(threads); t++) {
                mmv_walk_options how = {.io = (mmv_io)io, .window = windows[w], .threads = threads[t]};
                check_in_place(path, original, SIZE, &shape, &how);
            }
}

static void test_every_way_gives_the_same_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(places); i++) {
        if (!use_place(i))
            continue;
        file_put(scratch("file"), original, SIZE);
        check_all_ways(scratch("file"), 6, 7);
        if (i > 0 || CHECK_SANITIZED)
            continue;
        check_all_ways(scratch("file"), 1, 1);
        check_all_ways(scratch("file"), 4096, 0);
    }
}

static mmv_status touch(const mmv_chunk *chunk, void *user)
{
    (void)user;
    for (size_t i = 0; i < chunk->count; i++)
        ((unsigned char *)chunk->data)[i]++;
    return MMV_OK;
}

/*
 * Where no page has to be noted as changed, reading one brings those around it: a fault for each of 2048 would be too
 * many.
 */
static void test_pages_of_files_in_memory_come_together(void **state)
{
    enum { LENGTH = 8 << 20 };
    mmv_walk_stats stats;
    mmv_map *map;
    (void)state;
    if (MMV_POSIX_ONLY || CHECK_SANITIZED || !use_place(1))
        skip_because("faults are not only the walk's own here");
    file_make(scratch("pages"), LENGTH, 1);
    assert_ok(mmv_map_open(scratch("pages"), MMV_READ_WRITE, &map));
    assert_ok(mmv_walk(map, &(mmv_walk_options){.io = MMV_IO_MMAP, .threads = 1, .stats = &stats}, touch, NULL));
    assert_true(stats.minor_faults < LENGTH / PAGE / 4);
    mmv_map_close(&map);
}

/* Where the mapping that holds an address begins in its file, and in memory. */
static bool find_window(const void *address, uint64_t *offset_ret, uint64_t *length_ret)
{
    char line[1000];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && !found && fgets(line, sizeof line, maps)) {
        unsigned long long from, to, offset;
        found = sscanf(line, "%llx-%llx %*s %llx", &from, &to, &offset) == 3 && (uintptr_t)address >= from &&
                (uintptr_t)address < to;
        *offset_ret = offset;
        *length_ret = to - from;
    }
    if (maps)
        fclose(maps);
    return found;
}

static mmv_status look_at_window(const mmv_chunk *chunk, void *user)
{
    unsigned *whole = user;
    uint64_t offset, length;
    if (!find_window(chunk->data, &offset, &length))
        return MMV_EINVAL;
    *whole += offset % (2 * MMV_MIB) == 0 && length % (2 * MMV_MIB) == 0;
    return MMV_OK;
}

/* A part of a folio of 2 MiB would be mapped in small pages, each with a fault of its own. */
static void test_windows_have_whole_folios(void **state)
{
    unsigned whole = 0;
    mmv_walk_stats stats;
    (void)state;
    if (!use_place(1))
        skip_because("needs /dev/shm");
    file_make(scratch("folios"), 10 * MMV_MIB, 1);
    mmv_map *map = open_map(scratch("folios"), MMV_READ_WRITE);
    /* From the middle of one folio to the middle of another. */
    assert_ok(mmv_walk(map,
                       &(mmv_walk_options){.offset = MMV_MIB + 4096,
                                           .length = 6 * MMV_MIB,
                                           .record_size = 4096,
                                           .io = MMV_IO_MMAP,
                                           .threads = 1,
                                           .stats = &stats},
                       look_at_window, &whole));
    assert_int_equal(stats.bytes_mapped, 6 * MMV_MIB);
    assert_true(whole >= 4);
    mmv_map_close(&map);
}

/* ---- maps that must not change ---------------------------------------------------------------------------------- */

static void check_unchanged(mmv_access access, mmv_walk_fn *fn, mmv_io io, size_t record)
{
    mmv_walk_stats stats;
    layout shape = layout_filling(SIZE, record, 3, 0);
    ledger book = {.shape = shape};
    mmv_walk_options options = options_for(&shape, &stats);
    options.io = io;
    options.threads = 2;
    options.window = 65536;
    mmv_map *map = open_map(scratch("fixed"), access);
    assert_ok(mmv_walk(map, &options, fn, &book));
    mmv_map_close(&map);
    assert_int_equal(atomic_load(&book.wrong), 0);
    assert_int_equal(atomic_load(&book.records), shape.records);
    assert_true(file_is(scratch("fixed"), original, SIZE));
}

static void test_read_only_and_copy_on_write_maps(void **state)
{
    (void)state;
    assert_true(use_place(0));
    file_put(scratch("fixed"), original, SIZE);
    layout whole = layout_filling(SIZE, 1, 0, 0);
    ledger book = {.shape = whole};
    /* Alone at first, see compare_only(). */
    mmv_map *map = open_map(scratch("fixed"), MMV_READ);
    assert_ok(mmv_walk(map, &(mmv_walk_options){.threads = 1}, compare_only, &book));
    mmv_map_close(&map);
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
        for (size_t record = 1; record < 6000; record = record * 3 + 1) {
            check_unchanged(MMV_READ, compare_only, (mmv_io)io, record);
            check_unchanged(MMV_COPY_ON_WRITE, add_in_place, (mmv_io)io, record);
            check_unchanged(MMV_COPY_ON_WRITE, compare_only, (mmv_io)io, record);
        }
}

/* ---- holes ------------------------------------------------------------------------------------------------------ */

#define ROWS 40
#define APART ((uint64_t)(256 * 1024))

/* Every page with data must be one that a row touches. */
static void check_holes(const char *path, const layout *shape, uint64_t granule)
{
    uint64_t at = 0;
    while ((at = file_next_data(path, at)) < file_length(path)) {
        uint64_t start = mmv_round_down(at, granule);
        uint64_t row = start + granule <= shape->offset ? 0 : (start + granule - 1 - shape->offset) / shape->stride;
        uint64_t first = shape->offset + row * shape->stride;
        if (!(first < start + granule && first + shape->record > start) && granule < APART)
            print_error("data at %llu, nearest row at %llu\n", (unsigned long long)at, (unsigned long long)first);
        assert_true(first < start + granule && first + shape->record > start);
        at = start + granule;
    }
}

static void check_sparse(mmv_io io, size_t record, uint64_t granule)
{
    const char *path = scratch("sparse");
    layout shape = {.record = record, .offset = 100, .stride = APART, .records = ROWS};
    ledger book = {.shape = shape};
    mmv_walk_options options = options_for(&shape, NULL);
    options.io = io;
    options.threads = 2;
    file_sparse(path, ROWS * APART);
    mmv_map *map = open_map(path, MMV_READ_WRITE);
    assert_ok(mmv_walk(map, &options, add_in_place, &book));
    assert_ok(mmv_map_sync(map));
    mmv_map_close(&map);
    assert_int_equal(atomic_load(&book.records), ROWS);
    check_holes(path, &shape, granule);
    assert_true(file_allocated(path) < ROWS * APART / 2);
    unlink(path);
}

/* On disk a file system may keep several pages together when one is touched; in memory it does not. */
static void test_gaps_stay_holes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(places); i++) {
        if (!use_place(i))
            continue;
        for (int io = MMV_IO_MMAP; io <= MMV_IO_BUFFERED; io++) {
            check_sparse((mmv_io)io, 100, i == 0 ? 65536 : PAGE);
            check_sparse((mmv_io)io, 10000, i == 0 ? 65536 : PAGE);
        }
    }
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_way_gives_the_same_bytes),
        cmocka_unit_test(test_pages_of_files_in_memory_come_together),
        cmocka_unit_test(test_windows_have_whole_folios),
        cmocka_unit_test(test_read_only_and_copy_on_write_maps),
        cmocka_unit_test(test_gaps_stay_holes),
    };
    return cmocka_run_group_tests(tests, make_original, drop_original);
}
