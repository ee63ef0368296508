/* SPDX-License-Identifier: MIT */
/* Whether FILE is what a run has made of it: sums against plain ones, and what differs first, by any number of threads.
 */

#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"

#include "kit/os/file.h"
#include "kit/undo/compare.h"
#include "kit/undo/sums_lines.h"

#define SIZE ((size_t)900 * 1024)

/* Records that lie together, and some with gaps. */
static mmi_span spans[] = {{10, 2, 2, 300000}, {SIZE - 290000, 24, 80, 3000}};
static const struct recipe recipe = {.spans = spans, .span_count = 2};

static unsigned char *image;

static const char *make_image(void)
{
    const char *path = scratch("image");
    image = malloc(SIZE);
    assert_non_null(image);
    fill(image, SIZE, 4);
    file_put(path, image, SIZE);
    return path;
}

/* Sums of these records as they are, in pieces of all sizes: also more than are read at once. */
static void add_sums(struct sum_list *sums, uint32_t index)
{
    static const uint32_t sizes[] = {4096, 1, 33, 140000, 7};
    const mmi_span *span = &spans[index];
    for (uint64_t first = 0, i = index, some; first < span->count; first += some, i++) {
        some = sizes[i % 5] < span->count - first ? sizes[i % 5] : span->count - first;
        const unsigned char *records = image + span->offset + first * span->stride;
        const struct store_sum sum = {
            first, sums_hash(records, (size_t)span->record, (size_t)span->stride, (size_t)some), index, (uint32_t)some};
        assert_true(sums_add(sums, &sum));
    }
}

/* The index of the sum that differs first, or that of none. */
static size_t compare(const struct sum_list *sums, unsigned threads)
{
    const struct store_sum *first;
    int descriptor;
    assert_int_equal(file_open(scratch("image"), FILE_READ, true, &descriptor), 0);
    const struct compare_work work = {descriptor, &recipe, sums, threads};
    int error = compare_file(&work, &first);
    file_close(descriptor);
    assert_int_equal(error, first ? EILSEQ : 0);
    return first ? (size_t)(first - sums->list) : sums->count;
}

static void flip(uint64_t at)
{
    image[at] ^= 4;
    file_put_at(scratch("image"), image + at, 1, at);
}

static size_t sum_with(const struct sum_list *sums, uint64_t at)
{
    for (size_t i = 0; i < sums->count; i++) {
        const mmi_span *span = &spans[sums->list[i].span];
        for (uint64_t k = 0; k < sums->list[i].count; k++) {
            uint64_t from = span->offset + (sums->list[i].first + k) * span->stride;
            if (at >= from && at < from + span->record)
                return i;
        }
    }
    return sums->count;
}

static int see_gap(uint32_t span, uint64_t first, uint64_t count, void *user)
{
    (void)span, (void)first, (void)count, (void)user;
    return EILSEQ;
}

static void test_first_difference(void **unused)
{
    (void)unused;
    struct sum_list sums = {0};
    make_image();
    add_sums(&sums, 0);
    add_sums(&sums, 1);
    assert_int_equal(sums_gaps(&sums, &recipe, see_gap, NULL), 0);
    for (unsigned threads = 1; threads <= 4; threads++) {
        /* The last byte of all, gaps, what lies between spans, the first byte of all. */
        const uint64_t places[] = {spans[1].offset + 2999 * 80 + 23, spans[1].offset + 30, 5, 500000, 8202, 10};
        size_t lowest = sums.count;
        assert_int_equal(compare(&sums, threads), lowest);
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            size_t with = sum_with(&sums, places[i]);
            flip(places[i]);
            lowest = with < lowest ? with : lowest;
            assert_int_equal(compare(&sums, threads), lowest);
        }
        assert_int_equal(lowest, 0);
        for (size_t i = 0; i < sizeof places / sizeof *places; i++)
            flip(places[i]);
    }
    file_cut(scratch("image"), spans[1].offset + 2999 * 80 + 23);
    assert_int_equal(compare(&sums, 2), sums.count - 1);
    free(sums.list);
    free(image);
}

/* Every byte and its place count, and so does a rest that is no whole line; memory and file give the same. */
static void test_sums_of_records(void **unused)
{
    (void)unused;
    int descriptor;
    const char *path = make_image();
    assert_int_equal(file_open(path, FILE_READ, true, &descriptor), 0);
    for (uint32_t count = 1; count < 200; count += 11) {
        const mmi_span *span = &spans[count % 2];
        uint64_t hash, first = count * 7u;
        unsigned char *records = image + span->offset + first * span->stride;
        const struct sums_place place = {count % 2, count, first};
        assert_int_equal(sums_read(descriptor, &recipe, &place, &hash), 0);
        assert_true(hash == sums_hash(records, (size_t)span->record, (size_t)span->stride, count));
        for (size_t i = 0; i < span->record; i++) {
            unsigned char *byte = records + (count - 1) * span->stride + i;
            *byte ^= 128;
            assert_true(hash != sums_hash(records, (size_t)span->record, (size_t)span->stride, count));
            *byte ^= 128;
        }
        assert_true(hash != sums_hash(records, (size_t)span->record, (size_t)span->stride, count + 1));
    }
    unsigned char lines[128];
    memcpy(lines, image + 64, 64);
    memcpy(lines + 64, image, 64);
    assert_true(sums_hash(image, 128, 128, 1) != sums_hash(lines, 128, 128, 1));
    file_close(descriptor);
    free(image);
}

static void test_lines(void **unused)
{
    (void)unused;
    make_image();
    for (size_t lines = 0; lines < 40; lines++) {
        struct sums_lanes sums = {{1, 2}, {3}}, plain = sums;
        const unsigned char *bytes = image + 1 + lines;
        sums_lines_base(&sums, bytes, lines);
        for (size_t i = 0; i < lines * 8; i++) {
            uint64_t word;
            memcpy(&word, bytes + i * 8, sizeof word);
            plain.once[i % 8] += word ^ word >> 32;
            plain.again[i % 8] += plain.once[i % 8];
        }
        assert_memory_equal(&sums, &plain, sizeof sums);
    }
    free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_difference),
        cmocka_unit_test(test_sums_of_records),
        cmocka_unit_test(test_lines),
    };
    if (!scratch_use(NULL))
        return SKIP_WHOLE_TEST;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
