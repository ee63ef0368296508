/* SPDX-License-Identifier: MIT */
/* test_path.c - the parts of names, the odd ones, too. */

#include "check.h"

#include "kit/os/path.h"

static const struct {
    const char *path, *folder, *base, *ending;
} rows[] = {
    {"a", ".", "a", ""},
    {"a.raw", ".", "a.raw", ".raw"},
    {"/a.raw", "/", "a.raw", ".raw"},
    {"b/a.tar.gz", "b", "a.tar.gz", ".gz"},
    {"/c/b.d/a", "/c/b.d", "a", ""},
    {"b/.hidden", "b", ".hidden", ""},
    {"b/.hidden.raw", "b", ".hidden.raw", ".raw"},
    {"b/a.", "b", "a.", "."},
    {"b.d/", "b.d", "", ""},
    {"", ".", "", ""},
    {"/", "/", "", ""},
};

static void test_parts_of_paths(void **state)
{
    char folder[PATH_MAX];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        path_folder(rows[i].path, folder);
        assert_string_equal(folder, rows[i].folder);
        assert_string_equal(path_base(rows[i].path), rows[i].base);
        assert_string_equal(path_ending(rows[i].path), rows[i].ending);
    }
}

static void test_endings_in_any_case(void **state)
{
    (void)state;
    assert_true(path_has_ending("a.img", ".img") && path_has_ending("a.IMG", ".img") &&
                path_has_ending("a.img", ".ImG"));
    assert_true(path_has_ending("a", "") && path_has_ending(".img", ".img"));
    assert_false(path_has_ending("a.img", ".hdr") || path_has_ending("img", ".img") ||
                 path_has_ending("a.img.b", ".img"));
}

static void test_the_longest_path(void **state)
{
    static char path[PATH_MAX], folder[PATH_MAX];
    (void)state;
    memset(path, 'n', sizeof path - 1);
    path[sizeof path - 2] = '/';
    path_folder(path, folder);
    assert_int_equal(strlen(folder), sizeof path - 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_of_paths),
        cmocka_unit_test(test_endings_in_any_case),
        cmocka_unit_test(test_the_longest_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
