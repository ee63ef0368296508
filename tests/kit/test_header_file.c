/* SPDX-License-Identifier: MIT */
/* test_header_file.c - the header of a new image: in front of the samples, beside them, or none; and what it is called.
 */

#include "check.h"

#include "capture.h"
#include "kit/image/header_file.h"
#include "scratch.h"

#include <sys/stat.h>
#include <unistd.h>

static const struct console console = {.tool = "test"};
static const mmi_image image = {{MMI_U8, false}, 3, 7, 5, MMI_BIP};

static int make_header(struct header_file *file, mmi_format format, const char *out)
{
    *file = HEADER_FILE_NONE;
    return header_file_make(file, &console, format, &image, &(struct output_wish){.path = out});
}

static void check_names(mmi_format format, const char *out, const char *samples, const char *header)
{
    struct header_file file;
    assert_int_equal(make_header(&file, format, out), TOOL_DONE);
    assert_string_equal(file.samples, samples);
    assert_string_equal(file.header, header);
    assert_true(file.is_apart == (header[0] != '\0'));
    header_file_discard(&file);
}

static void test_what_the_two_files_are_called(void **state)
{
    (void)state;
    mkdir("a.b", 0700);
    check_names(MMI_RAW, "out.hdr", "out.hdr", "");
    check_names(MMI_AUTO, "out", "out", "");
    check_names(MMI_NPY, "out.raw", "out.raw", "");
    /* OUT is the samples, or by its ending the header. */
    check_names(MMI_ENVI, "out.img", "out.img", "out.hdr");
    check_names(MMI_ENVI, "out", "out", "out.hdr");
    check_names(MMI_ENVI, "out.hdr", "out.raw", "out.hdr");
    check_names(MMI_ENVI, "out.HDR", "out.raw", "out.HDR");
    check_names(MMI_ENVI, "out.hdrs", "out.hdrs", "out.hdr");
    check_names(MMI_ENVI, "./a.b/.hdr", "./a.b/.hdr", "./a.b/.hdr.hdr");
}

static void test_a_header_in_front_is_there_at_once(void **state)
{
    struct header_file file;
    (void)state;
    assert_int_equal(make_header(&file, MMI_NPY, "out.npy"), TOOL_DONE);
    assert_true(file.front_length > 0 && memcmp(file.front, "\x93NUMPY", 6) == 0 && file.bytes == NULL);
    int descriptor = -1;
    mmv_map *map = NULL;
    file_put("front.npy", "", 0);
    assert_int_equal(file_open("front.npy", FILE_READ_WRITE, true, &descriptor), 0);
    assert_ok(header_file_map(&file, descriptor, 105, &map));
    mmv_map_close(&map);
    file_close(descriptor);
    char front[sizeof file.front];
    assert_true(file_length("front.npy") == file.front_length + 105);
    file_get("front.npy", front, file.front_length, 0);
    assert_memory_equal(front, file.front, file.front_length);
    header_file_discard(&file);
}

static void test_a_header_apart_appears_with_its_samples(void **state)
{
    struct header_file file;
    struct output samples = OUTPUT_NONE;
    const struct output_rights rights = {OUTPUT_NEW, -1, 0};
    char text[64] = "";
    unsigned before = open_descriptors();
    (void)state;
    assert_int_equal(make_header(&file, MMI_ENVI, "apart.img"), TOOL_DONE);
    assert_int_equal(output_plan(&samples, &console, &(struct output_wish){.path = file.samples}), TOOL_DONE);
    assert_int_equal(output_create(&samples, &console), TOOL_DONE);
    assert_int_equal(file.front_length, 0);
    assert_false(file_exists("apart.hdr"));
    assert_int_equal(header_file_publish(&file, &console, &samples, &rights, false), TOOL_DONE);
    assert_true(file_is("apart.hdr", file.bytes, file.length) && file_exists("apart.img"));
    file_get("apart.hdr", text, 4, 0);
    assert_string_equal(text, "ENVI");
    header_file_discard(&file);
    header_file_discard(&file);
    output_discard(&samples);
    assert_int_equal(open_descriptors(), before);
}

static void check_refused(mmi_format format, const char *out, const char *said)
{
    struct header_file file;
    capture_begin(stderr);
    int status = make_header(&file, format, out);
    const char *text = capture_end();
    assert_int_equal(status, TOOL_USAGE);
    if (!strstr(text, said))
        fail_msg("'%s' instead of '%s'", text, said);
    header_file_discard(&file);
}

static void test_what_cannot_be_is_refused_before(void **state)
{
    char name[PATH_MAX + 8];
    (void)state;
    file_put("taken.hdr", "theirs", 6);
    check_refused(MMI_ENVI, "taken.img", "taken.hdr: exists already");
    assert_true(file_is("taken.hdr", "theirs", 6));
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    /* Too long for the message, too. */
    check_refused(MMI_RAW, name, "");
    check_refused(MMI_ENVI, name, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_the_two_files_are_called),
        cmocka_unit_test(test_a_header_in_front_is_there_at_once),
        cmocka_unit_test(test_a_header_apart_appears_with_its_samples),
        cmocka_unit_test(test_what_cannot_be_is_refused_before),
    };
    return chdir(scratch("")) != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
