/* SPDX-License-Identifier: MIT */
/* test_blocks.c - every sample is in one block, whose number no thread and no shard changes. */

#include "check.h"

#include "kit/image/blocks.h"
#include "scratch.h"

#include <mmimage/stats.h>

#include <stdatomic.h>

#define WIDTH 1000
#define HEIGHT 301
#define SAMPLES 3
#define BLOCKS_MAX 1024

static const mmi_image whole_image = {{MMI_U8, false}, SAMPLES, WIDTH, HEIGHT, MMI_BIP};
static unsigned char bytes[WIDTH * HEIGHT * SAMPLES];

/* What came, by channel (the last: whole pixels) and number. */
struct seen {
    atomic_uint times[SAMPLES + 1][BLOCKS_MAX];
    atomic_uint wrong;
    atomic_uint walks;
    atomic_ullong bytes;
    mmi_layout layout;
};

/* Where a block must begin, by its number alone. */
static size_t place_of(mmi_layout layout, const mmi_block *block)
{
    size_t records = (size_t)blocks_records(layout == MMI_BIP ? SAMPLES : 1);
    if (layout == MMI_BIP)
        return (size_t)block->number * records * SAMPLES;
    if (layout == MMI_BIL)
        return ((size_t)block->number * SAMPLES + block->channel) * WIDTH;
    return block->channel * (size_t)WIDTH * HEIGHT + (size_t)block->number * records;
}

static mmv_status see(void *user, unsigned thread, const mmi_block *block)
{
    struct seen *seen = user;
    (void)thread;
    uint32_t channel = block->channel == MMI_ALL_CHANNELS ? SAMPLES : block->channel;
    size_t length = block->count * (seen->layout == MMI_BIP ? SAMPLES : 1);
    if (channel > SAMPLES || block->number >= BLOCKS_MAX || block->count == 0) {
        seen->wrong++;
        return MMV_OK;
    }
    seen->times[channel][block->number]++;
    seen->bytes += length;
    size_t at = place_of(seen->layout, block);
    if (at + length > sizeof bytes || memcmp(block->data, bytes + at, length) != 0)
        seen->wrong++;
    return MMV_OK;
}

static void count_walk(void *user, const mmv_walk_stats *stats)
{
    struct seen *seen = user;
    (void)stats;
    seen->walks++;
}

static void walk(struct seen *seen, mmi_layout layout, uint64_t index, uint64_t count)
{
    const mmv_walk_options options = {.threads = 4};
    mmv_map *map = NULL;
    assert_ok(mmv_map_open(scratch("image"), MMV_READ, &map));
    struct blocks blocks = {.map = map,
                            .image = whole_image,
                            .range = {0, sizeof bytes},
                            .index = index,
                            .count = count,
                            .options = &options,
                            .fn = see,
                            .walked = count_walk,
                            .user = seen};
    seen->layout = blocks.image.layout = layout;
    assert_ok(blocks_walk(&blocks));
    mmv_map_close(&map);
}

static void check_seen(const struct seen *seen)
{
    assert_int_equal(seen->wrong, 0);
    assert_true(seen->bytes == sizeof bytes);
    assert_true(seen->walks > 0);
    for (size_t c = 0; c <= SAMPLES; c++)
        for (size_t i = 0; i < BLOCKS_MAX; i++)
            assert_true(seen->times[c][i] <= 1);
}

static void check_layout(mmi_layout layout)
{
    static const uint64_t counts[] = {1, 2, 3, 7, 100};
    struct seen whole = {.layout = layout};
    fill(bytes, sizeof bytes, 1);
    file_put(scratch("image"), bytes, sizeof bytes);
    walk(&whole, layout, 0, 0);
    check_seen(&whole);
    for (size_t i = 0; i < COUNT(counts); i++) {
        struct seen shards = {.layout = layout};
        for (uint64_t index = 0; index < counts[i]; index++)
            walk(&shards, layout, index, counts[i]);
        check_seen(&shards);
        for (size_t c = 0; c <= SAMPLES; c++)
            for (size_t b = 0; b < BLOCKS_MAX; b++)
                assert_true(shards.times[c][b] == whole.times[c][b]);
    }
}

static void test_blocks_of_pixels(void **state)
{
    (void)state;
    check_layout(MMI_BIP);
}

static void test_lines_of_channels(void **state)
{
    (void)state;
    check_layout(MMI_BIL);
}

static void test_blocks_of_planes(void **state)
{
    (void)state;
    check_layout(MMI_BSQ);
}

static mmv_status refuse_third(void *user, unsigned thread, const mmi_block *block)
{
    atomic_uint *calls = user;
    (void)thread, (void)block;
    return ++*calls == 3 ? MMV_ESTOPPED : MMV_OK;
}

static void test_an_error_ends_the_walk(void **state)
{
    const mmv_walk_options options = {.threads = 1};
    atomic_uint calls = 0;
    mmv_map *map = NULL;
    (void)state;
    file_put(scratch("image"), bytes, sizeof bytes);
    assert_ok(mmv_map_open(scratch("image"), MMV_READ, &map));
    struct blocks blocks = {.map = map,
                            .image = whole_image,
                            .range = {0, sizeof bytes},
                            .options = &options,
                            .fn = refuse_third,
                            .user = &calls};
    for (int layout = MMI_BIP; layout <= MMI_BSQ; layout++) {
        calls = 0;
        blocks.image.layout = (mmi_layout)layout;
        assert_int_equal(blocks_walk(&blocks), MMV_ESTOPPED);
        assert_int_equal(calls, 3);
    }
    mmv_map_close(&map);
}

static void test_a_block_fits_any_window(void **state)
{
    (void)state;
    assert_int_equal(blocks_records(1), MMI_STATS_BLOCK);
    assert_true(blocks_records(8192) * 8192 <= BLOCKS_BYTES);
    assert_int_equal(blocks_records(UINT64_C(1) << 40), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_of_pixels),        cmocka_unit_test(test_lines_of_channels),
        cmocka_unit_test(test_blocks_of_planes),        cmocka_unit_test(test_an_error_ends_the_walk),
        cmocka_unit_test(test_a_block_fits_any_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
