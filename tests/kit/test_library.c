/* SPDX-License-Identifier: MIT */
/* test_library.c - libraries that are loaded, and those that are not there. */

#include "check.h"

#include "kit/os/library.h"

static void test_a_function_is_found(void **state)
{
    double (*cosine)(double) = NULL;
    void *library = library_open("libm.so.6", false);
    (void)state;
    if (!library)
        skip_because("this system has no libm.so.6");
    assert_true(library_find(library, "cos", &cosine));
    assert_true(cosine(0) == 1);
    assert_false(library_find(library, "mmview_has_no_such_function", &cosine));
    assert_true(cosine == NULL);
}

static void test_what_is_not_there_is_said(void **state)
{
    (void)state;
    assert_null(library_open("libmmview-nowhere.so.0", false));
    assert_non_null(strstr(library_problem(), "libmmview-nowhere.so.0"));
    assert_null(library_open_beside("../nowhere/libmmview-nowhere.so.0", true));
    /* Seen from this program's folder. */
    assert_non_null(strstr(library_problem(), "tests/kit/../nowhere/libmmview-nowhere.so.0"));
    assert_non_null(library_problem());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_function_is_found),
        cmocka_unit_test(test_what_is_not_there_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
