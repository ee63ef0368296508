/* SPDX-License-Identifier: MIT */
/* test_content.c - what fixtures hold, against sums and samples computed one by one. */

#include "check.h"

#include "mmbench/content.h"
#include "scratch.h"

#define PAGE ((size_t)4096)
#define LARGEST (CONTENT_BLOCK + PAGE)

static struct content *content;
static char *data; /* LARGEST bytes */

static const size_t sizes[] = {0,
                               8,
                               PAGE,
                               CONTENT_TILE - PAGE,
                               CONTENT_TILE,
                               CONTENT_TILE + PAGE,
                               CONTENT_BLOCK - PAGE,
                               CONTENT_BLOCK,
                               CONTENT_BLOCK + PAGE};

/* 65535 takes the smallest sample to the largest: behind it nothing changes any more. */
static const unsigned additions[] = {0, 1, 7, 40000, 65535, 100000};

static int set_up(void **state)
{
    (void)state;
    content = content_create();
    data = malloc(LARGEST);
    return content && data ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    content_destroy(content);
    free(data);
    return 0;
}

static void test_the_tile_is_the_noise_and_what_was_added(void **state)
{
    int16_t *noise = malloc(CONTENT_TILE);
    (void)state;
    assert_non_null(noise);
    memcpy(noise, content_tile(content, 0), CONTENT_TILE);
    for (size_t a = 0; a < COUNT(additions); a++) {
        const char *tile = content_tile(content, additions[a]);
        unsigned wrong = 0;
        for (size_t i = 0; i < CONTENT_TILE / 2; i++) {
            int16_t is;
            int64_t sum = (int64_t)noise[i] + additions[a];
            memcpy(&is, tile + 2 * i, sizeof is);
            wrong += is != (sum > INT16_MAX ? INT16_MAX : sum);
        }
        assert_int_equal(wrong, 0);
    }
    free(noise);
}

static void test_no_two_pages_of_the_tile_are_alike(void **state)
{
    const char *tile = content_tile(content, 0);
    (void)state;
    for (size_t i = 1; i < CONTENT_TILE / PAGE; i++)
        assert_memory_not_equal(tile, tile + i * PAGE, PAGE);
}

static void test_digests_of_memory_and_files(void **state)
{
    uint64_t of_file;
    (void)state;
    for (size_t a = 0; a < COUNT(additions); a++)
        for (size_t s = 0; s < COUNT(sizes); s++) {
            uint64_t right = content_digest(content, additions[a], sizes[s]);
            content_fill(content, additions[a], 0, data, sizes[s]);
            for (unsigned threads = 1; threads <= 3; threads++)
                assert_int_equal(digest_memory(data, sizes[s], threads), right);
            if (a > 1)
                continue;
            file_put(scratch("file"), data, sizes[s]);
            for (unsigned threads = 1; threads <= 3; threads++) {
                assert_true(digest_file(scratch("file"), sizes[s], threads, &of_file));
                assert_int_equal(of_file, right);
            }
        }
}

static void test_digests_tell_sizes_and_additions_apart(void **state)
{
    uint64_t of_none[COUNT(sizes)];
    (void)state;
    for (size_t s = 0; s < COUNT(sizes); s++) {
        of_none[s] = content_digest(content, 0, sizes[s]);
        assert_true(s == 0 || of_none[s] != of_none[s - 1]);
    }
    for (size_t a = 1; a < 4; a++)
        for (size_t s = 1; s < COUNT(sizes); s++)
            assert_int_not_equal(content_digest(content, additions[a], sizes[s]), of_none[s]);
}

static void test_a_file_that_cannot_be_digested(void **state)
{
    uint64_t digest;
    (void)state;
    assert_false(digest_file(scratch("missing"), 8, 1, &digest));
    content_fill(content, 0, 0, data, PAGE);
    file_put(scratch("short"), data, PAGE);
    for (unsigned threads = 1; threads <= 2; threads++)
        assert_false(digest_file(scratch("short"), 2 * PAGE, threads, &digest));
}

static void test_one_wrong_byte_is_noticed(void **state)
{
    const size_t places[] = {0, PAGE, CONTENT_TILE - 1, CONTENT_TILE, CONTENT_BLOCK - 1, CONTENT_BLOCK, LARGEST - 1};
    const uint64_t right = content_digest(content, 3, LARGEST);
    (void)state;
    content_fill(content, 3, 0, data, LARGEST);
    for (size_t i = 0; i < COUNT(places); i++) {
        data[places[i]] ^= 1;
        assert_int_not_equal(digest_memory(data, LARGEST, 2), right);
        data[places[i]] ^= 1;
    }
    assert_int_equal(digest_memory(data, LARGEST, 2), right);
}

static void swap_pages(size_t a, size_t b)
{
    char page[PAGE];
    memcpy(page, data + a * PAGE, PAGE);
    memcpy(data + a * PAGE, data + b * PAGE, PAGE);
    memcpy(data + b * PAGE, page, PAGE);
}

/* Whatever a window, a step or a piece may be long, the same page of the next one holds other bytes. */
static void test_two_pages_in_each_others_place_are_noticed(void **state)
{
    const uint64_t right = content_digest(content, 3, LARGEST);
    (void)state;
    content_fill(content, 3, 0, data, LARGEST);
    for (size_t apart = 1; apart * PAGE < LARGEST; apart *= 2) {
        swap_pages(0, apart);
        assert_int_not_equal(digest_memory(data, LARGEST, 2), right);
        swap_pages(0, apart);
    }
    assert_int_equal(digest_memory(data, LARGEST, 2), right);
}

static void test_filling_in_parts(void **state)
{
    const size_t offsets[] = {0, 1, 4095, CONTENT_TILE - 1, CONTENT_TILE, 2 * CONTENT_TILE + 77};
    const size_t lengths[] = {0, 1, 100, PAGE, CONTENT_TILE + 3};
    char *part = malloc(CONTENT_TILE + 4);
    (void)state;
    assert_non_null(part);
    content_fill(content, 5, 0, data, 4 * CONTENT_TILE);
    for (size_t i = 0; i < COUNT(offsets); i++)
        for (size_t j = 0; j < COUNT(lengths); j++) {
            part[lengths[j]] = 'x';
            content_fill(content, 5, offsets[i], part, lengths[j]);
            assert_memory_equal(part, data + offsets[i], lengths[j]);
            assert_int_equal(part[lengths[j]], 'x');
        }
    free(part);
}

static uint64_t naive_sum(const char *from, size_t length)
{
    uint64_t sum = 0;
    for (size_t at = 0; at < length; at += 8) {
        uint64_t word;
        memcpy(&word, from + at, 8);
        sum += word;
    }
    return sum;
}

static void test_sums(void **state)
{
    uint64_t random = 1;
    (void)state;
    for (size_t a = 0; a < 4; a++) {
        content_fill(content, additions[a], 0, data, LARGEST);
        for (unsigned i = 0; i < 20; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            size_t offset = (size_t)(random >> 33) % (LARGEST / 8) * 8;
            size_t length = (size_t)(random >> 13) % ((LARGEST - offset) / 8 + 1) * 8;
            assert_int_equal(content_sum(content, additions[a], offset, length), naive_sum(data + offset, length));
        }
        for (size_t s = 0; s < COUNT(sizes); s++)
            assert_int_equal(content_sum(content, additions[a], 0, sizes[s]), naive_sum(data, sizes[s]));
    }
}

static void test_sums_of_words_anywhere(void **state)
{
    (void)state;
    content_fill(content, 0, 0, data, PAGE);
    for (size_t offset = 0; offset < 9; offset++)
        for (size_t words = 0; words < 20; words++)
            assert_int_equal(words_sum(data + offset, words * 8), naive_sum(data + offset, words * 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_tile_is_the_noise_and_what_was_added),
        cmocka_unit_test(test_no_two_pages_of_the_tile_are_alike),
        cmocka_unit_test(test_digests_of_memory_and_files),
        cmocka_unit_test(test_digests_tell_sizes_and_additions_apart),
        cmocka_unit_test(test_a_file_that_cannot_be_digested),
        cmocka_unit_test(test_one_wrong_byte_is_noticed),
        cmocka_unit_test(test_two_pages_in_each_others_place_are_noticed),
        cmocka_unit_test(test_filling_in_parts),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_sums_of_words_anywhere),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
