/* SPDX-License-Identifier: MIT */
/* test_meaning.c - channels, amounts and ranges, for the pixels of one file. */

#include "check.h"

#include "capture.h"
#include "typed.h"

#include "mmbright/command/meaning.h"

static struct meaning meaning;

/* As for a raw file, of which the options say everything, but for the header's scale. */
static int find(const char *options, double slope, const char **said_ret)
{
    char line[256];
    static struct command command;
    struct console console;
    static struct image_file file;
    snprintf(line, sizeof line, "-i --add=10 %s a", options);
    typed_fine(&command, &console, line);
    file.pixels = command.pixels;
    file.units.pixel = file.pixels.samples * mmi_type_size(file.pixels.type);
    file.units.row = file.units.pixel * file.pixels.width;
    file.container.slope = slope;
    file.container.intercept = 0;
    capture_begin(stderr);
    int result = meaning_find(&meaning, &command, &console, &file);
    *said_ret = capture_end();
    command_drop(&command);
    return result;
}

static void must_be(const char *options, const char *channels)
{
    const char *said;
    assert_int_equal(find(options, 1, &said), TOOL_DONE);
    assert_string_equal(said, "");
    for (size_t c = 0; c < MMI_SAMPLES_MAX; c++)
        assert_int_equal(meaning.channels[c], c < strlen(channels) && channels[c] == '1');
}

static void must_fail(const char *options, const char *text)
{
    const char *said;
    int result = find(options, 1, &said);
    if (result != TOOL_USAGE || !strstr(said, text))
        print_error("mmbright -i %s: %d, %s", options, result, said);
    assert_int_equal(result, TOOL_USAGE);
    assert_non_null(strstr(said, text));
}

static void test_channels(void **state)
{
    (void)state;
    must_be("", "1111");
    must_be("-s 1", "1");
    must_be("-c rb", "1010");
    must_be("-c a", "0001");
    must_be("-c 0,2 -s 3", "101");
    must_be("-c 5,0 -s 7", "1000010");
    must_fail("-c 4", "--channels=4: must be numbers from 0 to 3 with commas between them, or letters of rgba");
    must_fail("-c a -s 3", "letters of rgb\n");
    must_fail("-c 1,", "--channels");
    must_fail("-c ,1", "--channels");
    must_fail("-c x", "--channels");
    must_fail("-c 1r", "--channels");
}

static void test_amounts(void **state)
{
    const char *said;
    (void)state;
    must_be("-a 1,2,3,4 -g 2", "1111");
    must_fail("-a 1,2,3", "--add: 3 values for pixels of 4 samples");
    must_fail("-g 1,2", "--gain: 2 values");
    must_fail("-a 1.5", "need a whole number");
    must_be("-a 1.5 -t f32", "1111");
    /* With a scale the plan says what is whole. */
    assert_int_equal(find("-a 1.5", 0.5, &said), TOOL_DONE);
}

static void test_geometry_and_range(void **state)
{
    (void)state;
    must_be("", "1111");
    assert_int_equal(meaning.range.offset, 0);
    assert_int_equal(meaning.range.length, 0);
    must_be("--offset=2px --length=3rows --width=10", "1111");
    assert_int_equal(meaning.range.offset, 16);
    assert_int_equal(meaning.range.length, 240);
    must_fail("--roi=0,0,1x1", "--roi needs --width");
    must_fail("--layout=bsq", "--layout=bsq needs --width");
    must_fail("--offset=1rows", "row");
    must_fail("--offset=0xffffffffffffffff --length=2", "the end does not fit 64 bits");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_channels),
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_geometry_and_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
