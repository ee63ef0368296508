/* SPDX-License-Identifier: MIT */
/* test_folder.c - names in a folder: made once, never through a link, never outside. */

#include "check.h"

#include "kit/os/folder.h"
#include "scratch.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static int folder = -1;

static int begin(void **state)
{
    (void)state;
    unlink(scratch("to"));
    unlink(scratch("fresh"));
    file_put(scratch("from"), "ours", 4);
    return folder_open(".", true, &folder);
}

static int end(void **state)
{
    (void)state;
    return file_close(folder);
}

static void test_a_replacement_replaces(void **state)
{
    (void)state;
    file_put(scratch("to"), "theirs", 6);
    assert_int_equal(folder_replace(folder, "from", "to"), 0);
    assert_true(file_is(scratch("to"), "ours", 4) && !file_exists(scratch("from")));
}

static void test_a_file_is_made_once_and_never_through_a_link(void **state)
{
    int descriptor = -1;
    struct file_facts facts;
    (void)state;
    assert_int_equal(folder_create_file(folder, "fresh", 0600, &descriptor), 0);
    file_close(descriptor);
    assert_int_equal(folder_create_file(folder, "fresh", 0600, &descriptor), EEXIST);
    assert_int_equal(symlink("from", scratch("to")), 0);
    assert_int_equal(folder_create_file(folder, "to", 0600, &descriptor), EEXIST);
    assert_int_equal(folder_open_file(folder, "to", FILE_READ, &descriptor), ELOOP);
    assert_int_equal(folder_look(folder, "to", false, &facts), 0);
    assert_int_equal(facts.kind, FILE_LINK);
    assert_int_equal(folder_look(folder, "nothing", false, &facts), ENOENT);
}

static bool count_name(void *user, const char *name)
{
    int *count = user;
    assert_true(strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
    return --*count != 0;
}

static void test_a_list_has_every_name_until_it_is_enough(void **state)
{
    int left = 100, inside = -1;
    (void)state;
    assert_int_equal(folder_make("listed", 0777), 0);
    assert_int_equal(folder_make("listed", 0777), EEXIST);
    assert_int_equal(folder_open("listed", false, &inside), 0);
    file_put(scratch("listed/a"), "", 0);
    file_put(scratch("listed/b"), "", 0);
    file_put(scratch("listed/c"), "", 0);
    assert_int_equal(folder_list(inside, count_name, &left), 0);
    assert_int_equal(left, 97);
    /* From the beginning each time, and not further than asked. */
    left = 2;
    assert_int_equal(folder_list(inside, count_name, &left), 0);
    assert_int_equal(left, 0);
    assert_int_not_equal(folder_remove("listed"), 0);
    folder_remove_file(inside, "a");
    folder_remove_file(inside, "b");
    folder_remove_file(inside, "c");
    assert_int_equal(folder_remove("listed"), 0);
    file_close(inside);
}

static void test_what_leads_out_of_a_folder(void **state)
{
    struct file_facts facts, wanted;
    (void)state;
    folder_make("inner", 0777);
    file_put(scratch("inner/data"), "abc", 3);
    assert_int_equal(symlink("data", scratch("inner/good")), 0);
    assert_int_equal(symlink("../from", scratch("inner/bad")), 0);
    assert_int_equal(file_look_at("inner/data", true, &wanted), 0);
    assert_true(folder_leads_inside("inner", "data", &facts) && file_is_same(&facts, &wanted));
    assert_true(folder_leads_inside(".", "inner/data", &facts) && file_is_same(&facts, &wanted));
    assert_true(folder_leads_inside("inner", "good", &facts) && file_is_same(&facts, &wanted));
    assert_false(folder_leads_inside("inner", "bad", &facts));
    assert_false(folder_leads_inside("inner", "../from", &facts));
    assert_false(folder_leads_inside("inner", "nothing", &facts));
    assert_false(folder_leads_inside("nowhere", "data", &facts));
}

static void test_a_link_to_a_folder_is_followed_when_it_may(void **state)
{
    int descriptor;
    (void)state;
    folder_make("real", 0777);
    unlink("linked");
    assert_int_equal(symlink("real", "linked"), 0);
    assert_int_equal(folder_open("linked", true, &descriptor), 0);
    file_close(descriptor);
    assert_int_not_equal(folder_open("linked", false, &descriptor), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_replacement_replaces),
        TEST(test_a_file_is_made_once_and_never_through_a_link),
        TEST(test_a_list_has_every_name_until_it_is_enough),
        TEST(test_what_leads_out_of_a_folder),
        TEST(test_a_link_to_a_folder_is_followed_when_it_may),
    };
    if (chdir(scratch("")) != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
