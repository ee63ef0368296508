/* SPDX-License-Identifier: MIT */
/* test_settings.c - what the options that tools share fill in, and what they refuse. */

#include "check.h"

#include "capture.h"
#include "kit/job/settings.h"
#include "kit/os/getopt.h"

static struct console console = {.tool = "test"};

struct all {
    struct where_settings where;
    struct how_settings how;
    struct pixel_settings pixels;
    struct report_settings report;
};

/* One option. */
static int parse(struct all *all, const char *option)
{
    struct where_options where = {&all->where, &all->pixels};
    const struct option_section sections[] = {{&where_group, &where},
                                              {&how_group, &all->how},
                                              {&pixels_group, &all->pixels},
                                              {&report_group, &all->report},
                                              {&options_help_group, NULL}};
    const struct option_table table = {
        .usage = "", .purpose = "", .examples = {"", ""}, .sections = sections, .count = COUNT(sections)};
    char *argv[] = {(char *)"test", (char *)(uintptr_t)option, NULL};
    int operands;
    optind = 0; /* begin again: glibc and musl */
    return options_parse(&table, &console, 2, argv, &operands);
}

static struct all fresh(void)
{
    console = (struct console){.tool = "test"};
    return (struct all){.pixels = settings_pixels(), .report.console = &console};
}

static struct all taken(const char *option)
{
    struct all all = fresh();
    assert_int_equal(parse(&all, option), OPTIONS_GO);
    return all;
}

static void check_refused(const char *option, const char *said)
{
    struct all all = fresh();
    capture_begin(stderr);
    int status = parse(&all, option);
    const char *text = capture_end();
    assert_int_equal(status, TOOL_USAGE);
    if (!strstr(text, said))
        fail_msg("'%s' instead of '%s'", text, said);
}

static void test_defaults(void **state)
{
    const struct pixel_settings pixels = settings_pixels();
    (void)state;
    assert_true(pixels.type.kind == MMI_I16 && pixels.samples == 4 && pixels.layout == MMI_BIP);
    assert_true(pixels.format == MMI_AUTO && !pixels.type_given && !pixels.layout_given && pixels.samples_given == 0);
}

static void test_ranges_are_kept_as_text(void **state)
{
    (void)state;
    assert_string_equal(taken("--offset=2rows").where.range.offset, "2rows");
    assert_string_equal(taken("--length=nonsense").where.range.length, "nonsense");
    assert_string_equal(taken("--shard=1/2").where.range.shard.text, "1/2");
    assert_string_equal(taken("--shard-index=3").where.range.shard.index_text, "3");
    assert_string_equal(taken("--shard-count=4").where.range.shard.count_text, "4");
}

static void test_how(void **state)
{
    (void)state;
    assert_int_equal(taken("--io=direct").how.io, MMV_IO_DIRECT);
    assert_true(taken("--window=8M").how.window == 8 * MMV_MIB);
    assert_true(taken("--max-mapped=1G").how.max_mapped == 1024 * MMV_MIB);
    assert_int_equal(taken("-j3").how.threads, 3);
    check_refused("--io=map", "--io=map: must be auto, mmap, buffered or direct");
    check_refused("--threads=4097", "must be from 0 to 4096");
    check_refused("--window=2px", "not a size");
    const struct how_settings how = {.io = MMV_IO_MMAP, .window = 1, .max_mapped = 2, .threads = 3};
    const mmv_walk_options options = settings_walk(&how);
    assert_true(options.io == MMV_IO_MMAP && options.window == 1 && options.max_mapped == 2 && options.threads == 3);
}

static void test_pixels(void **state)
{
    (void)state;
    struct pixel_settings pixels = taken("--type=u16be").pixels;
    assert_true(pixels.type_given && pixels.type.kind == MMI_U16 && pixels.type.big_endian);
    pixels = taken("-s3").pixels;
    assert_true(pixels.samples == 3 && pixels.samples_given == 3);
    pixels = taken("--layout=bsq").pixels;
    assert_true(pixels.layout_given && pixels.layout == MMI_BSQ);
    assert_true(taken("--width=7").pixels.width == 7 && taken("--height=9").pixels.height == 9);
    assert_int_equal(taken("--format=npy").pixels.format, MMI_NPY);
    assert_true(taken("--allow-outside").pixels.allow_outside);
    check_refused("--type=u17", "must be one of u8 i8");
    check_refused("--samples=1025", "must be from 1 to 1024");
    check_refused("--width=0", "must be from 1");
    check_refused("--format=jpeg", "must be auto or raw");
    check_refused("--layout=rgb", "must be bip, bil or bsq");
}

static void test_reports(void **state)
{
    (void)state;
    assert_true(taken("--json").report.json);
    assert_int_equal(taken("--progress=json").report.progress, PROGRESS_JSON);
    taken("-q");
    assert_true(console.quiet && !console.verbose);
    taken("-v");
    assert_true(!console.quiet && console.verbose);
    check_refused("--progress=often", "must be auto, always, never or json");
}

static void test_a_region_is_a_rectangle_of_pixels(void **state)
{
    static const char *const bad[] = {"",         "1,2",     "1,2,3",   "1,2,3x", "1,2,3x4 ",
                                      "-1,2,3x4", "1,2,3X4", "1,2,0x4", "1,2,3x0"};
    mmi_region region;
    (void)state;
    assert_true(where_take_region(&console, "1,2,3x4", &region));
    assert_true(region.x == 1 && region.y == 2 && region.width == 3 && region.height == 4);
    for (size_t i = 0; i < COUNT(bad); i++) {
        capture_begin(stderr);
        bool fine = where_take_region(&console, bad[i], &region);
        capture_end();
        assert_false(fine);
    }
}

static void test_which_image_and_how_its_rows_lie(void **state)
{
    (void)state;
    assert_true(taken("--row-bytes=4K").pixels.row_bytes == 4096);
    assert_string_equal(taken("--part=SCI,2").pixels.part, "SCI,2");
    assert_true(taken("--roi=1,2,3x4").where.has_region && taken("--roi=1,2,3x4").where.region.height == 4);
    assert_string_equal(taken("-crg").where.channels, "rg");
    check_refused("--row-bytes=0", "a row has at least one byte");
    check_refused("--part=", "must be a number from 1, a name, or all");
}

static void check_channels(const char *list, uint32_t samples, const char *expected)
{
    uint32_t named[8];
    char text[64] = "";
    capture_begin(stderr);
    uint32_t count = where_list_channels(&console, list, samples, named);
    bool channels[8], fine = where_take_channels(&console, list, samples, channels);
    capture_end();
    for (uint32_t i = 0; i < count; i++) {
        snprintf(text + strlen(text), sizeof text - strlen(text), "%u ", named[i]);
        assert_true(channels[named[i]]);
    }
    assert_string_equal(text, expected);
    assert_true(fine == (count > 0));
    for (uint32_t c = 0, meant = 0; fine && c < samples; c++)
        assert_true((meant += channels[c]) <= count);
}

static void test_channels_keep_their_order(void **state)
{
    static const char *const bad[] = {"", "4", "0,", ",0", "x", "0,a", "r,g", "0;1", "R"};
    (void)state;
    check_channels("2,0,1", 4, "2 0 1 ");
    check_channels("bgra", 4, "2 1 0 3 ");
    check_channels("1,1,0,1", 4, "1 0 ");
    check_channels(NULL, 3, "0 1 2 ");
    check_channels("a", 3, "");
    for (size_t i = 0; i < COUNT(bad); i++)
        check_channels(bad[i], 4, "");
}

static void test_only_what_was_typed_is_refused_as_an_option(void **state)
{
    const struct how_settings none = {0}, typed = {.window = 1};
    (void)state;
    mmv_error_set(MMV_EIO, 0, "read");
    assert_false(settings_refused(&console, &typed));
    mmv_error_set_parameter(MMV_EINVAL, "walk", "window");
    assert_false(settings_refused(&console, &none));
    capture_begin(stderr);
    bool refused = settings_refused(&console, &typed);
    assert_non_null(strstr(capture_end(), "--window: too small or too large"));
    assert_true(refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_ranges_are_kept_as_text),
        cmocka_unit_test(test_how),
        cmocka_unit_test(test_pixels),
        cmocka_unit_test(test_reports),
        cmocka_unit_test(test_a_region_is_a_rectangle_of_pixels),
        cmocka_unit_test(test_which_image_and_how_its_rows_lie),
        cmocka_unit_test(test_channels_keep_their_order),
        cmocka_unit_test(test_only_what_was_typed_is_refused_as_an_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
