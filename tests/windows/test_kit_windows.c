/* SPDX-License-Identifier: MIT */
/* test_kit_windows.c - what the kit does in its own way on Windows: paths, files that go when they are closed,
 * programs. */

#include "check.h"

#include "kit/os/folder.h"
#include "kit/os/path.h"
#include "kit/os/process.h"
#include "scratch.h"

#include <mmimage/container.h>
#include <mmview/publish.h>

#include <errno.h>
#include <stdlib.h>

static const char *self;

static void test_parts_of_paths(void **state)
{
    static const struct {
        const char *path, *folder, *base, *ending;
    } rows[] = {
        {"a\\b.raw", "a", "b.raw", ".raw"},
        {"a.d\\b", "a.d", "b", ""},
        {"a/b\\c.npy", "a/b", "c.npy", ".npy"},
        {"C:\\a.raw", "C:\\", "a.raw", ".raw"},
        {"C:a.raw", "C:", "a.raw", ".raw"},
        {"c:/d/a", "c:/d", "a", ""},
        {"\\a", "\\", "a", ""},
        {"\\\\host\\share\\a", "\\\\host\\share", "a", ""},
        {"a\\", "a", "", ""},
        {"C:", "C:", "", ""},
    };
    char folder[PATH_MAX];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        path_folder(rows[i].path, folder);
        assert_string_equal(folder, rows[i].folder);
        assert_string_equal(path_base(rows[i].path), rows[i].base);
        assert_string_equal(path_ending(rows[i].path), rows[i].ending);
    }
}

/* Whether 'wanted' is among the headers that a name leads to. */
static bool leads_to(const char *name, const char *wanted)
{
    char text[64];
    bool found = false;
    for (unsigned i = 0; mmi_container_sidecar(name, false, i, text, sizeof text); i++)
        found = found || strcmp(text, wanted) == 0;
    return found;
}

static void test_a_point_in_a_folder_begins_no_ending(void **state)
{
    (void)state;
    assert_true(leads_to("a.b\\c", "a.b\\c.mhd") && leads_to("a.b\\c", "a.b\\c.hdr"));
    assert_false(leads_to("a.b\\c", "a.hdr"));
    assert_true(leads_to("C:c", "C:c.mhd") && !leads_to("a.b\\.c", "a.b\\.hdr"));
}

static void test_what_leads_elsewhere(void **state)
{
    (void)state;
    assert_true(path_is_absolute("C:\\a") && path_is_absolute("c:a") && path_is_absolute("\\a") &&
                path_is_absolute("/a") && path_is_absolute("\\\\host\\share"));
    assert_false(path_is_absolute("a") || path_is_absolute("..\\a") || path_is_absolute("ab:c"));
    assert_true(path_is_name("a") && path_is_name(".a.mmj.1"));
    assert_false(path_is_name("a\\b") || path_is_name("a/b") || path_is_name("a:b") || path_is_name(".."));
}

static void test_what_leads_out_of_a_folder(void **state)
{
    struct file_facts facts;
    (void)state;
    assert_int_equal(folder_make(scratch("inner"), 0777), 0);
    file_put(scratch("inner/data"), "abc", 3);
    file_put(scratch("inner2"), "abc", 3);
    const char *inner = scratch("inner");
    assert_true(folder_leads_inside(inner, "data", &facts) && facts.size == 3);
    assert_true(folder_leads_inside(inner, ".\\data", &facts));
    assert_true(folder_leads_inside(scratch(""), "inner\\data", &facts));
    assert_false(folder_leads_inside(inner, "..\\inner2", &facts));
    assert_false(folder_leads_inside(inner, "../inner2", &facts));
    assert_false(folder_leads_inside(inner, "C:\\windows", &facts));
    assert_false(folder_leads_inside(inner, "\\", &facts));
    assert_false(folder_leads_inside(inner, "data:stream", &facts));
}

static bool count_name(void *user, const char *name)
{
    (void)name;
    ++*(int *)user;
    return true;
}

static int names_in(int folder)
{
    int count = 0;
    assert_int_equal(folder_list(folder, count_name, &count), 0);
    return count;
}

static void test_a_file_that_got_no_name_goes(void **state)
{
    int folder, descriptor;
    (void)state;
    assert_int_equal(folder_make(scratch("nameless"), 0777), 0);
    assert_int_equal(folder_open(scratch("nameless"), true, &folder), 0);
    assert_int_equal(folder_create_nameless(folder, &descriptor), 0);
    assert_int_equal(file_write(descriptor, "abc", 3), 0);
    file_close(descriptor);
    assert_int_equal(names_in(folder), 0);
    assert_int_equal(folder_create_nameless(folder, &descriptor), 0);
    assert_int_equal(file_write(descriptor, "abcd", 4), 0);
    assert_int_equal(mmv_publish_nameless(folder, descriptor, "new"), MMV_OK);
    assert_int_equal(mmv_publish_nameless(folder, descriptor, "new"), MMV_EEXIST);
    file_close(descriptor);
    assert_int_equal(names_in(folder), 1);
    assert_true(file_is(scratch("nameless/new"), "abcd", 4));
    file_close(folder);
}

/* What the owner alone may is what the list of the file says, and what it says again when it is asked. */
static void test_permissions_are_a_list(void **state)
{
    int folder, descriptor;
    struct file_facts facts;
    (void)state;
    assert_int_equal(folder_open(scratch(""), true, &folder), 0);
    assert_int_equal(folder_create_file(folder, "own", 0600, &descriptor), 0);
    assert_int_equal(file_look(descriptor, &facts), 0);
    assert_int_equal(facts.permissions & 077, 0);
    assert_true(file_is_own(&facts));
    file_close(descriptor);
    file_close(folder);
}

/* ---- programs ---------------------------------------------------------------------------------------------------- */

static int run_self(char *const *words, int output)
{
    int status = -1;
    assert_int_equal(process_run(&(struct process){words, -1, output, true, false}, &status), 0);
    return status;
}

static void test_words_arrive_as_they_are(void **state)
{
    static const char *const odd[] = {"a b",  "",         "\"",        "a\\",    "a\\\\\"b",
                                      "\\\\", "tab\tend", "a\"b c\"d", "%PATH%", "*"};
    char *words[COUNT(odd) + 3] = {(char *)(uintptr_t)self, (char *)(uintptr_t) "--echo"};
    char wanted[400] = "";
    int output;
    (void)state;
    for (size_t i = 0; i < COUNT(odd); i++) {
        words[i + 2] = (char *)(uintptr_t)odd[i];
        strcat(strcat(wanted, odd[i]), "\n");
    }
    file_put(scratch("said"), "", 0);
    assert_int_equal(file_open(scratch("said"), FILE_WRITE, true, &output), 0);
    assert_int_equal(run_self(words, output), 3);
    file_close(output);
    assert_true(file_is(scratch("said"), wanted, strlen(wanted)));
}

static void test_a_program_that_is_not_there(void **state)
{
    char *const words[] = {(char *)(uintptr_t) "mmview-has-no-such-program", NULL};
    char path[PATH_MAX];
    int status = -1;
    (void)state;
    assert_int_equal(process_run(&(struct process){words, -1, -1, false, false}, &status), ENOENT);
    assert_int_equal(status, 127);
    assert_true(process_find("cmd", path, sizeof path));
    assert_true(path_has_ending(path, "cmd.exe"));
}

static void test_names_that_no_file_gets(void **state)
{
    static const char *const refused[] = {"NUL",         "con",    "Aux.raw",     "nul .tif", "com1",    "LPT9.raw",
                                          "COM\xc2\xb2", "CONIN$", "CONOUT$.raw", "prn:",     "a:b",     "a::$DATA",
                                          "a.",          "a ",     "a.raw. ",     "...",      "a?.raw",  "*.raw",
                                          "a<b",         "a>b",    "\"a\"",       "a|b",      "a\tb.raw"};
    static const char *const taken[] = {"null",   "con1.raw",    "a.con", "com",           "com0",
                                        "com10",  "COM\xc2\xb4", "lpt.9", ".raw",          "a b.raw",
                                        "a..raw", " a",          "-",     "auxiliary.raw", "\xc3\xa4"};
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++)
        if (!path_refusal(refused[i]))
            fail_msg("%s is taken", refused[i]);
    for (size_t i = 0; i < COUNT(taken); i++)
        if (path_refusal(taken[i]))
            fail_msg("%s: %s", taken[i], path_refusal(taken[i]));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_of_paths),
        cmocka_unit_test(test_a_point_in_a_folder_begins_no_ending),
        cmocka_unit_test(test_what_leads_elsewhere),
        cmocka_unit_test(test_names_that_no_file_gets),
        cmocka_unit_test(test_what_leads_out_of_a_folder),
        cmocka_unit_test(test_a_file_that_got_no_name_goes),
        cmocka_unit_test(test_permissions_are_a_list),
        cmocka_unit_test(test_words_arrive_as_they_are),
        cmocka_unit_test(test_a_program_that_is_not_there),
    };
    self = argv[0];
    if (argc > 1 && strcmp(argv[1], "--echo") == 0) {
        file_keep_standard(); /* bytes, not lines */
        for (int i = 2; i < argc; i++)
            printf("%s\n", argv[i]);
        return 3;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
