/* SPDX-License-Identifier: MIT */
/* test_signals.c - what asks for the end is remembered, once and for all; each test in a process of its own. */

#include "check.h"

#include "kit/os/signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* The status of a process that does nothing but this; its signals are the defaults at first. */
static int status_of(void (*act)(void))
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        act();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

/* cmocka's asserts jump back into the parent's code: a child ends instead. */
static void must(bool fine)
{
    if (!fine)
        _exit(99);
}

static void end_asked_for(void)
{
    signals_install(true);
    must(signals_stop() == 0);
    raise(SIGHUP);
    raise(SIGTERM);
    must(signals_stop() == SIGHUP);
    must(strcmp(signals_name(signals_stop()), "SIGHUP") == 0);
}

static void without_grace(void)
{
    signals_install(false);
    raise(SIGTERM);
}

static void ignored_by_the_parent(void)
{
    signal(SIGHUP, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    signals_install(true);
    raise(SIGHUP);
    raise(SIGUSR1);
    must(signals_stop() == 0 && !signals_take_status());
}

static void status_asked_for(void)
{
    signals_install(false);
    must(!signals_take_status());
    raise(SIGUSR1);
    must(signals_take_status() && !signals_take_status());
}

static void reader_gone(void)
{
    int ends[2];
    signals_install(false);
    must(pipe(ends) == 0);
    close(ends[0]);
    must(write(ends[1], "x", 1) == -1 && errno == EPIPE);
}

static void raised_again(void)
{
    sigset_t all;
    signals_install(true);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    signals_raise(SIGINT);
}

static void test_the_first_one_is_remembered(void **state)
{
    (void)state;
    assert_int_equal(status_of(end_asked_for), 0);
}

static void test_without_grace_it_ends_the_process(void **state)
{
    (void)state;
    int status = status_of(without_grace);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static void test_what_the_parent_ignored_stays_ignored(void **state)
{
    (void)state;
    assert_int_equal(status_of(ignored_by_the_parent), 0);
}

static void test_a_line_is_asked_for_once(void **state)
{
    (void)state;
    assert_int_equal(status_of(status_asked_for), 0);
}

static void test_a_reader_that_went_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(status_of(reader_gone), 0);
}

/* Also when it is blocked, as in a child of who blocks it. */
static void test_it_is_raised_again(void **state)
{
    (void)state;
    int status = status_of(raised_again);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_one_is_remembered),
        cmocka_unit_test(test_without_grace_it_ends_the_process),
        cmocka_unit_test(test_what_the_parent_ignored_stays_ignored),
        cmocka_unit_test(test_a_line_is_asked_for_once),
        cmocka_unit_test(test_a_reader_that_went_is_an_error),
        cmocka_unit_test(test_it_is_raised_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
