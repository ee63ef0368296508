/* SPDX-License-Identifier: MIT */
/* test_beside.c - a folder that is listed for many FILEs tells what a look at each name would. */

#include "check.h"
#include "scratch.h"

#include "kit/file/beside.h"
#include "kit/os/folder.h"

#include <unistd.h>

static struct beside_names beside;

static int begin(void **state)
{
    (void)state;
    beside_begin(&beside);
    return 0;
}

static int end(void **state)
{
    (void)state;
    beside_end(&beside);
    return 0;
}

static bool may_be(const char *name)
{
    return beside_may_be(&beside, scratch(name));
}

static void enter(const char *name)
{
    beside_enter(&beside, scratch(name));
}

static void test_the_first_file_lists_nothing(void **state)
{
    (void)state;
    assert_true(beside_may_be(NULL, "a.hdr"));
    assert_true(may_be("none.hdr"));
    enter("a.raw");
    assert_true(may_be("none.hdr"));
    enter("b.raw");
    assert_false(may_be("none.hdr"));
    /* Not of the folder that was entered, and no ending that is looked for. */
    assert_true(beside_may_be(&beside, "/elsewhere/none.hdr"));
    assert_true(may_be("none.raw"));
}

static void test_what_is_there_is_told(void **state)
{
    static const char *const names[] = {"a.hdr", "a.raw.Hdr", "b.MHD", "b.nhdr", "c.tif.aux.xml", "c.ovr", "c.rrd"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        file_put(scratch(names[i]), "x", 1);
    enter("a.raw");
    enter("b.raw");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_true(may_be(names[i]));
    /* Where letters of both cases are the same it would be found: it is looked for. */
    assert_true(may_be("a.HDR"));
    assert_false(may_be("b.hdr"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(scratch(names[i]));
}

static bool may_have(const char *name)
{
    return beside_may_have(&beside, scratch(name));
}

static void test_names_made_of_a_files_own_are_told_at_once(void **state)
{
    static const char *const names[] = {"b.HDR", "c.raw.vrt", "d.sigmf-meta", "f.raw", ".lbl"};
    (void)state;
    assert_true(beside_may_have(NULL, "a.raw"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        file_put(scratch(names[i]), "x", 1);
    enter("a.raw");
    assert_true(may_have("a.raw"));
    enter("b.raw");
    assert_false(may_have("a.raw"));
    assert_false(may_have("a"));
    assert_true(may_have("b.raw"));
    assert_true(may_have("B.raw"));
    assert_true(may_have("c.raw"));
    assert_true(may_have("d.sigmf-data"));
    assert_false(may_have("e.raw"));
    /* No ending that is looked for; a name of which nothing is left but its ending; another folder. */
    assert_false(may_have("f.int"));
    assert_true(may_have(".raw"));
    assert_true(beside_may_have(&beside, "/elsewhere/a.raw"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(scratch(names[i]));
}

static void test_a_folder_that_changes_is_listed_anew_but_not_for_ever(void **state)
{
    char name[32];
    (void)state;
    enter("a.raw");
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "late%d.hdr", i);
        /* The system's clock for files goes in steps. */
        usleep(20000);
        file_put(scratch(name), "x", 1);
        enter("a.raw");
        assert_true(may_be(name));
    }
    /* By now each name is looked for. */
    assert_true(may_be("none.hdr"));
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "late%d.hdr", i);
        unlink(scratch(name));
    }
}

static void test_another_folder_begins_anew(void **state)
{
    (void)state;
    enter("a.raw");
    enter("a.raw");
    assert_false(may_be("none.hdr"));
    beside_enter(&beside, "/a.raw");
    assert_true(may_be("none.hdr"));
    beside_enter(&beside, "/a.raw");
    assert_false(beside_may_be(&beside, "/none of this name.hdr"));
}

static void check_headers(struct beside_names *names, size_t count)
{
    struct beside_headers headers = {.most = 0};
    assert_true(beside_headers(names, scratch("a.raw"), &headers));
    assert_int_equal(headers.count, count);
    if (count > 0)
        assert_string_equal(headers.names[0], "B.MHD");
    beside_headers_drop(&headers);
}

static void test_headers_that_can_name_others(void **state)
{
    static const char *const names[] = {"z.mha", "B.MHD", "c.nhdr", "d.nrrd", "e.hdr", "f.raw", "mhd", ".mhd"};
    (void)state;
    check_headers(NULL, 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        file_put(scratch(names[i]), "x", 1);
    check_headers(NULL, 4);
    /* The first FILE of the folder, too; and then as it was. */
    enter("a.raw");
    check_headers(&beside, 4);
    file_put(scratch("late.mhd"), "x", 1);
    check_headers(&beside, 4);
    check_headers(NULL, 5);
    /* Another thread has gone elsewhere. */
    beside_enter(&beside, "/a.raw");
    check_headers(&beside, 5);
    unlink(scratch("late.mhd"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(scratch(names[i]));
    struct beside_headers none = {.most = 0};
    assert_true(beside_headers(NULL, "/no such folder/a.raw", &none));
    assert_int_equal(none.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_first_file_lists_nothing, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_there_is_told, begin, end),
        cmocka_unit_test_setup_teardown(test_names_made_of_a_files_own_are_told_at_once, begin, end),
        cmocka_unit_test_setup_teardown(test_a_folder_that_changes_is_listed_anew_but_not_for_ever, begin, end),
        cmocka_unit_test_setup_teardown(test_another_folder_begins_anew, begin, end),
        cmocka_unit_test_setup_teardown(test_headers_that_can_name_others, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
