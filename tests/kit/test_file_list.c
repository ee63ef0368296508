/* SPDX-License-Identifier: MIT */
/* test_file_list.c - names in a file: lines or NULs, with or without an end, behind those of the command line. */

#include "check.h"

#include "capture.h"
#include "scratch.h"

#include "kit/file/file_list.h"

static const struct console console = {.tool = "mmbright"};

/* The names with a bar behind each. */
static const char *read_names(const void *bytes, size_t length)
{
    static char text[512];
    char *typed[] = {(char *)"typed", NULL};
    struct file_list list = {.names = typed, .count = 1};
    file_put(scratch("list"), bytes, length);
    list.from = scratch("list");
    assert_int_equal(file_list_read(&list, &console), TOOL_DONE);
    text[0] = '\0';
    for (size_t i = 0; i < list.count; i++) {
        strcat(text, list.names[i]);
        strcat(text, "|");
    }
    assert_null(list.names[list.count]);
    file_list_free(&list);
    assert_int_equal(list.count, 0);
    return text;
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(read_names("", 0), "typed|");
    assert_string_equal(read_names("\n\n", 2), "typed|");
    assert_string_equal(read_names("a\nb c\n", 6), "typed|a|b c|");
    assert_string_equal(read_names("a\n\nb", 4), "typed|a|b|");
    assert_string_equal(read_names("a\0b\nc\0", 6), "typed|a|b\nc|");
    assert_string_equal(read_names("a\0\0b", 4), "typed|a|b|");
}

/* More than one reading, and more than one growth of the buffer. */
static void test_a_long_list(void **state)
{
    enum { NAMES = 30000 };
    (void)state;
    char *text = malloc(NAMES * 8);
    size_t length = 0;
    for (int i = 0; i < NAMES; i++)
        length += (size_t)sprintf(text + length, "n%05d\n", i);
    file_put(scratch("long"), text, length);
    struct file_list list = {.from = scratch("long")};
    assert_int_equal(file_list_read(&list, &console), TOOL_DONE);
    assert_int_equal(list.count, NAMES);
    assert_string_equal(list.names[NAMES - 1], "n29999");
    assert_null(list.names[NAMES]);
    file_list_free(&list);
    free(text);
}

static void test_what_cannot_be_read(void **state)
{
    struct file_list list = {.from = "/nowhere/at/all"};
    (void)state;
    capture_begin(stderr);
    assert_int_equal(file_list_read(&list, &console), TOOL_FAILED);
    assert_non_null(strstr(capture_end(), "/nowhere/at/all: cannot read the list: "));
    file_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_a_long_list),
        cmocka_unit_test(test_what_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
