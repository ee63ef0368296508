/* SPDX-License-Identifier: MIT */
/* test_retry.c - which FILEs a report says have failed, and reports that are none. */

#include "check.h"

#include "capture.h"
#include "kit/file/retry.h"
#include "scratch.h"

static const struct console console = {.tool = "mmbright"};

static int read_report(const char *text, size_t length, struct file_list *list, const char **said_ret)
{
    *list = (struct file_list){.names = NULL};
    file_put(scratch("report"), text, length);
    capture_begin(stderr);
    int result = retry_read(list, &console, scratch("report"));
    *said_ret = capture_end();
    return result;
}

/* The names that are to be done again, each ended by a blank. */
static void check_names(const char *text, const char *wanted)
{
    struct file_list list;
    char names[256] = "";
    const char *said;
    int result = read_report(text, strlen(text), &list, &said);
    if (result != TOOL_DONE)
        fail_msg("%s", said);
    for (size_t i = 0; i < list.count; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s ", list.names[i]);
    assert_string_equal(names, wanted);
    file_list_free(&list);
}

static void check_refused(const char *text, const char *wanted)
{
    struct file_list list;
    const char *said;
    int result = read_report(text, strlen(text), &list, &said);
    if (result != TOOL_USAGE || !strstr(said, wanted))
        fail_msg("%d, no '%s' in: %s", result, wanted, said);
    assert_int_equal(list.count, 0);
    file_list_free(&list);
}

#define LINE(rest) "{\"tool\": \"mmbright\", " rest "}\n"

static void test_the_last_line_of_a_name_counts(void **state)
{
    (void)state;
    check_names("", "");
    check_names(LINE("\"file\": \"b\", \"status\": 1") LINE("\"file\": \"a\", \"status\": 2"), "b a ");
    check_names(LINE("\"file\": \"b\", \"status\": 1") "\n" LINE("\"file\": \"b\", \"status\": 0"), "");
    check_names(LINE("\"file\": \"b\", \"status\": 0") LINE("\"file\": \"b\", \"status\": 1"), "b ");
    check_names(LINE("\"file\": \"b\", \"dry_run\": true, \"status\": 1"), "");
    check_names(LINE("\"file\": \"b\", \"left_out\": \"journal\""), "");
    check_names(LINE("\"name\": \"b.hdr\", \"file\": \"b\", \"x\": [1, 2], \"y\": null, \"status\": 1"), "b.hdr ");
    check_names(LINE("\"file\": \"b\", \"status\": 1, \"changed\": \"all\""), "");
}

static void test_names_are_exact_bytes(void **state)
{
    (void)state;
    check_names(LINE("\"file\": \"\\udc80\\ud83d\\ude00\\\"\\\\\\u00e9\\t\", \"status\": 1"),
                "\x80\xf0\x9f\x98\x80\"\\\xc3\xa9\t ");
}

static void test_what_is_no_report(void **state)
{
    (void)state;
    check_refused("a\n", "line 1 is no line of a report");
    check_refused(LINE("\"file\": \"b\", \"status\": 1") "{\"tool\": \"mmbright\", \"fi", "line 2 is no line");
    check_refused("{\"tool\": \"mmstat\", \"file\": \"b\", \"status\": 1}", "line 1");
    check_refused(LINE("\"file\": \"\\u0000\", \"status\": 1"), "line 1");
    check_refused(LINE("\"file\": \"\\ud83d\\u0041\", \"status\": 1"), "line 1");
    check_refused(LINE("\"file\": \"b\", \"status\": 1, \"changed\": \"part\""), "b was changed in part");
}

/* Nothing is read behind the end: that is where the memory ends, too, for a sanitizer to see. */
static void test_the_end_may_be_anywhere(void **state)
{
    static const char *const ends[] = {"{",       "{\"",           "{\"\\",   "{\"\\u",
                                       "{\"\\u0", "{\"\\ud83d\\u", "{\"a\":", "{\"a\":\"\\ud83d\\"};
    enum { ROOM = 65536 };
    static char text[ROOM];
    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct file_list list;
        const char *said;
        size_t length = strlen(ends[i]);
        memset(text, '\n', sizeof text);
        memcpy(text + ROOM - 2 - length, ends[i], length);
        assert_int_equal(read_report(text, ROOM - 2, &list, &said), TOOL_USAGE);
        assert_non_null(strstr(said, "is no line of a report"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_line_of_a_name_counts),
        cmocka_unit_test(test_names_are_exact_bytes),
        cmocka_unit_test(test_what_is_no_report),
        cmocka_unit_test(test_the_end_may_be_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
