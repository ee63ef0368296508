/* SPDX-License-Identifier: MIT */
/* test_rows.c - the rows of a smaller image are the samples that a look-up in the bytes finds. */

#include "check.h"

#include "kit/picture/rows.h"
#include "scratch.h"

#define WIDTH 37
#define HEIGHT 23
#define SAMPLES 3
#define FRONT 11 /* bytes before the image */

static unsigned char bytes[FRONT + WIDTH * HEIGHT * SAMPLES * 2];

/* By the definition of the layouts. */
static size_t place_of(mmi_layout layout, size_t x, size_t y, size_t c)
{
    size_t index = layout == MMI_BIP   ? (y * WIDTH + x) * SAMPLES + c
                   : layout == MMI_BIL ? (y * SAMPLES + c) * WIDTH + x
                                       : (c * HEIGHT + y) * WIDTH + x;
    return FRONT + index * 2;
}

static void check_row(const struct rows *rows, const unsigned char *row, uint64_t y)
{
    for (uint64_t x = 0; x < rows->width; x++)
        for (uint32_t c = 0; c < SAMPLES; c++) {
            size_t at = place_of(rows->image.layout, (size_t)(rows->region.x + x * rows->shrink),
                                 (size_t)(rows->region.y + y * rows->shrink), c);
            assert_true(rows_sample_at(rows, x, y, c) == at);
            assert_memory_equal(row + (x * SAMPLES + c) * 2, bytes + at, 2);
        }
}

static void check_image(mmv_pool *pool, mmv_map *map, mmi_layout layout, mmi_region region, uint64_t shrink)
{
    const mmi_image image = {{MMI_U16, false}, SAMPLES, WIDTH, HEIGHT, layout};
    const struct rows rows = rows_of(&image, FRONT, &region, shrink);
    unsigned char row[WIDTH * SAMPLES * 2];
    struct files_cursor cursor;
    assert_true(rows.width == (region.width + shrink - 1) / shrink &&
                rows.height == (region.height + shrink - 1) / shrink);
    assert_ok(files_cursor_of(&cursor, pool, map));
    for (uint64_t y = 0; y < rows.height; y++) {
        memset(row, 0xee, sizeof row);
        assert_ok(rows_take(&rows, &cursor, y, row));
        check_row(&rows, row, y);
    }
    assert_ok(files_release(&cursor));
    files_cursor_close(&cursor);
}

static void test_every_layout_region_and_shrink(void **state)
{
    static const mmi_region regions[] = {{0, 0, WIDTH, HEIGHT}, {5, 3, 20, 7}, {WIDTH - 1, HEIGHT - 1, 1, 1}};
    static const uint64_t shrinks[] = {1, 2, 3, 7, 100};
    const mmv_pool_options options = {0};
    mmv_pool *pool = NULL;
    mmv_map *map = NULL;
    (void)state;
    fill(bytes, sizeof bytes, 1);
    file_put(scratch("image"), bytes, sizeof bytes);
    assert_ok(mmv_map_open(scratch("image"), MMV_READ, &map));
    assert_ok(mmv_pool_create(&options, &pool));
    for (int layout = MMI_BIP; layout <= MMI_BSQ; layout++)
        for (size_t r = 0; r < COUNT(regions); r++)
            for (size_t s = 0; s < COUNT(shrinks); s++)
                check_image(pool, map, (mmi_layout)layout, regions[r], shrinks[s]);
    mmv_pool_destroy(&pool);
    mmv_map_close(&map);
}

static void test_a_file_that_is_too_short_is_an_error(void **state)
{
    const mmi_image image = {{MMI_U16, false}, SAMPLES, WIDTH, HEIGHT + 1, MMI_BIP};
    const mmi_region region = {0, 0, WIDTH, HEIGHT + 1};
    const struct rows rows = rows_of(&image, FRONT, &region, 1);
    const mmv_pool_options options = {0};
    unsigned char row[WIDTH * SAMPLES * 2];
    mmv_pool *pool = NULL;
    mmv_map *map = NULL;
    struct files_cursor cursor;
    (void)state;
    file_put(scratch("image"), bytes, sizeof bytes);
    assert_ok(mmv_map_open(scratch("image"), MMV_READ, &map));
    assert_ok(mmv_pool_create(&options, &pool));
    assert_ok(files_cursor_of(&cursor, pool, map));
    assert_status(rows_take(&rows, &cursor, HEIGHT, row), MMV_ERANGE);
    files_cursor_close(&cursor);
    mmv_pool_destroy(&pool);
    mmv_map_close(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_layout_region_and_shrink),
        cmocka_unit_test(test_a_file_that_is_too_short_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
