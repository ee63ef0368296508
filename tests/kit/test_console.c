/* SPDX-License-Identifier: MIT */
/* test_console.c - who is told what, and with which exit status. */

#include "check.h"

#include "capture.h"
#include "kit/cli/console.h"

#include <fcntl.h>
#include <unistd.h>

static bool terminal;
bool __wrap_terminal_is(int descriptor);

bool __wrap_terminal_is(int descriptor)
{
    (void)descriptor;
    return terminal;
}

/* Everything that a console can say. */
static const char *said(struct console console)
{
    console.tool = "test";
    capture_begin(stderr);
    int failed = console_error(&console, "file", "error %d", 1);
    int usage = console_usage(&console, "usage");
    console_explain(&console, NULL, "note");
    console_warning(&console, "file", "warning");
    console_summary(&console, NULL, "summary");
    const char *text = capture_end();
    assert_true(failed == TOOL_FAILED && usage == TOOL_USAGE);
    return text;
}

#define ERRORS "test: file: error 1\ntest: usage\nTry 'test --help'.\n"

static void test_who_hears_what(void **state)
{
    (void)state;
    terminal = false;
    assert_string_equal(said((struct console){0}), ERRORS "test: file: warning\n");
    assert_string_equal(said((struct console){.verbose = true}),
                        ERRORS "test: note\ntest: file: warning\ntest: summary\n");
    assert_string_equal(said((struct console){.quiet = true, .verbose = true}), ERRORS);
    assert_string_equal(said((struct console){.mute = true, .verbose = true}), "");
    assert_string_equal(said((struct console){.hushed = true, .quiet = true}), "test: file: error 1\n");
    terminal = true;
    assert_string_equal(said((struct console){0}), ERRORS "test: file: warning\ntest: summary\n");
    assert_string_equal(said((struct console){.quiet = true}), ERRORS);
}

/* What could not be written is gone after the first try: only the stream remembers. */
static void test_what_stdout_lost_is_said_once(void **state)
{
    const struct console console = {.tool = "test"};
    int was = dup(1), full = open("/dev/full", O_WRONLY);
    (void)state;
    assert_int_equal(fflush(stdout), 0);
    assert_true(was >= 0 && full >= 0 && dup2(full, 1) == 1);
    fputs("lost", stdout);
    assert_int_not_equal(fflush(stdout), 0);
    assert_int_equal(fflush(stdout), 0);
    capture_begin(stderr);
    int status = console_flush(&console), again = console_flush(&console);
    const char *text = capture_end();
    clearerr(stdout);
    assert_int_equal(dup2(was, 1), 1);
    close(was);
    close(full);
    assert_int_equal(status, TOOL_FAILED);
    assert_int_equal(again, TOOL_DONE);
    assert_string_equal(text, "test: cannot write to stdout\n");
    capture_begin(stderr);
    assert_int_equal(console_flush(&console), TOOL_DONE);
    assert_string_equal(capture_end(), "");
}

static void test_the_librarys_error_is_said_with_the_file(void **state)
{
    const struct console console = {.tool = "test"};
    mmv_map *map;
    (void)state;
    assert_status(mmv_map_open("/nowhere/file", MMV_READ, &map), MMV_ENOENT);
    capture_begin(stderr);
    int status = console_failure(&console, NULL);
    const char *text = capture_end();
    assert_int_equal(status, TOOL_FAILED);
    assert_true(strncmp(text, "test: ", 6) == 0 && strstr(text, "/nowhere/file"));
    mmv_error_set(MMV_EIO, 0, "read");
    capture_begin(stderr);
    console_failure(&console, "stand-in");
    assert_non_null(strstr(capture_end(), "stand-in"));
}

static void test_a_name_does_nothing_to_the_terminal(void **state)
{
    const struct console console = {.tool = "test", .verbose = true};
    char long_name[9000];
    (void)state;
    capture_begin(stderr);
    console_error(&console, "e\x1b[2J\ntest: all is fine", "it has \xff");
    assert_string_equal(capture_end(), "test: e\\033[2J\\ntest: all is fine: it has \\377\n");
    /* What is too long is cut, but ends its line. */
    memset(long_name, 0x1b, sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    capture_begin(stderr);
    console_usage(&console, "%s", long_name);
    const char *text = capture_end();
    assert_null(strchr(text, 0x1b));
    assert_non_null(strstr(text, "\\033\nTry 'test --help'.\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_hears_what),
        cmocka_unit_test(test_what_stdout_lost_is_said_once),
        cmocka_unit_test(test_the_librarys_error_is_said_with_the_file),
        cmocka_unit_test(test_a_name_does_nothing_to_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
