/* SPDX-License-Identifier: MIT */
/* test_child.c - a function in a process of its own, however that ends. */

#include "check.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit/os/signals.h"
#include "mmbench/child.h"
#include "scratch.h"

#define STUCK 30 /* seconds after which what hangs is given up, and fails */

struct answer {
    int sum;
    pid_t pid;
    char text[10000];
};

static bool add(void *user, void *result, char *why, size_t why_size)
{
    struct answer *answer = result;
    const int *more = user;
    (void)why, (void)why_size;
    answer->sum += *more;
    answer->pid = getpid();
    memset(answer->text, 'x', sizeof answer->text);
    return true;
}

static bool refuse(void *user, void *result, char *why, size_t why_size)
{
    add(user, result, why, why_size);
    snprintf(why, why_size, "it is Sunday");
    return false;
}

static bool crash(void *user, void *result, char *why, size_t why_size)
{
    (void)user, (void)result, (void)why, (void)why_size;
    /* Without a core file, and past the handler of a sanitizer. */
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
    return true;
}

static bool leave(void *user, void *result, char *why, size_t why_size)
{
    (void)user, (void)result, (void)why, (void)why_size;
    _exit(3);
}

static void test_the_result_comes_back(void **state)
{
    struct answer answer = {.sum = 40};
    unsigned before = open_descriptors();
    char why[100] = "untouched";
    int two = 2;
    (void)state;
    assert_true(child_run(add, &two, &answer, sizeof answer, why, sizeof why));
    assert_int_equal(answer.sum, 42);
    assert_int_not_equal(answer.pid, getpid());
    assert_int_equal(answer.text[0], 'x');
    assert_int_equal(answer.text[sizeof answer.text - 1], 'x');
    assert_string_equal(why, "untouched");
    assert_int_equal(open_descriptors(), before);
}

static void test_a_refusal_comes_with_its_reason(void **state)
{
    struct answer answer = {.sum = 40};
    char why[100] = "", small[6] = "";
    int two = 2;
    (void)state;
    assert_false(child_run(refuse, &two, &answer, sizeof answer, why, sizeof why));
    assert_string_equal(why, "it is Sunday");
    assert_int_equal(answer.sum, 42);
    assert_false(child_run(refuse, &two, &answer, sizeof answer, small, sizeof small));
    assert_string_equal(small, "it is");
}

static void test_a_crash_is_only_the_child_s(void **state)
{
    char why[100] = "", byte = 'a';
    (void)state;
    assert_false(child_run(crash, NULL, &byte, 1, why, sizeof why));
    assert_non_null(strstr(why, "ended by signal 11"));
    assert_non_null(strstr(why, strsignal(SIGSEGV)));
    assert_int_equal(byte, 'a');
    assert_false(child_run(leave, NULL, &byte, 1, why, sizeof why));
    assert_string_equal(why, "ended with exit status 3");
}

static void test_programs(void **state)
{
    char good[] = "true", bad[] = "false", none[] = "no-such-program-anywhere", shell[] = "sh", option[] = "-c",
         loud[] = "echo nobody shall see this";
    char why[100] = "";
    (void)state;
    assert_true(child_exec((char *[]){good, NULL}, why, sizeof why));
    assert_true(child_exec((char *[]){shell, option, loud, NULL}, why, sizeof why));
    assert_false(child_exec((char *[]){bad, NULL}, why, sizeof why));
    assert_string_equal(why, "ended with exit status 1");
    assert_false(child_exec((char *[]){none, NULL}, why, sizeof why));
    assert_string_equal(why, "ended with exit status 127");
}

/* ---- signals: in a process of their own, which stays stopped ---------------------------------------------------- */

/* The exit status of 'body', or -1 when it did not end by itself. */
static int status_of(int (*body)(void))
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(STUCK);
        _exit(body());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool wait_forever(void *user, void *result, char *why, size_t why_size)
{
    const int *signal_to_parent = user;
    (void)why, (void)why_size;
    *(pid_t *)result = getpid();
    if (*signal_to_parent)
        kill(getppid(), *signal_to_parent);
    while (pause() != 0)
        ;
    return false;
}

static int stopped_by(int number, bool before)
{
    char why[100] = "";
    pid_t pid = 0;
    signals_install(true);
    if (before)
        raise(number);
    int from_child = before ? 0 : number;
    if (child_run(wait_forever, &from_child, &pid, sizeof pid, why, sizeof why))
        return 1;
    /* It is gone: nobody has its number any more, and it was waited for. */
    if (pid != 0 && kill(pid, 0) == 0)
        return 2;
    if (strcmp(why, number == SIGTERM ? "stopped by SIGTERM" : "stopped by SIGINT") != 0)
        return 3;
    /* Nothing new is begun after that. */
    return child_run(wait_forever, &from_child, &pid, sizeof pid, why, sizeof why) ? 4 : 0;
}

static int by_term_meanwhile(void)
{
    return stopped_by(SIGTERM, false);
}

static int by_int_meanwhile(void)
{
    return stopped_by(SIGINT, false);
}

static int by_term_before(void)
{
    return stopped_by(SIGTERM, true);
}

static void test_a_signal_to_the_parent_stops_the_child(void **state)
{
    (void)state;
    assert_int_equal(status_of(by_term_meanwhile), 0);
    assert_int_equal(status_of(by_int_meanwhile), 0);
    assert_int_equal(status_of(by_term_before), 0);
}

/* As the starter of a program may leave it: then children leave nothing to wait for. */
static int with_sigchld_ignored(void)
{
    struct answer answer = {.sum = 40};
    char why[100], none[] = "true";
    int two = 2;
    signal(SIGCHLD, SIG_IGN);
    if (!child_run(add, &two, &answer, sizeof answer, why, sizeof why) || answer.sum != 42)
        return 1;
    return child_exec((char *[]){none, NULL}, why, sizeof why) ? 0 : 2;
}

static void test_an_ignored_sigchld(void **state)
{
    (void)state;
    assert_int_equal(status_of(with_sigchld_ignored), 0);
}

/* A pipe whose writing end only parent and child have. */
static int alive[2];

static bool tell_and_wait(void *user, void *result, char *why, size_t why_size)
{
    const int none = 0;
    (void)user;
    /* Should it live on after all, then not for ever. */
    alarm(2 * STUCK);
    return write(alive[1], "x", 1) == 1 && wait_forever((void *)&none, result, why, why_size);
}

static void test_a_killed_parent_takes_its_child_along(void **state)
{
    char byte, why[100];
    pid_t child;
    (void)state;
    assert_int_equal(pipe(alive), 0);
    pid_t parent = fork();
    assert_true(parent >= 0);
    if (parent == 0) {
        close(alive[0]);
        child_run(tell_and_wait, NULL, &child, sizeof child, why, sizeof why);
        _exit(1);
    }
    close(alive[1]);
    /* Only from then on the child would live on by itself. */
    assert_int_equal(read(alive[0], &byte, 1), 1);
    kill(parent, SIGKILL);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    /* The parent's own end of the pipe is closed by its death; here is its end when the child has none either. */
    assert_int_equal(poll(&(struct pollfd){.fd = alive[0], .events = POLLIN}, 1, STUCK * 1000), 1);
    assert_int_equal(read(alive[0], &byte, 1), 0);
    close(alive[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_result_comes_back),
        cmocka_unit_test(test_a_refusal_comes_with_its_reason),
        cmocka_unit_test(test_a_crash_is_only_the_child_s),
        cmocka_unit_test(test_programs),
        cmocka_unit_test(test_a_signal_to_the_parent_stops_the_child),
        cmocka_unit_test(test_an_ignored_sigchld),
        cmocka_unit_test(test_a_killed_parent_takes_its_child_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
