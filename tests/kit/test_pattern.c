/* SPDX-License-Identifier: MIT */
/* test_pattern.c - samples from their place alone: the same in any order, at the ends of the type where they must be.
 */

#include "check.h"

#include "mmgen/pattern.h"
#include "scratch.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define WIDTH 67
#define HEIGHT 35

static struct pattern pattern_of(const char *text, const char *type)
{
    struct pattern pattern = {.tile = -1, .seed = 7, .image = {{MMI_U8, false}, 2, WIDTH, HEIGHT, MMI_BIP}};
    assert_true(pattern_parse(text, &pattern));
    assert_true(mmi_type_parse(type, &pattern.image.type));
    assert_int_equal(pattern_open(&pattern), 0);
    return pattern;
}

static void fill_pixels(struct pattern *pattern, char *data, uint64_t first, size_t count)
{
    const mmv_chunk chunk = {.data = data, .count = count, .index = first};
    assert_ok(pattern_fill(&chunk, pattern));
}

static double sample_of(const struct pattern *pattern, const char *data, size_t x, size_t y, size_t channel)
{
    size_t index = (y * WIDTH + x) * pattern->image.samples + channel;
    return mmi_sample_get(pattern->image.type, data + index * mmi_type_size(pattern->image.type));
}

static char whole[WIDTH * HEIGHT * 2 * 8], pieces[sizeof whole];

static void test_chunks_are_the_whole(void **state)
{
    static const char *const texts[] = {"gradient", "noise", "checker", "constant:3", "tile:tile"};
    (void)state;
    file_make("tile", 44, 1);
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct pattern pattern = pattern_of(texts[i], "f32");
        size_t pixel = mmi_image_pixel(&pattern.image);
        fill_pixels(&pattern, whole, 0, WIDTH * HEIGHT);
        for (size_t first = 0; first < WIDTH * HEIGHT; first += 13)
            fill_pixels(&pattern, pieces + first * pixel, first,
                        first + 13 < WIDTH * HEIGHT ? 13 : WIDTH * HEIGHT - first);
        assert_memory_equal(whole, pieces, WIDTH * HEIGHT * pixel);
        pattern_close(&pattern);
    }
}

static void test_a_gradient_reaches_both_ends(void **state)
{
    struct pattern pattern = pattern_of("gradient", "i16be");
    (void)state;
    fill_pixels(&pattern, whole, 0, WIDTH * HEIGHT);
    assert_true(sample_of(&pattern, whole, 0, 0, 0) == -32768 && sample_of(&pattern, whole, WIDTH - 1, 0, 0) == 32767);
    assert_true(sample_of(&pattern, whole, 5, 0, 1) == -32768 && sample_of(&pattern, whole, 5, HEIGHT - 1, 1) == 32767);
}

static void test_a_checker_has_squares_of_32(void **state)
{
    struct pattern pattern = pattern_of("checker", "f64");
    (void)state;
    fill_pixels(&pattern, whole, 0, WIDTH * HEIGHT);
    assert_true(sample_of(&pattern, whole, 31, 31, 0) == 0 && sample_of(&pattern, whole, 32, 31, 0) == 1);
    assert_true(sample_of(&pattern, whole, 31, 32, 0) == 1 && sample_of(&pattern, whole, 32, 32, 0) == 0);
    assert_true(sample_of(&pattern, whole, 64, 0, 0) == 0);
}

/* splitmix64 of seed 0: the first numbers of Vigna's reference implementation. */
static void test_noise_is_splitmix(void **state)
{
    static const uint64_t wanted[] = {UINT64_C(0xe220a8397b1dcdaf), UINT64_C(0x6e789e6aa1b965f4)};
    struct pattern pattern = pattern_of("noise", "u32");
    (void)state;
    pattern.seed = 0;
    fill_pixels(&pattern, whole, 0, 1);
    assert_true(sample_of(&pattern, whole, 0, 0, 0) == (double)(wanted[0] >> 32));
    assert_true(sample_of(&pattern, whole, 0, 0, 1) == (double)(wanted[1] >> 32));
}

/* Small ones from memory, large ones from the file. */
static void test_a_tile_is_repeated(void **state)
{
    static char large[5 * 1024 * 1024];
    struct pattern pattern;
    (void)state;
    file_put("tile", "0123456789", 10);
    pattern = pattern_of("tile:tile", "u8");
    fill_pixels(&pattern, whole, 4, 6);
    assert_memory_equal(whole, "890123456789", 12);
    pattern_close(&pattern);
    fill(large, sizeof large, 3);
    file_put("large", large, sizeof large);
    pattern = pattern_of("tile:large", "u8");
    assert_null(pattern.tile_memory);
    fill_pixels(&pattern, whole, sizeof large / 2 - 2, 4);
    assert_true(memcmp(whole, large + sizeof large - 4, 4) == 0 && memcmp(whole + 4, large, 4) == 0);
    /* Cut meanwhile. */
    file_cut("large", 100);
    const mmv_chunk chunk = {.data = whole, .count = 4, .index = 60};
    assert_status(pattern_fill(&chunk, &pattern), MMV_ETRUNC);
    pattern_close(&pattern);
}

static void test_what_is_no_tile_is_told(void **state)
{
    static const struct {
        const char *text;
        int error;
    } rows[] = {{"tile:empty", ENODATA}, {"tile:folder", EISDIR}, {"tile:fifo", EINVAL}, {"tile:nothing", ENOENT}};
    (void)state;
    file_put("empty", "", 0);
    mkdir("folder", 0700);
    mkfifo("fifo", 0600);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pattern pattern = {.tile = -1};
        assert_true(pattern_parse(rows[i].text, &pattern));
        assert_int_equal(pattern_open(&pattern), rows[i].error);
        pattern_close(&pattern);
    }
}

static void test_what_is_no_pattern(void **state)
{
    static const char *const bad[] = {"", "noises", "tile:", "constant:", "constant:x", "constant:1x", "constant:nan"};
    struct pattern pattern;
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(pattern_parse(bad[i], &pattern));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chunks_are_the_whole),        cmocka_unit_test(test_a_gradient_reaches_both_ends),
        cmocka_unit_test(test_a_checker_has_squares_of_32), cmocka_unit_test(test_noise_is_splitmix),
        cmocka_unit_test(test_a_tile_is_repeated),          cmocka_unit_test(test_what_is_no_tile_is_told),
        cmocka_unit_test(test_what_is_no_pattern),
    };
    return chdir(scratch("")) != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
