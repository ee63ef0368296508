/* SPDX-License-Identifier: MIT */
/* test_publish.c - a file gets its name and replaces nothing; test_publish_links.c has what file systems lack. */

#include "check.h"

#include "os/file.h"
#include "os/name.h"
#include "scratch.h"

#include <mmview/publish.h>

#include <errno.h>
#include <unistd.h>

static int folder = -1;

static int begin(void **state)
{
    const char *last;
    (void)state;
    file_put(scratch("from"), "ours", 4);
    unlink(scratch("to"));
    return mmv__os_open_folder_of(scratch("from"), &folder, &last);
}

static int end(void **state)
{
    (void)state;
    return mmv__os_close(folder);
}

static void test_it_replaces_nothing(void **state)
{
    (void)state;
    assert_ok(mmv_publish_hidden(folder, "from", "to"));
    assert_true(file_is(scratch("to"), "ours", 4) && !file_exists(scratch("from")));
    file_put(scratch("from"), "more", 4);
    assert_status(mmv_publish_hidden(folder, "from", "to"), MMV_EEXIST);
    assert_true(file_is(scratch("to"), "ours", 4) && file_is(scratch("from"), "more", 4));
}

static void test_what_is_not_there_leaves_nothing(void **state)
{
    (void)state;
    unlink(scratch("from"));
    assert_status(mmv_publish_hidden(folder, "from", "to"), MMV_ENOENT);
    assert_int_equal(mmv_last_error()->os_error, ENOENT);
    assert_false(file_exists(scratch("to")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_replaces_nothing, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_not_there_leaves_nothing, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
