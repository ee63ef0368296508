/* SPDX-License-Identifier: MIT */
/*
 * test_keep.c - records that the function of a walk says that somebody still looks at.
 *
 * What was kept must be there, with its bytes, when the walk is over, its map closed, its file empty and other walks
 * have taken memory. What is stored there must reach no file.
 */

#include "walks.h"

#include <mmview/journal.h>
#include <mmview/reduce.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE ((size_t)(3 << 20) + 5000)
#define MOST 4

/* Where pages cannot be replaced under a reader, a mapped chunk stays one of the file. */
#ifdef _WIN32
#define REPLACES_PAGES false
#else
#define REPLACES_PAGES true
#endif

/* What the function has kept. Threads add to it. */
struct keeper {
    mmv_status answer;
    atomic_uint kept;
    mmv_kept *notes[MOST];
    unsigned char *data[MOST];
    const unsigned char *source[MOST];
    unsigned char *copy[MOST]; /* of the source */
    size_t size[MOST];         /* of both */
    size_t gap;                /* record to record; 0 = the records are dense */
    bool is_for_reading;       /* what was kept: nobody may store there */
};

static int make_file(void **state)
{
    (void)state;
    return walk_file_begin(SIZE);
}

/* Each changes its records, so that the bytes are not those of the file that it was given. */
static mmv_status keep_records(const mmv_chunk *chunk, void *user)
{
    struct keeper *keeper = user;
    unsigned char *data = chunk->data;
    unsigned number = atomic_fetch_add(&keeper->kept, 1);
    if (number >= MOST)
        return MMV_ESTOPPED;
    size_t size = (chunk->count - 1) * chunk->stride + (keeper->gap ? 1 : chunk->stride);
    for (size_t i = 0; i < size; i += keeper->gap ? keeper->gap : 1)
        data[i] = (unsigned char)(i % 251 + number);
    keeper->copy[number] = malloc(size);
    memcpy(keeper->copy[number], chunk->source, size);
    keeper->data[number] = data;
    keeper->source[number] = chunk->source;
    keeper->size[number] = size;
    keeper->notes[number] = mmv_walk_keep();
    assert_non_null(keeper->notes[number]);
    assert_ptr_equal(mmv_walk_keep(), keeper->notes[number]);
    return keeper->answer;
}

static mmv_status look(const mmv_chunk *chunk, void *user)
{
    atomic_fetch_add((atomic_uint *)user, *(const unsigned char *)chunk->source);
    return MMV_OK;
}

/* Take and give back memory where that of a walk was. */
static void walk_some_more(mmv_io io)
{
    atomic_uint sum = 0;
    mmv_map *map = open_map(walk_file.path, MMV_READ);
    assert_ok(mmv_walk(map, &(mmv_walk_options){.io = io, .threads = 2}, look, &sum));
    mmv_map_close(&map);
    assert_true(atomic_load(&sum) > 0);
}

static void check_kept(struct keeper *keeper)
{
    unsigned kept = (unsigned)mmv_min(atomic_load(&keeper->kept), MOST);
    size_t step = keeper->gap ? keeper->gap : 1;
    assert_true(kept > 0);
    for (unsigned i = 0; i < kept; i++) {
        for (size_t at = 0; at < keeper->size[i]; at += step)
            assert_int_equal(keeper->source[i][at], keeper->copy[i][at]);
        if (!keeper->is_for_reading)
            memset(keeper->data[i], 0xee, keeper->size[i]);
        free(keeper->copy[i]);
    }
    assert_true(file_is(walk_file.path, walk_file.bytes, SIZE));
    for (unsigned i = 0; i < kept; i++)
        mmv_kept_free(keeper->notes[i]);
}

/* ---- in place --------------------------------------------------------------------------------------------------- */

static void keep_in_place(mmv_io io, unsigned threads, mmv_status answer, size_t gap, size_t length)
{
    struct keeper keeper = {.answer = answer, .gap = gap};
    mmv_map *map = open_map(walk_file.path, MMV_READ_WRITE);
    mmv_walk_options options = {.io = io, .threads = threads, .window = 1 << 20, .stride = gap, .length = length};
    assert_int_equal(mmv_walk(map, &options, keep_records, &keeper), answer ? answer : MMV_ESTOPPED);
    mmv_map_close(&map);
    assert_int_equal(truncate(walk_file.path, 0), 0);
    file_put(walk_file.path, walk_file.bytes, SIZE);
    walk_some_more(io);
    check_kept(&keeper);
}

static void test_records_in_place(void **state)
{
    (void)state;
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
        for (unsigned threads = 1; threads <= 4; threads *= 2) {
            keep_in_place((mmv_io)io, threads, MMV_EIO, 0, 0);
            keep_in_place((mmv_io)io, threads, MMV_EIO, 0, 1000);
        }
}

static void test_a_function_that_says_nothing_of_an_error(void **state)
{
    (void)state;
    keep_in_place(MMV_IO_MMAP, 1, MMV_OK, 0, 0);
    keep_in_place(MMV_IO_BUFFERED, 1, MMV_OK, 0, 0);
}

static void test_records_with_gaps(void **state)
{
    (void)state;
    keep_in_place(MMV_IO_MMAP, 2, MMV_EIO, 9000, 9000 * 300 + 1);
    keep_in_place(MMV_IO_MMAP, 2, MMV_EIO, 3, 3 * 1000000 + 1);
}

/* ---- elsewhere -------------------------------------------------------------------------------------------------- */

static void test_records_of_another_file(void **state)
{
    (void)state;
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++)
        for (unsigned halo = 0; halo < 20; halo += 10) {
            struct keeper keeper = {.answer = MMV_EIO};
            mmv_walk_options options = {.io = (mmv_io)io, .threads = 2, .halo = halo};
            file_sparse(walk_file.out, SIZE);
            mmv_map *in = open_map(walk_file.path, MMV_READ), *out = open_map(walk_file.out, MMV_READ_WRITE);
            assert_int_equal(mmv_walk_to(in, out, &options, keep_records, &keeper), MMV_EIO);
            mmv_map_close(&in);
            mmv_map_close(&out);
            walk_some_more((mmv_io)io);
            check_kept(&keeper);
        }
}

static mmv_status keep_block(const mmv_chunk *block, void *partial, void *user)
{
    struct keeper *keeper = user;
    (void)partial;
    if (atomic_fetch_add(&keeper->kept, 1) > 0)
        return MMV_EIO;
    keeper->source[0] = block->source;
    keeper->data[0] = block->data;
    keeper->size[0] = block->count * block->stride;
    keeper->copy[0] = malloc(keeper->size[0]);
    memcpy(keeper->copy[0], block->source, keeper->size[0]);
    keeper->notes[0] = mmv_walk_keep();
    return MMV_EIO;
}

static mmv_status merge_nothing(void *left, const void *right, void *user)
{
    (void)left, (void)right, (void)user;
    return MMV_OK;
}

static void test_records_of_a_reduction(void **state)
{
    (void)state;
    for (int io = MMV_IO_AUTO; io <= MMV_IO_DIRECT; io++) {
        bool is_mapped = io == MMV_IO_AUTO || io == MMV_IO_MMAP;
        struct keeper keeper = {.answer = MMV_EIO, .is_for_reading = is_mapped && !REPLACES_PAGES};
        uint64_t result;
        const mmv_reduction what = {
            .partial_size = sizeof result, .fold = keep_block, .merge = merge_nothing, .user = &keeper};
        mmv_map *map = open_map(walk_file.path, MMV_READ);
        mmv_walk_options options = {.io = (mmv_io)io, .threads = 1};
        assert_int_equal(mmv_reduce(map, &options, &what, &result), MMV_EIO);
        mmv_map_close(&map);
        walk_some_more((mmv_io)io);
        atomic_store(&keeper.kept, 1);
        check_kept(&keeper);
    }
}

/* ---- what is given back ----------------------------------------------------------------------------------------- */

static unsigned mappings(void)
{
    unsigned count = 0;
    FILE *file = fopen("/proc/self/maps", "r");
    if (!file)
        skip_because("no /proc");
    for (int c; (c = getc(file)) != EOF;)
        count += c == '\n';
    fclose(file);
    return count;
}

static void test_nothing_is_left_of_what_was_freed(void **state)
{
    (void)state;
    mmv_kept_free(NULL);
    if (CHECK_SANITIZED)
        skip_because("a sanitizer has mappings of its own");
    keep_in_place(MMV_IO_MMAP, 2, MMV_EIO, 0, 0);
    unsigned before = mappings();
    for (unsigned i = 0; i < 20; i++)
        keep_in_place(i % 2 ? MMV_IO_MMAP : MMV_IO_BUFFERED, 2, MMV_EIO, 0, 0);
    assert_true(mappings() < before + 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_in_place),       cmocka_unit_test(test_a_function_that_says_nothing_of_an_error),
        cmocka_unit_test(test_records_with_gaps),      cmocka_unit_test(test_records_of_another_file),
        cmocka_unit_test(test_records_of_a_reduction), cmocka_unit_test(test_nothing_is_left_of_what_was_freed),
    };
    return cmocka_run_group_tests(tests, make_file, walk_file_end);
}
