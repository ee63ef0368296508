/* SPDX-License-Identifier: MIT */
/* test_output.c - a new file is there whole or not at all, and replaces nothing that it may not. */

#include "check.h"

#include "capture.h"
#include "kit/file/output.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct console console = {.tool = "test"};
static const struct output_rights known = {OUTPUT_KNOWN, -1, 0100664}, fresh = {OUTPUT_NEW, -1, 0};
static bool no_nameless;

int __real_folder_create_nameless(int folder, int *descriptor_ret);
int __wrap_folder_create_nameless(int folder, int *descriptor_ret);

int __wrap_folder_create_nameless(int folder, int *descriptor_ret)
{
    return no_nameless ? ENOTSUP : __real_folder_create_nameless(folder, descriptor_ret);
}

static int begin(void **state)
{
    (void)state;
    unlink("out");
    mkdir("folder", 0700);
    unlink("folder/input");
    return 0;
}

static int begin_named(void **state)
{
    no_nameless = true;
    return begin(state);
}

static int end(void **state)
{
    (void)state;
    no_nameless = false;
    return 0;
}

static void check_refused(const struct output_wish *wish, const char *said)
{
    struct output output = OUTPUT_NONE;
    unsigned before = open_descriptors();
    capture_begin(stderr);
    int status = output_plan(&output, &console, wish);
    const char *text = capture_end();
    assert_int_equal(status, TOOL_USAGE);
    if (!strstr(text, said))
        fail_msg("'%s' instead of '%s'", text, said);
    output_discard(&output);
    output_discard(&output);
    assert_int_equal(open_descriptors(), before);
}

static void start(struct output *output, const char *path, bool force)
{
    const struct output_wish wish = {.path = path, .input = "some/input", .force = force};
    assert_int_equal(output_plan(output, &console, &wish), TOOL_DONE);
    assert_int_equal(output_create(output, &console), TOOL_DONE);
    assert_int_equal(file_write(output->descriptor, "ours", 4), 0);
}

/* Names in the present folder that are no test's. */
static bool is_hidden(void *user, const char *name)
{
    unsigned *count = user;
    *count += name[0] == '.';
    return true;
}

static unsigned hidden_files(void)
{
    unsigned count = 0;
    int folder;
    assert_int_equal(folder_open(".", true, &folder), 0);
    assert_int_equal(folder_list(folder, is_hidden, &count), 0);
    file_close(folder);
    return count;
}

static void test_a_file_appears_when_it_is_published(void **state)
{
    struct output output = OUTPUT_NONE;
    struct file_facts facts;
    unsigned before = open_descriptors();
    (void)state;
    start(&output, "out", false);
    assert_false(file_exists("out"));
    assert_int_equal(output_publish(&output, &console, &known, true), TOOL_DONE);
    output_discard(&output);
    assert_true(file_is("out", "ours", 4));
    assert_int_equal(file_look_at("out", false, &facts), 0);
    assert_permissions(facts.permissions, 0644);
    assert_int_equal(hidden_files(), 0);
    assert_int_equal(open_descriptors(), before);
}

static void test_what_is_discarded_leaves_nothing(void **state)
{
    struct output output = OUTPUT_NONE;
    unsigned before = open_descriptors();
    (void)state;
    start(&output, "out", false);
#ifdef O_TMPFILE
    assert_int_equal(hidden_files(), no_nameless ? 1 : 0);
#else
    assert_int_equal(hidden_files(), 1);
#endif
    output_discard(&output);
    assert_false(file_exists("out"));
    assert_int_equal(hidden_files(), 0);
    assert_int_equal(open_descriptors(), before);
}

static void test_what_appeared_meanwhile_is_left_alone(void **state)
{
    struct output output = OUTPUT_NONE;
    (void)state;
    start(&output, "out", false);
    file_put("out", "theirs", 6);
    capture_begin(stderr);
    int status = output_publish(&output, &console, &fresh, false);
    const char *text = capture_end();
    assert_int_equal(status, TOOL_FAILED);
    assert_non_null(strstr(text, "appeared meanwhile and is left alone"));
    output_discard(&output);
    assert_true(file_is("out", "theirs", 6));
    assert_int_equal(hidden_files(), 0);
}

static void test_force_replaces_the_whole_file_at_once(void **state)
{
    struct output output = OUTPUT_NONE;
    (void)state;
    file_put("out", "theirs", 6);
    start(&output, "out", true);
    assert_true(file_is("out", "theirs", 6));
    assert_int_equal(output_publish(&output, &console, &fresh, false), TOOL_DONE);
    output_discard(&output);
    assert_true(file_is("out", "ours", 4));
    assert_int_equal(hidden_files(), 0);
}

static void test_a_link_is_replaced_and_not_followed(void **state)
{
    struct output output = OUTPUT_NONE;
    (void)state;
    file_put("target", "theirs", 6);
    assert_int_equal(symlink("target", "out"), 0);
    check_refused(&(struct output_wish){.path = "out"}, "exists already");
    start(&output, "out", true);
    assert_int_equal(output_publish(&output, &console, &fresh, false), TOOL_DONE);
    output_discard(&output);
    assert_true(file_is("out", "ours", 4) && file_is("target", "theirs", 6));
}

static void test_in_a_folder_it_is_called_as_the_input(void **state)
{
    struct output output = OUTPUT_NONE;
    (void)state;
    start(&output, "folder", false);
    assert_string_equal(output.path, "folder/input");
    assert_int_equal(output_publish(&output, &console, &fresh, false), TOOL_DONE);
    output_discard(&output);
    assert_true(file_is("folder/input", "ours", 4));
    check_refused(&(struct output_wish){.path = "folder/", .input = "input"}, "folder/input: exists already");
}

static void test_what_may_not_be_written_is_refused_before(void **state)
{
    struct file_facts source;
    (void)state;
    file_put("out", "input", 5);
    assert_int_equal(file_look_at("out", true, &source), 0);
    check_refused(&(struct output_wish){.path = ""}, "the name is empty");
    check_refused(&(struct output_wish){.path = "folder"}, "is a directory");
    check_refused(&(struct output_wish){.path = "nowhere/"}, "is not a directory");
    check_refused(&(struct output_wish){.path = "out"}, "exists already; -f replaces it");
    check_refused(&(struct output_wish){.path = "out", .source = &source, .force = true}, "is the input itself");
}

static void test_nor_what_is_no_file_or_leads_to_the_input(void **state)
{
    struct file_facts source;
    (void)state;
    file_put("out", "input", 5);
    unlink("fifo");
    unlink("to out");
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(symlink("out", "to out"), 0);
    assert_int_equal(file_look_at("out", true, &source), 0);
    check_refused(&(struct output_wish){.path = "to out", .source = &source, .force = true}, "is the input itself");
    check_refused(&(struct output_wish){.path = "fifo", .force = true}, "is not a regular file");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
#define TEST_NAMED(name)                                                                                               \
    {                                                                                                                  \
#name " (named)", name, begin_named, end, NULL                                                                 \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_file_appears_when_it_is_published),         TEST(test_what_is_discarded_leaves_nothing),
        TEST(test_what_appeared_meanwhile_is_left_alone),       TEST(test_force_replaces_the_whole_file_at_once),
        TEST(test_a_link_is_replaced_and_not_followed),         TEST(test_in_a_folder_it_is_called_as_the_input),
        TEST(test_what_may_not_be_written_is_refused_before),   TEST(test_nor_what_is_no_file_or_leads_to_the_input),
        TEST_NAMED(test_a_file_appears_when_it_is_published),   TEST_NAMED(test_what_is_discarded_leaves_nothing),
        TEST_NAMED(test_what_appeared_meanwhile_is_left_alone), TEST_NAMED(test_force_replaces_the_whole_file_at_once),
    };
    if (chdir(scratch("")) != 0)
        return 1;
    umask(022);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
