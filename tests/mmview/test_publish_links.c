/* SPDX-License-Identifier: MIT */
/* test_publish_links.c - a file gets its name and replaces nothing, on file systems that lack this call or that. */

#include "check.h"

#include "scratch.h"

#include <mmview/publish.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* File systems that lack it. */
static int no_rename, no_link;
static bool appears; /* somebody makes 'to' just when the name was found to be free */

int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags);
int __real_linkat(int from_folder, const char *from, int to_folder, const char *to, int flags);
int __wrap_linkat(int from_folder, const char *from, int to_folder, const char *to, int flags);

int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    /* Not every C library has such a function; the kernel has. */
    if (!no_rename)
        return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
    errno = no_rename;
    return -1;
}

int __wrap_linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    if (!no_link)
        return __real_linkat(from_folder, from, to_folder, to, flags);
    if (appears)
        file_put(to, "theirs", 6);
    errno = no_link;
    return -1;
}

static int folder = -1;

static int begin(void **state)
{
    (void)state;
    no_rename = no_link = 0;
    appears = false;
    file_put(scratch("from"), "ours", 4);
    unlink(scratch("to"));
    unlink(scratch("fresh"));
    folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder < 0;
}

static int end(void **state)
{
    (void)state;
    return close(folder);
}

static void check_publishing(void)
{
    assert_ok(mmv_publish_hidden(folder, "from", "to"));
    assert_true(file_is(scratch("to"), "ours", 4) && !file_exists(scratch("from")));
    file_put(scratch("from"), "more", 4);
    assert_status(mmv_publish_hidden(folder, "from", "to"), MMV_EEXIST);
    assert_true(file_is(scratch("to"), "ours", 4) && file_is(scratch("from"), "more", 4));
}

static void test_nor_where_the_system_has_links_alone(void **state)
{
    (void)state;
    no_rename = EINVAL;
    check_publishing();
}

static void test_nor_where_it_has_no_links_either(void **state)
{
    (void)state;
    no_rename = ENOSYS;
    no_link = EPERM;
    check_publishing();
}

static void test_nor_what_appears_at_the_last_moment(void **state)
{
    (void)state;
    no_rename = ENOSYS;
    no_link = EPERM;
    appears = true;
    assert_status(mmv_publish_hidden(folder, "from", "to"), MMV_EEXIST);
    assert_true(file_is(scratch("to"), "theirs", 6) && file_is(scratch("from"), "ours", 4));
}

static void test_what_is_not_there_leaves_nothing(void **state)
{
    (void)state;
    no_rename = ENOSYS;
    unlink(scratch("from"));
    assert_status(mmv_publish_hidden(folder, "from", "to"), MMV_ENOENT);
    assert_int_equal(mmv_last_error()->os_error, ENOENT);
    assert_false(file_exists(scratch("to")));
}

static void test_a_nameless_file_gets_a_name_that_is_free(void **state)
{
    (void)state;
#ifdef O_TMPFILE
    int descriptor = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor < 0)
        skip_because("this file system has no nameless files");
    assert_int_equal(write(descriptor, "ours", 4), 4);
    assert_ok(mmv_publish_nameless(folder, descriptor, "to"));
    assert_true(file_is(scratch("to"), "ours", 4));
    file_put(scratch("fresh"), "theirs", 6);
    assert_status(mmv_publish_nameless(folder, descriptor, "fresh"), MMV_EEXIST);
    assert_true(file_is(scratch("fresh"), "theirs", 6));
    close(descriptor);
#else
    skip_because("this system has no nameless files");
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nor_where_the_system_has_links_alone, begin, end),
        cmocka_unit_test_setup_teardown(test_nor_where_it_has_no_links_either, begin, end),
        cmocka_unit_test_setup_teardown(test_nor_what_appears_at_the_last_moment, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_not_there_leaves_nothing, begin, end),
        cmocka_unit_test_setup_teardown(test_a_nameless_file_gets_a_name_that_is_free, begin, end),
    };
    if (chdir(scratch("")) != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
