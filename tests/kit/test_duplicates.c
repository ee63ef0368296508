/* SPDX-License-Identifier: MIT */
/* test_duplicates.c - one file under two names, and two copies of one name, wherever they stand in the list. */

#include "check.h"

#include "capture.h"

#include "kit/file/duplicates.h"

static char *const names[] = {(char *)"zero", (char *)"one", (char *)"two", (char *)"three", (char *)"four"};
static const struct console console = {.tool = "mmbright"};

static int check_list(const struct identity *list, size_t count, const char **said_ret)
{
    struct identity copy[COUNT(names)];
    memcpy(copy, list, count * sizeof *list);
    capture_begin(stderr);
    int result = duplicates_check(copy, count, names, &console);
    *said_ret = capture_end();
    return result;
}

static void test_all_different(void **state)
{
    const char *said;
    const struct identity list[] = {
        {.index = 0, .known = true, .device = 1, .inode = 7, .out = (char *)"a"},
        {.index = 1, .known = true, .device = 2, .inode = 7, .out = (char *)"b"},
        {.index = 2, .known = true, .device = 1, .inode = 8},
        {.index = 3, .known = true, .device = 2, .inode = 8},
    };
    (void)state;
    assert_int_equal(check_list(list, COUNT(list), &said), TOOL_DONE);
    assert_string_equal(said, "");
}

static void test_one_file_twice(void **state)
{
    const char *said;
    const struct identity list[] = {
        {.index = 0, .known = true, .device = 1, .inode = 9}, {.index = 1, .known = true, .device = 1, .inode = 7},
        {.index = 2, .known = true, .device = 1, .inode = 8}, {.index = 3, .known = true, .device = 1, .inode = 7},
        {.index = 4, .known = true, .device = 1, .inode = 7},
    };
    (void)state;
    assert_int_equal(check_list(list, COUNT(list), &said), TOOL_USAGE);
    assert_non_null(strstr(said, "one and three are the same file"));
}

/* Of a FILE with a fault nothing is known: its zeros are no identity. */
static void test_unknown_files_are_nobody(void **state)
{
    const char *said;
    const struct identity list[] = {
        {.index = 0}, {.index = 1}, {.index = 2, .known = true}, {.index = 3}, {.index = 4, .known = true, .inode = 1},
    };
    (void)state;
    assert_int_equal(check_list(list, COUNT(list), &said), TOOL_DONE);
}

static void test_one_copy_twice(void **state)
{
    const char *said;
    const struct identity list[] = {
        {.index = 0, .known = true, .inode = 1, .out = (char *)"x/b"}, {.index = 1},
        {.index = 2, .known = true, .inode = 2, .out = (char *)"x/a"}, {.index = 3, .known = true, .inode = 3},
        {.index = 4, .known = true, .inode = 4, .out = (char *)"x/b"},
    };
    (void)state;
    assert_int_equal(check_list(list, COUNT(list), &said), TOOL_USAGE);
    assert_non_null(strstr(said, "zero and four would both become x/b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_different),
        cmocka_unit_test(test_one_file_twice),
        cmocka_unit_test(test_unknown_files_are_nobody),
        cmocka_unit_test(test_one_copy_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
