/* SPDX-License-Identifier: MIT */
/* test_process.c - another program's end as this one hears of it. */

#include "check.h"

#include "capture.h"
#include "kit/os/file.h"
#include "kit/os/process.h"
#include "scratch.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

static int run_shell(const char *script, int input, int output, bool is_bound, int *status_ret)
{
    char *const words[] = {(char *)"sh", (char *)"-c", (char *)(uintptr_t)script, NULL};
    const struct process process = {.words = words, .input = input, .output = output, .is_bound = is_bound};
    return process_run(&process, status_ret);
}

static void test_its_status_is_told(void **state)
{
    int status = -1;
    unsigned before = open_descriptors();
    (void)state;
    assert_int_equal(run_shell("exit 0", -1, -1, false, &status), 0);
    assert_int_equal(status, 0);
    assert_int_equal(run_shell("exit 7", -1, -1, true, &status), 0);
    assert_int_equal(status, 7);
    assert_int_equal(run_shell("kill -TERM $$", -1, -1, false, &status), 0);
    assert_int_equal(status, 128 + SIGTERM);
    /* A status as that of a program that is not there is still the program's. */
    assert_int_equal(run_shell("exit 127", -1, -1, false, &status), 0);
    assert_int_equal(status, 127);
    assert_int_equal(open_descriptors(), before);
}

static void test_a_program_that_cannot_be_run_is_told_apart(void **state)
{
    char *const missing[] = {(char *)"mmview-has-no-such-program", NULL};
    char *const folder[] = {(char *)"/", NULL};
    int status = -1;
    (void)state;
    assert_int_equal(process_run(&(struct process){missing, -1, -1, false, false}, &status), ENOENT);
    assert_int_equal(status, 127);
    assert_int_equal(process_run(&(struct process){folder, -1, -1, true, false}, &status), EACCES);
    assert_int_equal(status, 126);
}

/* On the way through PATH a folder of the name is passed over, and so is a file that may not be executed. */
static void test_a_program_is_found_as_it_is_run(void **state)
{
    char first[256], second[256], third[256], name[300], path[300], *before = strdup(getenv("PATH")), folders[800];
    char *const words[] = {(char *)"mmview-a-program", NULL};
    int status = -1;
    (void)state;
    snprintf(first, sizeof first, "%s", scratch("first"));
    snprintf(second, sizeof second, "%s", scratch("second"));
    snprintf(third, sizeof third, "%s", scratch("third"));
    snprintf(name, sizeof name, "%s/%s", first, words[0]);
    assert_true(mkdir(first, 0700) == 0 && mkdir(second, 0700) == 0 && mkdir(third, 0700) == 0);
    assert_int_equal(mkdir(name, 0700), 0);
    snprintf(name, sizeof name, "%s/%s", second, words[0]);
    file_put(name, "#!/bin/sh\nexit 3\n", 17);
    snprintf(name, sizeof name, "%s/%s", third, words[0]);
    file_put(name, "#!/bin/sh\nexit 4\n", 17);
    assert_int_equal(chmod(name, 0700), 0);
    snprintf(folders, sizeof folders, "%s:%s:%s:%s", first, second, third, before);
    setenv("PATH", folders, 1);
    bool found = process_find(words[0], path, sizeof path);
    int error = process_run(&(struct process){words, -1, -1, false, false}, &status);
    setenv("PATH", before, 1);
    free(before);
    assert_true(found);
    assert_string_equal(path, name);
    assert_int_equal(error, 0);
    assert_int_equal(status, 4);
    assert_false(process_find(first, path, sizeof path));
    assert_false(process_find("mmview-has-no-such-program", path, sizeof path));
}

static void test_its_streams_are_what_it_was_given(void **state)
{
    int input = -1, output = -1, status = -1;
    (void)state;
    file_put(scratch("in"), "abc", 3);
    file_put(scratch("out"), "", 0);
    assert_int_equal(file_open(scratch("in"), FILE_READ, true, &input), 0);
    assert_int_equal(file_open(scratch("out"), FILE_WRITE, true, &output), 0);
    assert_int_equal(run_shell("tr a-c A-C", input, output, false, &status), 0);
    assert_int_equal(status, 0);
    file_close(input);
    file_close(output);
    assert_true(file_is(scratch("out"), "ABC", 3));
}

/* Whoever ignores SIGCHLD has no status to wait for; whoever ignores SIGPIPE has children that never end. */
static void test_its_signals_are_the_defaults(void **state)
{
    int status = -1;
    (void)state;
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(run_shell("kill -PIPE $$; exit 3", -1, -1, false, &status), 0);
    assert_int_equal(status, 128 + SIGPIPE);
    signal(SIGPIPE, SIG_DFL);
}

/* Last: the handlers stay. */
static void test_a_bound_program_gets_what_asks_for_the_end(void **state)
{
    int status = -1;
    (void)state;
    assert_int_equal(run_shell("trap 'kill $!; exit 5' TERM; sleep 10 >/dev/null 2>&1 & kill -TERM $PPID; wait", -1, -1,
                               true, &status),
                     0);
    assert_int_equal(status, 5);
    /* What a terminal sends both is the program's business. */
    assert_int_equal(run_shell("kill -INT $PPID; kill -QUIT $PPID; exit 6", -1, -1, true, &status), 0);
    assert_int_equal(status, 6);
}

static void test_what_nobody_wants_to_hear_is_lost(void **state)
{
    char shell[] = "sh", option[] = "-c", text[] = "echo heard >&2; exit 3";
    char *const words[] = {shell, option, text, NULL};
    int status = -1;
    (void)state;
    for (int silent = 0; silent < 2; silent++) {
        capture_begin(stderr);
        int error = process_run(&(struct process){words, -1, -1, false, silent == 1}, &status);
        assert_string_equal(capture_end(), silent ? "" : "heard\n");
        assert_int_equal(error, 0);
        assert_int_equal(status, 3);
    }
}

static void test_a_variable_that_is_there_is_kept(void **state)
{
    (void)state;
    setenv("MMVIEW_TEST_THERE", "theirs", 1);
    unsetenv("MMVIEW_TEST_FRESH");
    process_set_variable("MMVIEW_TEST_THERE", "ours");
    process_set_variable("MMVIEW_TEST_FRESH", "ours");
    assert_string_equal(getenv("MMVIEW_TEST_THERE"), "theirs");
    assert_string_equal(getenv("MMVIEW_TEST_FRESH"), "ours");
}

static void test_users_have_names(void **state)
{
    char name[64] = "untouched";
    (void)state;
    assert_false(process_user_name(UINT32_MAX - 7, name, sizeof name));
    assert_string_equal(name, "untouched");
    if (!process_user_name(0, name, sizeof name))
        skip_because("nobody is known as user 0 here");
    assert_string_equal(name, "root");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_its_status_is_told),
        cmocka_unit_test(test_a_program_that_cannot_be_run_is_told_apart),
        cmocka_unit_test(test_a_program_is_found_as_it_is_run),
        cmocka_unit_test(test_its_streams_are_what_it_was_given),
        cmocka_unit_test(test_its_signals_are_the_defaults),
        cmocka_unit_test(test_what_nobody_wants_to_hear_is_lost),
        cmocka_unit_test(test_a_variable_that_is_there_is_kept),
        cmocka_unit_test(test_users_have_names),
        cmocka_unit_test(test_a_bound_program_gets_what_asks_for_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
