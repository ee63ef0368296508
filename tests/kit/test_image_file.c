/* SPDX-License-Identifier: MIT */
/* test_image_file.c - from what a command was given to the file with the samples, and which headers may lead there. */

#include "check.h"

#include "capture.h"
#include "kit/image/image_file.h"
#include "scratch.h"

#include <sys/stat.h>
#include <unistd.h>

static const struct console console = {.tool = "test"};

static int open_image(struct image_file *file, const char *name, const struct pixel_settings *asked)
{
    return image_file_open(file, &console, &(struct image_request){name, asked, MMV_READ, NULL, NULL});
}

static void check_refused(const char *name, const struct pixel_settings *asked, int wanted, const char *said)
{
    static struct image_file file;
    unsigned before = open_descriptors();
    capture_begin(stderr);
    int status = open_image(&file, name, asked);
    const char *text = capture_end();
    if (status != wanted || !strstr(text, said))
        fail_msg("%s: %d, '%s' instead of %d, '%s'", name, status, text, wanted, said);
    image_file_close(&file);
    assert_int_equal(open_descriptors(), before);
}

static void put_text(const char *name, const char *text)
{
    file_put(name, text, strlen(text));
}

/* A detached header of 4 x 3 pixels, one sample of 8 bits. */
static void put_header(const char *name, const char *data)
{
    char text[512];
    snprintf(text, sizeof text, "NRRD0004\ntype: uint8\ndimension: 2\nsizes: 4 3\nencoding: raw\ndata file: %s\n",
             data);
    put_text(name, text);
}

static void test_raw_is_what_the_options_say(void **state)
{
    static struct image_file file;
    struct pixel_settings asked = settings_pixels();
    (void)state;
    file_make("plain", 800, 1);
    asked.width = 10;
    assert_int_equal(open_image(&file, "plain", &asked), TOOL_DONE);
    assert_true(image_file_is_raw(&file) && file.offset == 0 && file.length == 800 && file.size == 800);
    assert_true(file.units.pixel == 8 && file.units.row == 80 && file.header[0] == '\0');
    image_file_close(&file);
}

static int look_at_image(struct image_file *file, const char *name, struct image_look *look)
{
    const struct pixel_settings asked = settings_pixels();
    return image_file_open(file, &console, &(struct image_request){name, &asked, MMV_READ, NULL, look});
}

static void test_a_second_look_is_of_the_same_bytes(void **state)
{
    static struct image_file file;
    static const char header[] = "P5\n28 28\n255\n";
    char bytes[797] = {0};
    struct image_look look = {.is_raw = false};
    (void)state;
    file_make("twice", sizeof bytes, 1);
    assert_int_equal(look_at_image(&file, "twice", &look), TOOL_DONE);
    assert_true(image_file_is_raw(&file) && look.is_raw && look.facts.size == sizeof bytes);
    size_t notes = file.notes.count;
    image_file_close(&file);
    assert_int_equal(look_at_image(&file, "twice", &look), TOOL_DONE);
    assert_true(image_file_is_raw(&file) && file.length == sizeof bytes && file.size == sizeof bytes);
    assert_true(file.notes.count == notes && notes > 0);
    image_file_close(&file);
    /* The system's clock for files goes in steps. */
    usleep(20000);
    memcpy(bytes, header, sizeof header - 1);
    file_put("twice", bytes, sizeof bytes);
    assert_int_equal(look_at_image(&file, "twice", &look), TOOL_DONE);
    assert_true(!image_file_is_raw(&file) && file.pixels.width == 28 && !look.is_raw);
    image_file_close(&file);
}

static void test_a_header_leads_to_its_samples(void **state)
{
    static struct image_file file;
    const struct pixel_settings asked = settings_pixels();
    (void)state;
    mkdir("inner", 0700);
    file_make("inner/data", 12, 1);
    put_header("inner/head.nhdr", "data");
    assert_int_equal(open_image(&file, "inner/head.nhdr", &asked), TOOL_DONE);
    assert_string_equal(file.path, "inner/data");
    assert_string_equal(file.header, "inner/head.nhdr");
    assert_true(!image_file_is_raw(&file) && file.pixels.width == 4 && file.pixels.height == 3 && file.length == 12);
    image_file_close(&file);
}

static void test_a_header_leads_nowhere_else(void **state)
{
    static struct image_file file;
    struct pixel_settings asked = settings_pixels();
    (void)state;
    mkdir("inner", 0700);
    file_make("secret", 12, 1);
    put_header("inner/up.nhdr", "../secret");
    check_refused("inner/up.nhdr", &asked, TOOL_FAILED, "lies outside of the header's folder; --allow-outside");
    unlink("inner/link");
    assert_int_equal(symlink("../secret", "inner/link"), 0);
    put_header("inner/by-link.nhdr", "link");
    check_refused("inner/by-link.nhdr", &asked, TOOL_FAILED, "lies outside of the header's folder");
    put_header("inner/self.nhdr", "self.nhdr");
    check_refused("inner/self.nhdr", &asked, TOOL_FAILED, "names itself as its data file");
    put_header("inner/gone.nhdr", "gone");
    check_refused("inner/gone.nhdr", &asked, TOOL_FAILED, "its data file inner/gone: No such file");
    asked.allow_outside = true;
    assert_int_equal(open_image(&file, "inner/up.nhdr", &asked), TOOL_DONE);
    image_file_close(&file);
}

static void test_samples_that_are_not_all_there_are_refused(void **state)
{
    const struct pixel_settings asked = settings_pixels();
    (void)state;
    mkdir("inner", 0700);
    file_make("inner/short", 11, 1);
    put_header("inner/short.nhdr", "short");
    check_refused("inner/short.nhdr", &asked, TOOL_FAILED, "nrrd header inner/short.nhdr: ");
}

static void test_options_that_contradict_a_header_are_a_mistake(void **state)
{
    struct pixel_settings asked = settings_pixels();
    (void)state;
    mkdir("inner", 0700);
    file_make("inner/data", 12, 1);
    put_header("inner/head.nhdr", "data");
    asked.width = 5;
    check_refused("inner/head.nhdr", &asked, TOOL_USAGE, "--width=5: the header says 4");
    asked = settings_pixels();
    asked.samples_given = asked.samples = 2;
    check_refused("inner/head.nhdr", &asked, TOOL_USAGE, "--samples=2: the header says 1");
    asked = settings_pixels();
    asked.type_given = true;
    check_refused("inner/head.nhdr", &asked, TOOL_USAGE, "--type=i16");
}

static void test_what_is_no_file_of_bytes_is_refused(void **state)
{
    const struct pixel_settings asked = settings_pixels();
    (void)state;
    mkdir("inner", 0700);
    check_refused("inner", &asked, TOOL_FAILED, "inner");
    check_refused("/dev/zero", &asked, TOOL_FAILED, "is not a regular file");
    check_refused("nothing", &asked, TOOL_FAILED, "nothing");
}

static void test_ranges_count_from_the_images_first_byte(void **state)
{
    static struct image_file file;
    struct pixel_settings asked = settings_pixels();
    struct range_settings texts = {.offset = "2px", .length = "1row"};
    mmv_range range;
    (void)state;
    file_make("plain", 800, 1);
    asked.width = 10;
    assert_int_equal(open_image(&file, "plain", &asked), TOOL_DONE);
    file.offset = 100; /* as behind a header */
    file.length = 700;
    assert_int_equal(image_file_take_range(&file, &console, &texts, &range), TOOL_DONE);
    assert_true(range.offset == 116 && range.length == 80);
    texts = (struct range_settings){.offset = "701"};
    capture_begin(stderr);
    assert_int_equal(image_file_take_range(&file, &console, &texts, &range), TOOL_USAGE);
    assert_non_null(strstr(capture_end(), "--offset=701 is behind the end: the file has 700 bytes"));
    texts = (struct range_settings){.offset = "600", .length = "101"};
    capture_begin(stderr);
    assert_int_equal(image_file_take_range(&file, &console, &texts, &range), TOOL_USAGE);
    assert_non_null(strstr(capture_end(), "reaches behind the end"));
    image_file_close(&file);
}

static void test_light_follows_values(void **state)
{
    static struct image_file file;
    (void)state;
    for (int i = 0; i < 8; i++) {
        bool has_header = i & 1, is_dark = i & 2, is_negative = i & 4;
        file.container.format = has_header ? MMI_FITS : MMI_RAW;
        file.container.meaning = is_dark ? MMI_MEANS_DARK : MMI_MEANS_LIGHT;
        file.container.slope = is_negative ? -2 : 2;
        assert_true(image_file_is_dark(&file) == (has_header && is_dark != is_negative));
    }
}

/* The one note that there is, or "". */
static const char *note_of(const struct image_file *file)
{
    assert_true(file->notes.count <= 1);
    return file->notes.count ? file->notes.list[0].text : "";
}

static void check_rest(struct range_settings texts, uint64_t width, uint64_t height, const char *expected)
{
    static struct image_file file;
    struct pixel_settings asked = settings_pixels();
    mmv_range range;
    mmi_type_parse("u8", &asked.type);
    asked.type_given = true;
    asked.samples = 3;
    asked.width = width;
    asked.height = height;
    assert_int_equal(open_image(&file, "plain", &asked), TOOL_DONE);
    assert_int_equal(image_file_take_pixels(&file, &console, &texts, &range), TOOL_DONE);
    assert_string_equal(note_of(&file), expected);
    image_file_close(&file);
}

static void test_what_the_image_does_not_cover_is_noted(void **state)
{
    const struct range_settings none = {0}, offset = {.offset = "2"}, length = {.length = "90"},
                                both = {.offset = "2", .length = "90"};
    (void)state;
    file_make("plain", 92, 1);
    check_rest(offset, 0, 0, "");
    check_rest(none, 0, 0, "2 bytes behind the last pixel are left alone; is an --offset missing?");
    check_rest(length, 0, 0, "2 bytes behind --length are left alone");
    check_rest(both, 0, 0, "");
    check_rest(none, 6, 5, "2 bytes behind the last row are left alone; is an --offset missing?");
    check_rest(offset, 6, 5, "");
    check_rest(length, 6, 4, "20 bytes behind the last row are left alone");
    check_rest(both, 6, 5, "");
    check_rest(length, 6, 9, "2 bytes behind --length are left alone");
    file_make("plain", 93, 1);
    check_rest(none, 6, 0, "its last row has 3 of 18 bytes; is an --offset missing?");
    check_rest(none, 31, 0, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_raw_is_what_the_options_say),
        cmocka_unit_test(test_a_second_look_is_of_the_same_bytes),
        cmocka_unit_test(test_a_header_leads_to_its_samples),
        cmocka_unit_test(test_a_header_leads_nowhere_else),
        cmocka_unit_test(test_samples_that_are_not_all_there_are_refused),
        cmocka_unit_test(test_options_that_contradict_a_header_are_a_mistake),
        cmocka_unit_test(test_what_is_no_file_of_bytes_is_refused),
        cmocka_unit_test(test_what_the_image_does_not_cover_is_noted),
        cmocka_unit_test(test_light_follows_values),
        cmocka_unit_test(test_ranges_count_from_the_images_first_byte),
    };
    return chdir(scratch("")) != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
